"""`competency show`: what the rules of a book become at a stage on their way to decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from competency.cli.exit_status import ExitStatus
from competency.cli.render import Format, report, status, write


def show(
    book: Path,
    stage: Literal["syntax", "resolved", "program"],
    /,
    *,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show what the rules of a book become: their syntax, their resolved form, or the program that decides.

    The JSON form is canonical (RFC 8785): the SHA-256 of the program's, without its line end, is its fingerprint.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    stage: Literal["syntax", "resolved", "program"]
        The stage to stop at.
    format: Format
        How the stage is written.
    """
    import rfc8785

    from competency.rules.program.fingerprint import canonical
    from competency.services.print_records import plain, printed
    from competency.services.read_book import read_book

    read, diagnostics = read_book(book)
    reached: object = None
    if read is not None:
        reached = {"syntax": read.rules.texts, "resolved": read.rules.resolved, "program": read.rules.program}[stage]
    if reached is None:
        report(diagnostics, format)
        return status(diagnostics)
    if format == "json":
        record = canonical(reached) if stage == "program" else plain(reached)
        write(rfc8785.dumps(record).decode() + "\n")
    else:
        write("".join(f"{line}\n" for line in printed(reached)))
        report(tuple(each for each in diagnostics if each.is_error), format)
    return ExitStatus.FINE if stage == "program" else status(diagnostics)
