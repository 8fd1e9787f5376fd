"""What must not matter: the order of rows, a row sent twice, who is decided together, what others have shown."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from competency.model.facts import LearnerFacts
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.services.decide_population import decide_bucket
from competency.services.engines import ON_DUCKDB, EngineChoice
from competency.services.read_book import read_book

RIVERBEND = Path(__file__).resolve().parents[2] / "policies" / "riverbend"
DAY = date(2026, 11, 2)

Rows = list[tuple[object, ...]]


def rows(program: ir.Program, learners: list[LearnerFacts], engine: EngineChoice = ON_DUCKDB) -> Rows:
    return [(one.decision, one.rule.reference) for one in decide_bucket(program, learners, DAY, None, engine=engine)]


@pytest.fixture(scope="module")
def school(of_examples: Callable[[ResolvedBook], list[LearnerFacts]]) -> tuple[ir.Program, list[LearnerFacts], Rows]:
    book, _ = read_book(RIVERBEND)
    assert book is not None
    assert book.rules.program is not None
    assert book.rules.resolved is not None
    learners = of_examples(book.rules.resolved)
    return book.rules.program, learners, rows(book.rules.program, learners)


def test_neither_the_order_of_rows_nor_a_row_sent_twice_counts(
    school: tuple[ir.Program, list[LearnerFacts], Rows], engine: EngineChoice
) -> None:
    program, learners, wanted = school
    choose = random.Random(7)
    shuffled = [
        LearnerFacts(
            facts.learner,
            {plural: tuple(choose.sample([*some, *some[:1]], len(some) + 1)) for plural, some in facts.tables.items()},
        )
        for facts in learners
    ]
    assert rows(program, shuffled, engine) == wanted


def test_who_is_decided_together_does_not_count(school: tuple[ir.Program, list[LearnerFacts], Rows]) -> None:
    program, learners, wanted = school
    half = len(learners) // 2
    assert rows(program, learners[:half]) + rows(program, learners[half:]) == wanted


def test_what_another_learner_has_shown_does_not_count(school: tuple[ir.Program, list[LearnerFacts], Rows]) -> None:
    program, learners, wanted = school
    other = max(learners, key=lambda facts: len(facts.of("evidence")))
    more = [*learners, LearnerFacts("learner 9999", other.tables)]
    assert rows(program, more)[: len(wanted)] == wanted
