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
from competency.services.engines import DUCKDB, EngineChoice
from competency.services.read_book import read_book

RIVERBEND = Path(__file__).resolve().parents[2] / "policies" / "riverbend"
DAY = date(2026, 11, 2)

Rows = tuple[list[tuple[str, ...]], ...]
Together = Callable[..., Rows]
School = tuple[ir.Program, list[LearnerFacts], Rows]


@pytest.fixture(scope="module")
def school(of_examples: Callable[[ResolvedBook], list[LearnerFacts]], together: Together) -> School:
    book, _ = read_book(RIVERBEND)
    assert book is not None
    assert book.rules.program is not None
    assert book.rules.resolved is not None
    learners = of_examples(book.rules.resolved)
    return book.rules.program, learners, together(book.rules.program, learners, DAY)


def test_neither_the_order_of_rows_nor_a_row_sent_twice_counts(
    school: School, together: Together, engine: EngineChoice
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
    assert together(program, shuffled, DAY, engine=engine) == wanted


@pytest.mark.parametrize(("size", "workers"), [(1, 3), (5, 2), (16, 1), (33, 4), (1000, 2)])
def test_who_is_decided_together_does_not_count(school: School, together: Together, size: int, workers: int) -> None:
    program, learners, wanted = school
    assert together(program, learners, DAY, engine=EngineChoice(DUCKDB, workers=workers), size=size) == wanted


def test_what_another_learner_has_shown_does_not_count(school: School, together: Together) -> None:
    program, learners, wanted = school
    other = max(learners, key=lambda facts: len(facts.of("evidence")))
    more = together(program, [*learners, LearnerFacts("learner 9999", other.tables)], DAY)
    assert [rows[: len(some)] for rows, some in zip(more, wanted, strict=True)] == list(wanted)
    assert len(more[0]) > len(wanted[0])
