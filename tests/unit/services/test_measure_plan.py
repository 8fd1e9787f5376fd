"""What the interpreter costs is measured on made-up learners, which are the same each time and give the rules work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.population.lay_out import lay_out
from competency.rules.program import ir
from competency.services.make_up_learners import make_up_learners
from competency.services.measure_plan import measure_plan, measured_day
from competency.services.plan_book import first_day, plan_book
from competency.services.plan_costs import PlanCosts, SharedCost
from competency.services.read_book import read_book

POLICIES = Path(__file__).resolve().parents[3] / "policies"


def read(name: str) -> ir.Program:
    book, diagnostics = read_book(POLICIES / name)
    assert book is not None, diagnostics
    assert book.rules.program is not None
    return book.rules.program


@pytest.fixture(scope="module")
def riverbend() -> ir.Program:
    return read("riverbend")


@pytest.fixture(scope="module")
def rhode_island() -> ir.Program:
    return read("rhode-island-diploma-system")


def made_up(program: ir.Program, number: int = 3) -> list[LearnerFacts]:
    return make_up_learners(program, measured_day(program, None), number)


def measured(program: ir.Program, clock: Callable[[], float]) -> PlanCosts:
    learners = made_up(program)
    plan = plan_book(program, first_day(program))
    return measure_plan(program, plan, learners, lay_out(program, learners), date(2027, 6, 1), clock)


def ticking(seconds: float) -> Iterator[float]:
    return (seconds * tick for tick in count())


def test_made_up_learners_are_the_same_each_time(riverbend: ir.Program) -> None:
    assert made_up(riverbend) == made_up(riverbend)
    first, second, _third = made_up(riverbend)
    assert first.tables != second.tables


def test_a_made_up_learner_gives_the_rules_work(riverbend: ir.Program) -> None:
    learner = made_up(riverbend)[0]
    assert len(learner.of("evidence")) == 72
    made = decide(riverbend, learner, measured_day(riverbend, None))
    outcomes = Counter(one.decision.outcome.value for one in made if one.decision.outcome)
    assert len(made) == len(riverbend.schedule)
    assert {"met", "not met"} <= set(outcomes)


def test_every_book_has_made_up_learners_whom_it_decides() -> None:
    for folder in sorted(POLICIES.glob("*/competency.toml")):
        program = read(folder.parent.name)
        for learner in made_up(program, 1):
            assert all(one.decision.error == "" for one in decide(program, learner, measured_day(program, None)))


def test_a_cost_is_the_time_of_one_learner(rhode_island: ir.Program) -> None:
    ticks = ticking(1 / 1024)
    costs = measured(rhode_island, lambda: next(ticks))
    assert list(costs.of_group) == ["diploma standard"]
    assert costs.altogether.learners == 3
    assert costs.altogether.microseconds == round(Fraction(1_000_000, 1024))
    assert costs.left is not None
    assert costs.left.decisions <= costs.altogether.decisions


def test_a_slow_book_is_measured_on_one_learner(riverbend: ir.Program) -> None:
    ticks = ticking(2)
    costs = measured(riverbend, lambda: next(ticks))
    assert (costs.altogether.learners, costs.altogether.microseconds) == (1, 2_000_000)
    assert (costs.of_group, costs.left) == ({}, None)


def test_what_is_decided_at_once_is_paid_for_each_bucket_and_each_learner() -> None:
    cost = SharedCost(microseconds_a_bucket=300, microseconds_a_learner=2, bucket=1_000, learners=512)
    assert [cost.of(learners) for learners in (1, 1_000, 1_001, 2_500)] == [302, 2_300, 2_602, 5_900]


def test_what_a_bucket_costs_is_told_apart_from_what_a_learner_costs(riverbend: ir.Program) -> None:
    # three learners, then 170 times as many: 1 second and 170 seconds, of which each learner takes a third of one; writing
    seconds = iter([5.0, 1.0, 170.0, 0.51])
    now, begins = [0.0], [True]

    def clock() -> float:
        if not begins[0]:
            now[0] += next(seconds, 1.0)
        begins[0] = not begins[0]
        return now[0]

    costs = measured(riverbend, clock)
    together = costs.together
    assert (costs.writing.microseconds, costs.writing.decisions) == (1_000, len(riverbend.schedule))
    assert together is not None
    assert (together.learners, together.bucket) == (510, 3_710)
    assert together.microseconds_a_learner == 333_333
    assert together.microseconds_a_bucket == 1


def test_it_is_measured_late_in_the_first_year_where_no_day_is_said(riverbend: ir.Program) -> None:
    assert measured_day(riverbend, None) > first_day(riverbend)
    assert measured_day(riverbend, date(2026, 11, 2)) == date(2026, 11, 2)
