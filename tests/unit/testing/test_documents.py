"""Documents that say what is not so: the reader must find it, and name the line."""

from pathlib import Path

import pytest

from competency.testing.documents import DOCUMENT_BYTES_MAX, parse_document, read_document
from competency.testing.run_document import run_document

BOOK = """# Example

```rules
policy example "Example" end
scale Levels from 0 to 4
framework WRITING
  competency ARGUE "Writes an argument"
end
mastery standard
  for each competency in WRITING
  require recent: latest score is at least 3
end
```
"""
EVIDENCE = """
```evidence
learner,competency,score,assessed_on
Ana,ARGUE,4,2026-09-01
```
"""


def found(text: str) -> list[str]:
    return [finding.described for finding in run_document(parse_document(text, "book.md"))]


def test_a_document_that_holds_has_no_findings() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery standard,ARGUE,met\n```\n"
    assert found(BOOK + EVIDENCE + decisions) == []


def test_another_outcome_is_found_on_its_line_with_the_reason() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery standard,ARGUE,not met\n```\n"
    (finding,) = found(BOOK + EVIDENCE + decisions)
    assert finding.startswith("book.md:22: expected not met, and the rules say met: Learner Ana has mastered ARGUE")


@pytest.mark.parametrize(
    ("header", "row", "message"),
    [
        ("because", "breadth", "expected because breadth, and it is recent"),
        ("value", "3", "expected the value 3, and it is not yet known"),
        ("assigned", "ARGUE", "expected assigned ARGUE, and it is none"),
        ("reported", "limit-attempts", "expected reported limit-attempts, and it is none"),
    ],
)
def test_each_column_of_decisions_is_compared(header: str, row: str, message: str) -> None:
    decisions = f"\n```decisions 2026-11-02\nlearner,rule,item,{header}\nAna,mastery standard,ARGUE,{row}\n```\n"
    (finding,) = found(BOOK + EVIDENCE + decisions)
    assert message in finding


def test_a_decision_that_no_rule_makes_is_found() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery other,ARGUE,met\n```\n"
    assert found(BOOK + EVIDENCE + decisions) == ["book.md:22: no rule `mastery other` decides anything about ARGUE"]


def test_facts_pass_the_door_and_their_faults_have_the_line_of_the_document() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery standard,ARGUE,met\n```\n"
    evidence = EVIDENCE.replace("Ana,ARGUE,4", "Ana,ARGUE,5")
    assert found(BOOK + evidence + decisions) == [
        "book.md:17: score: `5` is off the scale Levels, which runs from 0 to 4"
    ]


def test_an_unknown_column_is_named() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery standard,ARGUE,met\n```\n"
    (finding,) = found(BOOK + EVIDENCE.replace("score", "scores") + decisions)
    assert finding.startswith("book.md:16: ")
    assert "Did you mean `score`?" in finding


def test_an_unknown_table_is_named() -> None:
    decisions = "\n```decisions 2026-11-02\nlearner,rule,item,outcome\nAna,mastery standard,ARGUE,met\n```\n"
    (finding,) = found(BOOK + EVIDENCE.replace("```evidence", "```facts grades") + decisions)
    assert finding.startswith("book.md:16: there is no table `grades`")


def test_a_failing_example_is_found() -> None:
    example = (
        '\n```rules\nexample "one" for mastery standard of ARGUE on 2026-11-02\n'
        "  score 4 on 2026-09-01\n  expect not met\nend\n```\n"
    )
    (finding,) = found(BOOK + example)
    assert finding.startswith("book.md:18: CBE801 failing-example: ")


def test_an_error_in_rules_is_found() -> None:
    (finding,) = found(BOOK.replace("latest score", "latest scoer"))
    assert finding.startswith("book.md:11: CBE204 unknown-phrase: ")


WRONG = """
## Wrong

```rules wrong {codes}
flag few
  require few: days present is less than 90%
  #            {marks}
end
```
"""


def test_a_wrong_text_that_raises_its_code_at_the_marked_place_holds() -> None:
    assert found(BOOK + WRONG.format(codes="CBE301", marks="^^^^^^^^^^^^ cannot compare days")) == []


def test_a_wrong_text_that_raises_another_code_is_found() -> None:
    first, second = found(BOOK + WRONG.format(codes="CBE302", marks=""))
    assert first == "book.md:18: CBE302 is to be raised here, and is not"
    assert second.startswith("book.md:19: CBE301 unit-mismatch: ")


def test_a_code_that_is_raised_once_and_named_twice_is_found() -> None:
    assert found(BOOK + WRONG.format(codes="CBE301, CBE301", marks="")) == [
        "book.md:18: CBE301 is to be raised here, and is not"
    ]


def test_a_mark_in_the_wrong_place_is_found() -> None:
    (finding,) = found(BOOK + WRONG.format(codes="CBE301", marks="^^^^^"))
    assert finding == (
        "book.md:19: columns 16 to 20 are marked, and what is raised points at line 19, columns 16 to 27 (`days present`)"
    )


def test_words_beside_a_mark_that_are_not_said_are_found() -> None:
    (finding,) = found(BOOK + WRONG.format(codes="CBE301", marks="^^^^^^^^^^^^ apples and pears"))
    assert finding.startswith("book.md:19: the message is not `apples and pears` but: cannot compare days")


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("rules wrong", "a wrong text names the codes"),
        ("rules wrng CBE301", "rules are `rules`"),
        ("facts", "facts name their table"),
        ("evidence attempts", "facts name their table"),
        ("decisions", "decisions say their date"),
        ("decisions 2026-02-30", "decisions say their date"),
    ],
)
def test_a_fence_that_is_not_understood_is_found(info: str, message: str) -> None:
    (finding,) = found(f"{BOOK}\n```{info}\n```\n")
    assert finding.startswith(f"book.md:15: {message}")


def test_decisions_without_rules_are_found() -> None:
    (finding,) = found("# No rules\n\n```decisions 2026-11-02\nlearner,rule\nAna,mastery standard\n```\n")
    assert finding == "book.md:4: there are decisions and no rules that could make them"


def test_the_preamble_belongs_to_every_section_and_sections_do_not_see_each_other() -> None:
    flag = "flag few\n  require few: days absent is at least 3 days\nend"
    assert found(f"{BOOK}\n## One\n\n```rules\n{flag}\n```\n\n## Two\n\n```rules\n{flag}\n```\n") == []


def test_headings_and_fences_within_fences_are_text() -> None:
    document = parse_document("# Title\n\n~~~text\n## Not a section\n```rules\n```\n~~~\n", "book.md")
    assert [(section.title, section.blocks) for section in document.sections] == [("Title", ())]


def test_a_document_is_read_from_its_file_and_one_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "book.md"
    path.write_text(BOOK, encoding="utf-8")
    assert run_document(read_document(path)) == []
    path.write_text(" " * (DOCUMENT_BYTES_MAX + 1), encoding="utf-8")
    with pytest.raises(ValueError, match="larger than"):
        read_document(path)
