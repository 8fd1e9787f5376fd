"""By what an indicator tells groups apart is a name where it is a text; a year or a date is what its learners have."""

from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

TEXT = """\
language 1
policy district "District"
end
indicator on_time "On time"
  for each school and graduating_class
  value share of learners where (graduating_class is exactly 2027)
end
"""


def test_a_year_by_which_learners_are_told_apart_is_compared_with_a_year() -> None:
    texts, problems = parse_texts([SourceText("book.rules", TEXT)])
    assert not problems
    book, problems = read_rules(texts, {}, ())
    assert [each.message for each in problems if each.is_error] == []
    assert book.program is not None
