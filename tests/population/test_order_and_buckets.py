"""What must not matter: the order of rows, a row sent twice, names, who is decided together, what others have shown."""

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

from competency.model.decisions import Decision
from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.decide_population import decide_bucket, decide_population
from competency.services.engines import EngineChoice
from competency.services.read_book import read_book
from competency.source import SourceText
from competency.testing.strategies import clocks_for, facts_for, rule_texts

POLICIES = Path(__file__).resolve().parents[2] / "policies"
DAY = date(2026, 11, 2)

Rows = list[tuple[Decision, str]]
School = tuple[ir.Program, list[LearnerFacts], Rows]

# Books about names cost twice what others cost.
VALUES_A_BOOK = 25
# Codes of made-up books; renamed, the last in the alphabet comes first.
CODES = re.compile(r"\b(MATH\.|MET\.|ALG|L)([ABC]|S\d|\d)\b")
RENAMED = {"A": "z", "B": "y", "C": "x", "S0": "w", "S1": "v", "S2": "u", "0": "t", "1": "s", "2": "r", "3": "q"}


class _Known:
    """Facts of learners who are held in memory."""

    def __init__(self, learners: Sequence[LearnerFacts]) -> None:
        self._by_name = {facts.learner: facts for facts in learners}
        self.learners = tuple(self._by_name)
        self.shared: dict[str, tuple[Fact, ...]] = {}

    def for_learner(self, learner: str) -> LearnerFacts:
        return self._by_name[learner]

    def __contains__(self, learner: object) -> bool:
        return learner in self._by_name


def rows(program: ir.Program, learners: Sequence[LearnerFacts], engine: EngineChoice) -> Rows:
    return [(one.decision, one.rule.reference) for one in decide_bucket(program, learners, DAY, None, engine=engine)]


def school(name: str, of_examples: Callable[[ResolvedBook], list[LearnerFacts]], engine: EngineChoice) -> School:
    book, _ = read_book(POLICIES / name)
    assert book is not None
    assert book.rules.program is not None
    assert book.rules.resolved is not None
    learners = of_examples(book.rules.resolved)
    return book.rules.program, learners, rows(book.rules.program, learners, engine)


@pytest.fixture(scope="module")
def large(of_examples: Callable[[ResolvedBook], list[LearnerFacts]], engine: EngineChoice) -> School:
    return school("riverbend", of_examples, engine)


@pytest.fixture(scope="module")
def small(of_examples: Callable[[ResolvedBook], list[LearnerFacts]], engine: EngineChoice) -> School:
    return school("louisiana-credit-recovery", of_examples, engine)


def test_neither_the_order_of_rows_nor_a_row_sent_twice_counts(large: School, engine: EngineChoice) -> None:
    program, learners, wanted = large
    choose = random.Random(7)
    shuffled = [
        LearnerFacts(
            facts.learner,
            {plural: tuple(choose.sample([*some, *some[:1]], len(some) + 1)) for plural, some in facts.tables.items()},
        )
        for facts in learners
    ]
    assert rows(program, shuffled, engine) == wanted


def test_every_row_sent_twice_counts_once(small: School, engine: EngineChoice) -> None:
    program, learners, wanted = small
    twice = [
        LearnerFacts(one.learner, {plural: (*some, *some) for plural, some in one.tables.items()}) for one in learners
    ]
    assert rows(program, twice, engine) == wanted


@pytest.mark.parametrize("size", [1, 2, 7])
def test_who_is_decided_together_does_not_count(small: School, engine: EngineChoice, size: int) -> None:
    program, learners, wanted = small
    some = learners[:7]
    names = [facts.learner for facts in some]
    decided = decide_population(program, _Known(some), names, DAY, None, engine=engine, bucket=size)
    assert [(one.decision, one.rule.reference) for one in decided] == [row for row in wanted if row[0].learner in names]


def test_what_another_learner_has_shown_does_not_count(large: School, engine: EngineChoice) -> None:
    program, learners, wanted = large
    other = max(learners, key=lambda facts: len(facts.of("evidence")))
    more = [*learners, LearnerFacts("learner 9999", other.tables)]
    assert rows(program, more, engine)[: len(wanted)] == wanted


def test_decisions_go_with_the_names_of_learners(
    small: School, engine: EngineChoice, with_name: Callable[[LearnerFacts, str], LearnerFacts]
) -> None:
    program, learners, wanted = small
    names = {facts.learner: f"{len(learners) - number:04} was {facts.learner}" for number, facts in enumerate(learners)}
    renamed = [with_name(facts, names[facts.learner]) for facts in reversed(learners)]
    found = rows(program, renamed, engine)
    moved = [(replace(decision, learner=names[decision.learner]), rule) for decision, rule in wanted]
    assert sorted(found, key=_place) == sorted(moved, key=_place)


def _place(row: tuple[Decision, str]) -> tuple[str, str, tuple[str, ...], str]:
    decision, rule = row
    return decision.learner, rule, decision.item, decision.outcome.value if decision.outcome else ""


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
    books: Callable[[int], settings], engine: EngineChoice, with_name: Callable[[LearnerFacts, str], LearnerFacts]
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

        def decided(by: ir.Program, of: Sequence[LearnerFacts], name: Callable[[str], str]) -> Iterator[object]:
            for one in decide_bucket(by, of, as_of, known_on, engine=engine):
                made = one.decision
                item, assigned = tuple(map(name, made.item)), tuple(sorted(map(name, made.assigned)))
                value = name(made.value) if isinstance(made.value, str) else made.value
                yield (
                    made.learner,
                    one.rule.kind,
                    name(made.rule),
                    item,
                    made.outcome,
                    value,
                    made.determining,
                    assigned,
                )

        moved = set(decided(program, learners, renamed_code))
        assert set(decided(other, list(map(with_other_codes, learners)), str)) == moved

    a_book()
