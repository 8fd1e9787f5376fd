"""Relations to expressions of Ibis, from which each engine makes the text of its queries.

Expressions keep to what DuckDB and Spark both have and both mean alike: no division, no rounding, no order of blanks.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from threading import Lock
from typing import Any, assert_never

import ibis

from competency.rules.population import columns
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.prune import columns_read, names_of
from competency.rules.population.relations import (
    Extend,
    Filter,
    Group,
    Join,
    Keep,
    Measure,
    Numbered,
    Relation,
    Scan,
    Union,
)
from competency.rules.population.spelled_out import spelled_out

_WIDE = "decimal(38, 0)"
_TYPES = {Kind.TRUTH: "boolean", Kind.WHOLE: "int64", Kind.WIDE: _WIDE}

# Texts of queries by the hash of what they say: making one takes longer than running it on a school.
TEXTS_MAX = 1_000
_TEXTS: dict[bytes, str] = {}
# Ibis makes one at a time: buckets of learners that are decided side by side ask for the same ones.
_ONE_AT_A_TIME = Lock()

# Databases merge nested queries themselves, in a hundredth of the time.
ibis.options.sql.fuse_selects = False


def text_of(relation: Relation, database: str, compiled: Callable[[Any], str]) -> str:
    """The query that a relation becomes; it is worked out once, however many learners it is then asked of.

    `compiled` makes the text of a query from an expression of Ibis, in the manner of the database of that name.
    """
    spelled = sha256(f"{database}\n{spelled_out(relation)}".encode()).digest()
    with _ONE_AT_A_TIME:
        text = _TEXTS.get(spelled)
        if text is None:
            text = compiled(_Reading(relation).table(relation))
            if len(_TEXTS) >= TEXTS_MAX:
                _TEXTS.clear()
            _TEXTS[spelled] = text
    return text


class _Reading:
    """Relations to Ibis tables; one that is used twice becomes one expression."""

    def __init__(self, root: Relation) -> None:
        self._read_of = columns_read(root)
        self._tables: dict[int, Any] = {}
        self._numbers = itertools.count()

    def table(self, relation: Relation) -> Any:
        found = self._tables.get(id(relation))
        if found is None:
            found = self._tables[id(relation)] = self._read(relation, self._read_of[id(relation)])
        return found

    def _read(self, relation: Relation, wanted: set[str]) -> Any:
        match relation:
            case Scan(table=name, columns=columns):
                return ibis.table({column: _TYPES[kind] for column, kind in columns if column in wanted}, name=name)
            case Extend(of=of, columns=further):
                table = self.table(of)
                made = {name: self._value(one, table) for name, one in further if name in wanted}
                kept = [name for name in table.columns if name in wanted]
                return table.select(*kept, **made) if made else table
            case Keep(of=of, columns=kept):
                table = self.table(of)
                return table.select(**{name: self._value(one, table) for name, one in kept if name in wanted})
            case Filter(of=of, condition=condition):
                table = self.table(of)
                return table.filter(self._value(condition, table))
            case Join():
                return self._joined(relation, wanted)
            case Numbered():
                return self._numbered(relation) if relation.name in wanted else self.table(relation.of)
            case Group(of=of, keys=keys, measures=measures):
                table = self.table(of)
                named = {one.name: self._measure(one, table) for one in measures if one.name in wanted}
                return table.group_by(list(keys)).aggregate(**named) if keys else table.aggregate(**named)
            case Union(parts=parts):
                names = [name for name in names_of(relation) if name in wanted]
                first, *others = [self.table(part).select(names) for part in parts]
                return ibis.union(first, *others) if others else first
            case _:
                assert_never(relation)

    def _joined(self, join: Join, wanted: set[str]) -> Any:
        left, right = self.table(join.left), self.table(join.right)
        mark = next(self._numbers)
        keys = {f"{name}__{mark}": right[name] for _, name in join.on}
        taken = {new: right[name] for name, new in join.taken if new in wanted}
        if join.how == "left" and not taken:
            return left  # a group has one row at most
        right = right.select(**keys, **taken) if keys or taken else right
        on = [left[name] == right[key] for (name, _), key in zip(join.on, keys, strict=True)]
        if join.how == "without":
            return left.anti_join(right, on)
        names = [name for name in left.columns if name in wanted]
        both = left.join(right, on, how=join.how) if on else left.cross_join(right)
        return both.select([*names, *taken])

    def _numbered(self, numbered: Numbered) -> Any:
        table = self.table(numbered.of)
        within = [self._value(one, table) for one in numbered.within]
        order = [
            ibis.desc(self._value(one, table)) if is_last_first else ibis.asc(self._value(one, table))
            for one, is_last_first in numbered.order
        ]
        value = None if numbered.of_value is None else self._value(numbered.of_value, table)
        match numbered.function:
            case "number":
                made = ibis.row_number().over(ibis.window(group_by=within, order_by=order))
            case "count":
                made = _whole(ibis.ifelse(value, 1, 0).sum().over(ibis.window(group_by=within)))
            case "max":
                made = value.max().over(ibis.window(group_by=within))  # type: ignore[union-attr]
            case "running max":
                made = value.max().over(ibis.cumulative_window(group_by=within, order_by=order))  # type: ignore[union-attr]
        return table.mutate(**{numbered.name: made})

    def _measure(self, measure: Measure, table: Any) -> Any:
        where = None if measure.where is columns.TRUE else self._value(measure.where, table)
        if measure.function == "count" or measure.value is None:
            return table.count(where=where)
        value = self._value(measure.value, table)
        match measure.function:
            case "sum":
                total = _cast(value, measure.kind).sum(where=where)
                return _cast(total, Kind.WIDE) if measure.kind is Kind.WIDE else _whole(total)
            case "max":
                return value.max(where=where)
            case "min":
                return value.min(where=where)
            case "different":
                return value.nunique(where=where)
            case "at greatest":
                return value.argmax(self._value(measure.by or measure.value, table), where=where)

    # --- expressions ---

    def _value(self, expression: Expression, table: Any) -> Any:
        if expression.is_column:
            return table[expression.name]
        if expression.is_constant:
            return _constant(expression)
        parts = [self._value(part, table) for part in expression.parts]
        if expression.kind is Kind.WIDE:
            return _cast(_wide(expression, parts), Kind.WIDE)
        return _APPLIED[expression.name](*parts)


def _wide(expression: Expression, parts: list[Any]) -> Any:
    cast = [
        value if part.kind is Kind.TRUTH else _cast(value, Kind.WIDE)
        for part, value in zip(expression.parts, parts, strict=True)
    ]
    return _APPLIED[expression.name](*cast)


def _whole(total: Any) -> Any:
    """A sum as a whole number of 64 bits, which Ibis takes it to be already."""
    return total.cast(_WIDE).cast("int64")


def _cast(value: Any, kind: Kind) -> Any:
    return value if value.type() == ibis.dtype(_TYPES[kind]) else value.cast(_TYPES[kind])


def _constant(expression: Expression) -> Any:
    if expression.value is None:
        return ibis.null(_TYPES[expression.kind])
    if expression.kind is Kind.WIDE:
        return ibis.literal(Decimal(expression.value), type=_WIDE)
    return ibis.literal(expression.value, type=_TYPES[expression.kind])


def _all_of(*parts: Any) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = result & part
    return result


def _any_of(*parts: Any) -> Any:
    result = parts[0]
    for part in parts[1:]:
        result = result | part
    return result


_APPLIED: Mapping[str, Any] = {
    "and": _all_of,
    "or": _any_of,
    # not `~`: the query's text says `NOT x IS NULL`, which is read as the opposite of `x IS NULL`
    "not": lambda truth: truth == ibis.literal(False),
    "is blank": lambda value: value.isnull(),
    "filled": ibis.coalesce,
    "choose": ibis.ifelse,
    "=": lambda left, right: left == right,
    ">=": lambda left, right: left >= right,
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "rest": lambda left, right: left % right,
}
