"""What a message to a user is: a kind with a stable code, places, notes and fixes. No rendering, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from competency.source import Place, Span


class Severity(Enum):
    """How bad it is: an error stops the work, a warning asks to be read, a note informs."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Confidence(Enum):
    """Whether a fix may be applied unseen."""

    SAFE = "safe"
    CHANGES_MEANING = "changes meaning"
    SHOW_ONLY = "show only"


@dataclass(frozen=True, slots=True)
class DiagnosticKind:
    """One kind of message. `code` is never reused; `name` reads after the word allow."""

    code: str
    name: str
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True)
class Label:
    """A place with what is to be said about it. The first label of a diagnostic is the primary one."""

    where: Span | Place
    text: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the words of a span."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A remedy in words, and the edits that carry it out (none when only a person can)."""

    text: str
    edits: tuple[Edit, ...] = ()
    confidence: Confidence = Confidence.SHOW_ONLY


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One root cause, told once. `data` holds the facts of the message typed, so that nobody parses prose."""

    kind: DiagnosticKind
    message: str
    labels: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_error(self) -> bool:
        """Whether the work cannot go on."""
        return self.kind.severity is Severity.ERROR


def has_errors(diagnostics: Iterable[Diagnostic]) -> bool:
    """Whether any of them stops the work."""
    return any(diagnostic.is_error for diagnostic in diagnostics)
