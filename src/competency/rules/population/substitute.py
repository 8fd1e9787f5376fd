"""Rules without named values: each stands where it was named. What a value is called is for reasons alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from competency.rules.program import ir


def without_names(rule: ir.Rule) -> ir.Rule:
    """The same rule with its named values in the place of their names."""
    if not rule.lets:
        return rule
    named: dict[str, ir.Node] = {}
    for let in rule.lets:
        named[let.name] = _replaced(let.value, named)
    clauses = tuple(_clause(clause, named) for clause in rule.clauses)
    exceptions = tuple(
        replace(
            exception,
            replaces=tuple((label, one and _clause(one, named)) for label, one in exception.replaces),
            applies=_replaced(exception.applies, named),
        )
        for exception in rule.exceptions
    )
    return replace(
        rule,
        lets=(),
        clauses=clauses,
        exceptions=exceptions,
        value=rule.value and _replaced(rule.value, named),
        assigns=rule.assigns and _replaced(rule.assigns, named),
    )


def _clause(clause: ir.Clause, named: Mapping[str, ir.Node]) -> ir.Clause:
    return replace(
        clause,
        condition=_replaced(clause.condition, named),
        applies=clause.applies and _replaced(clause.applies, named),
    )


def _replaced(node: ir.Node, named: Mapping[str, ir.Node]) -> ir.Node:
    def of(part: ir.Node) -> ir.Node:
        return _replaced(part, named)

    match node:
        case ir.Variable():
            return named.get(node.name, node)
        case ir.Constant():
            return node
        case ir.Field() | ir.Items():
            return node if node.of is None else replace(node, of=of(node.of))
        case ir.Facts():
            return replace(node, matches=tuple((column, of(value)) for column, value in node.matches))
        case ir.Where():
            return replace(node, rows=of(node.rows), condition=of(node.condition))
        case ir.Window():
            return replace(node, rows=of(node.rows), by=node.by and of(node.by), count=of(node.count))
        case ir.Pool():
            return replace(node, items=of(node.items), rows=of(node.rows))
        case ir.Apply() | ir.Lookup():
            return replace(node, arguments=tuple(of(argument) for argument in node.arguments))
        case ir.Aggregate():
            settings = tuple((name, of(setting)) for name, setting in node.settings)
            return replace(node, rows=of(node.rows), value=node.value and of(node.value), settings=settings)
        case ir.Quantify():
            amount = node.amount and of(node.amount)
            return replace(node, amount=amount, rows=of(node.rows), condition=of(node.condition))
        case ir.Conclusion():
            return replace(node, items=tuple(of(item) for item in node.items))
        case ir.Choose():
            cases = tuple((of(condition), of(value)) for condition, value in node.cases)
            return replace(node, cases=cases, otherwise=of(node.otherwise))
