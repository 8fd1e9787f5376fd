"""What the property tests share: a book read whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

ProgramOf = Callable[..., ir.Program]


@pytest.fixture(scope="session")
def program_of() -> ProgramOf:
    """Texts without attached files to the program of the book, which must check."""

    def read(*texts: str) -> ir.Program:
        parsed, of_texts = parse_texts([SourceText(f"{number}.rules", text) for number, text in enumerate(texts)])
        book, of_book = read_rules(parsed, {})
        errors = [each.message for each in (*of_texts, *of_book) if each.is_error]
        assert book.program is not None, errors
        return book.program

    return read
