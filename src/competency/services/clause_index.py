"""The index of policy books: policy, features used, clauses expressed, clauses that are no rules and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from competency.services.trace_clauses import EXPRESSED, NO_RULE, NOT_YET, TracedBook

_HEAD = """# Policy books

Each folder is a book: rules of a real policy in the language, with examples that show every clause both ways. Figures marked
*unverified* are to be checked against the statute before they are presented as current law; the policies are of mixed age, and
none of this is legal advice. `competency clauses BOOK ... --format markdown` makes a page like this one;
`pytest tests/policies/test_clauses.py --regenerate` writes this one anew.

| policy | clauses | expressed | no rule | not yet | examples | features used |
| --- | ---: | ---: | ---: | ---: | ---: | --- |
"""


def clause_index(books: Sequence[TracedBook]) -> str:
    """The index as Markdown: a table of the books, then for each the clauses that are no rules, and unverified ones."""
    rows = [_row(book) for book in books]
    total = [sum(len(book.clauses) for book in books)]
    total += [sum(len(book.with_status(status)) for book in books) for status in (EXPRESSED, NO_RULE, NOT_YET)]
    total += [sum(book.examples for book in books)]
    rows.append(f"| all | {' | '.join(str(number) for number in total)} | |\n")
    return _HEAD + "".join(rows) + "".join(_section(book) for book in books)


def _row(book: TracedBook) -> str:
    numbers = [len(book.clauses), *(len(book.with_status(status)) for status in (EXPRESSED, NO_RULE, NOT_YET))]
    cells = [f"[{book.title}]({book.path.name})", *map(str, numbers), str(book.examples), ", ".join(book.features)]
    return f"| {' | '.join(cells)} |\n"


def _section(book: TracedBook) -> str:
    lines = [f"\n## {book.title}\n\n", "| clause | what it says | where |\n| --- | --- | --- |\n"]
    for traced in book.clauses:
        clause = traced.clause
        words = f"{clause.words} *(unverified)*" if clause.is_unverified else clause.words
        where = ", ".join(f"`{place}`" for place in traced.places)
        where = where or (f"no rule: {clause.no_rule}" if clause.no_rule else "**not yet**")
        lines.append(f"| {clause.number} | {_cell(words)} | {_cell(where)} |\n")
    return "".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def clause_record(book: TracedBook) -> dict[str, Any]:
    """The same as plain values, for other programs."""
    return {
        "book": str(book.path),
        "title": book.title,
        "features": list(book.features),
        "examples": book.examples,
        "clauses": [
            {
                "number": traced.clause.number,
                "words": traced.clause.words,
                "status": traced.status,
                "unverified": traced.clause.is_unverified,
                "no_rule": traced.clause.no_rule,
                "places": list(traced.places),
            }
            for traced in book.clauses
        ],
    }
