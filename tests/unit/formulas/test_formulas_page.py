"""docs/formulas.md says what is so: its worked examples are computed, its settings are those of the formulas."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import get_args

import pytest

from competency.rules.program.formulas import FORMULAS, Setting, apply, check_settings
from competency.rules.program.rounding import Direction, as_decimal_text, rounded

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "formulas.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}
PARTS = ("Equation: ", "Worked example:", "Missing and ties: ", "Source: ")


def lines(text: str, kind: str) -> list[str]:
    """The lines of the fenced blocks of a kind."""
    blocks: list[str] = re.findall(rf"^```{kind}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def number(text: str) -> Fraction:
    return Fraction(text.removesuffix("%")) / 100 if text.endswith("%") else Fraction(text)


def score(text: str) -> Fraction | bool:
    return text == "yes" if text in {"yes", "no"} else number(text)


def settings_of(words: str, text: str) -> dict[str, Fraction | str]:
    """The settings of a formula as its words are followed by them in a rule."""
    if words == "mode":
        return {"ties": text.removeprefix("with ties ")}
    if words == "n mastery":
        n, _, cut = text.partition(" at ")
        return {"n": number(n), "at": number(cut)}
    pairs = (one.split(" ") for one in text.removeprefix("with ").split(", ") if one)
    return {name: number(value) for name, value in pairs}


EXAMPLES = [(words, line) for words in FORMULAS for line in lines(SECTIONS.get(words, ""), "formulas")]


@pytest.mark.parametrize(("words", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_a_worked_example_comes_out_as_printed(words: str, line: str) -> None:
    left, _, result = line.partition(" = ")
    assert left.startswith(f"{words} "), "an example stands under its formula"
    given, found, evidence = left.removeprefix(f"{words} ").rpartition("of ")
    assert found
    settings = settings_of(words, given.strip())
    assert check_settings(words, settings) == ()
    value = apply(words, [score(one) for one in evidence.split(", ") if one != "blank"], settings)
    assert ("not yet known" if value is None else as_decimal_text(value)) == result


ROUNDINGS = lines(SECTIONS["Rounding"], "rounding")


@pytest.mark.parametrize("line", ROUNDINGS)
def test_a_worked_rounding_comes_out_as_printed(line: str) -> None:
    found = re.fullmatch(r"(\S+) rounded (.+) to (\S+) = (\S+)", line)
    assert found is not None
    value, said, step, result = found.groups()
    direction: Direction = next(one for one in get_args(Direction) if one == said)
    assert rounded(Fraction(value), Fraction(step), direction) == Fraction(result)


def test_every_direction_of_rounding_has_a_worked_example() -> None:
    assert all(any(f"rounded {direction} to" in line for line in ROUNDINGS) for direction in get_args(Direction))


def test_every_formula_has_a_section_and_every_section_a_formula() -> None:
    assert list(SECTIONS) == [*FORMULAS, "Rounding"]


@pytest.mark.parametrize("words", FORMULAS)
def test_a_section_has_all_its_parts_in_order_and_an_example(words: str) -> None:
    places = [SECTIONS[words].find(f"\n{part}") for part in PARTS]
    assert -1 not in places
    assert places == sorted(places)
    assert lines(SECTIONS[words], "formulas")


def row(setting: Setting) -> str:
    low, high = (
        f"{end * 100}%" if setting.unit == "%" else as_decimal_text(end) for end in (setting.lowest, setting.highest)
    )
    return f"| `{setting.name}` | {setting.meaning} | {low} | {high} |"


@pytest.mark.parametrize("words", FORMULAS)
def test_the_settings_of_a_section_are_those_of_the_formula(words: str) -> None:
    printed = [line for line in SECTIONS[words].splitlines() if line.startswith("| `")]
    assert printed == [row(setting) for setting in FORMULAS[words].settings]


def test_no_fenced_line_of_the_page_is_passed_over() -> None:
    fenced = re.findall(r"^```([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert {kind for kind, _ in fenced} == {"formulas", "rounding"}
    assert sum(len(block.splitlines()) for _, block in fenced) == len(EXAMPLES) + len(ROUNDINGS)
