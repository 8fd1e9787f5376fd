"""`competency format`: rule texts in their one layout, or a list of those that differ from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from competency.cli.exit_status import ExitStatus
from competency.cli.quantity import quantity
from competency.cli.render import Format, report, status, write


def format_(
    book: Path,
    /,
    *,
    check: Annotated[bool, Parameter(negative=())] = False,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Write the rule texts of a book in their one layout; comments stay, and no decision changes.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    check: bool
        Write nothing; say which texts differ, and end with 1 if any does.
    format: Format
        How the outcome is written.
    """
    from competency.services.format_book import format_book

    formatted, diagnostics = format_book(book, writes=not check)
    names = [str(file) for file in formatted.different]
    report(diagnostics, format, different=names, files=len(formatted.files), written=not check)
    if format == "text":
        for name in names:
            write(f"{'would write' if check else 'wrote'} {name}\n")
        if formatted.files and not names and not diagnostics:
            write(f"{quantity(len(formatted.files), 'rule text')}: nothing to change\n")
    ended = status(diagnostics)
    return ExitStatus.FINDINGS if ended == ExitStatus.FINE and check and names else ended
