"""docs/formulas.md against the rule language: what it prints is what `competency try` says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from competency.rules.program.formulas import FORMULAS
from competency.services.try_formula import try_formula

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "formulas.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(formulas|rounding)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
# A run is of what a rule says of each score: the page writes yes and no, which are no scores.
LINES = [
    (kind, line) for kind, block in BLOCKS for line in block.splitlines() if not line.startswith("longest run of ")
]


def test_the_page_has_examples_of_all_that_can_be_tried() -> None:
    shown = {words for words in FORMULAS for _, line in LINES if line.startswith(f"{words} ")}
    assert shown == set(FORMULAS) - {"longest run"}
    assert {kind for kind, _ in LINES} == {"formulas", "rounding"}


@pytest.mark.parametrize(("kind", "line"), LINES, ids=[line for _, line in LINES])
def test_a_worked_example_is_what_the_language_gives(kind: str, line: str) -> None:
    left, _, result = line.partition(" = ")
    if kind == "formulas":
        formula, _, scores = left.rpartition(" of ")
        tried = try_formula(formula, scores.replace("blank", ""))
        assert tried.formula == f"{formula} of the scores"
    else:
        value, _, rounding = left.partition(" rounded ")
        tried = try_formula(f"average of the scores rounded {rounding}", value)
    assert tried.diagnostics == ()
    assert tried.exact == result


def test_what_a_page_says_of_several_levels_in_a_run_holds_in_the_language() -> None:
    assert try_formula("longest run of scores that are at least 3", "3, 4, 2, 3, 3, 3, 1").exact == "3"
