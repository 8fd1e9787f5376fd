"""Books that are made up, on learners who are made up at their boundaries: all learners at once as one by one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.facts import LearnerFacts
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText
from competency.testing.strategies import clocks_for, facts_for, rule_texts

LEARNERS = 5

# A book costs about a second: most of it is the text of the queries.
VALUES_A_BOOK = 10


def test_made_up_books_are_decided_alike(
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
        learners = [with_name(data.draw(facts_for(program)), f"learner {number}") for number in range(LEARNERS)]
        as_of, known_on = data.draw(clocks_for(program))
        decides_alike(program, learners, as_of, known_on)

    a_book()
