"""A column of cells to values, checked: each different cell is read once, by the reading that a single row goes through."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow
import pyarrow.compute

from competency.interchange.cell_fault import CellFault
from competency.interchange.cells import CELL_CHARACTERS_MAX, CellContext, cell_text, read_cell
from competency.interchange.read_table import native_values
from competency.model.facts import Column, ColumnType, FactValue
from competency.rules.population import facts as f
from competency.rules.population.number_columns import Seen, Texts, is_too_long, numbered
from competency.snapshots.helping_database import HelpingDatabase
from competency.snapshots.kept_columns import has_times
from competency.snapshots.row_digests import cell_digest, digests_of_clocks, digests_of_texts

# Different texts of one column whose values are kept from batch to batch.
SHARED_CELLS_MAX = 50_000
# Of a column in which more than one cell in so many is different, each cell is looked at by itself, which is then cheaper.
ROWS_A_CELL = 4

_SELDOM_ALIKE = (ColumnType.IDENTIFIER, ColumnType.LEARNER)
_READ_AS_TEXT = (ColumnType.TEXT, ColumnType.IDENTIFIER, ColumnType.LEARNER)
_FIRST_OF_CLOCK = datetime(1970, 1, 1).toordinal() * f.MICROSECONDS_A_DAY  # noqa: DTZ001 - a clock has no zone
_NO_CELL: tuple[FactValue, int] = (None, 0)


@dataclass(frozen=True, slots=True)
class ReadColumn:
    """Cells as they were read: which are at fault (none: all are well), their digests, and what is kept of them.

    `numbers` as `number_columns.numbered`; `texts` as `cell_text`, where texts are wanted.
    """

    faults: pyarrow.Array | None
    digests: pyarrow.Array
    numbers: Mapping[str, pyarrow.Array]
    texts: pyarrow.Array | None


@dataclass(slots=True)
class CellColumn:
    """The reading of one column. `known`: the only names that may stand.

    `is_numbered`, `is_told`: what is kept of it. `is_digested`: it adds to the digest of its row; a column that says which
    row it is, or whose, need not.
    """

    column: Column
    context: CellContext
    known: frozenset[str] | None
    database: HelpingDatabase
    texts: Texts
    seen: Seen
    is_numbered: bool
    is_told: bool
    is_digested: bool
    _shared: dict[str, tuple[FactValue, int] | None] = field(default_factory=dict)

    def read(self, cells: pyarrow.Array) -> ReadColumn:
        """Read cells: texts, or native values of a Parquet column."""
        kind = cells.type
        if pyarrow.types.is_large_string(kind) or pyarrow.types.is_string_view(kind):
            cells = cells.cast(pyarrow.string())
        if self._may_stand(cells.type) and self.column.type in _SELDOM_ALIKE:
            return self._as_they_stand(cells)
        different, indices = _different(cells)
        if len(different) * ROWS_A_CELL > len(cells):
            if self._may_stand(cells.type):
                return self._as_they_stand(cells)
            if (times := self._as_times(cells)) is not None:
                return times
        return self._one_by_one(
            native_values(different) if isinstance(different, pyarrow.Array) else different, indices
        )

    def blank(self, rows: int) -> ReadColumn:
        """The column where a table does not have it."""
        return self._one_by_one([], pyarrow.nulls(rows, pyarrow.int64()))

    def _may_stand(self, kind: Any) -> bool:
        """Whether a plain text is the value, whatever it says."""
        is_text = self.column.type in _READ_AS_TEXT and self.known is None
        return is_text and not self.is_numbered and pyarrow.types.is_string(kind)

    def _as_they_stand(self, cells: pyarrow.Array) -> ReadColumn:
        """Texts of which most are plain: those are their own values."""
        plain = pyarrow.compute.fill_null(_is_plain(cells), False)
        if plain.true_count == len(cells):
            return self._plain(cells)
        of_plain = self._plain(cells.filter(plain))
        different, indices = _different(cells.filter(pyarrow.compute.invert(plain)))
        others = self._one_by_one(native_values(different), indices)

        def both(one: pyarrow.Array, other: pyarrow.Array) -> pyarrow.Array:
            there = pyarrow.compute.replace_with_mask(pyarrow.nulls(len(cells), one.type), plain, one)
            return pyarrow.compute.replace_with_mask(there, pyarrow.compute.invert(plain), other)

        no_faults = pyarrow.array([False] * len(of_plain.digests), pyarrow.bool_())
        return ReadColumn(
            both(no_faults, others.faults) if others.faults is not None else None,
            both(of_plain.digests, others.digests),
            {},
            both(of_plain.texts, others.texts) if of_plain.texts is not None else None,
        )

    def _plain(self, cells: pyarrow.Array) -> ReadColumn:
        if self.is_digested:
            digests = digests_of_texts(self.database, self.column.name, cells)
        else:
            digests = pyarrow.repeat(pyarrow.scalar(0, pyarrow.uint64()), len(cells))
        return ReadColumn(None, digests, {}, cells if self.is_told else None)

    def _as_times(self, cells: pyarrow.Array) -> ReadColumn | None:
        """Native times that need no zone to be understood; None where the cells are something else."""
        if (
            not pyarrow.types.is_timestamp(cells.type)
            or self.is_told
            or not self.is_digested
            or (self.column.required and cells.null_count)
        ):
            return None
        if self.column.type is not (ColumnType.MOMENT if cells.type.tz is None else ColumnType.INSTANT):
            return None
        name, zone = self.column.name, "" if cells.type.tz is None else "+00:00"
        clocks = pyarrow.compute.add(cells.cast(pyarrow.int64()), _FIRST_OF_CLOCK)
        bounds = pyarrow.compute.min_max(clocks).as_py()
        if bounds["min"] is None or bounds["min"] < f.MICROSECONDS_A_DAY or bounds["max"] >= _AFTER_THE_LAST:
            return None
        numbers = {}
        if self.is_numbered:
            ends = [_time(bounds[end], is_aware=bool(zone)) for end in ("min", "max")]
            self.seen.add([*ends, *([None] if cells.null_count else [])])
            nothing = pyarrow.compute.multiply(clocks, 0)
            numbers = {
                name: pyarrow.compute.divide(clocks, f.MICROSECONDS_A_DAY),
                f.kind_name(name): pyarrow.compute.add(nothing, 2 if zone else 1).cast(pyarrow.int8()),
                f.moment_name(name): clocks,
                f.clock_name(name): clocks,
                f.zone_name(name): pyarrow.compute.add(nothing, self.seen.zones.number(zone)).cast(pyarrow.int32()),
            }
        return ReadColumn(None, digests_of_clocks(self.database, name, clocks, zone), numbers, None)

    def _one_by_one(self, different: Sequence[Any], indices: pyarrow.Array) -> ReadColumn:
        """Each different cell is read by itself; blank indices stand for cells that hold nothing."""
        found = [self._read(cell) for cell in different]
        if indices.null_count:
            indices = pyarrow.compute.fill_null(indices.cast(pyarrow.int32()), len(found))
            found.append(self._read(None))
        faults = None
        if None in found:
            faults = pyarrow.array([one is None for one in found], pyarrow.bool_()).take(indices)
        values = [_NO_CELL[0] if one is None else one[0] for one in found]
        digests = [_NO_CELL[1] if one is None else one[1] for one in found]
        return ReadColumn(
            faults,
            pyarrow.array(digests, pyarrow.uint64()).take(indices),
            {name: array.take(indices) for name, array in self._numbers(values).items()},
            self._texts(values).take(indices) if self.is_told else None,
        )

    def _read(self, cell: Any) -> tuple[FactValue, int] | None:
        """A value and its digest; None for a cell at fault, of which the door of the table says why."""
        is_text = isinstance(cell, str)
        if is_text and cell in self._shared:
            return self._shared[cell]
        found: tuple[FactValue, int] | None = None
        try:
            value = read_cell(self.column, cell, self.context)
        except CellFault:
            pass
        else:
            if self.known is None or not isinstance(value, str) or value in self.known:
                found = (value, cell_digest(self.column.name, value) if self.is_digested else 0)
                if self.is_numbered:
                    self.seen.add([value])
        if is_text and len(self._shared) < SHARED_CELLS_MAX:
            self._shared[cell] = found
        return found

    def _numbers(self, values: list[FactValue]) -> dict[str, pyarrow.Array]:
        if not self.is_numbered:
            return {}
        return numbers_and_exact(self.column, self.seen, values, self.texts)

    def _texts(self, values: list[FactValue]) -> pyarrow.Array:
        return texts_of_cells(self.column, values)


def numbers_and_exact(column: Column, seen: Seen, values: list[FactValue], texts: Texts) -> dict[str, pyarrow.Array]:
    """Values of a column as numbers, and as text those that are too long for it."""
    arrays = numbered(column.name, seen.holds, values, texts, seen.zones, has_times=has_times(column))
    if seen.holds is f.Holds.NUMBER:
        exact = [
            cell_text(column, value) if value is not None and is_too_long(*value.as_integer_ratio()) else None  # type: ignore[union-attr]
            for value in values
        ]
        arrays[exact_name(column.name)] = pyarrow.array(exact, pyarrow.string())
    return arrays


def texts_of_cells(column: Column, values: Sequence[FactValue]) -> pyarrow.Array:
    """Values as texts; None where there is none."""
    return pyarrow.array([None if value is None else cell_text(column, value) for value in values], pyarrow.string())


def exact_name(column: str) -> str:
    """The text of a number that is too long."""
    return f"{column}__exact"


def _different(cells: pyarrow.Array) -> tuple[Any, pyarrow.Array]:
    """The different cells, and for each cell which of them it is; cells of unusual types all count as different."""
    if any(is_of(cells.type) for is_of in _COMPARED):
        encoded = cells.dictionary_encode()
        return encoded.dictionary, encoded.indices
    return native_values(cells), pyarrow.arange(0, len(cells))


_COMPARED: tuple[Callable[[Any], bool], ...] = (
    pyarrow.types.is_string,
    pyarrow.types.is_timestamp,
    pyarrow.types.is_date,
    pyarrow.types.is_boolean,
    pyarrow.types.is_integer,
    pyarrow.types.is_decimal,
    pyarrow.types.is_floating,
)


def _is_plain(cells: pyarrow.Array) -> pyarrow.Array:
    """Whether a text is one that its reading leaves as it is: printable, without spaces around it, not too long."""
    compute = pyarrow.compute
    length = compute.binary_length(cells)
    is_plain = compute.and_(compute.string_is_ascii(cells), compute.ascii_is_printable(cells))
    is_plain = compute.and_(
        is_plain, compute.and_(compute.greater(length, 0), compute.less_equal(length, CELL_CHARACTERS_MAX))
    )
    spaced = compute.or_(compute.starts_with(cells, " "), compute.ends_with(cells, " "))
    return compute.and_(is_plain, compute.invert(spaced))


_AFTER_THE_LAST = (f.LAST_DAY + 1) * f.MICROSECONDS_A_DAY


def _time(clock: int, *, is_aware: bool) -> datetime:
    first = datetime(1, 1, 1, tzinfo=UTC if is_aware else None)
    return first + timedelta(microseconds=clock - f.MICROSECONDS_A_DAY)
