"""Rows on the disk, of which everything is known by now, to the files of a snapshot, bucket after bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from competency.interchange.cells import cell_text
from competency.model.facts import EVIDENCE, Fact, FactType
from competency.rules.population import facts as f
from competency.rules.population.facts import CORRECTS, PLACE, FactTable, Words, engine_name, words_of
from competency.rules.population.lay_out import goes_in_a_circle
from competency.rules.population.number_columns import Seen, Texts, below_name, finished, number_names, numbers_of_zones
from competency.snapshots.cell_columns import exact_name, numbers_and_exact, texts_of_cells
from competency.snapshots.checked_rows import AT, CORRECTED, DIGEST, ID, LEARNER, NUMBER, told_name
from competency.snapshots.clustered import clustered
from competency.snapshots.helping_database import HelpingDatabase
from competency.snapshots.kept_columns import KeptColumns, is_digested
from competency.snapshots.row_digests import DIGEST_BASIS, MODULUS, cell_digest, row_digest
from competency.snapshots.snapshot_format import (
    LEARNERS_FILE,
    SHARED_FOLDER,
    WORDS_FILE,
    KeptColumn,
    KeptTable,
    SnapshotHeader,
    numbers_file,
    texts_file,
    write_header,
)
from competency.snapshots.spilled import SpilledRows


@dataclass(slots=True)
class GatheredTable:
    """One table on the disk, what is known of its columns, and the numbers of its rows that are dropped.

    What the last pass finds comes in: how many rows learners have, and whether some may correct others.
    """

    kept: KeptColumns
    rows: SpilledRows
    seen: Mapping[str, Seen]
    dropped: pyarrow.Array | None = None
    rows_max: int = 1
    rows_max_by: dict[str, int] = field(init=False)
    has_corrections: bool = False

    def __post_init__(self) -> None:
        self.rows_max_by = dict.fromkeys(sorted(self.kept.matched), 1)


def write_snapshot(
    folder: Path,
    learners: Sequence[str],
    entangled: set[int],
    tables: Sequence[GatheredTable],
    texts: Texts,
    of_program: set[str],
    bucket: int,
    database: HelpingDatabase,
    read_with: Mapping[str, str] | None = None,
) -> None:
    """Write everything but the shared tables. `learners` by their numbers, `entangled` those who are known to be."""
    words = words_of(of_program.union(texts.texts))
    numbers = texts.in_order(words.numbers)
    described = {
        table.kept.fact_type.plural: {name: seen.described(words.numbers) for name, seen in table.seen.items()}
        for table in tables
    }
    entangled = set(entangled)
    digests: list[pyarrow.Array] = []
    for number in range(-(-len(learners) // bucket)):
        (folder / numbers_file(number, "")).parent.mkdir(parents=True)
        size = min(bucket, len(learners) - number * bucket)
        of_bucket: list[int] = [0] * size
        for table in tables:
            of_table = described[table.kept.fact_type.plural]
            finisher = _Finisher(folder, number, bucket, table, of_table, numbers, database)
            entangled.update(finisher.write(of_bucket))
        digests.append(pyarrow.array([one % MODULUS for one in of_bucket], pyarrow.uint64()))
    is_entangled = [number in entangled for number in range(len(learners))]
    columns = [
        pyarrow.array(learners, pyarrow.string()),
        pyarrow.chunked_array(digests, pyarrow.uint64()),
        pyarrow.array(is_entangled, pyarrow.bool_()),
    ]
    pyarrow.parquet.write_table(
        pyarrow.table(columns, names=["learner", "digest", "is_entangled"]),
        folder / LEARNERS_FILE,
        row_group_size=bucket,
    )
    pyarrow.parquet.write_table(
        pyarrow.table({"text": pyarrow.array(words.texts, pyarrow.string())}), folder / WORDS_FILE
    )
    kept = {table.kept.fact_type.plural: _kept(table, words) for table in tables if table.kept.is_read}
    write_header(folder, SnapshotHeader(len(learners), bucket, DIGEST_BASIS, kept, read_with or {}))


def write_shared(folder: Path, fact_type: FactType, facts: Sequence[Fact]) -> None:
    """Write a table that is about no learner, as texts."""
    (folder / SHARED_FOLDER).mkdir(exist_ok=True)
    columns = {
        column.name: pyarrow.array(
            [None if (value := fact.values.get(column.name)) is None else cell_text(column, value) for fact in facts],
            pyarrow.string(),
        )
        for column in fact_type.columns
    }
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / SHARED_FOLDER / f"{fact_type.plural}.parquet")


@dataclass(slots=True)
class _Finisher:
    """One table of one bucket."""

    folder: Path
    number: int
    bucket: int
    table: GatheredTable
    described: Mapping[str, f.FactColumn]
    words: pyarrow.Array
    database: HelpingDatabase

    def write(self, digests: list[int]) -> set[int]:
        """Write the files; adds the rows' digests to those of the learners, and says which of them are entangled."""
        kept = self.table.kept
        first = self.number * self.bucket
        rows = self._kept_rows(first)
        self._add_digests(rows, digests)
        entangled: set[int] = set()
        if kept.is_read:
            rows = self._in_order(rows)
            self._count_rows(rows)
            numbers, entangled = self._numbers(rows)
            if kept.is_needed:
                self._write(clustered(numbers, self._fact_table(), self.database), numbers_file)
            self._write(self._texts(rows), texts_file)
        self.table.rows.drop(self.number)
        return {first + one for one in entangled}

    def _kept_rows(self, first: int) -> pyarrow.Table:
        """The rows of the bucket that are not dropped, with learners by their numbers within it."""
        blank = [name for name, column in self.described.items() if column.is_blank]
        without = [array for name in blank for array in number_names(name)]
        rows = self.table.rows.of_bucket(self.number, without)
        if rows is None:
            return no_rows(self.table.kept)
        if self.table.dropped is not None and len(self.table.dropped):
            is_dropped = pyarrow.compute.is_in(rows.column(NUMBER), value_set=self.table.dropped)
            rows = rows.filter(pyarrow.compute.invert(is_dropped))
        learner = pyarrow.compute.subtract(rows.column(LEARNER), first)
        return rows.set_column(rows.schema.get_field_index(LEARNER), LEARNER, learner)

    def _add_digests(self, rows: pyarrow.Table, digests: list[int]) -> None:
        query = f"SELECT {LEARNER}, CAST(sum({DIGEST}) % {MODULUS} AS UBIGINT) AS digest FROM given GROUP BY 1"
        found = self.database.asked(query, rows.select([LEARNER, DIGEST]))
        for learner, digest in zip(*(found.column(name).to_pylist() for name in (LEARNER, "digest")), strict=True):
            digests[learner] += digest

    def _in_order(self, rows: pyarrow.Table) -> pyarrow.Table:
        """The rows by learner and identity, with their places."""
        given = rows.select([LEARNER, ID]).append_column("here", pyarrow.arange(0, len(rows)))
        query = (
            f"SELECT here, {AT} FROM (SELECT here, {LEARNER}, "
            f"row_number() OVER (PARTITION BY {LEARNER} ORDER BY {ID}, here) - 1 AS {AT} FROM given) "
            f"ORDER BY {LEARNER}, {AT}"
        )
        found = self.database.asked(query, given)
        return rows.take(found.column("here")).append_column(AT, found.column(AT)).combine_chunks()

    def _count_rows(self, rows: pyarrow.Table) -> None:
        """How many rows a learner has at most, in all and with one value of a column."""
        self.table.rows_max = max(self.table.rows_max, _most(rows, [LEARNER]))
        for name in sorted(self.table.kept.matched):
            columns = [LEARNER, *_numbers_of(rows, name)]
            self.table.rows_max_by[name] = max(self.table.rows_max_by[name], _most(rows, columns))

    def _numbers(self, rows: pyarrow.Table) -> tuple[pyarrow.Table, set[int]]:
        """The rows as engines read them, and the learners whose corrections go in a circle."""
        arrays = {"learner": rows.column(LEARNER), PLACE: rows.column(AT)}
        entangled: set[int] = set()
        if self.table.kept.fact_type.plural == EVIDENCE.plural:
            arrays[CORRECTS], entangled = self._corrected(rows)
        for name, column in self.described.items():
            if column.is_blank:
                continue
            of_column = {one: rows.column(one).combine_chunks() for one in _numbers_of(rows, name)}
            zones = self.table.seen[name].zones
            in_order = zones.in_order(numbers_of_zones(zones.texts))
            arrays.update(finished(name, column, of_column, self.words, in_order))
        return pyarrow.table(arrays), entangled

    def _corrected(self, rows: pyarrow.Table) -> tuple[pyarrow.Array, set[int]]:
        """The place of the row that each row corrects, of the same learner; and the learners with a circle of them."""
        correcting = rows.column(CORRECTED)
        if correcting.null_count == len(rows):
            return pyarrow.nulls(len(rows), pyarrow.int64()), set()
        query = (
            f"SELECT one.here, one.{LEARNER}, one.{AT}, max(other.{AT}) AS {CORRECTS} FROM given one JOIN given other "
            f"ON one.{LEARNER} = other.{LEARNER} AND one.{CORRECTED} = other.{ID} "
            f"WHERE one.{CORRECTED} IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1"
        )
        here = pyarrow.arange(0, len(rows))
        given = rows.select([LEARNER, AT, ID, CORRECTED]).append_column("here", here)
        found = self.database.asked(query, given)
        self.table.has_corrections |= len(found) > 0
        by_learner: dict[int, dict[int, int]] = {}
        for _here, learner, place, corrects in zip(*(column.to_pylist() for column in found.columns), strict=True):
            by_learner.setdefault(learner, {})[place] = corrects
        entangled = {learner for learner, corrects in by_learner.items() if goes_in_a_circle(corrects)}
        is_correcting = pyarrow.compute.is_in(here, value_set=found.column("here"))
        places = found.column(CORRECTS).combine_chunks()
        nothing = pyarrow.nulls(len(rows), pyarrow.int64())
        return pyarrow.compute.replace_with_mask(nothing, is_correcting, places), entangled

    def _texts(self, rows: pyarrow.Table) -> pyarrow.Table:
        """Identities, what is kept as text, and the numbers that are too long for a number."""
        arrays = {LEARNER: rows.column(LEARNER), AT: rows.column(AT), ID: rows.column(ID)}
        for column in self.table.kept.told:
            arrays[column.name] = rows.column(told_name(column.name))
        for name, described in self.described.items():
            if described.reason:
                numbers = (engine_name(name), below_name(name))
                above, below = (rows.column(one).cast(pyarrow.string()) for one in numbers)
                exact = pyarrow.compute.binary_join_element_wise(above, below, "/")
                arrays[name] = pyarrow.compute.coalesce(rows.column(exact_name(name)), exact)
        return pyarrow.table(arrays)

    def _fact_table(self) -> FactTable:
        table = self.table
        return FactTable(
            table.kept.fact_type,
            self.described,
            table.rows_max,
            dict(table.rows_max_by),
            table.has_corrections,
            table.kept.clustering,
        )

    def _write(self, rows: pyarrow.Table, name: Callable[[int, str], str]) -> None:
        path = self.folder / name(self.number, self.table.kept.fact_type.plural)
        pyarrow.parquet.write_table(rows, path, compression="zstd")


def no_rows(kept: KeptColumns) -> pyarrow.Table:
    """Gathered rows of a table that has none."""
    return gathered_rows(kept, [], [], {}, Texts())


def gathered_rows(
    kept: KeptColumns, learners: list[int], rows: Sequence[Fact], seen: Mapping[str, Seen], texts: Texts
) -> pyarrow.Table:
    """Facts as the checked rows of a file would be, each of the learner of a number; `seen` is told of their values."""
    plural = kept.fact_type.plural
    digested = [column.name for column in kept.fact_type.columns if is_digested(kept.fact_type, column.name)]
    sums = [sum(cell_digest(name, row.values.get(name)) for name in digested) for row in rows]
    arrays = {
        NUMBER: pyarrow.arange(0, len(rows)),
        LEARNER: pyarrow.array(learners, pyarrow.int64()),
        ID: pyarrow.array([row.id for row in rows], pyarrow.string()),
        DIGEST: pyarrow.array(
            [row_digest(plural, row.id, cells) for row, cells in zip(rows, sums, strict=True)], pyarrow.uint64()
        ),
    }
    if plural == EVIDENCE.plural:
        corrected = [row.values.get("supersedes") for row in rows]
        arrays[CORRECTED] = pyarrow.array([None if one is None else str(one) for one in corrected], pyarrow.string())
    for column in kept.numbered:
        values = [row.values.get(column.name) for row in rows]
        of_column = seen.get(column.name) or Seen(column.name, f.holds(column.type))
        of_column.add(values)
        arrays.update(numbers_and_exact(column, of_column, values, texts))
    for column in kept.told:
        arrays[told_name(column.name)] = texts_of_cells(column, [row.values.get(column.name) for row in rows])
    return pyarrow.table(arrays)


def _most(rows: pyarrow.Table, columns: list[str]) -> int:
    counted = rows.group_by(columns).aggregate([([], "count_all")])
    return pyarrow.compute.max(counted.column("count_all")).as_py() or 1


def _numbers_of(rows: pyarrow.Table, column: str) -> list[str]:
    """The arrays of gathered rows that hold a column as numbers."""
    return [name for name in number_names(column) if name in rows.column_names]


def _kept(table: GatheredTable, words: Words) -> KeptTable:
    columns = {
        column.name: KeptColumn(
            column.type.value,
            (seen := table.seen[column.name]).described(words.numbers),
            tuple(sorted(seen.zones.texts)),
        )
        for column in table.kept.numbered
    }
    columns.update({column.name: KeptColumn(column.type.value) for column in table.kept.told})
    return KeptTable(columns, table.rows_max, table.rows_max_by, table.has_corrections)
