"""Decides only the learners whose facts have changed since a run that was kept; the others have their decisions already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

import pyarrow

from competency.model.decisions import Decision
from competency.services.decided_tables import TABLES, DecidedTables, rows_by_learner
from competency.services.kept_label import RunLabel
from competency.services.kept_run import (
    ROWS_AT_ONCE,
    KeptLearner,
    KeptRows,
    KeptRun,
    keep_run,
    read_kept,
    read_kept_label,
)
from competency.services.text_tables import shared_texts_schema, texts_schema

# Parts from which the next run takes rows: with more, what nobody needs any more would come to much.
PARTS_MAX = 8


@dataclass(frozen=True, slots=True)
class Changed:
    """The learners who are to be decided, and why it is all of them, if it is; `kept` has the others."""

    learners: tuple[str, ...]
    why_all: str
    kept: KeptRun | None


@dataclass(frozen=True, slots=True)
class ChangedSince:
    """The learners for whom another day may decide otherwise; with `why_all`, that may be anybody."""

    learners: Collection[str]
    why_all: str = ""


def find_changed(
    folder: Path, label: RunLabel, digests: Mapping[str, str], changed_since: Callable[[date], ChangedSince]
) -> Changed:
    """Whom a run has to decide: those whose digest is not that of the run that is kept in a folder.

    `changed_since` names those for whom the day of `label` decides otherwise than the one of which something is kept.
    """
    of_label, why = read_kept_label(folder, label)
    if of_label is None:
        return Changed(tuple(digests), why, None)
    day = of_label.run.as_of
    since = ChangedSince(()) if day == label.as_of else changed_since(day)
    if since.why_all:
        return Changed(tuple(digests), f"what is kept is for another day, and {since.why_all}", None)
    kept, why = read_kept(folder, of_label)
    if kept is None:
        return Changed(tuple(digests), why, None)
    changed = tuple(
        learner
        for learner, digest in digests.items()
        if learner in since.learners or learner not in kept.learners or kept.learners[learner].digest != digest
    )
    return Changed(changed, "", kept)


def with_kept(
    files: ExitStack,
    folder: Path,
    label: RunLabel,
    digests: Mapping[str, str],
    changed: Changed,
    decided: Iterator[DecidedTables],
) -> Iterator[DecidedTables]:
    """The decisions about all learners: those just decided among those that were kept; they are kept when `files` closes."""
    staying = _staying(changed, digests)
    sealed = {} if changed.kept is None else changed.kept.label.files
    keep = files.enter_context(keep_run(folder, label, digests, staying, sealed))
    if changed.kept is None:
        return _passed_on(decided, keep)
    if staying:
        return _merged(label, tuple(digests), changed, changed.kept, _passed_on(decided, keep))
    return _passed_on(_merged(label, tuple(digests), changed, changed.kept, decided), keep)


def _staying(changed: Changed, learners: Collection[str]) -> Mapping[str, KeptLearner]:
    """The learners whose rows can stay where they are kept: nobody where everything had better be written together again."""
    if changed.kept is None:
        return {}
    anew = frozenset(changed.learners)
    staying = {learner: changed.kept.learners[learner] for learner in learners if learner not in anew}
    has_few_parts = len({one.part for one in staying.values()}) < PARTS_MAX
    return staying if has_few_parts and 2 * len(staying) >= len(learners) else {}


def _passed_on(decided: Iterator[DecidedTables], keep: Callable[[DecidedTables], None]) -> Iterator[DecidedTables]:
    for tables in decided:
        keep(tables)
        yield tables
        del tables


def _merged(
    label: RunLabel, learners: Sequence[str], changed: Changed, kept: KeptRun, decided: Iterator[DecidedTables]
) -> Iterator[DecidedTables]:
    anew = frozenset(changed.learners)
    rows, fresh = KeptRows(kept, label.as_of), (one for bucket in decided for one in _each(bucket))
    waiting: list[DecidedTables] = []
    room = ROWS_AT_ONCE
    for is_anew, run in groupby(learners, key=anew.__contains__):
        for some in (next(fresh) for _ in run) if is_anew else rows.of(run):
            waiting.append(some)
            room -= some.decisions.num_rows
            if room <= 0:
                yield _joined(waiting)
                waiting, room = [], ROWS_AT_ONCE
    if waiting:
        yield _joined(waiting)


def _each(bucket: DecidedTables) -> Iterator[DecidedTables]:
    """The decisions about each learner by itself."""
    tables = {name: getattr(bucket, name) for name in TABLES}
    rows = {name: rows_by_learner(table) for name, table in tables.items()}
    begins = dict.fromkeys(TABLES, 0)
    failures: dict[str, list[Decision]] = {}
    for failure in bucket.failures:
        failures.setdefault(failure.learner, []).append(failure)
    for learner in bucket.learners:
        own = {}
        for name, columns in TABLES.items():
            number = rows[name].get(learner, 0)
            # as texts first: those of a whole bucket are not to come along
            texts = tables[name].slice(begins[name], number).cast(texts_schema(columns))
            own[name] = texts.cast(shared_texts_schema(columns))
            begins[name] += number
        reported = {learner: bucket.reported.get(learner, 0)}
        yield DecidedTables((learner,), **own, reported=reported, failures=tuple(failures.get(learner, ())))


def _joined(parts: Sequence[DecidedTables]) -> DecidedTables:
    reported: Counter[str] = Counter()
    for part in parts:
        reported.update(part.reported)
    return DecidedTables(
        tuple(learner for part in parts for learner in part.learners),
        # in one piece: a writer looks at the different texts of each piece
        **{name: pyarrow.concat_tables([getattr(part, name) for part in parts]).combine_chunks() for name in TABLES},
        reported=reported,
        failures=tuple(failure for part in parts for failure in part.failures),
    )
