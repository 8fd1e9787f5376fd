"""Rows and rejects on the disk while a snapshot is made: rows apart by bucket of learners, rejects in the order of the file."""

from __future__ import annotations

import pickle
from collections.abc import Collection, Iterator
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.ipc

from competency.interchange.rejects import Reject
from competency.snapshots.checked_rows import LEARNER

# Rows that are held before they are parted: each bucket then gets a piece that is worth its overhead.
HELD_ROWS = 250_000
_OPTIONS = pyarrow.ipc.IpcWriteOptions(compression="lz4")


class SpilledRows:
    """Checked rows of one table by buckets of learners."""

    def __init__(self, folder: Path, bucket: int) -> None:
        folder.mkdir(parents=True)
        self._folder = folder
        self._bucket = bucket
        self._held: list[pyarrow.Table] = []
        self._writers: dict[int, pyarrow.ipc.RecordBatchFileWriter] = {}

    def add(self, rows: pyarrow.Table) -> None:
        """Further rows."""
        self._held.append(rows)
        if sum(part.num_rows for part in self._held) >= HELD_ROWS:
            self._part()

    def close(self) -> None:
        """Everything is on the disk after this."""
        if self._held:
            self._part()
        for writer in self._writers.values():
            writer.close()

    def of_bucket(self, number: int, without: Collection[str] = ()) -> pyarrow.Table | None:
        """The rows of the learners of a bucket, in no order, but for some columns; None where there are none."""
        path = self._path(number)
        if not path.exists():
            return None
        with pyarrow.ipc.open_file(path) as file:
            wanted = [index for index, name in enumerate(file.schema.names) if name not in without]
        with pyarrow.ipc.open_file(path, options=pyarrow.ipc.IpcReadOptions(included_fields=wanted)) as file:
            return file.read_all()

    def drop(self, number: int) -> None:
        """Give back the room of a bucket."""
        self._path(number).unlink(missing_ok=True)

    def _part(self) -> None:
        rows = pyarrow.concat_tables(self._held)
        self._held = []
        of_bucket = pyarrow.compute.divide(rows.column(LEARNER), self._bucket)
        counts = pyarrow.compute.value_counts(of_bucket).to_pylist()
        if len(counts) > 1:
            rows = rows.take(pyarrow.compute.sort_indices(of_bucket))
        start = 0
        for count in sorted(counts, key=lambda one: int(one["values"])):
            self._write(count["values"], rows.slice(start, count["counts"]))
            start += count["counts"]

    def _write(self, number: int, rows: pyarrow.Table) -> None:
        if number not in self._writers:
            self._writers[number] = pyarrow.ipc.new_file(self._path(number), rows.schema, options=_OPTIONS)
        self._writers[number].write_table(rows.combine_chunks())

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.arrow"


class SpilledRejects:
    """Rejects of one table by the numbers of their rows, in whose order they are added and read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")

    def add(self, number: int, reject: Reject) -> None:
        """A further one."""
        pickle.dump((number, reject), self._file)

    def close(self) -> None:
        """Everything is on the disk after this."""
        self._file.close()

    def __iter__(self) -> Iterator[tuple[int, Reject]]:
        with self._path.open("rb") as file:
            while True:
                try:
                    yield pickle.load(file)
                except EOFError:
                    return
