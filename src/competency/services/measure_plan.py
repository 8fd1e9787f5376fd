"""What deciding costs on this computer: all learners at once, and by the interpreter what is left to it, and everything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import process_time

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.population.compile_program import compile_program
from competency.rules.population.lay_out import LaidOut, joined, lay_out
from competency.rules.program import ir
from competency.services.buckets import learners_a_bucket
from competency.services.decide_population import decide_bucket
from competency.services.decide_untouched import decide_untouched
from competency.services.decided_tables import Tabulation
from competency.services.engines import INTERPRETER, ON_DUCKDB
from competency.services.interpret_groups import Interpreter
from competency.services.make_up_learners import make_up_learners
from competency.services.plan_book import Plan, first_day
from competency.services.snapshot_buckets import SnapshotBuckets
from competency.services.snapshot_facts import SnapshotFacts
from competency.services.write_decisions import decided_by

# Somebody waits for the plan: so many learners one by one, and no more than so much time for each of the two things
# measured. All at once the same learners are decided, and that many times as many.
LEARNERS_MEASURED = 16
SECONDS_MAX = 0.3
LEARNERS_AT_ONCE = 512
# What was shown before a policy begins may not count: where no day is said, it is late in the policy's first school year.
_INTO_THE_POLICY = timedelta(days=300)
# With so many learners buckets are as large as they get.
_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of a processor for one learner, and how many decisions are made in them; measured on `learners`."""

    microseconds: int
    decisions: int
    learners: int

    def of(self, learners: int) -> int:
        """Microseconds for so many learners."""
        return learners * self.microseconds


@dataclass(frozen=True, slots=True)
class SharedCost:
    """Microseconds of processors for every bucket of learners, and for each learner in it; measured on `learners` at most.

    `bucket`: how many learners a bucket has at most.
    """

    microseconds_a_bucket: int
    microseconds_a_learner: int
    bucket: int
    learners: int

    def of(self, learners: int) -> int:
        """Microseconds for so many learners."""
        return -(-learners // self.bucket) * self.microseconds_a_bucket + learners * self.microseconds_a_learner


@dataclass(frozen=True, slots=True)
class PlanCosts:
    """What deciding takes. `together`: every rule that is decided for all learners at once, none where there is no such rule.

    By the interpreter: `of_group`, for each group of rules left to it, with those on which they rely; `left`, for all of
    those groups together, none where no rule is left to it; `altogether`, for every rule of the program, which is how
    learners with a recorded waiver, and those whose rows contradict each other, are decided.
    """

    together: SharedCost | None
    of_group: Mapping[str, Cost]
    left: Cost | None
    altogether: Cost


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
    together = None
    if any(one.engine != INTERPRETER for one in plan.rules):
        together = _measured_together(program, learners, laid_out, as_of, clock)
    altogether = _measured(program, None, learners, as_of, clock, SECONDS_MAX)
    groups = tuple(dict.fromkeys(one.group for one in plan.rules if one.engine == INTERPRETER))
    if not groups:
        return PlanCosts(together, {}, None, altogether)
    needed = {group: ir.needed_rules(program, group) for group in groups}
    seconds = SECONDS_MAX / (len(groups) + 1)
    of_group = {group: _measured(program, needed[group], learners, as_of, clock, seconds) for group in groups}
    left = next(iter(of_group.values()))
    if len(groups) > 1:
        left = _measured(program, frozenset().union(*needed.values()), learners, as_of, clock, seconds)
    return PlanCosts(together, of_group, left, altogether)


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


def _measured_together(
    program: ir.Program,
    learners: Sequence[LearnerFacts],
    laid_out: LaidOut,
    as_of: date,
    clock: Callable[[], float],
) -> SharedCost:
    """The cost of what is decided for all at once, from deciding the learners, and each of them many times.

    What the interpreter tells beforehand is not in it, nor the texts of queries, which are made once: a first time does not
    count.
    """
    untouched = decide_untouched(program, as_of, None)
    compiled = compile_program(program, laid_out.at_hand, as_of, None, {}, untouched)
    tabulation = Tabulation(program, decided_by(program, ""), as_of, None)

    def seconds(times: int) -> float:
        copied = joined([laid_out] * times)
        facts = [*learners] * times
        places = range(len(facts))
        told = Interpreter(program, as_of, None).tell(compiled, laid_out.at_hand, places, facts, untouched)
        begins = clock()
        groups = decide_bucket(ON_DUCKDB, told, copied, [*places], as_of, None)
        tabulation.tables(
            copied.learners, groups, laid_out.at_hand.words, [*told.decided], lambda some: [facts[one] for one in some]
        )
        return clock() - begins

    seconds(1)
    times = max(2, LEARNERS_AT_ONCE // len(learners))
    few, many = seconds(1), seconds(times)
    a_learner = max(0.0, many - few) / (len(learners) * (times - 1))
    return SharedCost(
        max(1, round(1_000_000 * (few - a_learner * len(learners)))),
        max(1, round(1_000_000 * a_learner)),
        learners_a_bucket(len(program.schedule), _MANY, ON_DUCKDB),
        len(learners) * times,
    )
