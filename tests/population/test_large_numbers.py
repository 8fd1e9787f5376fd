"""Numbers that are large and fine at once have no whole number in a column: they are left to the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.population.lay_out import lay_out
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

BOOK = """
policy small "Small"
  version "1"
end
flag days "Days"
  require present: days present is at least 3 days
end
"""


def test_a_column_of_large_and_fine_numbers_is_the_interpreters(decides_alike: Callable[..., int]) -> None:
    parsed, _ = parse_texts([SourceText("small.rules", BOOK)])
    read, of_book = read_rules(parsed, {})
    assert read.program is not None, [one.message for one in of_book]
    present = [Fraction(10**15), Fraction(1, 10**9)]
    learners = [_present(f"L{number}", days) for number, days in enumerate(present)]
    column = lay_out(read.program, learners).at_hand.tables["attendance"].columns["days_present"]
    assert column.reason == "the numbers of `days_present` have too many digits"
    assert decides_alike(read.program, learners, date(2026, 11, 2)) == 2


def _present(learner: str, days: Fraction) -> LearnerFacts:
    values: dict[str, FactValue] = {"learner": learner, "begins_on": date(2026, 8, 17), "days_present": days}
    row = Fact("attendance", f"{learner}||2026-08-17", values)
    return LearnerFacts(learner, {"learners": (Fact("learners", learner, {"learner": learner}),), "attendance": (row,)})
