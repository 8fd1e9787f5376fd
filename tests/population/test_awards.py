"""Recorded awards stand, are revoked or have had their time, for all learners at once as for one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.facts import AWARDS, Fact, FactValue, LearnerFacts
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText
from competency.testing.strategies import clocks_for, facts_for, rule_texts

VALUES_A_BOOK = 12
LEARNERS, AWARDS_MAX = 4, 5
MONTHS = st.none() | st.integers(1, 12).map(lambda month: datetime(2026, month, 1, tzinfo=UTC))


@st.composite
def an_award(draw: st.DrawFn, rules: list[ir.Rule], number: int) -> Fact:
    """An award of what one of the rules concludes, perhaps revoked, perhaps learnt of later."""
    rule = draw(st.sampled_from(rules))
    values: dict[str, FactValue] = {column.name: None for column in AWARDS.columns}
    awarded_on = date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 800)))
    values |= {
        "award_id": f"award {number}",
        "learner": "",
        "award": draw(st.sampled_from([rule.kind, rule.reference])),
        "awarded_on": awarded_on,
        "recorded_at": draw(MONTHS),
        "revocation_recorded_at": draw(MONTHS),
    }
    for variable, code in zip(rule.scope, draw(st.sampled_from(rule.about)), strict=True):
        values["competency" if variable.kind == "skill" else variable.kind] = code
    if draw(st.booleans()):
        values["revoked_on"] = awarded_on + timedelta(days=draw(st.integers(0, 300)))
    return Fact(AWARDS.plural, f"award {number}", values)


def test_awards_are_read_alike(
    books: Callable[[int], settings],
    decides_alike: Callable[..., int],
    with_name: Callable[[LearnerFacts, str], LearnerFacts],
) -> None:
    @books(VALUES_A_BOOK)
    @given(rule_texts(), st.data())
    def a_book(text: str, data: st.DataObject) -> None:
        parsed, _ = parse_texts([SourceText("made up.rules", text)])
        program = read_rules(parsed, {})[0].program
        assert program is not None
        awarded = [rule for rule in program.rules if rule.awards is not None and rule.about]
        learners = []
        for number in range(LEARNERS):
            facts = data.draw(facts_for(program))
            further = [data.draw(an_award(awarded, place)) for place in range(AWARDS_MAX)] if awarded else []
            tables = {**facts.tables, AWARDS.plural: (*facts.of(AWARDS.plural), *further)}
            learners.append(with_name(LearnerFacts("", tables), f"learner {number}"))
        as_of, known_on = data.draw(clocks_for(program))
        decides_alike(program, learners, as_of, known_on)

    a_book()
