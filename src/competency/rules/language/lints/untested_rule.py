"""A rule has no example that shows what it decides."""

from __future__ import annotations

from collections.abc import Iterator

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.resolved import ResolvedBook


def untested_rule(book: ResolvedBook) -> Iterator[Diagnostic]:
    """Rules in force that no example of the book asks for."""
    tested = {(example.kind, example.rule) for example in book.examples}
    for rule in book.rules:
        is_history = any(act.what == "repealed" for act in rule.acts)  # it decides nothing any more
        if (rule.kind, rule.name) not in tested and not is_history and rule.span is not None:
            yield Diagnostic(
                kinds.UNTESTED_RULE,
                f"{rule.reference} has no example",
                (Label(rule.span, "this rule"),),
                notes=("An example shows a reader what the rule decides, and keeps it so.",),
                fixes=(Fix(f'add `example "..." for {rule.reference} ... end`'),),
                data={"rule": rule.reference},
            )
