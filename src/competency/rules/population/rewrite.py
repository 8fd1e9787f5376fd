"""Nodes and rules made anew with some of their parts exchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from competency.rules.program import ir

# What takes the place of a node; none where it stays, and its parts are looked at.
Exchange = Callable[[ir.Node], ir.Node | None]


def without_names(rule: ir.Rule) -> ir.Rule:
    """The same rule with its named values in the place of their names: what a value is called is for reasons alone."""
    if not rule.lets:
        return rule
    named: dict[str, ir.Node] = {}
    for let in rule.lets:
        named[let.name] = rewritten(let.value, _by_name(named))
    return replace(rewritten_rule(rule, _by_name(named)), lets=())


def _by_name(named: Mapping[str, ir.Node]) -> Exchange:
    return lambda node: named.get(node.name) if isinstance(node, ir.Variable) else None


def rewritten_rule(rule: ir.Rule, exchange: Exchange) -> ir.Rule:
    """A rule without named values, with parts of its expressions exchanged; its evidence stays."""

    def of_clause(clause: ir.Clause) -> ir.Clause:
        condition = rewritten(clause.condition, exchange)
        return replace(clause, condition=condition, applies=clause.applies and rewritten(clause.applies, exchange))

    exceptions = tuple(
        replace(
            exception,
            applies=rewritten(exception.applies, exchange),
            replaces=tuple((label, one and of_clause(one)) for label, one in exception.replaces),
        )
        for exception in rule.exceptions
    )
    return replace(
        rule,
        governs=rule.governs and rewritten(rule.governs, exchange),
        clauses=tuple(of_clause(clause) for clause in rule.clauses),
        exceptions=exceptions,
        value=rule.value and rewritten(rule.value, exchange),
        assigns=rule.assigns and rewritten(rule.assigns, exchange),
    )


def rewritten(node: ir.Node, exchange: Exchange) -> ir.Node:
    """A node with parts of it exchanged; the node itself where none is."""
    instead = exchange(node)
    if instead is not None:
        return instead
    parts = ir.parts(node)
    new = [rewritten(part, exchange) for part in parts]
    return node if all(one is part for one, part in zip(new, parts, strict=True)) else _with_parts(node, new)


def _with_parts(node: ir.Node, new: Sequence[ir.Node]) -> ir.Node:
    """A node with other parts. INVARIANT: they are taken in the order of `ir.parts`."""
    following = iter(new)

    def of(_: ir.Node) -> ir.Node:
        return next(following)

    match node:
        case ir.Constant() | ir.Variable():
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
            rows, value = of(node.rows), node.value and of(node.value)
            settings = tuple((name, of(setting)) for name, setting in node.settings)
            return replace(node, rows=rows, value=value, settings=settings)
        case ir.Quantify():
            amount = node.amount and of(node.amount)
            return replace(node, amount=amount, rows=of(node.rows), condition=of(node.condition))
        case ir.Conclusion():
            return replace(node, items=tuple(of(item) for item in node.items))
        case ir.Choose():
            cases = tuple((of(condition), of(value)) for condition, value in node.cases)
            return replace(node, cases=cases, otherwise=of(node.otherwise))
