"""Nodes to values over the columns of a frame: constants, variables, fields, operators, choices, tables, conclusions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from fractions import Fraction
from math import lcm
from typing import assert_never

import pyarrow

from competency.model.facts import LEARNERS
from competency.model.items import COMPETENCY, SKILL, ItemValue
from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population import ratios
from competency.rules.population.aggregate import aggregate
from competency.rules.population.apply_operator import apply_operator, at_least, equal
from competency.rules.population.arrow_columns import truths, whole_numbers
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.counting import counting_name, fact_value
from competency.rules.population.frame import LEARNER, Concluded, Frame, Space, code_name
from competency.rules.population.free_variables import is_outside
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.quantify import quantify
from competency.rules.population.row_sets import row_set
from competency.rules.population.shift_by_months import OPERATORS_OF_MONTHS, shift_by_months
from competency.rules.population.values import (
    Day,
    Single,
    TheRow,
    Value,
    Word,
    day_of,
    expressions,
    mapped,
    only_where,
    picked,
    same,
    single,
    truth_of,
    unknown,
)
from competency.rules.program import ir
from competency.rules.program.operators import OPERATORS
from competency.rules.program.types import Kind as TypeKind
from competency.rules.program.types import Type

# A table is asked row by row: beyond so many rows the question would be longer than the answer is worth.
TABLE_ROWS_MAX = 200


def lower_value(node: ir.Node, frame: Frame) -> Value:
    """What a node comes to for each row of a frame; NoSetForm where it has no form over columns."""
    outside = _outside(node, frame)
    if outside is not None:
        return outside
    match node:
        case ir.Constant():
            return _constant(node.value, node.type, frame.space)
        case ir.Variable():
            return _variable(node, frame)
        case ir.Field():
            return _field(node, frame)
        case ir.Facts() | ir.Items() | ir.Where() | ir.Window() | ir.Pool():
            return row_set(node, frame)
        case ir.Apply():
            return _applied(node, frame)
        case ir.Aggregate():
            return frame.tidy(aggregate(node, frame))
        case ir.Quantify():
            return frame.tidy(quantify(node, frame))
        case ir.Conclusion():
            return _concluded(node, frame)
        case ir.Choose():
            return frame.tidy(_chosen(node.cases, node.otherwise, frame))
        case ir.Lookup():
            return frame.tidy(_looked_up(node, frame))
        case _:
            assert_never(node)


def _outside(node: ir.Node, frame: Frame) -> Value | None:
    """What does not differ among the rows below a row: it was worked out above before they were joined to it."""
    if frame.parent is None or not is_outside(node, frame.own, frame.scope.keys()):
        return None
    if node not in frame.outside:
        raise NoSetForm("a condition on rows that asks for more about the learner")
    return frame.outside[node]


# --- constants and variables ------------------------------------------------------------------------------------------


def _constant(value: ir.Scalar, type_: Type, space: Space) -> Single:
    match value:
        case None:
            return _blank(type_)
        case bool():
            return c.constant(value)
        case Fraction():
            return ratios.of_fraction(value)
        case str():
            return Word(c.constant(space.at_hand.words.number(value)))
        case date():
            return day_of(value)
        case _:
            raise NoSetForm("a list of words")


def _blank(type_: Type) -> Single:
    match type_.kind:
        case TypeKind.TRUTH:
            return c.UNKNOWN
        case TypeKind.NUMBER:
            return ratios.of_fraction(None)
        case TypeKind.DATE:
            return Day(c.BLANK, c.BLANK)
        case TypeKind.TEXT | TypeKind.ITEM:
            return Word(c.BLANK)
        case _:
            raise NoSetForm("rows that are not known")


def _variable(node: ir.Variable, frame: Frame) -> Value:
    if node.name == "as of":
        return day_of(frame.space.as_of)
    if node.name not in frame.scope:
        raise NoSetForm(f"`{node.name}` where it is not at hand")
    return frame.scope[node.name]


# --- fields -----------------------------------------------------------------------------------------------------------


def _field(node: ir.Field, frame: Frame) -> Value:
    if node.of.type.of == "learner":
        return _of_learner(node.name, frame)
    if node.of.type.kind is TypeKind.ROW:
        row = frame.value(node.of)
        if not isinstance(row, TheRow):
            raise NoSetForm("a column of rows that are none")
        value = fact_value(frame.space.at_hand.tables[row.table], node.name)
        return mapped(value, lambda one: c.as_column(frame.own_name_of(one.name), one) if one.is_column else one)
    of = frame.value(node.of)
    if not isinstance(of, Word):
        raise NoSetForm("a column of an item that is none")
    return _of_item(of, node.of.type.of, node, frame)


def _of_learner(name: str, frame: Frame) -> Single:
    table = frame.space.at_hand.tables[LEARNERS.plural]
    value = fact_value(table, name)
    key = ("learner", name)
    if key not in frame.joined:
        columns = {one.name: one for one in _columns(value)}
        if not columns:
            return value
        found = frame.attach(
            counting_name(LEARNERS.plural), columns, {LEARNER: c.column(LEARNER, Kind.WHOLE, is_nullable=False)}
        )
        frame.joined[key] = {name: mapped(value, lambda one: found[one.name])}
    return frame.joined[key][name]


def _columns(value: Single) -> list[Expression]:
    return [one for one in expressions(value) if one.is_column]


def _of_item(of: Word, kind: str, node: ir.Field, frame: Frame) -> Single:
    space = frame.space
    if of.number.is_constant:
        if of.number.value is None:
            return _blank(node.type)
        item = space.program.catalog.item(kind, space.at_hand.words.texts[of.number.low])
        value = item.data.get(node.name) if item is not None else None
        return _constant(value, node.type, space)
    stem = f"items_{kind}_{f.engine_name(node.name)}"
    if stem not in space.described:
        described, table = _item_column(kind, node, space)
        space.described[stem] = {"value": described}
        space.given[stem] = table
    column = frame.column(of.number)
    key = (stem, column.name)
    if key not in frame.joined:
        described = space.described[stem]["value"]
        found = frame.attach(stem, {one.name: one for one in _columns(described)}, {"code": column})
        frame.joined[key] = {"value": mapped(described, lambda one: found[one.name])}
    return frame.joined[key]["value"]


def _item_column(kind: str, node: ir.Field, space: Space) -> tuple[Single, pyarrow.Table]:
    """One column of the data of all items of a kind."""
    items = space.program.catalog.items
    data: dict[str, ItemValue] = {}
    for of_kind in (SKILL, COMPETENCY) if kind == COMPETENCY else (kind,):
        data.update({code: item.data.get(node.name) for code, item in items.get(of_kind, {}).items()})
    for code, own in space.parameters.get(node.name, {}).items():
        data[code] = None if isinstance(own, tuple) else own
    codes = [space.at_hand.words.number(code) for code in data]
    value, arrays = laid_out_constants(list(data.values()), node.type, space, "value")
    return value, pyarrow.table({"code": whole_numbers(codes), **arrays})


def laid_out_constants(
    values: list[ItemValue], type_: Type, space: Space, name: str
) -> tuple[Single, dict[str, pyarrow.Array]]:
    """Values of Python as a column of a table; NoSetForm where they are of several kinds."""
    known = [value for value in values if value is not None]
    if all(isinstance(value, Fraction) for value in known) and type_.kind is TypeKind.NUMBER:
        scale = lcm(*[value.denominator for value in known if isinstance(value, Fraction)])
        numbers = [int(value * scale) if isinstance(value, Fraction) else None for value in values]
        present = [number for number in numbers if number is not None]
        low, high = min(present, default=0), max(present, default=0)
        if max(abs(low), abs(high)) > f.NUMBER_MAX:
            raise NoSetForm("numbers of items that have too many digits")
        column = c.column(name, Kind.WHOLE, low=low, high=high)
        return ratios.settled(column, c.constant(scale)), {name: whole_numbers(numbers)}
    if all(isinstance(value, bool) for value in known) and type_.kind is TypeKind.TRUTH:
        return c.column(name, Kind.TRUTH), {name: truths(values)}
    if all(isinstance(value, str) for value in known) and type_.kind in {TypeKind.TEXT, TypeKind.ITEM}:
        words = space.at_hand.words
        numbers = [words.number(value) if isinstance(value, str) else None for value in values]
        return Word(c.column(name, Kind.WHOLE, low=0, high=len(words.texts))), {name: whole_numbers(numbers)}
    is_day = all(isinstance(value, date) and not isinstance(value, datetime) for value in known)
    if is_day and type_.kind is TypeKind.DATE:
        days = [day_of(value) if isinstance(value, date) else None for value in values]
        counts = [day.count.low if day else None for day in days]
        calendars = [day.calendar.low if day and day.calendar else None for day in days]
        day = Day(
            c.column(name, Kind.WHOLE, low=1, high=f.LAST_DAY),
            c.column(f.calendar_name(name), Kind.WHOLE, low=0, high=f.LAST_CALENDAR),
        )
        arrays = {name: whole_numbers(counts), f.calendar_name(name): whole_numbers(calendars)}
        return day, arrays
    raise NoSetForm("data of items that is of several kinds")


# --- operators, choices, tables ---------------------------------------------------------------------------------------


def _applied(node: ir.Apply, frame: Frame) -> Value:
    folded = _folded(node, frame.space)
    if folded is not None:
        return folded
    values = [frame.value(argument) for argument in node.arguments]
    if node.operator in OPERATORS_OF_MONTHS:
        day, months = values
        return shift_by_months(node.operator, day, months, frame)
    return frame.tidy(apply_operator(node.operator, values))


def _folded(node: ir.Node, space: Space) -> Single | None:
    """The value of an operator on constants and the day of the decision alone, by its meaning on values."""
    if not isinstance(node, ir.Apply) or not _is_constant(node):
        return None
    value = _worked_out(node, space)
    if value is None or isinstance(value, bool | Fraction | str | date):
        return _constant(value, node.type, space)
    return None


def _is_constant(node: ir.Node) -> bool:
    match node:
        case ir.Constant():
            return not isinstance(node.value, tuple)
        case ir.Variable():
            return node.name == "as of"
        case ir.Apply():
            return all(_is_constant(argument) for argument in node.arguments)
        case _:
            return False


def _worked_out(node: ir.Node, space: Space) -> object:
    match node:
        case ir.Constant():
            return node.value
        case ir.Apply():
            return OPERATORS[node.operator].meaning(*[_worked_out(argument, space) for argument in node.arguments])
        case _:
            return space.as_of


def _chosen(cases: tuple[tuple[ir.Node, ir.Node], ...], otherwise: ir.Node, frame: Frame) -> Single:
    """The first value whose condition is met; where one is unknown, what all possible branches agree on."""
    if not cases:
        return single(frame.value(otherwise))
    (condition, then), *others = cases
    held = truth_of(frame.value(condition))
    if held is c.TRUE:
        return single(frame.value(then))
    rest = _chosen(tuple(others), otherwise, frame)
    if held is c.FALSE:
        return rest
    first = single(frame.value(then))
    undecided = rest if not held.is_nullable else only_where(same(first, rest), first)
    return picked(held, first, picked(c.fails(held), rest, undecided))


def _looked_up(node: ir.Lookup, frame: Frame) -> Single:
    table = frame.space.program.tables[node.table]
    values = [single(frame.value(argument)) for argument in node.arguments]
    known = c.both(*[_is_exact(value) for value in values])
    if len(table.rows) > TABLE_ROWS_MAX:
        return only_where(known, _found(table, values, frame))
    result: Single = _blank(table.result)
    for cells, answer in reversed(table.rows):
        admitted = c.both(*[_admits(cell, value, frame.space) for cell, value in zip(cells, values, strict=True)])
        result = frame.tidy(picked(admitted, _constant(answer, table.result, frame.space), result))
    return only_where(known, result)


def _found(table: ir.TableRows, values: list[Single], frame: Frame) -> Single:
    """The answer of a long table of words, by joining it."""
    words = [value.number for value in values if isinstance(value, Word)]
    exact = all(isinstance(cell.exact, str) for cells, _ in table.rows for cell in cells)
    if not exact or len(words) < len(values):
        raise NoSetForm(
            f"the table `{table.name}`, which has more than {TABLE_ROWS_MAX} rows, not all of them of words"
        )
    space, stem = frame.space, f"table_{table.name}"
    inputs = [f"input_{place}" for place in range(len(words))]
    if stem not in space.described:
        answers: dict[tuple[int, ...], ir.Scalar] = {}
        for cells, answer in table.rows:  # the first row that answers counts
            answers.setdefault(tuple(space.at_hand.words.number(str(cell.exact)) for cell in cells), answer)
        if any(isinstance(answer, tuple) for answer in answers.values()):
            raise NoSetForm("a table that answers with lists")
        found = [None if isinstance(answer, tuple) else answer for answer in answers.values()]
        described, arrays = laid_out_constants(found, table.result, space, "value")
        keys = {name: whole_numbers([key[at] for key in answers]) for at, name in enumerate(inputs)}
        space.described[stem], space.given[stem] = {"value": described}, pyarrow.table({**keys, **arrays})
    described = space.described[stem]["value"]
    columns = frame.attach(stem, {one.name: one for one in _columns(described)}, dict(zip(inputs, words, strict=True)))
    return mapped(described, lambda one: columns[one.name])


def _is_exact(value: Single) -> Expression:
    if isinstance(value, ratios.Number):
        return ratios.is_exact(value)
    return c.opposite(unknown(value))


def _admits(cell: ir.Range, value: Single, space: Space) -> Expression:
    """Whether a cell of a table admits a value, as far as it is known."""

    def point(of: object) -> Single:
        kind = {bool: TypeKind.TRUTH, Fraction: TypeKind.NUMBER, str: TypeKind.TEXT, date: TypeKind.DATE}[type(of)]
        return _constant(of, Type(kind), space)  # type: ignore[arg-type]

    if isinstance(value, Day) and value.moment is not None:
        raise NoSetForm("a table that is asked about a moment with a time")
    if cell.exact is not None:
        return equal(value, point(cell.exact))
    if cell.none_of:
        return c.both(*[c.opposite(equal(value, point(one))) for one in cell.none_of])
    held = []
    if cell.low is not None:
        low = point(cell.low)
        held.append(at_least(value, low) if cell.low_included else c.opposite(at_least(low, value)))
    if cell.high is not None:
        high = point(cell.high)
        held.append(at_least(high, value) if cell.high_included else c.opposite(at_least(value, high)))
    return c.both(*held)


# --- conclusions ------------------------------------------------------------------------------------------------------


def _of_untouched(
    concluded: Concluded, code: Expression, found: Mapping[str, Single], frame: Frame
) -> dict[str, Single]:
    """Whether there is a conclusion, and its truth, where the item may not be touched: no value is concluded then."""
    columns = {"is_there": concluded.is_there, "truth": concluded.truth}
    alike = frame.attach(concluded.untouched, columns, {code_name(0): code})
    is_there, truth = truth_of(found["is there"]), truth_of(found["truth"])
    return {
        "is there": frame.column(c.filled(is_there, alike["is_there"])),
        "truth": frame.column(c.choose(c.is_known(is_there), truth, alike["truth"])),
    }


def _concluded(node: ir.Conclusion, frame: Frame) -> Value:
    concluded = frame.space.concluded.get(node.group)
    if concluded is None:
        return _blank(node.type)
    codes = []
    for item in node.items:
        of = frame.value(item)
        if not isinstance(of, Word):
            raise NoSetForm("a conclusion about what is no item")
        codes.append(frame.column(of.number))
    if len(codes) != concluded.codes:
        return _blank(node.type)
    key = (concluded.table, *[code.name for code in codes])
    if key not in frame.joined:
        on = {LEARNER: c.column(LEARNER, Kind.WHOLE, is_nullable=False)}
        on.update({code_name(place): code for place, code in enumerate(codes)})
        values: dict[str, Single] = {"is there": concluded.is_there, "truth": concluded.truth}
        if concluded.value is not None:
            values["value"] = concluded.value
        columns = {one.name: one for value in values.values() for one in _columns(value)}
        found = frame.attach(concluded.table, columns, on)
        own = {name: mapped(value, lambda one: found[one.name]) for name, value in values.items()}
        if concluded.untouched:
            own |= _of_untouched(concluded, codes[0], own, frame)
        frame.joined[key] = own
    joined = frame.joined[key]
    frame.concluded[node] = joined
    if node.type.kind is TypeKind.TRUTH and node.kind != "measure":
        return joined["truth"]
    return joined.get("value", _blank(node.type))
