"""One learner against a program: every node to its value with its reason. The specification of all engines.

Unknown is None; numbers of which only bounds are known are Intervals; rows that may belong stay possible.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Any, assert_never

from competency.model.facts import Fact
from competency.model.items import Item
from competency.rules.interpreter.apply_formula import apply_formula, between
from competency.rules.interpreter.reasons import Reason, RowSet
from competency.rules.interpreter.visible import ordered
from competency.rules.program import ir
from competency.rules.program.operators import OPERATORS, Interval, divide, equal
from competency.rules.program.types import Kind

Env = Mapping[str, Reason]


@dataclass(slots=True)
class Learner:
    """What evaluation reads: the program, the learner's facts that count, the as-of date, conclusions drawn so far.

    `conclusions` maps (group, codes) to (truth, value).
    """

    program: ir.Program
    learner: str
    tables: Mapping[str, tuple[Fact, ...]]
    as_of: date
    conclusions: dict[tuple[str, tuple[str, ...]], tuple[bool | None, Any]] = field(default_factory=dict)
    members: Mapping[str, Learner] = field(default_factory=dict)
    """the learners of a group, where it is a group that is looked at; those of `possible` may belong to it"""
    possible: frozenset[str] = frozenset()
    by_column: dict[tuple[str, str, ir.Order], dict[Any, list[Fact]]] = field(default_factory=dict)

    def rows(self, table: str, column: str, value: Any, order: ir.Order) -> list[Fact]:
        """The rows of a table with a value in a column, in an order."""
        key = (table, column, order)
        index = self.by_column.get(key)
        if index is None:
            index = self.by_column[key] = {}
            for row in ordered(self.tables.get(table, ()), order):
                index.setdefault(row.values.get(column), []).append(row)
        return index.get(value, [])


def evaluate(node: ir.Node, env: Env, learner: Learner) -> Reason:
    """What a node comes to, and why."""
    match node:
        case ir.Constant():
            return Reason(node, node.value)
        case ir.Variable():
            return _variable(node, env, learner)
        case ir.Apply():
            parts = tuple([evaluate(argument, env, learner) for argument in node.arguments])
            return Reason(node, OPERATORS[node.operator].meaning(*[part.value for part in parts]), parts)
        case ir.Field():
            return _field(node, env, learner)
        case ir.Facts():
            return _facts(node, env, learner)
        case ir.Items():
            return _items(node, env, learner)
        case ir.Where():
            return _where(node, env, learner)
        case ir.Window():
            return _window(node, env, learner)
        case ir.Pool():
            return _pool(node, env, learner)
        case ir.Aggregate():
            return _aggregate(node, env, learner)
        case ir.Quantify():
            return _quantify(node, env, learner)
        case ir.Conclusion():
            parts = tuple(evaluate(item, env, learner) for item in node.items)
            return Reason(node, _concluded(node, tuple(part.value for part in parts), learner), parts)
        case ir.Choose():
            return _choose(node, env, learner)
        case ir.Lookup():
            return _lookup(node, env, learner)
        case _:
            assert_never(node)


def _variable(node: ir.Variable, env: Env, learner: Learner) -> Reason:
    if node.name == "as of":
        return Reason(node, learner.as_of)
    if node.name == "learner":
        return Reason(node, learner.learner)
    bound = env[node.name]
    return Reason(node, bound.value, bound.parts)


def _field(node: ir.Field, env: Env, learner: Learner) -> Reason:
    of = evaluate(node.of, env, learner)
    if of.value is None:
        return Reason(node, None, (of,))
    if node.of.type.of == "learner":
        row = next(iter(learner.tables.get("learners", ())), None)
        return Reason(node, row.values.get(node.name) if row else None)
    if node.of.type.kind is Kind.ROW:
        return Reason(node, of.value.values.get(node.name))
    item: Item | None = learner.program.catalog.item(node.of.type.of, of.value)
    return Reason(node, item.data.get(node.name) if item else None, (of,))


# --- rows and items ---------------------------------------------------------------------------------------------------


def _facts(node: ir.Facts, env: Env, learner: Learner) -> Reason:
    parts = []
    for _, value in node.matches:
        part = evaluate(value, env, learner)
        parts.append(part)
        if part.value is None:
            return Reason(node, None, tuple(parts))
    if not parts:
        return Reason(node, RowSet(ordered(learner.tables.get(node.table, ()), node.order)))
    rows = learner.rows(node.table, node.matches[0][0], parts[0].value, node.order)
    for (column, _), part in zip(node.matches[1:], parts[1:], strict=True):
        rows = [row for row in rows if row.values.get(column) == part.value]
    return Reason(node, RowSet(tuple(rows)), tuple(parts))


def _items(node: ir.Items, env: Env, learner: Learner) -> Reason:
    if node.relation == ir.MEMBERS and node.of is None:
        certain = tuple(one for one in learner.members if one not in learner.possible)
        return Reason(node, RowSet(certain, tuple(one for one in learner.members if one in learner.possible)))
    if node.of is None:
        return Reason(node, RowSet(learner.program.catalog.collections[node.relation][1]))
    of = evaluate(node.of, env, learner)
    if of.value is None:
        return Reason(node, None, (of,))
    codes = learner.program.catalog.related(node.of.type.of, node.relation, of.value)
    return Reason(node, RowSet(codes), (of,))


def _each(rows: Iterable[Any], variable: str, node: ir.Node, env: Env, learner: Learner) -> list[Reason]:
    """A node for each of the rows."""
    inner = dict(env)
    found = []
    for row in rows:
        inner[variable] = Reason(node, row)
        # what is said of a learner of a group is evaluated with that learner's facts and conclusions
        whom = learner.members.get(row, learner) if learner.members and isinstance(row, str) else learner
        found.append(evaluate(node, inner, whom))
    return found


def _where(node: ir.Where, env: Env, learner: Learner) -> Reason:
    rows = evaluate(node.rows, env, learner)
    if rows.value is None:
        return Reason(node, None, (rows,))
    certain, possible, parts = [], [], []
    found = (*rows.value.certain, *rows.value.possible)
    for index, (row, held) in enumerate(
        zip(found, _each(found, node.variable, node.condition, env, learner), strict=True)
    ):
        if held.value is True and index < len(rows.value.certain):
            certain.append(row)
        elif held.value is not False:
            possible.append(row)
        if isinstance(row, str):  # items are few and worth telling; facts stand by their identities
            parts.append(Reason(held.node, held.value, held.parts, about=row))
    return Reason(node, RowSet(tuple(certain), tuple(possible)), tuple(parts))


def _window(node: ir.Window, env: Env, learner: Learner) -> Reason:
    rows, count = evaluate(node.rows, env, learner), evaluate(node.count, env, learner)
    if rows.value is None or rows.value.possible or count.value is None or isinstance(count.value, Interval):
        return Reason(node, None, (rows,))
    number, found = int(count.value), rows.value.certain
    if node.none_is_empty and number == 0:
        return Reason(node, RowSet(()), (rows,))
    if not found and node.none_is_empty:
        return Reason(node, RowSet(()), (rows,))
    if not found or number < 1 or (len(found) < number and not node.up_to):
        return Reason(node, None, (rows,))
    match node.which:
        case "first":
            kept = found[:number]
        case "latest":
            kept = found[-number:]
        case "best":
            by = node.by or ir.Constant(None, node.type)
            values = [one.value for one in _each(found, node.variable, by, env, learner)]
            known = [index for index, value in enumerate(values) if value is not None]
            if not known or (len(known) < number and not node.up_to):
                return Reason(node, None, (rows,))
            ranked = sorted(known, key=lambda index: (values[index], index), reverse=True)
            kept = tuple(found[index] for index in sorted(ranked[:number]))
    return Reason(node, RowSet(kept), (rows,))


def _pool(node: ir.Pool, env: Env, learner: Learner) -> Reason:
    items = evaluate(node.items, env, learner)
    if items.value is None or items.value.possible:
        return Reason(node, None, (items,))
    kept: list[Fact] = []
    parts = []
    found = items.value.certain
    for item, rows in zip(found, _each(found, node.variable, node.rows, env, learner), strict=True):
        parts.append(Reason(rows.node, rows.value, rows.parts, about=item))
        if rows.value is None or rows.value.possible:
            return Reason(node, None, tuple(parts))
        kept.extend(rows.value.certain)
    return Reason(node, RowSet(tuple(kept)), tuple(parts))


# --- formulas and quantifiers -----------------------------------------------------------------------------------------


def _aggregate(node: ir.Aggregate, env: Env, learner: Learner) -> Reason:
    rows = evaluate(node.rows, env, learner)
    if rows.value is None:
        return Reason(node, None, (rows,))
    certain, possible = rows.value.certain, rows.value.possible
    if node.formula == "number":
        return Reason(node, between(len(certain), len(certain) + len(possible)), (rows,))
    assert node.value is not None
    of_certain = list(_each(certain, node.variable, node.value, env, learner))
    of_possible = list(_each(possible, node.variable, node.value, env, learner))
    of_items = [  # items are few and worth telling; facts stand by their identities
        Reason(one.node, one.value, one.parts, about=item)
        for item, one in zip(certain, of_certain, strict=True)
        if isinstance(item, str)
    ]
    if any(_is_open(one, learner) for one in (*of_certain, *of_possible)):
        return Reason(node, None, (rows, *of_items))
    each, maybe = [one.value for one in of_certain], [one.value for one in of_possible]
    settings = {name: evaluate(setting, env, learner).value for name, setting in node.settings}
    return Reason(node, apply_formula(node.formula, each, maybe, settings), (rows, *of_items))


def _is_open(reason: Reason, learner: Learner) -> bool:
    """Whether it is a measure's value that is not known yet: no blank, and no value of a measure that is not met."""
    node = reason.node
    if not isinstance(node, ir.Conclusion) or reason.value is not None:
        return False
    concluded = learner.conclusions.get((node.group, tuple(part.value for part in reason.parts)))
    return concluded is not None and concluded[0] is None


def _quantify(node: ir.Quantify, env: Env, learner: Learner) -> Reason:
    rows = evaluate(node.rows, env, learner)
    if rows.value is None:
        return Reason(node, None, (rows,))
    parts, low, unknown = [], 0, 0
    found = rows.value.certain
    for row, held in zip(found, _each(found, node.variable, node.condition, env, learner), strict=True):
        parts.append(Reason(held.node, held.value, held.parts, about=row if isinstance(row, str) else row.id))
        low += held.value is True
        unknown += held.value is None
    unsure = len(rows.value.possible)
    number = between(low, low + unknown + unsure)
    size = between(len(found), len(found) + unsure)
    if node.amount is not None:
        amount = evaluate(node.amount, env, learner)
        parts.append(amount)
        return Reason(node, _how_many(node, number, size, amount.value), tuple(parts))
    return Reason(node, _all_any_none(node.quantifier, number, size, len(parts) + unsure), tuple(parts))


def _how_many(node: ir.Quantify, number: Any, size: Any, amount: Any) -> bool | None:
    """So many, or such a share of all; a share of nothing is not met."""
    assert node.amount is not None
    compare: Callable[..., Any] = OPERATORS[node.quantifier].meaning
    if node.amount.type.of == "":
        return compare(number, amount)  # type: ignore[no-any-return]
    if size == 0:
        return False
    return compare(divide(number, size), amount)  # type: ignore[no-any-return]


def _all_any_none(quantifier: str, number: Any, size: Any, seen: int) -> bool | None:
    """`all` of nothing is not met; `all before` of nothing before is; `none` of nothing is."""
    at_least_one = OPERATORS["at least"].meaning(number, Fraction(1))
    match quantifier:
        case "any":
            return at_least_one  # type: ignore[no-any-return]
        case "none":
            return OPERATORS["not"].meaning(at_least_one)  # type: ignore[no-any-return]
        case _:
            if seen == 0:
                return quantifier == "all before"
            return equal(number, size)


# --- conclusions, choices, tables -------------------------------------------------------------------------------------


def _concluded(node: ir.Conclusion, codes: tuple[Any, ...], learner: Learner) -> Any:
    if None in codes:
        return None
    truth, value = learner.conclusions.get((node.group, codes), (None, None))
    return truth if node.type.kind is Kind.TRUTH and node.kind != "measure" else value


def _choose(node: ir.Choose, env: Env, learner: Learner) -> Reason:
    parts, possible = [], []
    for condition, value in node.cases:
        held = evaluate(condition, env, learner)
        parts.append(held)
        if held.value is not False:
            possible.append(evaluate(value, env, learner))
        if held.value is True:
            break
    else:
        possible.append(evaluate(node.otherwise, env, learner))
    first = possible[0].value
    same = all(branch.value == first for branch in possible)
    return Reason(node, first if same else None, (*parts, *possible))


def _lookup(node: ir.Lookup, env: Env, learner: Learner) -> Reason:
    parts = tuple(evaluate(argument, env, learner) for argument in node.arguments)
    values = [part.value for part in parts]
    if any(value is None or isinstance(value, Interval) for value in values):
        return Reason(node, None, parts)
    for cells, result in learner.program.tables[node.table].rows:
        for cell, value in zip(cells, values, strict=True):
            if not cell.admits(value):
                break
        else:
            return Reason(node, result, parts)
    return Reason(node, None, parts)
