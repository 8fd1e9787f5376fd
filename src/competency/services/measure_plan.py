"""What deciding costs on this computer: all learners at once, and by the interpreter what is left to it, and everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, timedelta
from time import process_time

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.population.lay_out import LaidOut, joined, lay_out
from competency.rules.program import ir
from competency.services.engines import INTERPRETER, ON_DUCKDB
from competency.services.make_up_learners import make_up_learners
from competency.services.measure_together import measure_together
from competency.services.plan_book import Plan, first_day
from competency.services.plan_costs import Cost, PlanCosts
from competency.services.snapshot_buckets import SnapshotBuckets
from competency.services.snapshot_facts import SnapshotFacts

# Somebody waits for the plan: so many learners, and one by one no more than so much time for each of the two things measured.
LEARNERS_MEASURED = 16
SECONDS_MAX = 0.3
# What was shown before a policy begins may not count: where no day is said, it is late in the policy's first school year.
_INTO_THE_POLICY = timedelta(days=300)


def measured_day(program: ir.Program, as_of: date | None) -> date:
    """The day for which is decided while it is measured."""
    if as_of is not None:
        return as_of
    begins = first_day(program)
    return begins + min(_INTO_THE_POLICY, date.max - begins)


def measured_learners(
    program: ir.Program, facts: SnapshotFacts | None, day: date
) -> tuple[Sequence[LearnerFacts], LaidOut]:
    """The learners on whom it is measured, and their facts laid out: the first of the facts, or made-up ones."""
    if facts is None or not facts.learners:
        made_up = make_up_learners(program, day, LEARNERS_MEASURED)
        return made_up, lay_out(program, made_up)
    names = facts.learners[:LEARNERS_MEASURED]
    buckets = SnapshotBuckets(facts.snapshot, ON_DUCKDB, names)
    return [facts.for_learner(name) for name in names], joined([*map(buckets.bucket, range(len(buckets)))])


def measure_plan(
    program: ir.Program,
    plan: Plan,
    learners: Sequence[LearnerFacts],
    laid_out: LaidOut,
    as_of: date,
    clock: Callable[[], float] = process_time,
) -> PlanCosts:
    """Decide some learners, one at least, and say what it took. `clock` gives seconds of processors' time.

    `laid_out` are the facts of the same learners. By the interpreter, each learner's decisions are made once more with all
    that a group relies on: what several groups share is in the cost of each, and once in that of all of them together.
    """
    together, writing = measure_together(program, learners, laid_out, as_of, clock)
    shared = together if any(one.engine != INTERPRETER for one in plan.rules) else None
    decide_and_remember(program, learners[0], as_of, keeps_going=True)  # the first one takes longer
    altogether = _measured(program, None, learners, as_of, clock, SECONDS_MAX)
    groups = tuple(dict.fromkeys(one.group for one in plan.rules if one.engine == INTERPRETER))
    if not groups:
        return PlanCosts(shared, writing, {}, None, altogether)
    needed = {group: ir.needed_rules(program, group) for group in groups}
    seconds = SECONDS_MAX / (len(groups) + 1)
    of_group = {group: _measured(program, needed[group], learners, as_of, clock, seconds) for group in groups}
    left = next(iter(of_group.values()))
    if len(groups) > 1:
        left = _measured(program, frozenset().union(*needed.values()), learners, as_of, clock, seconds)
    return PlanCosts(shared, writing, of_group, left, altogether)


def _measured(
    program: ir.Program,
    only: Collection[int] | None,
    learners: Sequence[LearnerFacts],
    as_of: date,
    clock: Callable[[], float],
    seconds_max: float,
) -> Cost:
    """The cost of one learner, on as many of the learners as there is time for."""
    counts: list[int] = []
    begins = now = clock()
    for facts in learners:
        made, _ = decide_and_remember(program, facts, as_of, only=only, keeps_going=True)
        counts.append(len(made))
        now = clock()
        if now - begins >= seconds_max:
            break
    microseconds = round(1_000_000 * (now - begins) / len(counts))
    return Cost(max(1, microseconds), sum(counts) // len(counts), len(counts))
