"""What a run keeps in a folder for the next: its decisions, and of each learner the digest of the facts.

`kept.json` says for what was decided, and in which folder beside it the tables are; it is replaced last, so that what is
kept is always that of one run.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import pyarrow
from pyarrow import parquet

from competency.rules.population.frame import LEARNER
from competency.services.decided_tables import TABLES, DecidedTables, rows_by_learner
from competency.services.replace_file import replace_file
from competency.services.text_tables import shared_texts_schema
from competency.services.write_tables import ROWS_A_GROUP, table_writer

_LABEL, _LEARNERS = "kept.json", "learners.parquet"
# Of a learner with a decision that failed: no facts have this digest, so the next run tries again.
_FAILED = ""
_RUN = "run-"
# Rows that are handed on together: a few groups of a file.
ROWS_AT_ONCE = 4 * ROWS_A_GROUP


@dataclass(frozen=True, slots=True)
class RunLabel:
    """For what a run decides: only what was kept for the same can stand in the place of a decision.

    `book` is the program's fingerprint, `shared` the digest of the facts that are about no learner.
    """

    version: str
    book: str
    as_of: date
    known_on: str
    shared: str


@dataclass(frozen=True, slots=True)
class KeptLearner:
    """How many rows of each table are a learner's, and how many of the decisions report something."""

    digest: str
    decisions: int
    assigned: int
    exceptions: int
    reported: int


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run that was kept: for which day, learners in their order, and the folder of its tables."""

    folder: Path
    as_of: date
    learners: Mapping[str, KeptLearner]


def read_kept(folder: Path, label: RunLabel) -> tuple[KeptRun | None, str]:
    """What is kept in a folder for the same as is now decided, but for the day; or nothing, and why."""
    try:
        kept = json.loads((folder / _LABEL).read_text(encoding="utf-8"))
        day = date.fromisoformat(kept["label"].pop("as_of"))
        of_label, tables = RunLabel(as_of=day, **kept["label"]), folder / str(kept["tables"])
    except FileNotFoundError:
        return None, "nothing is kept yet"
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, "what is kept cannot be read"
    for name, what in _DIFFERENT.items():
        if getattr(of_label, name) != getattr(label, name):
            return None, what
    try:
        for name in TABLES:
            parquet.read_metadata(_path(tables, name))
        rows = parquet.read_table(tables / _LEARNERS).to_pylist()
    except (OSError, pyarrow.ArrowException):
        return None, "what is kept cannot be read"
    return KeptRun(tables, day, {row.pop("learner"): KeptLearner(**row) for row in rows}), ""


_DIFFERENT = {
    "version": "what is kept was decided by another version of this program",
    "book": "what is kept was decided by another book",
    "known_on": "what is kept is by what was known at another time",
    "shared": "facts that are about no learner have changed",
}


class KeptRows:
    """The rows of learners who are kept, as those of a day, taken from the front: learners are asked for in their order."""

    def __init__(self, kept: KeptRun, as_of: date) -> None:
        self._as_of = None if kept.as_of == as_of else as_of.isoformat()
        self._learners = iter(kept.learners.items())
        self._readers = {name: _RowReader(_path(kept.folder, name)) for name in TABLES}

    def of(self, learners: Iterable[str]) -> Iterator[DecidedTables]:
        """The rows about learners, many at once; those before who are not asked for are passed over."""
        run: dict[str, KeptLearner] = {}
        rows = 0
        for learner in learners:
            for name, one in self._learners:
                if name == learner:
                    break
                if run:
                    yield self._taken(run)
                    run, rows = {}, 0
                for table, reader in self._readers.items():
                    reader.skip(getattr(one, table))
            else:
                raise KeyError(learner)
            run[learner] = one
            rows += one.decisions
            if rows >= ROWS_AT_ONCE:
                yield self._taken(run)
                run, rows = {}, 0
        if run:
            yield self._taken(run)

    def _taken(self, run: Mapping[str, KeptLearner]) -> DecidedTables:
        """The next rows, which are those of a run of learners."""
        tables = {
            table: self._dated(reader.take(sum(getattr(one, table) for one in run.values())))
            for table, reader in self._readers.items()
        }
        reported = {learner: one.reported for learner, one in run.items()}
        return DecidedTables(tuple(run), **tables, reported=reported, failures=())

    def _dated(self, rows: pyarrow.Table) -> pyarrow.Table:
        if self._as_of is None:
            return rows
        as_of = pyarrow.array([self._as_of] * rows.num_rows, pyarrow.string()).dictionary_encode()
        return rows.set_column(rows.schema.get_field_index("as_of"), "as_of", as_of)


@contextmanager
def keep_run(folder: Path, label: RunLabel, digests: Mapping[str, str]) -> Iterator[Callable[[DecidedTables], None]]:
    """Gives a function that takes the decisions of a run, whole learners at a time and in their order, to be kept.

    They take the place of what was kept before when the block ends well. OSError where the disk refuses.
    """
    folder.mkdir(exist_ok=True)
    before = {int(one.name.removeprefix(_RUN)) for one in folder.glob(f"{_RUN}*") if one.name[len(_RUN) :].isdigit()}
    new = folder / f"{_RUN}{max(before, default=0) + 1}"
    new.mkdir()
    counts: dict[str, Counter[str]] = {name: Counter() for name in (*TABLES, "reported")}
    failed: set[str] = set()
    try:
        with ExitStack() as files:
            writers = {
                name: files.enter_context(table_writer(_path(new, name), columns)) for name, columns in TABLES.items()
            }

            def keep(decided: DecidedTables) -> None:
                for name, add in writers.items():
                    table: pyarrow.Table = getattr(decided, name)
                    add(table)
                    counts[name].update(rows_by_learner(table))
                counts["reported"].update(decided.reported)
                failed.update(decision.learner for decision in decided.failures)

            yield keep
        columns = {name: [of[learner] for learner in digests] for name, of in counts.items()}
        kept = [_FAILED if learner in failed else digest for learner, digest in digests.items()]
        learners = pyarrow.table({LEARNER: pyarrow.array(digests, pyarrow.string()), "digest": kept, **columns})
        parquet.write_table(learners, new / _LEARNERS)
        with replace_file(folder / _LABEL) as unfinished:
            unfinished.write_text(
                json.dumps({"label": asdict(label), "tables": new.name}, indent=2, default=str), encoding="utf-8"
            )
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    for number in before:
        shutil.rmtree(folder / f"{_RUN}{number}", ignore_errors=True)


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.parquet"


class _RowReader:
    """The rows of a file, from the front. Texts that many rows share are held once."""

    def __init__(self, path: Path) -> None:
        names = parquet.read_schema(path).names
        file = parquet.ParquetFile(path, read_dictionary=names)
        self._batches = file.iter_batches(batch_size=ROWS_A_GROUP)
        self._schema = shared_texts_schema(names)
        self._table = self._schema.empty_table()
        self._skipped = 0

    def skip(self, rows: int) -> None:
        """Pass over the next rows."""
        self._skipped += rows

    def take(self, rows: int) -> pyarrow.Table:
        """The next rows."""
        skipped, self._skipped = self._skipped, 0
        for _ in self._next(skipped):
            pass
        return pyarrow.concat_tables([self._schema.empty_table(), *self._next(rows)])

    def _next(self, rows: int) -> Iterator[pyarrow.Table]:
        while rows:
            if not self._table.num_rows:
                self._table = pyarrow.Table.from_batches([next(self._batches)]).cast(self._schema)
            some = self._table.slice(0, rows)
            self._table = self._table.slice(some.num_rows)
            rows -= some.num_rows
            yield some
