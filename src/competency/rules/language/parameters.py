"""Parameters: a value that may change over time, to a node; with the proof that each day has exactly one value."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.reading import Env
from competency.rules.program import ir, types
from competency.rules.program.operators import OPERATORS

if TYPE_CHECKING:
    from competency.rules.language.expressions import Resolver


def resolve_parameter(parameter: syntax.Parameter, resolver: Resolver, day: ir.Node | None = None) -> ir.Node:
    """The value on a date (none: the as-of date). Overlaps, holes and values outside a bound are reported with a witness."""
    values = [line for line in parameter.lines if isinstance(line, syntax.ParameterValue)]
    if not values:
        resolver.findings.fail(
            kinds.EMPTY_RULE,
            f"the parameter `{parameter.name.text}` has no value",
            Label(parameter.name.span, "this parameter"),
            fixes=(Fix("add `is VALUE` or `is VALUE from DATE`"),),
        )
    env = Env({}, None)
    nodes = [resolver.expression(line.value, env) for line in values]
    for node in nodes[1:]:
        if not types.comparable(node.type, nodes[0].type):
            resolver.same(node, nodes[0], "a parameter cannot mix")
    _bounds(parameter, values, nodes, resolver)
    ordered = sorted(range(len(values)), key=lambda i: _begins(values[i]))
    _one_value_a_day(parameter, [values[i] for i in ordered], resolver)
    today = day or resolver.as_of(parameter.name.span)
    cases = []
    for index in reversed(ordered):
        line = values[index]
        conditions: list[ir.Node] = []
        if line.begins is not None:
            begins = ir.Constant(line.begins.value, types.DATE, line.begins.span)
            conditions.append(ir.Apply("at least", (today, begins), types.TRUTH, line.span))
        if line.ends is not None:
            ends = ir.Constant(line.ends.value, types.DATE, line.ends.span)
            conditions.append(ir.Apply("less than", (today, ends), types.TRUTH, line.span))
        if not conditions:
            return nodes[index]
        condition = (
            conditions[0] if len(conditions) == 1 else ir.Apply("and", tuple(conditions), types.TRUTH, line.span)
        )
        cases.append((condition, nodes[index]))
    nothing = ir.Constant(None, nodes[0].type, parameter.name.span)
    return ir.Choose(tuple(cases), nothing, nodes[0].type, parameter.name.span)


def _begins(line: syntax.ParameterValue) -> str:
    return line.begins.value.isoformat() if line.begins else ""


def _one_value_a_day(parameter: syntax.Parameter, ordered: list[syntax.ParameterValue], resolver: Resolver) -> None:
    for earlier, later in itertools.pairwise(ordered):
        if later.begins is None or (earlier.ends is not None and earlier.ends.value > later.begins.value):
            witness = later.begins.value if later.begins else "every day"
            resolver.findings.fail(
                kinds.OVERLAPPING_PERIODS,
                f"`{parameter.name.text}` has two values on {witness}",
                Label(later.span, "this value"),
                Label(earlier.span, "and this one"),
                fixes=(
                    Fix("let one end on the day on which the other begins: `until DATE` names the first day after"),
                ),
                witness=str(witness),
            )
        if earlier.ends is None:
            continue  # the later one takes over
        if earlier.ends.value < later.begins.value:
            resolver.findings.fail(
                kinds.HOLE_IN_PERIODS,
                f"`{parameter.name.text}` has no value on {earlier.ends.value}",
                Label(earlier.span, f"ends before {earlier.ends.value}"),
                Label(later.span, f"begins on {later.begins.value}"),
                fixes=(Fix("let the later value begin on the day on which the earlier one ends"),),
                witness=str(earlier.ends.value),
            )


def _bounds(
    parameter: syntax.Parameter, values: list[syntax.ParameterValue], nodes: list[ir.Node], resolver: Resolver
) -> None:
    """A bound of a higher policy holds for every value, whenever it is in effect."""
    env = Env({}, None)
    for bound in (line for line in parameter.lines if isinstance(line, syntax.Bound)):
        limit = resolver.expression(bound.value, env)
        for node, line in zip(nodes, values, strict=True):
            resolver.same(node, limit, "cannot compare")
            if not isinstance(node, ir.Constant) or not isinstance(limit, ir.Constant):
                continue
            if OPERATORS[bound.comparator].meaning(node.value, limit.value) is False:
                resolver.findings.fail(
                    kinds.PARAMETER_RANGE,
                    f"`{parameter.name.text}` breaks a bound: it must be {bound.comparator} what {bound.authority} allows",
                    Label(line.span, "this value"),
                    Label(bound.span, "the bound"),
                    fixes=(Fix("choose a value within the bound"),),
                    authority=bound.authority,
                )
