"""What the interpreter costs on this computer: a learner with the rules that are left to it, and a learner altogether."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from time import process_time

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.program import ir
from competency.services.engines import INTERPRETER
from competency.services.plan_book import Plan, first_day

# Somebody waits for the plan: so many learners, and no more than so much time for each of the two things measured.
LEARNERS_MEASURED = 16
SECONDS_MAX = 0.3
# What was shown before a policy begins may not count: where no day is said, it is late in the policy's first school year.
_INTO_THE_POLICY = timedelta(days=300)


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of a processor for one learner, and how many decisions are made in them; measured on `learners`."""

    microseconds: int
    decisions: int
    learners: int


@dataclass(frozen=True, slots=True)
class PlanCosts:
    """What the interpreter takes for a learner. `of_group`: for each group of rules left to it, with those on which they rely.

    `left`: for all of those groups together, none where no rule is left to it. `altogether`: for every rule of the program,
    which is how learners with a recorded waiver, and those whose evidence is entangled, are decided.
    """

    of_group: Mapping[str, Cost]
    left: Cost | None
    altogether: Cost


def measured_day(program: ir.Program, as_of: date | None) -> date:
    """The day for which is decided while it is measured."""
    if as_of is not None:
        return as_of
    begins = first_day(program)
    return begins + min(_INTO_THE_POLICY, date.max - begins)


def measure_plan(
    program: ir.Program,
    plan: Plan,
    learners: Sequence[LearnerFacts],
    as_of: date,
    clock: Callable[[], float] = process_time,
) -> PlanCosts:
    """Decide some learners, one at least, and say what it took. `clock` gives seconds of the processor's time.

    Each learner's decisions are made once more with all that a group relies on: what several groups share is in the cost of
    each, and once in that of all of them together.
    """
    altogether = _measured(program, None, learners, as_of, clock, SECONDS_MAX)
    groups = tuple(dict.fromkeys(one.group for one in plan.rules if one.engine == INTERPRETER))
    if not groups:
        return PlanCosts({}, None, altogether)
    needed = {group: ir.needed_rules(program, group) for group in groups}
    seconds = SECONDS_MAX / (len(groups) + 1)
    left = _measured(program, frozenset().union(*needed.values()), learners, as_of, clock, seconds)
    of_group = {group: _measured(program, needed[group], learners, as_of, clock, seconds) for group in groups}
    return PlanCosts(of_group, left, altogether)


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
