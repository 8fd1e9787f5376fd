"""Rows of one table that have the identity of an earlier one: which of them are dropped, and which are rejected for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.parquet

from competency.interchange.door import TableDoor
from competency.interchange.read_table_columns import read_table_columns
from competency.interchange.rejects import Reject
from competency.snapshots.checked_rows import DIGEST, IDENTITY, LEARNER, NUMBER, place_of
from competency.snapshots.helping_database import HelpingDatabase

# Identities that are compared at a time: they fit in memory with room to spare.
COMPARED_ROWS = 8_000_000

_SCHEMA = pyarrow.schema(
    [
        (NUMBER, pyarrow.int64()),
        (LEARNER, pyarrow.int64()),
        (IDENTITY, pyarrow.uint64()),
        (DIGEST, pyarrow.uint64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Repeats:
    """`dropped`: numbers of the rows that are not kept. `rejects`: of those that differ from the earlier one, in order."""

    dropped: pyarrow.Array
    unchanged: int
    rejects: tuple[tuple[int, Reject], ...]


class Identities:
    """The identities of the rows of one table, kept on the disk until all are there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer = pyarrow.parquet.ParquetWriter(path, _SCHEMA, use_dictionary=False)
        self._rows = 0

    def add(self, rows: pyarrow.Table) -> None:
        """Those of further rows."""
        self._rows += rows.num_rows
        self._writer.write_table(rows.select(_SCHEMA.names).cast(_SCHEMA))

    def close(self) -> None:
        """Everything is on the disk after this."""
        self._writer.close()

    def repeats(self, table: Path, door: TableDoor, database: HelpingDatabase) -> Repeats:
        """What becomes of rows whose identity an earlier row has.

        A row of the same learner and digest is the same row. Where one differs, all rows of its identity go through a door, which
        compares them value by value.
        """
        again: list[pyarrow.Array] = []
        compared: list[int] = []
        parts = self._rows // COMPARED_ROWS + 1
        for part in range(parts):
            found = database.asked(_REPEATED, values=[str(self._path), parts, part, str(self._path)])
            is_equal = found.column("is_equal")
            again.append(found.filter(is_equal).column(NUMBER).combine_chunks())
            compared += found.filter(pyarrow.compute.invert(is_equal)).column(NUMBER).to_pylist()
        offered = list(_offered(table, door, sorted(compared)))
        rejects = tuple((number, reject) for number, reject in offered if reject is not None)
        again.append(pyarrow.array([number for number, _ in offered], pyarrow.int64()))
        dropped = pyarrow.concat_arrays(again)
        return Repeats(dropped, len(dropped) - len(rejects), rejects)


_REPEATED = f"""
WITH repeated AS (
  SELECT {IDENTITY}, min({NUMBER}) AS first,
    min({DIGEST}) = max({DIGEST}) AND min({LEARNER}) = max({LEARNER}) AS is_equal
  FROM read_parquet(?) WHERE {IDENTITY} % ? = ? GROUP BY {IDENTITY} HAVING count(*) > 1
)
SELECT {NUMBER}, is_equal FROM read_parquet(?) JOIN repeated USING ({IDENTITY}) WHERE NOT is_equal OR {NUMBER} <> first
"""


def _offered(path: Path, door: TableDoor, numbers: list[int]) -> Iterator[tuple[int, Reject | None]]:
    """Of the rows of these numbers those that the door does not take, with its reject; None for the same row again."""
    if not numbers:
        return
    wanted = set(numbers)
    for batch in read_table_columns(path, door.fact_type):
        for index, number in enumerate(batch.numbers.to_pylist()):
            if number not in wanted:
                continue
            unchanged = door.counts.unchanged
            reject = door.offer(batch.cells(index), place_of(path, batch.lines[index].as_py()))
            if reject is not None or door.counts.unchanged > unchanged:
                yield number, reject
