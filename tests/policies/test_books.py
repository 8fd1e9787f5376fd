"""Every policy book of the repository: nothing wrong, nothing to explain, every example as expected."""

from pathlib import Path

import pytest

from competency.rules.language.format import format_text
from competency.rules.run_examples import run_examples
from competency.rules.run_indicator_examples import run_indicator_example
from competency.services.read_book import read_book
from competency.source import SourceText

POLICIES = Path(__file__).resolve().parents[2] / "policies"
BOOKS = sorted(path.parent for path in POLICIES.glob("*/competency.toml"))
TEXTS = sorted(POLICIES.rglob("*.rules"))


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_book_has_no_error_and_no_lint_left(book: Path) -> None:
    read, diagnostics = read_book(book)
    assert read is not None
    assert [f"{one.kind.code} {one.message}" for one in diagnostics if one.kind.severity.value != "note"] == []


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_a_book_decides_its_examples_as_it_expects(book: Path) -> None:
    read, _ = read_book(book)
    assert read is not None
    assert read.rules.resolved is not None
    assert read.rules.program is not None
    results = list(run_examples(read.rules.resolved, read.rules.program))
    faults = [fault.message for result in results for fault in result.faults]
    for example in read.rules.resolved.indicator_examples:
        faults += [fault.message for fault in run_indicator_example(example, read.rules.program).faults]
    assert faults == []
    assert results


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_text_is_formatted(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    formatted, diagnostics = format_text(SourceText(str(path), text))
    assert diagnostics == ()
    assert formatted == text
