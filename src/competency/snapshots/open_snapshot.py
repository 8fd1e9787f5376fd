"""A snapshot that was laid out, opened for a program: columns for engines, facts for the interpreter, digests of learners."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import accumulate, groupby, islice
from pathlib import Path
from threading import local
from typing import Any

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from competency.interchange.cells import CellContext, read_cell
from competency.interchange.fact_set import fact_id
from competency.model.facts import WAIVERS, Column, Fact, FactType, FactValue, LearnerFacts
from competency.rules.population import facts as f
from competency.rules.population.facts import (
    CORRECTS,
    PLACE,
    FactColumn,
    FactsAtHand,
    FactTable,
    Holds,
    Words,
    words_of,
)
from competency.rules.population.lay_out import LaidOut
from competency.rules.population.needs import (
    clustering_of,
    interpreted_columns,
    names_of_rules,
    needed_columns,
    texts_of,
)
from competency.rules.program import ir
from competency.snapshots.checked_rows import ID, LEARNER
from competency.snapshots.read_with import what_differs
from competency.snapshots.snapshot_format import (
    LEARNERS_FILE,
    SHARED_FOLDER,
    WORDS_FILE,
    KeptColumn,
    KeptTable,
    SnapshotHeader,
    numbers_file,
    read_header,
    read_sealed,
    texts_file,
)
from competency.snapshots.snapshot_unfit import SnapshotUnfit, SnapshotUnreadable


def open_snapshot(path: Path, program: ir.Program, read_with: Mapping[str, str] | None = None) -> Snapshot:
    """The snapshot in a folder, for a program. SnapshotUnfit where it is none, is damaged, or lacks what the program reads.

    `read_with`: what cells should have been read with, if they were; SnapshotUnfit where it was something else.
    """
    try:
        header = read_header(path)
        learners = pyarrow.parquet.read_table(pyarrow.BufferReader(read_sealed(path, header, LEARNERS_FILE)))
        words = pyarrow.parquet.read_table(pyarrow.BufferReader(read_sealed(path, header, WORDS_FILE)))
        texts = words.column("text").to_pylist()
    except PermissionError as error:
        raise _unreadable(path, error) from error
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise SnapshotUnfit(f"`{path}` is no snapshot of facts that can be opened: {error}") from error
    if read_with and header.read_with and (others := what_differs(header.read_with, read_with)):
        raise SnapshotUnfit(
            f"the snapshot `{path}` was laid out for another book, with {others}, by which other rows are taken: "
            "lay the facts out again"
        )
    fact_types = {fact_type.plural: fact_type for fact_type in program.fact_types if fact_type.is_about_a_learner}
    needed, interpreted = needed_columns(program), interpreted_columns(program)
    tables = {
        plural: _Table(
            fact_type,
            _there(path, header, fact_type, needed.get(plural, frozenset()), are_numbers=True),
            _there(path, header, fact_type, interpreted.get(plural, frozenset()), are_numbers=False),
            header.tables[plural],
            plural in needed,
        )
        for plural, fact_type in fact_types.items()
        if plural in needed or plural in interpreted
    }
    return Snapshot(path, program, header, tables, learners, texts)


def _unreadable(path: Path, error: PermissionError) -> SnapshotUnreadable:
    name = Path(error.filename or path).name
    return SnapshotUnreadable(f"`{name}` of the snapshot `{path}` cannot be read: {(error.strerror or '').lower()}")


@dataclass(frozen=True, slots=True)
class _Table:
    """A table as the program sees it: columns that engines read, and those that the interpreter reads."""

    fact_type: FactType
    numbered: tuple[Column, ...]
    interpreted: tuple[Column, ...]
    kept: KeptTable
    is_needed: bool


def _there(
    path: Path, header: SnapshotHeader, fact_type: FactType, names: Collection[str], *, are_numbers: bool
) -> tuple[Column, ...]:
    """The columns of these names. SnapshotUnfit where one is not kept, is of another type, or is no number where it must be."""
    kept = header.tables.get(fact_type.plural)
    columns = tuple(column for column in fact_type.columns if column.name in names)
    if kept is None:
        raise SnapshotUnfit(
            f"the snapshot `{path}` does not hold {fact_type.plural}, which the book reads: lay it out again"
        )
    for column in columns:
        found = kept.columns.get(column.name)
        if found is None or (are_numbers and found.described is None):
            raise SnapshotUnfit(
                f"the snapshot `{path}` does not hold `{column.name}` of {fact_type.plural}, which the book reads: "
                "lay it out again"
            )
        if found.type != column.type.value:
            raise SnapshotUnfit(
                f"in the snapshot `{path}`, `{column.name}` of {fact_type.plural} is a {found.type}, and in the book a "
                f"{column.type.value}: lay it out again"
            )
    return columns


@dataclass
class Snapshot:
    """Facts of many learners by buckets, as one program reads them.

    Learners have numbers within their bucket, in the order of their names.
    """

    path: Path
    program: ir.Program
    header: SnapshotHeader
    _tables: Mapping[str, _Table]
    _learners: pyarrow.Table
    _texts: Sequence[str]
    _held: local = field(default_factory=local, init=False)

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return self.header.buckets

    @property
    def digests_basis(self) -> str:
        """How digests were made: those of two snapshots can be compared where this is the same."""
        return self.header.digests

    @cached_property
    def learners(self) -> tuple[str, ...]:
        """The identifiers of all learners, in sorted order."""
        return tuple(self._learners.column("learner").to_pylist())

    @property
    def digests(self) -> pyarrow.Array:
        """For each learner a digest of all rows about the learner, those included that the program does not read."""
        return self._learners.column("digest").combine_chunks()

    def learners_of(self, bucket: int) -> tuple[str, ...]:
        """The identifiers of the learners of a bucket, by their numbers."""
        return tuple(self._of_bucket(bucket).column("learner").to_pylist())

    def at_hand(self) -> FactsAtHand:
        """What is known of the facts; it holds for every bucket, so that a program need be compiled only once."""
        return self._at_hand

    def bucket(self, number: int) -> LaidOut:
        """The facts of the learners of a bucket as columns."""
        at_hand = self.at_hand()
        rows = {plural: self._numbers(number, plural) for plural in at_hand.tables}
        return LaidOut(at_hand, rows, self.learners_of(number), self.entangled(number))

    def entangled(self, bucket: int) -> frozenset[int]:
        """The numbers of the learners of a bucket whose rows need a closer look, as LaidOut tells of them."""
        is_entangled = self._of_bucket(bucket).column("is_entangled").combine_chunks()
        entangled = frozenset(pyarrow.compute.indices_nonzero(is_entangled).to_pylist())
        return entangled | self.learners_with(bucket, WAIVERS.plural, "rule", names_of_rules(self.program))

    def facts(self, bucket: int, numbers: Sequence[int]) -> list[LearnerFacts]:
        """What the program reads of some learners of a bucket, by their numbers and in their order, as facts.

        Several threads may ask at once.
        """
        learners, tables = self._of_bucket(bucket).column("learner"), self._rows_of(bucket)
        found: dict[int, dict[str, tuple[Fact, ...]]] = {number: {} for number in numbers}
        for plural, rows in tables.items():
            for number, facts in rows.of(sorted(found)).items():
                found[number][plural] = facts
        return [LearnerFacts(learners[number].as_py(), found[number]) for number in numbers]

    def learners_with(self, bucket: int, plural: str, column: str, values: Collection[FactValue]) -> frozenset[int]:
        """The numbers of the learners of a bucket of whom a row of a table has one of some values in a column.

        The column is one that the interpreter reads; nobody has rows of a table that the snapshot does not hold.
        """
        table = self._tables.get(plural)
        if table is None:
            return frozenset()
        rows = self._rows(bucket, table)
        named = next(each for each in table.interpreted if each.name == column)
        learners = rows.texts.column(LEARNER).to_pylist()
        return frozenset(
            learner
            for learner, value in zip(learners, rows.values(named, 0, len(learners)), strict=True)
            if value in values
        )

    def dated(self, after: date, until: date) -> frozenset[str]:
        """The learners of whom a row has a date, or a time on one, after a day and up to another, among what is read."""
        found: set[str] = set()
        for number in range(self.buckets):
            numbers: set[int] = set()
            for table in self._tables.values():
                numbers.update(self._dated(number, table, after, until))
            learners = self.learners_of(number)
            found.update(learners[one] for one in numbers)
        return frozenset(found)

    def _dated(self, bucket: int, table: _Table, after: date, until: date) -> set[int]:
        """The numbers of the learners of a bucket of whom a row of a table has a date within some days."""
        days = [column for column in table.interpreted if f.holds(column.type) is Holds.DAY]
        described = {column.name: table.kept.columns[column.name].described for column in days}
        told = [column for column in days if (known := described[column.name]) is None or known.reason]
        names = [
            f.engine_name(column.name)
            for column in days
            if (known := described[column.name]) is not None and not known.reason and not known.is_blank
        ]
        found: set[int] = set()
        if names:
            rows = self._file(numbers_file(bucket, table.fact_type.plural), {"learner", *names})
            for name in names:
                day = rows.column(name)
                within = pyarrow.compute.and_(
                    pyarrow.compute.greater(day, after.toordinal()),
                    pyarrow.compute.less_equal(day, until.toordinal()),
                )
                found.update(pyarrow.compute.unique(rows.column("learner").filter(within)).to_pylist())
        if told:
            rows_of_table = self._rows(bucket, table)
            learners = rows_of_table.texts.column(LEARNER).to_pylist()
            for column in told:
                for learner, value in zip(learners, rows_of_table.values(column, 0, len(learners)), strict=True):
                    day_of = value.date() if isinstance(value, datetime) else value
                    if isinstance(day_of, date) and after < day_of <= until:
                        found.add(learner)
        return found

    @property
    def shared(self) -> Mapping[str, tuple[Fact, ...]]:
        """Facts about schools and districts."""
        found = {}
        for fact_type in self.program.fact_types:
            name = f"{SHARED_FOLDER}/{fact_type.plural}.parquet"
            if not fact_type.is_about_a_learner and name in self.header.files:
                found[fact_type.plural] = tuple(
                    _shared_fact(fact_type, cells) for cells in self._file(name).to_pylist()
                )
        return found

    @cached_property
    def _words(self) -> Words:
        """The words of the snapshot and those of which the program speaks."""
        return words_of(texts_of(self.program).union(self._texts))

    @cached_property
    def _numbers_of_words(self) -> pyarrow.Array | None:
        """For each word of the snapshot its number among all; None where they are the same."""
        if len(self._words.texts) == len(self._texts):
            return None
        return pyarrow.array([self._words.numbers[text] for text in self._texts], pyarrow.int64())

    @cached_property
    def _at_hand(self) -> FactsAtHand:
        tables = {}
        for plural, table in self._tables.items():
            if table.is_needed:
                columns = {column.name: self._described(table.kept.columns[column.name]) for column in table.numbered}
                kept = table.kept
                clustering = clustering_of(self.program, plural)
                tables[plural] = FactTable(
                    table.fact_type, columns, kept.rows_max, kept.rows_max_by, kept.has_corrections, clustering
                )
        return FactsAtHand(tables, self._words)

    def _described(self, kept: KeptColumn) -> FactColumn:
        if kept.described is None:
            raise AssertionError("a column that engines read is kept as numbers: that was checked on opening")
        if kept.described.holds is not Holds.WORD or kept.described.is_blank:
            return kept.described
        among = tuple(self._words.numbers[self._texts[number]] for number in kept.described.among)
        return replace(kept.described, high=max(len(self._words.texts), 1), among=among)

    def _numbers(self, number: int, plural: str) -> pyarrow.Table:
        """A table of a bucket, with the columns that the program reads."""
        table = self._tables[plural]
        read = {*_OF_EVERY_TABLE, *[f.engine_name(column.name) for column in table.numbered]}
        read.update(further(column.name) for column in table.numbered for further in _FURTHER)
        found = self._file(numbers_file(number, plural), read)
        renumbered = self._numbers_of_words
        if renumbered is None:
            return found
        for column in table.numbered:
            described = table.kept.columns[column.name].described
            if described is not None and described.holds is Holds.WORD and not described.is_blank:
                name = f.engine_name(column.name)
                index = found.schema.get_field_index(name)
                found = found.set_column(index, name, renumbered.take(found.column(name)))
        return found

    def _rows_of(self, bucket: int) -> dict[str, _Rows]:
        """The rows of a bucket by table; of each thread those of the last one are held."""
        if getattr(self._held, "bucket", None) != bucket:
            self._held.bucket = self._held.rows = None  # one bucket at a time
            self._held.rows = {plural: self._rows(bucket, table) for plural, table in self._tables.items()}
            self._held.bucket = bucket
        rows: dict[str, _Rows] = self._held.rows
        return rows

    def _rows(self, bucket: int, table: _Table) -> _Rows:
        plural = table.fact_type.plural
        texts = self._file(texts_file(bucket, plural))
        numbers = None
        if table.is_needed or numbers_file(bucket, plural) in self.header.files:
            numbers = self._file(numbers_file(bucket, plural))
            numbers = numbers.sort_by([("learner", "ascending"), (PLACE, "ascending")])
        counted = pyarrow.compute.value_counts(texts.column(LEARNER))
        counts = dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))
        size = len(self._of_bucket(bucket))
        starts = list(accumulate((counts.get(learner, 0) for learner in range(size)), initial=0))
        return _Rows(table, texts, numbers, self._texts, starts)

    def _file(self, name: str, wanted: Collection[str] | None = None) -> pyarrow.Table:
        """The columns of a file, or those of them that are wanted. SnapshotUnfit where it is not as it was laid out."""
        try:
            content = read_sealed(self.path, self.header, name)
            with pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content)) as file:
                names = [each for each in file.schema_arrow.names if wanted is None or each in wanted]
                return file.read(columns=names)
        except PermissionError as error:
            raise _unreadable(self.path, error) from error
        except (OSError, ValueError, pyarrow.ArrowException) as error:
            raise SnapshotUnfit(f"the snapshot `{self.path}` cannot be read: {error}") from error

    def _of_bucket(self, number: int) -> pyarrow.Table:
        size = self.header.learners_a_bucket
        return self._learners.slice(number * size, size)


# What every table of numbers has; that of evidence alone has the last.
_OF_EVERY_TABLE = ("learner", PLACE, CORRECTS)
# Further columns of a column of days.
_FURTHER = (f.calendar_name, f.kind_name, f.moment_name, f.clock_name, f.zone_name)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a table and bucket, as texts and as numbers, both by learner and place.

    `starts`: of each learner where the rows begin, and last their number.
    """

    table: _Table
    texts: pyarrow.Table
    numbers: pyarrow.Table | None
    words: Sequence[str]
    starts: Sequence[int]

    def of(self, learners: Sequence[int]) -> dict[int, tuple[Fact, ...]]:
        """The facts of some learners, whose numbers are given in their order."""
        plural, names = self.table.fact_type.plural, [column.name for column in self.table.interpreted]
        found = {}
        for first, last in _runs(learners):
            start, end = self.starts[first], self.starts[last + 1]
            columns = [self.values(column, start, end) for column in self.table.interpreted]
            values = zip(*columns, strict=True) if columns else iter([()] * (end - start))
            ids = iter(self.texts.column(ID).slice(start, end - start).to_pylist())
            for learner in range(first, last + 1):
                count = self.starts[learner + 1] - self.starts[learner]
                if count:
                    some = zip(islice(ids, count), islice(values, count), strict=True)
                    found[learner] = tuple(Fact(plural, one, dict(zip(names, row, strict=True))) for one, row in some)
        return found

    def values(self, column: Column, start: int, end: int) -> list[FactValue]:
        """The values of some rows that stand together."""
        texts = self.texts.slice(start, end - start)
        numbers = self.numbers.slice(start, end - start) if self.numbers is not None else None
        kept = self.table.kept.columns[column.name]
        described = kept.described
        if described is None or described.reason or numbers is None:
            given = texts.column(column.name).to_pylist()
            read = {text: _value_of_text(column, text) for text in set(given)}
            return [read[text] for text in given]
        if described.is_blank:
            return [None] * len(texts)
        found: list[Any] = numbers.column(f.engine_name(column.name)).to_pylist()
        match described.holds:
            case Holds.TRUTH:
                return found
            case Holds.WORD:
                return [None if number is None else self.words[number] for number in found]
            case Holds.NUMBER:
                exact = {number: Fraction(number, described.scale) for number in set(found) if number is not None}
                return [None if number is None else exact[number] for number in found]
            case Holds.DAY:
                if described.has_times:
                    return _times(column.name, numbers, kept.zones)
                days = {day: date.fromordinal(day) for day in set(found) if day is not None}
                return [None if day is None else days[day] for day in found]


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Numbers in their order as runs from a first to a last one."""
    for _, run in groupby(enumerate(numbers), key=lambda one: one[1] - one[0]):
        members = [number for _, number in run]
        yield members[0], members[-1]


def _times(name: str, numbers: pyarrow.Table, zones: Sequence[str]) -> list[FactValue]:
    parts = [numbers.column(part(name)).to_pylist() for part in (f.kind_name, f.clock_name, f.zone_name)]
    known: dict[tuple[Any, ...], FactValue] = {(None, None, None): None}
    found = []
    for kind, clock, zone in zip(*parts, strict=True):
        if (kind, clock, zone) not in known:
            known[kind, clock, zone] = _time(kind, clock, zone, zones)
        found.append(known[kind, clock, zone])
    return found


def _time(kind: int, clock: int, zone: int, zones: Sequence[str]) -> FactValue:
    """A day or time from its numbers; zones are numbered from 1."""
    local = datetime(1, 1, 1) + timedelta(microseconds=clock - f.MICROSECONDS_A_DAY)  # noqa: DTZ001 - the zone comes next
    if kind == 0:
        return local.date()
    return datetime.fromisoformat(local.isoformat() + zones[zone - 1])


def _value_of_text(column: Column, text: str | None) -> FactValue:
    """A value as `cell_text` wrote it."""
    if text is None:
        return None
    if f.holds(column.type) is Holds.WORD:
        return text
    return (
        Fraction(text)
        if f.holds(column.type) is Holds.NUMBER and "%" not in text
        else read_cell(column, text, CellContext())
    )


def _shared_fact(fact_type: FactType, cells: Mapping[str, str | None]) -> Fact:
    values = {column.name: _value_of_text(column, cells.get(column.name)) for column in fact_type.columns}
    return Fact(fact_type.plural, fact_id(fact_type, values), values)
