"""Comparisons written as other languages write them: the message says the words, and the edit puts them there."""

from __future__ import annotations

import pytest

from competency.diagnostics.apply_fixes import apply
from competency.rules.language.parse import parse
from competency.source import SourceText

TEXT = "flag f\n  require a: number of attempts {} 2\nend\n"


@pytest.mark.parametrize(
    ("sign", "words"),
    [
        (">=", "is at least"),
        ("≥", "is at least"),
        ("<=", "is at most"),
        (">", "is more than"),
        ("<", "is less than"),
        ("=", "is exactly"),
        ("==", "is exactly"),
        ("is >=", "is at least"),
    ],
)
def test_a_sign_of_comparison_is_put_into_words(sign: str, words: str) -> None:
    text = TEXT.format(sign)
    _, (found,) = parse(SourceText("book.rules", text))
    assert found.kind.code == "CBE103"
    (fix,) = found.fixes
    assert apply(text, fix.edits) == TEXT.format(words)


def test_a_bare_number_after_is_asks_how_it_compares() -> None:
    _, (found,) = parse(SourceText("book.rules", TEXT.format("is")))
    assert found.fixes[0].text == "say how it compares: `exactly 2`, `at least 2` or `at most 2`"
