"""A run that decides many learners at once: all of them, or those whose facts have changed since the run before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from competency.model.facts import Fact
from competency.rules.program import ir
from competency.rules.program.days_read import days_read
from competency.services.buckets import Buckets
from competency.services.decide_changed import ChangedSince, find_changed, with_kept
from competency.services.decide_population import decide_population
from competency.services.decided_tables import DecidedTables
from competency.services.digest_facts import digest_of_rows, has_date
from competency.services.engines import EngineChoice
from competency.services.kept_label import RunLabel
from competency.services.versions import engine_version
from competency.services.write_decisions import DecidedBy, moment_text


@dataclass(frozen=True, slots=True)
class PopulationRun:
    """Decisions as they are made, how many learners are decided anew, and why it is all of them, if a run was to be kept."""

    decided: Iterator[DecidedTables]
    learners: int
    why_all: str


def run_population(
    files: ExitStack,
    program: ir.Program,
    buckets: Buckets,
    shared: Mapping[str, tuple[Fact, ...]],
    by: DecidedBy,
    as_of: date,
    known_on: datetime | None,
    progress: Callable[[int], None] | None,
    engine: EngineChoice,
    keep: Path | None,
) -> PopulationRun:
    """Decide the learners of buckets; with `keep`, a folder, take from it what still holds, and keep all when `files` closes.

    `shared` are the facts that are about no learner.
    """
    learners = buckets.learners
    if keep is None:
        decided = decide_population(program, buckets, by, as_of, known_on, progress, engine=engine)
        return PopulationRun(decided, len(learners), "")
    of_shared = digest_of_rows(row for rows in shared.values() for row in rows)
    label = RunLabel(engine_version(), by.fingerprint, as_of, moment_text(known_on), of_shared)
    digests = dict(zip(learners, buckets.digests, strict=True))
    changed = find_changed(keep, label, digests, lambda day: _changed_since(program, buckets, shared, day, as_of))
    if progress is not None:
        progress(len(learners) - len(changed.learners))
    some = buckets.some_of(changed.learners)
    decided = decide_population(program, some, by, as_of, known_on, progress, engine=engine)
    whole = with_kept(files, keep, label, digests, changed, decided)
    return PopulationRun(whole, len(changed.learners), changed.why_all)


def _changed_since(
    program: ir.Program, buckets: Buckets, shared: Mapping[str, tuple[Fact, ...]], day: date, later: date
) -> ChangedSince:
    """The learners for whom a later day may decide otherwise; or why that may be anybody."""
    days = days_read(program)
    if days is None:
        return ChangedSince((), "a rule reads the day itself, as for a school year, an age or how long an award lasts")
    if later < day:
        return ChangedSince((), "that day is later")
    if any(day <= one <= later for one in days):
        return ChangedSince((), "a rule names a date from then to now")
    if any(has_date(rows, day, later) for rows in shared.values()):
        return ChangedSince((), "a fact that is about no learner has a date in between")
    return ChangedSince(buckets.dated(day, later))
