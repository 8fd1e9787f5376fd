"""Which days a program compares the day of decision with, and where it reads that day in another way."""

from __future__ import annotations

from datetime import date

import pytest

from competency.rules.program.days_read import days_read
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

BOOK = """language 1
policy district "A policy"
  version "1"
  {begins}
  evidence ordered by date assessed, ties highest first
  when evidence is missing: not yet known
end
flag some "Something"
  require it: {condition}
end
"""


@pytest.mark.parametrize(
    ("begins", "condition", "days"),
    [
        ("", "number of attempts is at least 1", frozenset()),
        ("in effect from 2026-07-01", "number of attempts is at least 1", {date(2026, 7, 1)}),
        ("in effect from 2026-07-01", "age is at least 12", None),
        ("", "number of attempts in the school year is at least 1", None),
    ],
)
def test_days_with_which_the_day_is_compared(begins: str, condition: str, days: frozenset[date] | None) -> None:
    parsed, _ = parse_texts([SourceText("some.rules", BOOK.format(begins=begins, condition=condition))])
    program = read_rules(parsed, {})[0].program
    assert program is not None
    assert days_read(program) == days
