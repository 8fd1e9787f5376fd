"""Relations to operations of Ibis, from which each engine makes the text of its queries.

They are built directly: what Ibis offers to people looks every name up anew, and takes several times as long.

Expressions keep to what DuckDB and Spark both have and both mean alike: no division, no rounding, no order of blanks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import reduce
from hashlib import sha256
from threading import Lock
from typing import Any, assert_never

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as of_ibis
from ibis.backends.sql.rewrites import Select

from competency.rules.population import columns
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.lists import LIST, last_is_greatest
from competency.rules.population.prune import columns_read, names_of, readers_of
from competency.rules.population.relations import (
    Extend,
    Filter,
    Group,
    Join,
    Keep,
    Measure,
    Measured,
    Numbered,
    Opened,
    Relation,
    Scan,
    Union,
)
from competency.rules.population.spelled_out import spelled_out
from competency.rules.population.stand_ins import filled_in, may_stand_in, with_stand_ins

_WIDE = dt.Decimal(38, 0)
_TYPES = {Kind.TRUTH: dt.boolean, Kind.WHOLE: dt.int64, Kind.WIDE: _WIDE}

# Texts of queries by the hash of their shape: making one takes longer than running it on a school.
TEXTS_MAX = 1_000
_TEXTS: dict[bytes, str] = {}
# Ibis makes one at a time: buckets of learners that are decided side by side ask for the same ones.
_ONE_AT_A_TIME = Lock()

# Databases merge nested queries themselves, in a hundredth of the time.
ibis.options.sql.fuse_selects = False


def text_of(relation: Relation, database: str, compiled: Callable[[Any], str]) -> str:
    """The query that a relation becomes; the text of a shape is worked out once, however many tables and learners there are.

    `compiled` makes the text of a query from an expression of Ibis, in the manner of the database of that name.
    """
    spelled = spelled_out(relation)
    is_shared = may_stand_in(spelled)
    told = spelled.shape if is_shared else repr(spelled)
    key = sha256(f"{database}\n{told}".encode()).digest()
    with _ONE_AT_A_TIME:
        text = _TEXTS.get(key)
        if text is None:
            text = compiled(table_of(with_stand_ins(relation, spelled) if is_shared else relation))
            if len(_TEXTS) >= TEXTS_MAX:
                _TEXTS.clear()
            _TEXTS[key] = text
    return filled_in(text, spelled) if is_shared else text


def table_of(relation: Relation) -> of_ibis.Table:
    """A relation as a table of Ibis."""
    return of_ibis.Table(_Reading(relation).table(relation))


class _Reading:
    """Relations to operations of Ibis; one that is used twice becomes one operation."""

    def __init__(self, root: Relation) -> None:
        self._read_of = columns_read(root)
        self._readers = readers_of(root)
        self._tables: dict[int, Any] = {}
        self._values: dict[tuple[int, int], Any] = {}
        self._in_lists: list[_InList] = []  # their identities are in the keys of values

    def table(self, relation: Relation) -> Any:
        found = self._tables.get(id(relation))
        if found is None:
            found = self._tables[id(relation)] = self._read(relation, self._read_of[id(relation)])
        return found

    def _read(self, relation: Relation, wanted: set[str]) -> Any:
        match relation:
            case Scan(table=name, columns=columns):
                # with all that are named: Ibis writes a star for all columns that it knows of
                schema = ibis.schema({column: _TYPES[kind] for column, kind in columns})
                return ops.UnboundTable(name=name, schema=schema)
            case Opened():
                return self._opened(relation, wanted)
            case Measured(of=opened, measures=measures):
                return self._measured_lists(opened, [one for one in measures if one.name in wanted])
            case Extend(of=of, columns=further):
                table, condition = self._filtered(of)
                made = {name: self._value(one, table) for name, one in further if name in wanted}
                if not made:
                    return self.table(of)
                kept = {name: ops.Field(table, name) for name in table.schema if name in wanted}
                return Select(table, selections={**kept, **made}, predicates=condition)
            case Keep(of=of, columns=kept):
                table, condition = self._filtered(of)
                made = {name: self._value(one, table) for name, one in kept if name in wanted}
                return Select(table, selections=made, predicates=condition)
            case Filter(of=of, condition=condition):
                table = self.table(of)
                return Select(table, selections=table.fields, predicates=(self._value(condition, table),))
            case Join():
                return self._joined(relation, wanted)
            case Numbered():
                return self._numbered(relation, wanted) if relation.name in wanted else self.table(relation.of)
            case Group(of=of, keys=keys, measures=measures):
                table = self.table(of)
                groups = {key: ops.Field(table, key) for key in keys}
                named = {one.name: self._measure(one, table) for one in measures if one.name in wanted}
                return ops.Aggregate(table, groups=groups, metrics=named)
            case Union(parts=parts):
                names = tuple(name for name in names_of(relation) if name in wanted)
                first, *others = [_of_columns(self.table(part), names) for part in parts]
                for other in others:
                    first = ops.Union(first, other, distinct=False)
                return first
            case _:
                assert_never(relation)

    def _filtered(self, relation: Relation) -> tuple[Any, tuple[Any, ...]]:
        """A relation apart from the condition on its rows, if nobody else reads it with that condition."""
        if not isinstance(relation, Filter) or self._readers[id(relation)] > 1:
            return self.table(relation), ()
        table = self.table(relation.of)
        return table, (self._value(relation.condition, table),)

    def _lists(self, opened: Opened) -> Any:
        """Those lists that are wanted, with how many rows there are in each."""
        elements = dt.Array(dt.Struct({name: _TYPES[kind] for name, kind in opened.columns}))
        schema = ibis.schema({**dict.fromkeys(opened.keys, dt.int64), LIST: elements})
        table: Any = ops.UnboundTable(name=opened.table, schema=schema)
        names = (*opened.keys, LIST)
        if opened.only:
            first = ops.JoinReference(table, 0)
            links = []
            for place, (key, only) in enumerate(opened.only, start=1):
                right = ops.JoinReference(self.table(only), place)
                (column,) = right.schema.names
                links.append(ops.JoinLink("semi", right, [ops.Equals(ops.Field(first, key), ops.Field(right, column))]))
            table = ops.JoinChain(first, tuple(links), {name: ops.Field(first, name) for name in names})
        kept = {name: ops.Field(table, name) for name in names}
        return Select(table, selections={**kept, opened.size: ops.ArrayLength(kept[LIST])})

    def _opened(self, opened: Opened, wanted: set[str]) -> Any:
        table = self._lists(opened)
        size = ops.Field(table, opened.size)
        numbers = ops.Unnest(ops.IntegerRange(_constant(columns.constant(0)), size, _constant(columns.constant(1))))
        kept = {name: ops.Field(table, name) for name in (*opened.keys, opened.size)}
        rows = ops.Unnest(ops.Field(table, LIST))
        table = Select(table, selections={**kept, opened.number: numbers, LIST: rows})
        beside = [name for name in (*opened.keys, opened.number, opened.size) if name in wanted]
        made = {name: ops.Field(table, name) for name in beside}
        row = ops.Field(table, LIST)
        made.update({name: ops.StructField(row, name) for name, _ in opened.columns if name in wanted})
        return Select(table, selections=made)

    def _measured_lists(self, opened: Opened, measures: list[Measure]) -> Any:
        table = self._lists(opened)
        made = {name: ops.Field(table, name) for name in opened.keys}
        made.update({one.name: self._measure_of_list(one, opened, table) for one in measures})
        return Select(table, selections=made)

    def _measure_of_list(self, measure: Measure, opened: Opened, table: Any) -> Any:
        size, value, where = ops.Field(table, opened.size), measure.value, measure.where
        rows = ops.Field(table, LIST).to_expr()

        def of_each(expression: Expression) -> Any:
            if {opened.number, opened.size}.isdisjoint(columns.columns_of(expression)):
                return lambda row: self._value_in_list(expression, row, {})
            return lambda row, number: self._value_in_list(
                expression, row, {opened.number: number.op(), opened.size: size}
            )

        if value is None or measure.function == "count":
            if where is columns.TRUE:
                return size
            return _whole(ops.ArraySum(rows.map(of_each(columns.as_number(where))).op()))
        if measure.by is not None:
            held = rows if where is columns.TRUE else rows.filter(of_each(where))
            return ops.StructField(held[-1 if last_is_greatest(measure.by, opened) else 0].op(), value.name)
        each = rows.map(of_each(value if where is columns.TRUE else columns.where(where, value))).op()
        match measure.function:
            case "sum":
                total = ops.ArraySum(each)
                return _cast(total, Kind.WIDE) if measure.kind is Kind.WIDE else _whole(total)
            case "max":
                return ops.ArrayMax(each)
            case _:
                return ops.ArrayMin(each)

    def _value_in_list(self, expression: Expression, row: Any, beside: Mapping[str, Any]) -> Any:
        in_list = _InList(row.op(), beside)
        self._in_lists.append(in_list)
        return self._value(expression, in_list).to_expr()

    def _joined(self, join: Join, wanted: set[str]) -> Any:
        left, right = self.table(join.left), self.table(join.right)
        taken = [(name, new) for name, new in join.taken if new in wanted]
        if join.how == "left" and not taken:
            return left  # a group has one row at most
        if isinstance(left, ops.JoinChain):
            first, rest, here = left.first, left.rest, left.values
        else:
            first, rest = ops.JoinReference(left, 0), ()
            here = {name: ops.Field(first, name) for name in left.schema}
        beside = ops.JoinReference(right, len(rest) + 1)
        on = [ops.Equals(here[name], ops.Field(beside, other)) for name, other in join.on]
        if join.how == "without":
            link = ops.JoinLink("anti", beside, on or [_TRUE])
        else:
            link = ops.JoinLink(join.how if on else "cross", beside, on)
        values = {name: one for name, one in here.items() if name in wanted}
        values.update({new: ops.Field(beside, name) for name, new in taken})
        return ops.JoinChain(first, (*rest, link), values)

    def _numbered(self, numbered: Numbered, wanted: set[str]) -> Any:
        table = self.table(numbered.of)
        within = [self._value(one, table).to_expr() for one in numbered.within]
        order = [
            ibis.desc(self._value(one, table).to_expr())
            if is_last_first
            else ibis.asc(self._value(one, table).to_expr())
            for one, is_last_first in numbered.order
        ]
        value = None if numbered.of_value is None else self._value(numbered.of_value, table).to_expr()
        match numbered.function:
            case "number":
                made = ibis.row_number().over(ibis.window(group_by=within, order_by=order)).op()
            case "count":
                made = _whole(ibis.ifelse(value, 1, 0).sum().over(ibis.window(group_by=within)).op())
            case "max":
                made = value.max().over(ibis.window(group_by=within)).op()  # type: ignore[union-attr]
            case "running max":
                window = ibis.cumulative_window(group_by=within, order_by=order)
                made = value.max().over(window).op()  # type: ignore[union-attr]
        kept = {name: ops.Field(table, name) for name in table.schema if name in wanted}
        return Select(table, selections={**kept, numbered.name: made})

    def _measure(self, measure: Measure, table: Any) -> Any:
        where = None if measure.where is columns.TRUE else self._value(measure.where, table)
        if measure.function == "count" or measure.value is None:
            return ops.CountStar(table, where=where)
        value = self._value(measure.value, table)
        match measure.function:
            case "sum":
                total = ops.Sum(_cast(value, measure.kind), where=where)
                return _cast(total, Kind.WIDE) if measure.kind is Kind.WIDE else _whole(total)
            case "max":
                return ops.Max(value, where=where)
            case "min":
                return ops.Min(value, where=where)
            case "different":
                return ops.CountDistinct(value, where=where)
            case "at greatest":
                return ops.ArgMax(value, self._value(measure.by or measure.value, table), where=where)

    # --- expressions ---

    def _value(self, expression: Expression, table: Any) -> Any:
        if expression.is_constant:
            return _constant(expression)
        key = (id(expression), id(table))
        found = self._values.get(key)
        if found is None:
            found = self._values[key] = self._made(expression, table)
        return found

    def _made(self, expression: Expression, table: Any) -> Any:
        if expression.is_column:
            return table.field(expression.name) if isinstance(table, _InList) else ops.Field(table, expression.name)
        parts = [self._value(part, table) for part in expression.parts]
        if expression.name == "picked":
            place = ops.Cast(parts[0], dt.int32)  # Spark takes no other
            return ops.ArrayIndex(ops.Array(tuple(parts[1:])), place)
        if expression.kind is Kind.WIDE:
            return _cast(_wide(expression, parts), Kind.WIDE)
        return _APPLIED[expression.name](*parts)


class _InList:
    """A row of a list, and what stands beside it by the names of columns: its number, and the list's size."""

    def __init__(self, row: Any, beside: Mapping[str, Any]) -> None:
        self._row = row
        self._beside = beside

    def field(self, name: str) -> Any:
        """A column of the row, or what stands beside it."""
        return self._beside[name] if name in self._beside else ops.StructField(self._row, name)


def _of_columns(table: Any, names: tuple[str, ...]) -> Any:
    """A table with these columns alone, in this order."""
    if table.schema.names == names:
        return table
    return Select(table, selections={name: ops.Field(table, name) for name in names})


def _wide(expression: Expression, parts: list[Any]) -> Any:
    cast = [
        value if part.kind is Kind.TRUTH else _cast(value, Kind.WIDE)
        for part, value in zip(expression.parts, parts, strict=True)
    ]
    return _APPLIED[expression.name](*cast)


def _whole(total: Any) -> Any:
    """A sum as a whole number of 64 bits, which Ibis takes it to be already."""
    return ops.Cast(total, dt.int64)


def _cast(value: Any, kind: Kind) -> Any:
    return value if value.dtype == _TYPES[kind] else ops.Cast(value, _TYPES[kind])


def _constant(expression: Expression) -> Any:
    if expression.value is None or expression.kind is not Kind.WIDE:
        return ops.Literal(expression.value, dtype=_TYPES[expression.kind])
    return ops.Literal(Decimal(expression.value), dtype=_WIDE)


def _all_of(*parts: Any) -> Any:
    return reduce(ops.And, parts)


def _any_of(*parts: Any) -> Any:
    return reduce(ops.Or, parts)


_TRUE, _FALSE = ops.Literal(True, dtype=dt.boolean), ops.Literal(False, dtype=dt.boolean)
_APPLIED: Mapping[str, Any] = {
    "and": _all_of,
    "or": _any_of,
    # not `~`: the query's text says `NOT x IS NULL`, which is read as the opposite of `x IS NULL`
    "not": lambda truth: ops.Equals(truth, _FALSE),
    "is blank": ops.IsNull,
    "filled": lambda *values: ops.Coalesce(values),
    "choose": ops.IfElse,
    "=": ops.Equals,
    ">=": ops.GreaterEqual,
    "+": ops.Add,
    "-": ops.Subtract,
    "*": ops.Multiply,
    "rest": ops.Modulus,
    "digits": lambda number, first, ones: ops.BitwiseAnd(ops.BitwiseRightShift(number, first), ones),
}
