"""A fault of a file with its place and its remedy, as a diagnostic. Knows nothing of what the file holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label
from competency.source import Place

# A file of another kind is wrong on every line: so many faults are told, and the rest are counted.
FAULTS_SHOWN_MAX = 50


def file_problem(
    kind: DiagnosticKind,
    path: Path,
    message: str,
    remedy: str,
    *,
    line: int | None = None,
    field: str | None = None,
    **data: Any,
) -> Diagnostic:
    """One diagnostic. `message` and `remedy` are sentences; `field` is a column or a JSON pointer."""
    return Diagnostic(kind, message, (Label(Place(str(path), line, field), "here"),), (), (Fix(remedy),), data)


def reason_of(error: OSError) -> str:
    """What the system says against it, in the middle of a sentence."""
    return (error.strerror or type(error).__name__).lower()


def first_problems(kind: DiagnosticKind, path: Path, problems: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The first FAULTS_SHOWN_MAX of them, and one that counts the others."""
    others = len(problems) - FAULTS_SHOWN_MAX
    if others <= 0:
        return tuple(problems)
    message = f"`{path.name}` has {others:,} more faults of this kind."
    rest = file_problem(kind, path, message, "Mend the ones above, and read the file again.", others=others)
    return (*problems[:FAULTS_SHOWN_MAX], rest)
