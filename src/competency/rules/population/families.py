"""Rules of one shape are one family: what differs among them becomes a parameter of the item that each decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from competency.rules.population.rewrite import Exchange, rewritten, rewritten_rule
from competency.rules.program import ir, types

# Constants that may differ within a family are the operands of these.
_COMPARED = frozenset(
    {"at least", "at most", "more than", "less than", "exactly", "not exactly", "one of", "+", "-", "*"}
)


@dataclass(frozen=True, slots=True)
class Family:
    """Rules by their indexes, and one rule that says what they all say.

    `parameters` are columns of the item that the rules decide: by name, the value for each code.
    """

    indexes: tuple[int, ...]
    rule: ir.Rule
    parameters: Mapping[str, Mapping[str, ir.Scalar]]


def alone(rules: Mapping[int, ir.Rule]) -> tuple[Family, ...]:
    """Each rule by itself."""
    return tuple(Family((index,), rule, {}) for index, rule in rules.items())


def families(rules: Mapping[int, ir.Rule], stem: str) -> tuple[Family, ...]:
    """The families of some rules without named values; names of parameters begin with a stem."""
    by_shape: dict[ir.Rule, list[int]] = {}
    values: dict[int, list[ir.Scalar]] = {}
    for index, rule in rules.items():
        shape, values[index] = _shape(rule)
        by_shape.setdefault(shape, []).append(index)
    found: list[Family] = []
    for number, indexes in enumerate(by_shape.values()):
        members = {index: rules[index] for index in indexes}
        decided = [codes for rule in members.values() for codes in rule.about]
        is_of_items = all(len(rule.scope) == 1 for rule in members.values())
        if len(members) < 2 or not is_of_items or len(set(decided)) < len(decided):
            found.extend(alone(members))
        else:
            found.append(_family(members, {index: values[index] for index in members}, f"{stem}_{number}"))
    return tuple(found)


def _shape(rule: ir.Rule) -> tuple[ir.Rule, list[ir.Scalar]]:
    """A rule without what tells it from others of its family, and the constants that may be parameters, in order."""
    values: list[ir.Scalar] = []

    def masked(constant: ir.Constant) -> ir.Node:
        values.append(constant.value)
        return ir.Constant(None, constant.type)

    shape = rewritten_rule(rule, _of_parameters(masked))
    clauses = tuple(replace(clause, citations=(), options=()) for clause in shape.clauses)
    exceptions = tuple(
        replace(
            exception,
            citations=(),
            authority="",
            replaces=tuple(
                (label, one and replace(one, citations=(), options=())) for label, one in exception.replaces
            ),
        )
        for exception in shape.exceptions
    )
    scope = tuple(replace(variable, collection="") for variable in shape.scope)
    without = ir.Rule(
        rule.kind,
        "",
        "",
        scope,
        (),
        clauses,
        exceptions,
        governs=shape.governs,
        value=shape.value,
        assigns=shape.assigns,
        allotment=shape.allotment,
        evidence=shape.evidence,
        missing=shape.missing,
        awards=shape.awards,
    )
    return without, values


def _of_parameters(instead: Callable[[ir.Constant], ir.Node]) -> Exchange:
    """Exchanges the constants that may be parameters, in the order in which they stand."""

    def exchange(node: ir.Node) -> ir.Node | None:
        if not isinstance(node, ir.Apply) or node.operator not in _COMPARED:
            return None
        arguments = tuple(
            instead(one)
            if isinstance(one, ir.Constant) and not isinstance(one.value, tuple)
            else rewritten(one, exchange)
            for one in node.arguments
        )
        return replace(node, arguments=arguments)

    return exchange


def _family(members: Mapping[int, ir.Rule], values: Mapping[int, Sequence[ir.Scalar]], stem: str) -> Family:
    first = next(iter(members.values()))
    item = ir.Variable(first.scope[0].name, types.item(first.scope[0].kind))
    parameters: dict[str, Mapping[str, ir.Scalar]] = {}
    places = iter(range(len(values[next(iter(members))])))

    def parameter(constant: ir.Constant) -> ir.Node:
        place = next(places)
        own = {index: found[place] for index, found in values.items()}
        if all(value == constant.value for value in own.values()):
            return constant
        name = f"{stem}_{place}"
        parameters[name] = {codes[0]: own[index] for index, rule in members.items() for codes in rule.about}
        return ir.Field(item, name, constant.type)

    rule = rewritten_rule(first, _of_parameters(parameter))
    about = tuple(codes for one in members.values() for codes in one.about)
    return Family(tuple(members), replace(rule, about=about), parameters)
