"""docs/card.md: it is what `competency card` prints, it leaves out nothing of the grammar, and it fits two pages.

To write it anew: pytest tests/meta/test_reference_card.py --regenerate
"""

from pathlib import Path

import pytest

from competency.cli.application import run_application
from competency.rules.language.patterns import PLACEHOLDERS, grammar_rules, patterns
from competency.services.reference_card import reference_card, shown_rules

CARD = Path(__file__).resolve().parents[2] / "docs" / "card.md"
LINES_MAX = 120  # two pages of small print
# Rules that hold others together, and the pieces of `with NAME VALUE`.
INNER = {"start", "assignment", "setting"}


def test_the_card_is_what_the_command_prints(regenerates: bool, capsys: pytest.CaptureFixture[str]) -> None:
    if regenerates:
        CARD.write_text(reference_card(), encoding="utf-8")
    assert run_application(["card"]) == 0
    assert capsys.readouterr().out == CARD.read_text(encoding="utf-8")


def test_every_rule_of_the_grammar_is_shown_or_is_a_word_of_the_readers() -> None:
    assert sorted(set(grammar_rules()) - shown_rules() - set(PLACEHOLDERS) - INNER) == []


def test_the_card_fits_two_pages() -> None:
    assert len(reference_card().splitlines()) <= LINES_MAX


def test_a_pattern_reads_as_a_line_is_written() -> None:
    assert [pattern.words for pattern in patterns("limit_period")] == ["per school year", "in all"]
    assert [pattern.words for pattern in patterns("window")][1] == "latest | best | first"
