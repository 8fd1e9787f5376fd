"""Tables whose rows are kept together, one list for each learner and item: what asks for their order is spared the sorting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy
import pyarrow

from competency.rules.population import columns as c
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.counted_together import counted_together
from competency.rules.population.prune import names_of
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

# The column of a table of lists that holds them, and those of the rows in them once they are opened.
LIST, NUMBER, SIZE = "rows", "number_in_list", "size_of_list"

# What is said of each row within a list is said in one expression: one of more parts than these is left to other means.
SIZE_MAX = 400

Order = tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Which rows are kept together: those that have the same `keys`, in an order that tells them apart."""

    keys: tuple[str, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class Lists:
    """A table of lists: a row for each combination of `keys`, and rows with `columns` in a list, in `order`."""

    table: str
    keys: tuple[str, ...]
    columns: tuple[tuple[str, Kind], ...]
    order: Order


def stand_in_order(rows: pyarrow.Table, ways: Sequence[tuple[str, bool]]) -> bool:
    """Whether each row stands after the one before it, by columns of which each may go down; a blank stands first."""
    if rows.num_rows < 2:
        return True
    stands: numpy.ndarray | None = None
    for name, is_down in reversed(ways):
        values = _numbers(rows.column(name))
        before, after = (values[1:], values[:-1]) if is_down else (values[:-1], values[1:])
        here = before <= after if stands is None else (before < after) | ((before == after) & stands)
        stands = here
    return stands is None or bool(stands.all())


def in_lists(rows: pyarrow.Table, keys: Sequence[str]) -> pyarrow.Table:
    """Rows that stand in the order of `keys`, as one row for each combination of them with the others in a list."""
    count = rows.num_rows
    begins = numpy.zeros(count, dtype=bool)
    begins[:1] = True
    for key in keys:
        values = _numbers(rows.column(key))
        begins[1:] |= values[1:] != values[:-1]
    first = numpy.flatnonzero(begins)
    others = [name for name in rows.column_names if name not in keys]
    arrays = [_one_piece(rows.column(name)) for name in others]
    elements = pyarrow.StructArray.from_arrays(arrays, others)
    bounds = pyarrow.array(numpy.append(first, count), pyarrow.int32())
    heads = rows.select(list(keys)).take(pyarrow.array(first))
    return heads.append_column(LIST, pyarrow.ListArray.from_arrays(bounds, elements))


def _one_piece(column: pyarrow.ChunkedArray) -> pyarrow.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return column.combine_chunks() if column.num_chunks else pyarrow.array([], column.type)


def _numbers(column: pyarrow.ChunkedArray) -> Any:
    """A column of whole numbers, blanks as -1; without a copy where it is in one piece and has none."""
    numbers = _one_piece(column)
    return (numbers.fill_null(-1) if numbers.null_count else numbers).to_numpy(zero_copy_only=False)


def with_lists(root: Relation, lists: Mapping[str, Lists]) -> Relation:
    """A relation that reads lists where it read their rows; `lists` by the names of the tables that have these."""
    return _Rewriting(lists).in_place_of(root) if lists else root


@dataclass(frozen=True, slots=True)
class _Found:
    """A relation instead of another. `opened` are the lists of which it has every row still, `defined` its further columns."""

    relation: Relation
    opened: Opened | None = None
    order: Order = ()
    defined: Mapping[str, Expression] | None = None


class _Rewriting:
    """Relations with lists in the place of tables; one that is used twice stays one."""

    def __init__(self, lists: Mapping[str, Lists]) -> None:
        self._lists = lists
        self._known: dict[int, _Found] = {}
        self._kept: list[Relation] = []

    def found(self, relation: Relation) -> _Found:
        known = self._known.get(id(relation))
        if known is None:
            known = self._known[id(relation)] = self._rewritten(relation)
            self._kept.append(relation)  # its identity is the key
        return known

    def in_place_of(self, relation: Relation) -> Relation:
        """What to read instead of a relation, with its columns and no others."""
        found, names = self._relation(relation), names_of(relation)
        if set(names_of(found)) == set(names):
            return found
        return _of_columns(found, names)

    def _relation(self, relation: Relation) -> Relation:
        return self.found(relation).relation

    def _rewritten(self, relation: Relation) -> _Found:
        match relation:
            case Scan():
                return self._of_scan(relation)
            case Opened() | Measured():
                return _Found(relation)
            case Extend(of=of, columns=columns):
                below = self.found(of)
                defined = None if below.defined is None else {**below.defined, **dict(columns)}
                return replace(below, relation=Extend(below.relation, columns), defined=defined)
            case Numbered():
                return self._of_numbered(relation)
            case Join():
                return self._of_join(relation)
            case Keep(of=of):
                return _Found(replace(relation, of=self._relation(of)))
            case Filter(of=of):
                return _Found(replace(relation, of=self._relation(of)))
            case Group(of=of):
                return _Found(self._of_group(relation) or replace(relation, of=self._relation(of)))
            case Union(parts=parts):
                return _Found(Union(tuple(map(self.in_place_of, parts))))

    def _of_scan(self, scan: Scan) -> _Found:
        kept = self._lists.get(scan.table)
        if kept is None:
            return _Found(scan)
        opened = Opened(kept.table, kept.keys, kept.columns, NUMBER, SIZE)
        return _Found(opened, opened, kept.order, {})

    def _of_join(self, join: Join) -> _Found:
        """Lists of some items alone are not opened for the others."""
        left, right = self.found(join.left), self._relation(join.right)
        is_of_items = join.how == "inner" and not join.taken and len(join.on) == 1
        if is_of_items and left.opened is not None and left.relation is left.opened:
            ((here, there),) = join.on
            if here in left.opened.keys and isinstance(right, Group) and right.keys == (there,) and not right.measures:
                opened = replace(left.opened, only=(*left.opened.only, (here, right)))
                return _Found(opened, opened, left.order, {})
        return _Found(replace(join, left=left.relation, right=right))

    def _of_numbered(self, numbered: Numbered) -> _Found:
        """The number of a row in its list, where that is what is asked for."""
        below = self.found(numbered.of)
        opened, defined = below.opened, below.defined
        if numbered.function == "number" and opened is not None and defined is not None:
            within = {one.name for one in numbered.within if one.is_column}
            if len(within) == len(numbered.within) and within == set(opened.keys):
                number = _number(numbered, opened, below.order, defined)
                if number is not None:
                    made = Extend(below.relation, ((numbered.name, number),))
                    return replace(below, relation=made, defined={**defined, numbered.name: number})
        return replace(below, relation=replace(numbered, of=below.relation))

    def _of_group(self, group: Group) -> Relation | None:
        """What is measured of each list needs no list to be opened; of which keys there are rows at all, no look into it."""
        source = group.of
        if not group.measures and isinstance(source, Scan) and source.table in self._lists:
            kept = self._lists[source.table]
            is_whole = set(group.keys) == set(kept.keys)
            keys = Scan(kept.table, tuple((key, Kind.WHOLE) for key in group.keys))
            return _of_columns(keys, group.keys) if is_whole else None
        below = self.found(source)
        if below.opened is None or below.defined is None or set(group.keys) != set(below.opened.keys):
            return None
        measures = tuple(_measured(one, below.opened, below.defined) for one in group.measures)
        known = tuple(one for one in measures if one is not None)
        return counted_together(Measured(below.opened, known)) if len(known) == len(measures) else None


def _of_columns(relation: Relation, names: Sequence[str]) -> Keep:
    return Keep(relation, tuple((name, c.column(name, Kind.WHOLE)) for name in names))


def _measured(measure: Measure, opened: Opened, defined: Mapping[str, Expression]) -> Measure | None:
    """A measure over the rows of lists as they are kept; none where it has no form over them."""
    at_hand = {name for name, _ in opened.columns} | {opened.number, opened.size}
    value, by = [None if one is None else _inlined(one, defined) for one in (measure.value, measure.by)]
    where = _inlined(measure.where, defined)
    is_one = measure.function == "at greatest"
    if measure.function == "different" or (is_one and not _is_at_an_end(value, by, opened)):
        return None
    for one in (value, where):
        if one is not None and (one.size > SIZE_MAX or not set(c.columns_of(one)) <= at_hand):
            return None
    return replace(measure, value=value, where=where, by=by)


def _is_at_an_end(value: Expression | None, by: Expression | None, opened: Opened) -> bool:
    if value is None or by is None or not value.is_column:
        return False
    return c.text_of(by) in map(c.text_of, _ways(opened))


def last_is_greatest(by: Expression, opened: Opened) -> bool:
    """Whether the last row of each list is that with the greatest number, or else the first, which most rows follow."""
    return c.text_of(by) == c.text_of(_ways(opened)[0])


def _ways(opened: Opened) -> tuple[Expression, Expression]:
    """The number of a row in its list, and how many follow."""
    number = c.column(opened.number, Kind.WHOLE, is_nullable=False, low=0, high=2**31)
    size = c.column(opened.size, Kind.WHOLE, is_nullable=False, low=1, high=2**31)
    return number, c.minus(c.minus(size, c.constant(1)), number)


def _inlined(expression: Expression, defined: Mapping[str, Expression]) -> Expression:
    """An expression over the columns of which the others were made."""
    if expression.is_column:
        found = defined.get(expression.name)
        return expression if found is None else _inlined(found, defined)
    if not expression.parts:
        return expression
    parts = tuple(_inlined(part, defined) for part in expression.parts)
    return replace(expression, parts=parts, size=1 + sum(part.size for part in parts))


def _number(numbered: Numbered, opened: Opened, order: Order, defined: Mapping[str, Expression]) -> Expression | None:
    """The number in an order that is that of the lists, or its reverse; none in another order."""
    wanted = [(_spelled(one, defined), is_last_first) for one, is_last_first in numbered.order]
    kept = [(_spelled(one, {}), is_last_first) for one, is_last_first in order]
    forward, backward = _ways(opened)
    if wanted == kept:
        return forward
    return backward if wanted == [(text, not is_last_first) for text, is_last_first in kept] else None


def _spelled(expression: Expression, defined: Mapping[str, Expression]) -> str:
    return c.text_of(_inlined(expression, defined))
