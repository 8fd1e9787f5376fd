"""Moodle's rules of competencies, said in the language: "all children", and points with required children."""

import json
from pathlib import Path
from typing import Any

import pytest

from competency.rules.read_rules import parse_texts, read_rules
from competency.rules.run_examples import run_examples
from competency.source import SourceText

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "mastery_cases" / "moodle_competency_rules.json"

if not DATA.is_file():
    pytest.skip(f"the reference cases are not in {DATA}", allow_module_level=True)

CASES = json.loads(DATA.read_text(encoding="utf-8"))

BOOK = """
policy moodle "Rules of competencies"
  evidence ordered by date assessed
  when evidence is missing: not met
end

scale Proficient from 0 to 1

framework M
  competency M.P "Parent"
{children}
end

mastery child "A child is proficient by its rating"
  for each competency in M
  require rated: the latest score is at least 1
end

mastery parent "The rule of the parent"
  for competency M.P
  when evidence is missing: not yet known
{clauses}
end

example "the case" for mastery parent of M.P on 2026-01-02
  score 0 on 2026-01-01
{scores}
  expect {outcome}
end
"""


def _book(case: dict[str, Any]) -> str:
    """A case as a book: the children with their points, their ratings, the rule of the parent."""
    if case["rule"] == "all":
        children = [(code, 0, 0, proficient) for code, proficient in case["children"].items()]
        clauses = "  require every: all of the parts of it are mastered"
    else:
        children = case["children"]
        clauses = (
            "  require needed: none of the parts of it with required exactly 1 are not mastered\n"
            f"  require points: sum of points of the parts of it that are mastered is at least {case['need']}"
        )
    return BOOK.format(
        children="\n".join(
            f'  competency M.{code} "{code}" of M.P with points {points}, required {required}'
            for code, points, required, _ in children
        ),
        clauses=clauses,
        scores="\n".join(
            f"  score {int(proficient)} of M.{code} on 2026-01-01"
            for code, _, _, proficient in children
            if proficient is not None
        ),
        outcome="met" if case["expected"] else "not met",
    )


def _read(text: str) -> tuple[Any, list[str]]:
    texts, of_texts = parse_texts([SourceText("moodle.rules", text)])
    book, of_book = read_rules(texts, {})
    return book, [each.kind.code for each in (*of_texts, *of_book) if each.is_error]


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["id"])
def test_a_case_decides_as_moodle_does(case: dict[str, Any]) -> None:
    book, errors = _read(_book(case))
    assert errors == []
    (result,) = run_examples(book.resolved, book.program)
    assert [fault.message for fault in result.faults] == []


_NORMAL: dict[str, Any] = {
    "rule": "points",
    "need": 4,
    "children": [["A", 3, 0, True], ["B", 2, 1, True]],
    "expected": 1,
}
_TEXT = _book(_NORMAL)

# How the faults that Moodle refuses look in the language, with the codes that they get.
_FAULTS: dict[str, tuple[str, list[str]]] = {
    "cfg-normal": (_TEXT, []),
    "cfg-empty": (
        _book({**_NORMAL, "rule": "points"}).replace("  require needed", "  # ").replace("  require points", "  # "),
        ["CBE405"],
    ),
    "cfg-missing-need": (_TEXT.replace("is at least 4", "is at least"), ["CBE101", "CBE202"]),
    "cfg-need-not-number": (_TEXT.replace("is at least 4", 'is at least "abc"'), ["CBE301"]),
    "cfg-duplicate-child": (_TEXT.replace("M.B ", "M.A ").replace("of M.B on", "of M.A on"), ["CBE203"]),
    "cfg-self-reference": (_TEXT.replace('"Parent"', '"Parent" of M.P'), ["CBE603"]),
    "cfg-not-a-child": (_TEXT.replace("of M.B on", "of M.C on"), ["CBE201"]),
    "cfg-foreign-framework": (_TEXT.replace("of M.P with points 3", "of X.P with points 3"), ["CBE201"]),
}

# What is no fault in the language, and why.
_ALLOWED = {
    "cfg-need-zero": "a clause that always holds may be meant; a board reads it as it stands",
    "cfg-unreachable": "the points stand in data that may change; a learner is then told what is missing",
    "cfg-negative-points": "points are data of the book's own, and may take away",
    "cfg-no-children": "`all of` no parts is not met, and so says the decision",
}


def test_every_static_check_is_shown_or_has_its_reason() -> None:
    assert {case["id"] for case in CASES["static_checks"]} == {*_FAULTS, *_ALLOWED}


@pytest.mark.parametrize("fault", _FAULTS)
def test_a_fault_gets_its_code(fault: str) -> None:
    text, codes = _FAULTS[fault]
    _, errors = _read(text)
    assert errors == codes
