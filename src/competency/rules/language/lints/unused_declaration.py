"""Something is declared and never used."""

from __future__ import annotations

from collections.abc import Iterator

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.resolved import ResolvedBook

_WATCHED = {"parameter", "population", "table", "source"}


def unused_declaration(book: ResolvedBook) -> Iterator[Diagnostic]:
    """Parameters, populations, tables and sources that no rule reads."""
    for (what, name), span in book.declared.spans.items():
        if what in _WATCHED and (what, name) not in book.used:
            yield Diagnostic(
                kinds.UNUSED_DECLARATION,
                f"the {what} `{name}` is never used",
                (Label(span, "declared here"),),
                fixes=(Fix("use it in a rule, or remove it"),),
                data={"what": what, "name": name},
            )
