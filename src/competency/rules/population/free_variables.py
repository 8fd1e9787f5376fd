"""On which variables a node depends, and which of its parts can be worked out outside the rows that it speaks of."""

from __future__ import annotations

from collections.abc import Iterator, Set

from competency.rules.program import ir
from competency.rules.program.types import Kind

_ALWAYS = frozenset({"learner", "as of"})


def free_variables(node: ir.Node) -> frozenset[str]:
    """The variables that a node does not bind itself; the learner and the day of the decision are everywhere."""
    match node:
        case ir.Variable():
            return frozenset() if node.name in _ALWAYS else frozenset({node.name})
        case ir.Where() | ir.Quantify():
            amount = node.amount if isinstance(node, ir.Quantify) else None
            outside = free_variables(node.rows) | (free_variables(amount) if amount is not None else frozenset())
            return outside | (free_variables(node.condition) - {node.variable})
        case ir.Window():
            by = free_variables(node.by) if node.by is not None else frozenset()
            return free_variables(node.rows) | free_variables(node.count) | (by - {node.variable})
        case ir.Aggregate():
            value = free_variables(node.value) if node.value is not None else frozenset()
            settings = [free_variables(setting) for _, setting in node.settings]
            return free_variables(node.rows).union(value - {node.variable}, *settings)
        case ir.Pool():
            return free_variables(node.items) | (free_variables(node.rows) - {node.variable})
        case _:
            return frozenset().union(*[free_variables(part) for part in ir.parts(node)])


def speaks_of_facts(node: ir.Node) -> bool:
    """Whether it reads facts, items or conclusions: more than the values of variables."""
    return any(isinstance(part, ir.Facts | ir.Items | ir.Conclusion) for part in ir.walk(node))


def is_outside(node: ir.Node, own: Set[str], at_hand: Set[str]) -> bool:
    """Whether a value in a frame is worked out above it: it differs not from row to row, and is not at hand below.

    Sets of rows are never: they are found again below, from values that are at hand.
    """
    if isinstance(node, ir.Constant) or node.type.kind in {Kind.ROWS, Kind.ITEMS}:
        return False
    variables = free_variables(node)
    return not variables & own and (speaks_of_facts(node) or bool(variables - at_hand))


def outer_parts(node: ir.Node, own: Set[str], at_hand: Set[str]) -> Iterator[ir.Node]:
    """The largest parts of a node that are worked out above the frame in which it stands."""
    if is_outside(node, own, at_hand):
        yield node
        return
    inside = own
    if isinstance(node, ir.Where | ir.Quantify | ir.Window | ir.Aggregate | ir.Pool):
        inside = own | {node.variable}
    for part in ir.parts(node):
        yield from outer_parts(part, inside, at_hand)
