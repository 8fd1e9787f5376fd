"""School days are those that a file lists; between two dates they are counted, the first one included."""

from __future__ import annotations

from pathlib import Path

import pytest

from competency.rules.run_examples import run_examples
from competency.services.read_book import read_book

RULES = """policy p "P"
end
calendar
  school days from "days.csv"
end
measure taught
  value school days between 2026-11-02 and 2026-11-09
end
flag in_time
  require days: school days between entered_on and decision date is at most 3 school days
end
example "four days of school in the week, one was a holiday" for measure taught on 2026-11-02
  expect value 4 school days
end
example "three school days later, with a weekend between" for flag in_time on 2026-11-09
  given learner: entered_on 2026-11-04
  expect met
end
example "four" for flag in_time on 2026-11-10
  given learner: entered_on 2026-11-04
  expect not met
end
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "competency.toml").write_text('title = "P"\n')
    (tmp_path / "p.rules").write_text(RULES)
    (tmp_path / "days.csv").write_text("day,note\n2026-11-02,\n2026-11-04,\n2026-11-05,\n2026-11-06,\n2026-11-09,\n")
    return tmp_path


def test_school_days_are_counted_from_one_day_on_and_before_another(book: Path) -> None:
    read, diagnostics = read_book(book)
    assert read is not None
    assert read.rules.resolved is not None
    assert read.rules.program is not None, diagnostics
    faults = [
        fault.message for result in run_examples(read.rules.resolved, read.rules.program) for fault in result.faults
    ]
    assert faults == []


def test_a_cell_that_is_no_date_is_told_with_its_line(book: Path) -> None:
    (book / "days.csv").write_text("day,note\n2026-11-02,\nMonday,\n")
    _, diagnostics = read_book(book)
    assert [one.message for one in diagnostics if one.is_error][:1] == ["`Monday` is no date"]
