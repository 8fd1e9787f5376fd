"""`competency clauses`: which clauses of a policy document the rules of a book carry out, and where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from competency.cli.exit_status import ExitStatus
from competency.cli.quantity import quantity
from competency.cli.render import show_diagnostics, show_json, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.services.trace_clauses import TracedBook


def clauses(
    *books: Path,
    format: Literal["text", "markdown", "json"] = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show for each clause of a policy document what carries it out in the book, or why it is no rule.

    The clauses stand in `clauses.toml` beside the rules.

    Parameters
    ----------
    books: Path
        Folders of books.
    format: Literal["text", "markdown", "json"]
        text: a line a clause; markdown: an index of all the books.
    """
    from competency.services.clause_index import clause_index, clause_record
    from competency.services.trace_clauses import NOT_YET, trace_clauses

    traced: list[TracedBook] = []
    found: list[Diagnostic] = []
    for book in books:
        one, diagnostics = trace_clauses(book)
        found += diagnostics
        traced += [one] if one is not None else []
    show_diagnostics([one for one in found if one.is_error])
    match format:
        case "text":
            for one in traced:
                write(_text(one))
        case "markdown":
            write(clause_index(traced))
        case "json":
            show_json(books=[clause_record(one) for one in traced])
    ended = status(found)
    open_clauses = any(one.with_status(NOT_YET) for one in traced)
    return ExitStatus.FINDINGS if ended == ExitStatus.FINE and open_clauses else ended


def _text(book: TracedBook) -> str:
    lines = [book.title]
    for traced in book.clauses:
        clause = traced.clause
        mark = " (unverified)" if clause.is_unverified else ""
        lines.append(f"  {clause.number:>5}  {traced.status}{mark}: {clause.words}")
        lines += [f"         {place}" for place in traced.places]
        lines += [f"         {clause.no_rule}"] if clause.no_rule else []
    counts = ", ".join(f"{len(book.with_status(status_))} {status_}" for status_ in ("expressed", "no rule", "not yet"))
    return "\n".join([*lines, f"{quantity(len(book.clauses), 'clause')}: {counts}", "", ""])
