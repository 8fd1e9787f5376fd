"""What runs keep in a folder for the next: decisions, and of each learner the digest of the facts.

Each run adds a part: the rows of those whom it decided, and an index: the places of the rows of all learners, in this part or
in earlier ones. `kept.json` says for what was decided, and what each file was; it is replaced last, so that what is kept is
always that of one run.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

import pyarrow
from pyarrow import parquet

from competency.rules.population.frame import LEARNER
from competency.services.decided_tables import TABLES, DecidedTables, rows_by_learner
from competency.services.kept_folder import INDEX, LABEL, PART, part_file
from competency.services.kept_label import (
    KeptLabel,
    RunLabel,
    damaged,
    digest_of_file,
    read_label,
    why_damaged,
    write_label,
)
from competency.services.text_tables import shared_texts_schema
from competency.services.write_tables import ROWS_A_GROUP, table_writer

# Of a learner with a decision that failed: no facts have this digest, so the next run tries again.
_FAILED = ""
# Rows that are handed on together: a few groups of a file.
ROWS_AT_ONCE = 4 * ROWS_A_GROUP


@dataclass(frozen=True, slots=True)
class KeptLearner:
    """Where a learner's rows stand: in which part, in each table from which row on and how many.

    `reported`: how many of the decisions report something.
    """

    digest: str
    reported: int
    part: str
    decisions_at: int
    decisions: int
    assigned_at: int
    assigned: int
    exceptions_at: int
    exceptions: int

    @property
    def begin(self) -> tuple[str, int, int, int]:
        """The part, and the first row in each table."""
        return self.part, self.decisions_at, self.assigned_at, self.exceptions_at

    @property
    def end(self) -> tuple[str, int, int, int]:
        """The part, and the row after the last in each table."""
        decisions, assigned = self.decisions_at + self.decisions, self.assigned_at + self.assigned
        return self.part, decisions, assigned, self.exceptions_at + self.exceptions


@dataclass(frozen=True, slots=True)
class KeptRun:
    """What is kept: the folder, what its label says, and learners in their order."""

    folder: Path
    label: KeptLabel
    learners: Mapping[str, KeptLearner]


def read_kept_label(folder: Path, label: RunLabel) -> tuple[KeptLabel | None, str]:
    """What the label of a folder says, where it is for the same as is now decided, but for the day; or nothing, and why."""
    try:
        kept, why = read_label(folder)
    except FileNotFoundError:
        has_index = any(folder.glob(f"{PART}*/{INDEX}"))
        return None, damaged(LABEL, "is missing") if has_index else "nothing is kept yet"
    if kept is None:
        return None, why
    for name, what in _DIFFERENT.items():
        if getattr(kept.run, name) != getattr(label, name):
            return None, what
    return kept, ""


_DIFFERENT = {
    "version": "what is kept was decided by another version of this program",
    "book": "what is kept was decided by another book",
    "known_on": "what is kept is by what was known at another time",
    "shared": "facts that are about no learner have changed",
}


def read_kept(folder: Path, label: KeptLabel) -> tuple[KeptRun | None, str]:
    """What is kept under a label, if every file is as it was written; or nothing, and why."""
    if why := why_damaged(folder, label.files):
        return None, why
    rows = parquet.read_table(folder / label.index).to_pylist()
    return KeptRun(folder, label, {row.pop(LEARNER): KeptLearner(**row) for row in rows}), ""


class KeptLost(Exception):
    """A file that was as it had been written can no longer be read."""


class KeptRows:
    """The rows of learners who are kept, as those of a day: learners are asked for in their order. KeptLost may come up."""

    def __init__(self, kept: KeptRun, as_of: date) -> None:
        self._kept = kept
        self._as_of = as_of.isoformat()
        self._readers: dict[tuple[str, str], _RowReader] = {}

    def of(self, learners: Iterable[str]) -> Iterator[DecidedTables]:
        """The rows about learners, those that stand together at once, as long as they are not too many."""
        run: dict[str, KeptLearner] = {}
        rows, end = 0, None
        for learner in learners:
            one = self._kept.learners[learner]
            if run and (one.begin != end or rows >= ROWS_AT_ONCE):
                yield self._taken(run)
                run, rows = {}, 0
            run[learner] = one
            rows, end = rows + one.decisions, one.end
        if run:
            yield self._taken(run)

    def _taken(self, run: Mapping[str, KeptLearner]) -> DecidedTables:
        """The rows of learners that stand together."""
        first = next(iter(run.values()))
        tables = {
            table: self._rows(
                first.part, table, getattr(first, f"{table}_at"), sum(getattr(one, table) for one in run.values())
            )
            for table in TABLES
        }
        reported = {learner: one.reported for learner, one in run.items()}
        return DecidedTables(tuple(run), **tables, reported=reported, failures=())

    def _rows(self, part: str, table: str, place: int, rows: int) -> pyarrow.Table:
        try:
            return self._dated(self._reader(part, table).take(place, rows))
        except (OSError, pyarrow.ArrowException) as error:  # a disk that fails, or somebody who removes files
            raise KeptLost(damaged(part_file(part, table), "cannot be read")) from error

    def _reader(self, part: str, table: str) -> _RowReader:
        if (part, table) not in self._readers:
            self._readers[part, table] = _RowReader(self._kept.folder / part_file(part, table))
        return self._readers[part, table]

    def _dated(self, rows: pyarrow.Table) -> pyarrow.Table:
        """The rows as those of the day; each part has that of its run."""
        index = rows.schema.get_field_index("as_of")
        as_of = pyarrow.repeat(pyarrow.scalar(self._as_of), rows.num_rows).cast(rows.schema.field(index).type)
        return rows.set_column(index, "as_of", as_of)


@contextmanager
def keep_run(
    folder: Path,
    label: RunLabel,
    digests: Mapping[str, str],
    staying: Mapping[str, KeptLearner],
    sealed: Mapping[str, str],
) -> Iterator[Callable[[DecidedTables], None]]:
    """Gives a function that takes the decisions of a run, whole learners at a time and in their order, to be kept.

    Those of the learners who are `staying` stay where they are, and are not given; `sealed` has the SHA-256 of the files that
    are kept already. What is kept is replaced when the block ends well. OSError where the disk refuses.
    """
    folder.mkdir(exist_ok=True)
    before = {int(one.name.removeprefix(PART)) for one in folder.glob(f"{PART}*") if one.name[len(PART) :].isdigit()}
    new = folder / f"{PART}{max(before, default=0) + 1}"
    new.mkdir()
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*TABLES, "reported")}
    failed: set[str] = set()
    try:
        with ExitStack() as opened:
            writers = {
                name: opened.enter_context(table_writer(folder / part_file(new.name, name), columns))
                for name, columns in TABLES.items()
            }

            def keep(decided: DecidedTables) -> None:
                for name, add in writers.items():
                    table: pyarrow.Table = getattr(decided, name)
                    add(table)
                    counts[name].update(rows_by_learner(table))
                counts["reported"].update(decided.reported)
                failed.update(decision.learner for decision in decided.failures)

            yield keep
        places = dict.fromkeys(TABLES, 0)
        learners = []
        for learner, digest in digests.items():
            if learner in staying:
                learners.append({LEARNER: learner, **{name: getattr(staying[learner], name) for name in _KEPT}})
                continue
            own: dict[str, str | int] = {"digest": _FAILED if learner in failed else digest, "part": new.name}
            for name in TABLES:
                own[f"{name}_at"], own[name] = places[name], counts[name][learner]
                places[name] += counts[name][learner]
            learners.append({LEARNER: learner, "reported": counts["reported"][learner], **own})
        parquet.write_table(pyarrow.Table.from_pylist(learners, _SCHEMA_OF_INDEX), new / INDEX)
        needed = sorted({one.part for one in staying.values()})
        kept = [part_file(part, name) for part in needed for name in TABLES]
        made = [part_file(new.name, name) for name in TABLES]
        index = f"{new.name}/{INDEX}"
        files = {name: sealed[name] for name in kept} | {name: digest_of_file(folder / name) for name in (*made, index)}
        write_label(folder, KeptLabel(label, index, files))
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    for number in before:
        part = f"{PART}{number}"
        if part not in needed:
            shutil.rmtree(folder / part, ignore_errors=True)
        else:  # its rows are needed, its index no more
            with suppress(OSError):
                (folder / part / INDEX).unlink()


# The columns of what is kept of each learner.
_KEPT = tuple(one.name for one in fields(KeptLearner))
_SCHEMA_OF_INDEX = pyarrow.schema(
    [(name, pyarrow.string() if name in {LEARNER, "digest", "part"} else pyarrow.int64()) for name in (LEARNER, *_KEPT)]
)


class _RowReader:
    """The rows of a file, from the front. Texts that many rows share are held once."""

    def __init__(self, path: Path) -> None:
        names = parquet.read_schema(path).names
        file = parquet.ParquetFile(path, read_dictionary=names)
        self._batches = file.iter_batches(batch_size=ROWS_A_GROUP)
        self._schema = shared_texts_schema(names)
        self._table = self._schema.empty_table()
        self._place = 0

    def take(self, place: int, rows: int) -> pyarrow.Table:
        """Rows from a place on, which is not before the end of those that were taken last."""
        for _ in self._next(place - self._place):
            pass
        return pyarrow.concat_tables([self._schema.empty_table(), *self._next(rows)])

    def _next(self, rows: int) -> Iterator[pyarrow.Table]:
        self._place += rows
        while rows:
            if not self._table.num_rows:
                self._table = pyarrow.Table.from_batches([next(self._batches)]).cast(self._schema)
            some = self._table.slice(0, rows)
            self._table = self._table.slice(some.num_rows)
            rows -= some.num_rows
            yield some
