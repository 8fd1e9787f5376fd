"""A rule does not say which document it carries out."""

from __future__ import annotations

from collections.abc import Iterator

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.resolved import ResolvedBook


def uncited_rule(book: ResolvedBook) -> Iterator[Diagnostic]:
    """Rules without a citation, their clauses' included, in a book whose policy names sources."""
    if not book.declared.sources:
        return
    source = next(iter(book.declared.sources))
    for rule in book.rules:
        cited = rule.citations or any(clause.citations for clause in rule.clauses)
        if not cited and rule.span is not None:
            yield Diagnostic(
                kinds.UNCITED_RULE,
                f"{rule.reference} does not say where it comes from",
                (Label(rule.span, "this rule"),),
                notes=("An auditor asks of each rule which document it carries out.",),
                fixes=(Fix(f'add a line such as `cites {source} section "1"`'),),
                data={"rule": rule.reference},
            )
