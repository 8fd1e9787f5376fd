"""A text with everything that makes underlining hard, and spans in it found by their words."""

from collections.abc import Callable

import pytest

from competency.source import SourceText, Span

BOOK = SourceText(
    "book/mastery.rules",
    "mastery standard\n\tfor each 能力 in MATHS\n  require recent: 😀 is at least Proficent\nend\n",
)

SpanOf = Callable[..., Span]


@pytest.fixture
def book() -> SourceText:
    return BOOK


@pytest.fixture
def span_of() -> SpanOf:
    def find(words: str, source: SourceText = BOOK) -> Span:
        start = source.text.index(words)
        return Span(source, start, start + len(words))

    return find
