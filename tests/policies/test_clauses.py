"""Every list of clauses beside a book: none is open, none contradicts the rules, and the index says so."""

from pathlib import Path

import pytest

from competency.interchange.read_clauses import CLAUSES
from competency.services.clause_index import clause_index
from competency.services.trace_clauses import NOT_YET, trace_clauses

POLICIES = Path(__file__).resolve().parents[2] / "policies"
BOOKS = sorted(path.parent for path in POLICIES.glob(f"*/{CLAUSES}"))


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.name)
def test_every_clause_is_expressed_or_is_no_rule(book: Path) -> None:
    traced, diagnostics = trace_clauses(book)
    assert [one.message for one in diagnostics if one.is_error] == []
    assert traced is not None
    assert [one.clause.number for one in traced.with_status(NOT_YET)] == []


def test_the_index_is_what_the_books_say(regenerates: bool) -> None:
    traced = [one for one, _ in map(trace_clauses, BOOKS) if one is not None]
    page = POLICIES / "README.md"
    made = clause_index(traced)
    if regenerates:
        page.write_text(made, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == made
