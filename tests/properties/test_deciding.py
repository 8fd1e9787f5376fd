"""Deciding: any facts get decisions; neither the order of rows nor a row sent twice counts; unknown stays sound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.decisions import Outcome
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.wording import sentence
from competency.rules.program import ir
from competency.testing.strategies import clocks_for, facts_for, rule_texts

ProgramOf = Callable[..., ir.Program]

books = settings(max_examples=settings().max_examples // 4)  # a book costs as much as many small values


def asks_whether_a_conclusion_is_known(program: ir.Program) -> bool:
    """Whether a rule asks if something is missing that comes from another rule, perhaps by way of a named value."""
    for rule in program.rules:
        from_rules = {
            let.name for let in rule.lets if any(isinstance(node, ir.Conclusion) for node in ir.walk(let.value))
        }
        for root in ir.rule_nodes(rule):
            for node in ir.walk(root):
                if isinstance(node, ir.Apply) and node.operator == "known":
                    for part in ir.walk(node):
                        if isinstance(part, ir.Conclusion) or (
                            isinstance(part, ir.Variable) and part.name in from_rules
                        ):
                            return True
    return False


@books
@given(rule_texts(), st.data())
def test_every_decision_of_a_program_is_made_whatever_the_facts(
    program_of: ProgramOf, text: str, data: st.DataObject
) -> None:
    program = program_of(text)
    facts = data.draw(facts_for(program))
    as_of, known_on = data.draw(clocks_for(program))
    made = decide(program, facts, as_of, known_on)
    scheduled = dict.fromkeys((program.rules[index].group, codes) for index, codes in program.schedule)
    # of several versions, those that govern decide; where none is known not to, an item has a decision of each
    assert list(dict.fromkeys((one.rule.group, one.decision.item) for one in made)) == list(scheduled)
    for one in made:
        assert one.decision.outcome is not None
        assert set(one.decision.evidence) <= {row.id for rows in facts.tables.values() for row in rows}
        assert sentence(one).endswith(".")


@books
@given(rule_texts(), st.data())
def test_neither_the_order_of_rows_nor_a_row_sent_twice_counts(
    program_of: ProgramOf, text: str, data: st.DataObject
) -> None:
    program = program_of(text)
    facts = data.draw(facts_for(program))
    as_of, known_on = data.draw(clocks_for(program))
    twice = {
        plural: tuple(data.draw(st.permutations([*rows, *data.draw(st.lists(st.sampled_from(rows), max_size=2))])))
        for plural, rows in facts.tables.items()
    }
    shuffled = LearnerFacts(facts.learner, twice)
    wanted = [one.decision for one in decide(program, facts, as_of, known_on)]
    assert [one.decision for one in decide(program, shuffled, as_of, known_on)] == wanted


@books
@given(rule_texts(), st.data())
def test_what_is_recorded_later_does_not_count_yet(program_of: ProgramOf, text: str, data: st.DataObject) -> None:
    program = program_of(text)
    facts = data.draw(facts_for(program))
    as_of, known_on = data.draw(clocks_for(program))
    if known_on is None:
        return
    known = {
        plural: tuple(
            row
            for row in rows
            if row.values.get("recorded_at") is None or row.values["recorded_at"] <= known_on  # type: ignore[operator]
        )
        for plural, rows in facts.tables.items()
    }
    wanted = decide(program, replace(facts, tables=known), as_of, known_on)
    assert [one.decision for one in decide(program, facts, as_of, known_on)] == [one.decision for one in wanted]


@books
@given(rule_texts(), st.data())
def test_a_conclusion_that_becomes_unknown_settles_nothing_otherwise(
    program_of: ProgramOf, text: str, data: st.DataObject
) -> None:
    """Kleene monotonicity: fewer conclusions known leave each decision as it was, or not yet known.

    It cannot hold where a rule asks whether another rule's value is missing: such a question is made to notice.
    """
    program = program_of(text)
    if asks_whether_a_conclusion_is_known(program):
        return
    facts = data.draw(facts_for(program))
    as_of, known_on = data.draw(clocks_for(program))
    all_known = decide(program, facts, as_of, known_on)
    concluded = [(one.rule.group, one.decision.item) for one in all_known]
    hidden = data.draw(st.sets(st.sampled_from(concluded)))
    some_known = decide(program, facts, as_of, known_on, given=dict.fromkeys(hidden))  # type: ignore[arg-type]
    for before, after in zip(all_known, some_known, strict=True):
        if after.decision.outcome is not Outcome.NOT_YET_KNOWN:
            assert after.decision.outcome is before.decision.outcome, after.rule.reference
            assert after.decision.value in {None, before.decision.value}, after.rule.reference
