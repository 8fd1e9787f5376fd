"""Reach: a decision that a fact is not said to touch comes out the same with and without it, and can be made by itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.decisions import Decision
from competency.model.facts import Fact, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.program import ir
from competency.rules.program.reach import Reach
from competency.testing.strategies import clocks_for, facts_for, rule_texts

ProgramOf = Callable[..., ir.Program]


def by_key(made: list[Explained]) -> dict[tuple[str, tuple[str, ...]], Decision]:
    return {(one.rule.group, one.decision.item): one.decision for one in made}


def without(facts: LearnerFacts, row: Fact) -> LearnerFacts:
    tables = {plural: tuple(each for each in rows if each is not row) for plural, rows in facts.tables.items()}
    return replace(facts, tables=tables)


@settings(max_examples=settings().max_examples // 2)
@given(rule_texts(), st.data())
def test_a_fact_touches_no_decision_but_those_it_is_said_to_touch(
    program_of: ProgramOf, text: str, data: st.DataObject
) -> None:
    program = program_of(text)
    facts = data.draw(facts_for(program))
    rows = [row for rows in facts.tables.values() for row in rows]
    if not rows:
        return
    as_of, known_on = data.draw(clocks_for(program))
    row = data.draw(st.sampled_from(rows))
    superseded = {other.values.get("supersedes") for other in rows}
    touched = Reach(program).touched(row.type, row.values)
    whole = by_key(decide(program, facts, as_of, known_on))
    if touched is None:
        return
    if row.id not in superseded:  # what a row supersedes comes back without it
        before = by_key(decide(program, without(facts, row), as_of, known_on))
        assert {key for key in whole if whole[key] != before.get(key)} <= touched.keys
    part = by_key(decide(program, facts, as_of, known_on, keys=touched.needed))
    assert {key: part[key] for key in touched.keys if key in part} == {
        key: whole[key] for key in touched.keys if key in whole
    }
