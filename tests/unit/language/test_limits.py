"""What goes on and on is refused with its limit, and never overflows a reader of the tree."""

import pytest

from competency.rules.language.format import format_text
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

MANY = 3_000

BOOK = """policy p "P"
  months round down
end
scale S
  Low = 1
  High = 4
end
methods test
framework M
  competency M.A "A"
end
mastery m "M"
  for each competency in M
  require r: {clause}
end
"""

CLAUSES = {
    "terms": "1 * " * MANY + "1 is at least 1",
    "sums": "1 + " * MANY + "1 is at least 1",
    "shifts": "1 day after " * MANY + "2026-01-01 is after 2026-01-01",
    "roundings": "(1) " + "rounded up to 1 " * MANY + "is at least 1",
    "extremes": "the larger of 1 and " * MANY + "1 is at least 1",
    "modifiers": "number of scores " + "by test " * MANY + "is at least 1",
    "adjectives": "number of " + "failed " * MANY + "attempts is at least 1",
    "chains of of": "number of " + "scores of " * MANY + "it is at least 1",
    "parentheses": "(" * 20_000 + "1" + ")" * 20_000 + " is at least 1",
    "negations": "not (" * MANY + "1 is at least 1" + ")" * MANY,
    "minus signs": "- " * MANY + "1 is at least 1",
}


@pytest.mark.parametrize("clause", CLAUSES.values(), ids=CLAUSES)
def test_a_clause_without_end_gets_a_diagnostic_or_a_meaning(clause: str) -> None:
    source = SourceText("limits.rules", BOOK.format(clause=clause))
    texts, of_text = parse_texts([source])
    _, of_book = read_rules(texts, {})
    format_text(source)
    codes = {each.kind.code for each in of_text if each.is_error}
    if clause.startswith("- "):
        assert codes == set()  # an even number of signs is none
    else:
        assert codes == {"CBE104"}
    assert not any("recursion" in each.message for each in of_book)


@pytest.mark.parametrize(("rows", "codes"), [(500, []), (501, ["CBE106"])])
def test_a_table_in_a_text_has_a_limit(rows: int, codes: list[str]) -> None:
    lines = "\n".join(f'  row "{number}" gives {number}' for number in range(rows - 1))
    text = f"""policy p "P" end
table t "T"
  given code text
  gives number
{lines}
  row any other gives 0
end
"""
    texts, of_text = parse_texts([SourceText("table.rules", text)])
    _, of_book = read_rules(texts, {})
    assert [each.kind.code for each in (*of_text, *of_book) if each.is_error] == codes


@pytest.mark.parametrize("joint", ["and", "or"])
def test_a_long_row_of_conditions_is_no_nesting(joint: str) -> None:
    clause = f" {joint} ".join(["number of scores is at least 1"] * 1_000)
    texts, of_text = parse_texts([SourceText("row.rules", BOOK.format(clause=clause))])
    book, of_book = read_rules(texts, {})
    assert [each.message for each in (*of_text, *of_book) if each.is_error] == []
    assert book.program is not None
