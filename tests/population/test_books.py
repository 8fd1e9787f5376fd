"""Every policy book, on a learner for each of its examples: all learners at once as one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.facts import LearnerFacts
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.rules.run_examples import end_of_day
from competency.services.plan_book import first_day, plan_book
from competency.services.read_book import read_book
from competency.testing.strategies import clocks_for, facts_for

POLICIES = Path(__file__).resolve().parents[2] / "policies"
BOOKS = sorted(path.parent.name for path in POLICIES.glob("*/competency.toml"))

# Learners of a population that is made up.
LEARNERS = 7

# A book may leave a rule to the interpreter for this reason alone.
LEFT = {"requirements that draw on one pool"}


def read(name: str) -> tuple[ir.Program, ResolvedBook]:
    book, diagnostics = read_book(POLICIES / name)
    assert book is not None, diagnostics
    assert book.rules.program is not None
    assert book.rules.resolved is not None
    return book.rules.program, book.rules.resolved


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_is_decided_alike_on_the_facts_of_its_examples(
    name: str,
    decides_alike: Callable[..., int],
    of_examples: Callable[[ResolvedBook], list[LearnerFacts]],
) -> None:
    program, resolved = read(name)
    learners = of_examples(resolved)
    days = {(one.as_of, one.known_on) for one in resolved.examples}
    latest, known = max(days, key=lambda day: (day[0], str(day[1])))
    known_on = end_of_day(known) if known else None
    assert decides_alike(program, learners, latest, known_on) >= len(learners)


@pytest.mark.parametrize("name", BOOKS)
def test_a_book_is_decided_alike_on_learners_who_are_made_up(
    name: str,
    of_one_book: settings,
    decides_alike: Callable[..., int],
    with_name: Callable[[LearnerFacts, str], LearnerFacts],
) -> None:
    program, _ = read(name)

    @of_one_book
    @given(st.data())
    def a_population(data: st.DataObject) -> None:
        learners = [with_name(data.draw(facts_for(program)), f"learner {number}") for number in range(LEARNERS)]
        as_of, known_on = data.draw(clocks_for(program))
        decides_alike(program, learners, as_of, known_on)

    a_population()


@pytest.mark.parametrize("name", BOOKS)
def test_little_of_a_book_is_left_to_the_interpreter(name: str) -> None:
    program, _ = read(name)
    planned = plan_book(program, first_day(program)).rules
    reasons = {one.reason.removeprefix("no set form yet: ") for one in planned if one.reason}
    assert reasons <= LEFT
