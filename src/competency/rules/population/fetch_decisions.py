"""What an engine has decided, group after group, as columns; values by the different ones, so that few become objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import pyarrow
from pyarrow import compute

from competency.model.decisions import DecisionValue
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression
from competency.rules.population.compile_program import Compiled
from competency.rules.population.engine import Engine
from competency.rules.population.facts import Words
from competency.rules.population.frame import LEARNER
from competency.rules.population.lower_group import GroupTables
from competency.rules.population.one_table import own_column
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.values import Day, Single, Word

_WHOLE = pyarrow.int64()
_DECIDED = (LEARNER, "place", "outcome", "determining", "reported")
_ASSIGNED = (LEARNER, "place", "item", "position")


@dataclass(frozen=True, slots=True)
class FetchedGroup:
    """The decisions of a group of rules, in no order: the number of the learner, and the place in the program's schedule.

    `decided`: columns learner, place, outcome (a number of OUTCOMES), determining and reported (a bit for each clause).
    `value` numbers the value of each among `values`; none where the group has no values. `assigned`: columns learner,
    place, item (the number of a word) and position, in this order of rows.
    """

    decided: pyarrow.Table
    value: pyarrow.Array | None
    values: tuple[DecisionValue, ...]
    assigned: pyarrow.Table | None


def fetch_decisions(engine: Engine, compiled: Compiled, words: Words) -> Iterator[FetchedGroup]:
    """The decisions that an engine has made, group after group."""
    for group in compiled.groups:
        if group.tables is not None:
            yield _fetched(engine, group.tables, words)


def numbered(columns: Sequence[pyarrow.Array]) -> tuple[pyarrow.Array, list[tuple[Any, ...]]]:
    """Rows of several columns by the number of each different one, and those; a blank is a value too."""
    numbers: pyarrow.Array | None = None
    rows: list[tuple[Any, ...]] = []
    for column in columns:
        is_encoded = pyarrow.types.is_dictionary(column.type)
        encoded = column if is_encoded else column.dictionary_encode(null_encoding="encode")
        values = encoded.dictionary.to_pylist()
        if numbers is None:
            numbers, rows = encoded.indices, [(value,) for value in values]
            continue
        pairs = compute.add(compute.multiply(numbers.cast(_WHOLE), len(values)), encoded.indices.cast(_WHOLE))
        encoded = pairs.dictionary_encode()
        rows = [(*rows[one // len(values)], values[one % len(values)]) for one in encoded.dictionary.to_pylist()]
        numbers = encoded.indices
    return numbers, rows


def _fetched(engine: Engine, tables: GroupTables, words: Words) -> FetchedGroup:
    read = _columns_of(tables.value)
    kept = (*[(name, own_column(name)) for name in _DECIDED], *[(one.name, one) for one in read])
    fetched = engine.fetch(r.Keep(tables.decided, kept)).combine_chunks()
    decided = _whole(fetched.select(_DECIDED))
    assigned = None
    if tables.assigned is not None:
        of_items = r.Keep(tables.assigned, tuple((name, own_column(name)) for name in _ASSIGNED))
        assigned = _whole(engine.fetch(of_items, (LEARNER, "place", "position")).combine_chunks())
    if tables.value is None:
        return FetchedGroup(decided, None, (), assigned)
    names = [one.name for one in read]
    number, rows = numbered([_column(fetched, name) for name in names])
    cells = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    return FetchedGroup(decided, number, tuple(_values(tables.value, cells, words)), assigned)


def _whole(table: pyarrow.Table) -> pyarrow.Table:
    return table.cast(pyarrow.schema([(name, _WHOLE) for name in table.column_names]))


def _column(table: pyarrow.Table, name: str) -> pyarrow.Array:
    column = table.column(name)
    return column.chunk(0) if column.num_chunks else pyarrow.array([], column.type)


def _columns_of(value: Single | None) -> list[Expression]:
    """The columns from which a value is put together."""
    match value:
        case None:
            return []
        case Number():
            ratios = (value.low,) if value.is_settled else (value.low, value.high)
            found = [part for ratio in ratios for part in (ratio.above, ratio.below) if not part.is_constant]
        case Word():
            found = [value.number]
        case Day():
            found = [value.count]
        case _:
            found = [value]
    return list({one.name: one for one in found}.values())


def _values(value: Single, cells: dict[str, tuple[Any, ...]], words: Words) -> list[DecisionValue]:
    """The values of decisions; one of which only bounds are known is none."""
    match value:
        case Number():
            lows = _fractions(value.low, cells)
            if value.is_settled:
                return list(lows)
            highs = _fractions(value.high, cells)
            return [low if low == high else None for low, high in zip(lows, highs, strict=True)]
        case Word():
            return [None if number is None else words.texts[number] for number in cells[value.number.name]]
        case Day():
            return [None if count is None else date.fromordinal(count) for count in cells[value.count.name]]
        case _:
            return list(cells[value.name])


def _fractions(ratio: Ratio, cells: dict[str, tuple[Any, ...]]) -> list[Fraction | None]:
    above = cells[ratio.above.name]
    if ratio.below.is_constant:
        return [None if one is None else Fraction(int(one), ratio.below.low) for one in above]
    below = cells[ratio.below.name]
    return [None if one is None else Fraction(int(one), int(other)) for one, other in zip(above, below, strict=True)]
