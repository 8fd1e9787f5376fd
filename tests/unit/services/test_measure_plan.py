"""What the interpreter costs is measured on made-up learners, which are the same each time and give the rules work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from itertools import count
from pathlib import Path

import pytest

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.program import ir
from competency.services.make_up_learners import make_up_learners
from competency.services.measure_plan import measure_plan, measured_day
from competency.services.plan_book import first_day, plan_book
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
    plan = plan_book(rhode_island, first_day(rhode_island))
    ticks = ticking(1 / 1024)
    costs = measure_plan(rhode_island, plan, made_up(rhode_island), date(2027, 6, 1), lambda: next(ticks))
    assert list(costs.of_group) == ["diploma standard"]
    assert costs.altogether.learners == 3
    assert costs.altogether.microseconds == round(Fraction(1_000_000, 1024))
    assert costs.left is not None
    assert costs.left.decisions <= costs.altogether.decisions


def test_a_slow_book_is_measured_on_one_learner(riverbend: ir.Program) -> None:
    ticks = ticking(2)
    plan = plan_book(riverbend, first_day(riverbend))
    costs = measure_plan(riverbend, plan, made_up(riverbend), date(2027, 6, 1), lambda: next(ticks))
    assert (costs.altogether.learners, costs.altogether.microseconds) == (1, 2_000_000)
    assert (costs.of_group, costs.left) == ({}, None)


def test_it_is_measured_late_in_the_first_year_where_no_day_is_said(riverbend: ir.Program) -> None:
    assert measured_day(riverbend, None) > first_day(riverbend)
    assert measured_day(riverbend, date(2026, 11, 2)) == date(2026, 11, 2)
