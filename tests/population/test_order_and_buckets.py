"""What must not count does not: the order of rows, a row that is sent twice, names, who is decided together."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.engines import DUCKDB, EngineChoice
from competency.services.read_book import read_book
from competency.services.write_decisions import ASSIGNED_COLUMNS, DECISION_COLUMNS
from competency.source import SourceText
from competency.testing.strategies import clocks_for, facts_for, rule_texts

POLICIES = Path(__file__).resolve().parents[2] / "policies"
DAY = date(2026, 11, 2)

Rows = tuple[list[tuple[str, ...]], ...]
Together = Callable[..., Rows]
School = tuple[ir.Program, list[LearnerFacts], Rows]

# Books about names cost twice what others cost.
VALUES_A_BOOK = 25
# Codes of made-up books; renamed, the last in the alphabet comes first.
CODES = re.compile(r"\b(MATH\.|MET\.|ALG|L)([ABC]|S\d|\d)\b")
RENAMED = {"A": "z", "B": "y", "C": "x", "S0": "w", "S1": "v", "S2": "u", "0": "t", "1": "s", "2": "r", "3": "q"}
# What a decision says, and what it assigns, whatever the order of codes is.
SAID = [DECISION_COLUMNS.index(name) for name in DECISION_COLUMNS[:7]]
GIVEN = [ASSIGNED_COLUMNS.index(name) for name in ASSIGNED_COLUMNS if name != "place"]


def school(
    name: str, of_examples: Callable[[ResolvedBook], list[LearnerFacts]], together: Together, engine: EngineChoice
) -> School:
    book, _ = read_book(POLICIES / name)
    assert book is not None
    assert book.rules.program is not None
    assert book.rules.resolved is not None
    learners = of_examples(book.rules.resolved)
    return book.rules.program, learners, together(book.rules.program, learners, DAY, engine=engine)


@pytest.fixture(scope="module")
def large(
    of_examples: Callable[[ResolvedBook], list[LearnerFacts]], together: Together, engine: EngineChoice
) -> School:
    return school("riverbend", of_examples, together, engine)


@pytest.fixture(scope="module")
def small(
    of_examples: Callable[[ResolvedBook], list[LearnerFacts]], together: Together, engine: EngineChoice
) -> School:
    return school("louisiana-credit-recovery", of_examples, together, engine)


def test_neither_the_order_of_rows_nor_a_row_sent_twice_counts(
    large: School, together: Together, engine: EngineChoice
) -> None:
    program, learners, wanted = large
    choose = random.Random(7)
    shuffled = [
        LearnerFacts(
            facts.learner,
            {
                plural: tuple(choose.sample([*rows, *rows[:3]], len(rows) + len(rows[:3])))
                for plural, rows in facts.tables.items()
            },
        )
        for facts in learners
    ]
    assert together(program, shuffled, DAY, engine=engine) == wanted


def test_every_row_sent_twice_counts_once(small: School, together: Together, engine: EngineChoice) -> None:
    program, learners, wanted = small
    twice = [
        LearnerFacts(one.learner, {plural: (*some, *some) for plural, some in one.tables.items()}) for one in learners
    ]
    assert together(program, twice, DAY, engine=engine) == wanted


@pytest.mark.parametrize("size", [1, 2, 7])
def test_who_is_decided_together_does_not_count(
    small: School, together: Together, engine: EngineChoice, size: int
) -> None:
    program, learners, wanted = small
    some = learners[:7]
    names = [facts.learner for facts in some]
    found = together(program, some, DAY, engine=engine, size=size)
    assert found == tuple([row for row in rows if row[0] in names] for rows in wanted)


@pytest.mark.parametrize(("size", "workers"), [(1, 3), (5, 2), (16, 1), (33, 4), (1000, 2)])
def test_who_is_decided_side_by_side_does_not_count(large: School, together: Together, size: int, workers: int) -> None:
    program, learners, wanted = large
    assert together(program, learners, DAY, engine=EngineChoice(DUCKDB, workers=workers), size=size) == wanted


def test_what_another_learner_has_shown_does_not_count(large: School, together: Together, engine: EngineChoice) -> None:
    program, learners, wanted = large
    other = max(learners, key=lambda facts: len(facts.of("evidence")))
    more = together(program, [*learners, LearnerFacts("learner 9999", other.tables)], DAY, engine=engine)
    assert [rows[: len(some)] for rows, some in zip(more, wanted, strict=True)] == list(wanted)
    assert len(more[0]) > len(wanted[0])


def test_decisions_go_with_the_names_of_learners(
    small: School,
    together: Together,
    engine: EngineChoice,
    with_name: Callable[[LearnerFacts, str], LearnerFacts],
) -> None:
    program, learners, wanted = small
    names = {facts.learner: f"{len(learners) - number:04} was {facts.learner}" for number, facts in enumerate(learners)}
    renamed = [with_name(facts, names[facts.learner]) for facts in reversed(learners)]
    found = together(program, renamed, DAY, engine=engine)
    for rows, some in zip(found, wanted, strict=True):
        assert sorted(rows) == sorted((names[learner], *rest) for learner, *rest in some)


def renamed_code(text: str) -> str:
    """A text with other codes in the place of its own, in another order of the alphabet."""
    return CODES.sub(lambda found: f"{found[1]}{RENAMED[found[2]]}{found[2]}", text)


def with_other_codes(facts: LearnerFacts) -> LearnerFacts:
    def value(of: FactValue) -> FactValue:
        return renamed_code(of) if isinstance(of, str) else of

    def fact(row: Fact) -> Fact:
        return replace(row, values={name: value(of) for name, of in row.values.items()})

    return LearnerFacts(facts.learner, {plural: tuple(map(fact, some)) for plural, some in facts.tables.items()})


def test_decisions_go_with_the_names_of_items(
    books: Callable[[int], settings],
    together: Together,
    engine: EngineChoice,
    with_name: Callable[[LearnerFacts, str], LearnerFacts],
) -> None:
    def program_of(text: str) -> ir.Program:
        program = read_rules(parse_texts([SourceText("made up.rules", text)])[0], {})[0].program
        assert program is not None
        return program

    @books(VALUES_A_BOOK)
    @given(rule_texts(), st.data())
    def a_book(text: str, data: st.DataObject) -> None:
        program, other = program_of(text), program_of(renamed_code(text))
        learners = [with_name(data.draw(facts_for(program)), f"learner {number}") for number in range(3)]
        as_of, known_on = data.draw(clocks_for(program))

        def decided(
            by: ir.Program, of: Sequence[LearnerFacts], name: Callable[[str], str]
        ) -> Iterator[tuple[str, ...]]:
            decisions, assigned, _ = together(by, of, as_of, known_on, engine)
            for rows, columns in ((decisions, SAID), (assigned, GIVEN)):
                yield from (tuple(name(row[column]) for column in columns) for row in rows)

        moved = set(decided(program, learners, renamed_code))
        assert set(decided(other, list(map(with_other_codes, learners)), str)) == moved

    a_book()
