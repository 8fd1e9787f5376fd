"""`competency check`: every diagnostic of a book, and a line that sums it up."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from competency.cli.exit_status import ExitStatus
from competency.cli.quantity import quantity
from competency.cli.render import DiagnosticFormat, report, status, write

if TYPE_CHECKING:
    from competency.services.check_book import CheckedBook


def check(
    book: Path,
    /,
    *,
    strict: Annotated[bool, Parameter(negative=())] = False,
    format: DiagnosticFormat = "text",  # noqa: A002 - the option is called so
) -> int:
    """Check a policy book and show everything that is wrong with it.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    strict: bool
        Warnings count as findings too.
    format: DiagnosticFormat
        How the messages are written; sarif and github are for code scanning.
    """
    from competency.services.check_book import check_book

    checked, diagnostics = check_book(book)
    report(diagnostics, format, book=str(book), **checked.counts)
    if format == "text" and checked.files:
        write(_summary(checked))
    ended = status(diagnostics)
    return ExitStatus.FINDINGS if ended == ExitStatus.FINE and strict and checked.warnings else ended


def _summary(checked: CheckedBook) -> str:
    """The numbers in one line, as `2 files, 5 rules, 12 items, 9 examples: no errors, 1 warning`."""
    sizes = ((checked.files, "file"), (checked.rules, "rule"), (checked.items, "item"), (checked.examples, "example"))
    size = ", ".join(quantity(number, word) for number, word in sizes)
    return f"{size}: {quantity(checked.errors, 'error')}, {quantity(checked.warnings, 'warning')}\n"
