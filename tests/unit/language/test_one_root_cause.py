"""One root cause is one diagnostic, however much relies on it."""

from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

BOOK = """policy p "P" end
scale S
  Low = 1
  High = 4
end
framework MATH
  competency M.A "A"
end
catalog
  course ALG "Algebra" worth 1 credit covers M.A
end
parameter cut "Cut"
  is 2 from 2020-01-01 until 2021-01-01
  is 3 from 2022-01-01
end
mastery m "M"
  for each competency in {framework}
  require r: the latest score is at least {cut}
end
credit c "C"
  for each course in catalog
  require every: all of the competencies of the course are mastered
end
measure share "Share"
  for each course in catalog
  value share of the competencies of the course that are mastered
end
example "one" for mastery m of M.A on 2026-01-01
  expect not yet known
end
example "two" for credit c of ALG on 2026-01-01
  given M.A is mastered
  expect met
end
"""


def _errors(text: str) -> list[str]:
    texts, of_texts = parse_texts([SourceText("a.rules", text)])
    _, of_book = read_rules(texts, {})
    return [each.message for each in (*of_texts, *of_book) if each.is_error]


def test_a_misspelt_framework_is_told_once() -> None:
    assert _errors(BOOK.format(framework="MAHT", cut="2").replace("until 2021-01-01", "until 2022-01-01")) == [
        "there is no framework, catalog or continuum `MAHT`"
    ]


def test_a_hole_in_a_parameter_is_told_once() -> None:
    assert _errors(BOOK.format(framework="MATH", cut="cut")) == ["`cut` has no value on 2021-01-01"]


def test_an_item_that_is_a_part_of_itself_is_told_in_words() -> None:
    text = BOOK.format(framework="MATH", cut="2").replace("until 2021-01-01", "until 2022-01-01")
    assert _errors(text.replace('"A"', '"A" of M.A', 1)) == ["the order goes in a circle: M.A is a part of M.A"]
