"""`competency new`: a small book to start from."""

from __future__ import annotations

from pathlib import Path

from competency.cli.render import Format, report, status, write


def new(folder: Path, /, *, format: Format = "text") -> int:  # noqa: A002 - the option is called so
    """Make a small policy book that passes its own examples.

    Parameters
    ----------
    folder: Path
        The folder to make; it must be empty or not there.
    format: Format
        How the outcome is written.
    """
    from competency.services.new_book import new_book

    files, diagnostics = new_book(folder)
    report(diagnostics, format, folder=str(folder), files=[str(file) for file in files])
    if format == "text" and not diagnostics:
        write("".join(f"wrote {file}\n" for file in files))
        write(f"\nNext: competency test {folder}\n")
    return status(diagnostics)
