"""Where the stages of the front end put what they find, and how they say that a name is not known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, NoReturn

from competency.diagnostics import Confidence, Diagnostic, DiagnosticKind, Edit, Fix, Label
from competency.source import Span


class Unresolved(Exception):
    """Ends the reading of one clause after its diagnostic is recorded: one root cause, one diagnostic."""


@dataclass(slots=True)
class Findings:
    """A list of diagnostics with the few ways in which the front end fills it."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(
        self,
        kind: DiagnosticKind,
        message: str,
        /,
        *labels: Label,
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
        **data: Any,
    ) -> None:
        """Records a diagnostic."""
        self.diagnostics.append(Diagnostic(kind, message, labels, notes, fixes, data))

    def fail(
        self,
        kind: DiagnosticKind,
        message: str,
        /,
        *labels: Label,
        notes: tuple[str, ...] = (),
        fixes: tuple[Fix, ...] = (),
        **data: Any,
    ) -> NoReturn:
        """Records a diagnostic and gives up the clause."""
        self.add(kind, message, *labels, notes=notes, fixes=fixes, **data)
        raise Unresolved

    def unknown(
        self, kind: DiagnosticKind, what: str, name: str, span: Span, known: Iterable[str], declare: str = ""
    ) -> NoReturn:
        """A name of some kind that is not declared, with the nearest that is."""
        names = sorted(set(known))
        near = get_close_matches(name, names, n=1, cutoff=0.6) or [
            candidate for candidate in names if candidate.lower() == name.lower()
        ]
        fixes: tuple[Fix, ...] = ()
        if near:
            fixes = (Fix(f"did you mean `{near[0]}`?", (Edit(span, near[0]),), Confidence.CHANGES_MEANING),)
        elif declare:
            fixes = (Fix(declare),)
        else:
            shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
            fixes = (Fix(f"use one of: {shown}" if names else f"declare a {what} first"),)
        self.fail(
            kind,
            f"there is no {what} `{name}`",
            Label(span, f"not a declared {what}"),
            fixes=fixes,
            name=name,
            expected=what,
            nearest=near[0] if near else None,
        )
