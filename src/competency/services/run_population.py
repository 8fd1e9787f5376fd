"""A run that decides many learners at once: all of them, or those whose facts have changed since the run before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from competency.interchange.fact_set import Facts
from competency.rules.program import ir
from competency.services.buckets import FactsInBuckets
from competency.services.decide_changed import find_changed, with_kept
from competency.services.decide_population import decide_population
from competency.services.decided_tables import DecidedTables
from competency.services.digest_facts import digest_of_rows
from competency.services.engines import EngineChoice
from competency.services.kept_run import RunLabel
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
    facts: Facts,
    learners: Sequence[str],
    by: DecidedBy,
    as_of: date,
    known_on: datetime | None,
    progress: Callable[[int], None] | None,
    engine: EngineChoice,
    keep: Path | None,
) -> PopulationRun:
    """Decide learners; with `keep`, a folder, take from it what still holds, and keep all there when `files` closes."""
    buckets = FactsInBuckets(program, facts.for_learner, learners)
    if keep is None:
        decided = decide_population(program, buckets, by, as_of, known_on, progress, engine=engine)
        return PopulationRun(decided, len(learners), "")
    shared = digest_of_rows(row for rows in facts.shared.values() for row in rows)
    label = RunLabel(engine_version(), by.fingerprint, as_of.isoformat(), moment_text(known_on), shared)
    digests = dict(zip(learners, buckets.digests, strict=True))
    changed = find_changed(keep, label, digests)
    if progress is not None:
        progress(len(learners) - len(changed.learners))
    buckets = FactsInBuckets(program, facts.for_learner, changed.learners)
    decided = decide_population(program, buckets, by, as_of, known_on, progress, engine=engine)
    whole = with_kept(files, keep, label, digests, changed, decided)
    return PopulationRun(whole, len(changed.learners), changed.why_all)
