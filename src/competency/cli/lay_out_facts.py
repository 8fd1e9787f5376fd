"""`competency snapshot`: facts laid out once in a folder, from which `decide` then reads columns instead of rows."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.duration import duration
from competency.cli.laid_out import SNAPSHOT_NAME, is_laid_out, lay_out_known_told, lay_out_told, packages_lacking
from competency.cli.over_records import Stop, clock, over_records
from competency.cli.quantity import quantity
from competency.cli.render import Format, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.interchange.counts import Counts
    from competency.services.engines import EngineChoice


@over_records
def snapshot(
    book: Path | None = None,
    /,
    *,
    facts: Path | None = None,
    db: str | None = None,
    out: Path | None = None,
    memory: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Lay out the facts of many learners once, to be decided from again and again.

    The snapshot is a folder that `competency decide BOOK --facts SNAPSHOT` takes in the place of a folder of facts. It holds
    what the rules of the book read; for a book that reads other columns or another way, lay the facts out again. Rows of
    facts that are at fault are left out, counted, and written to SNAPSHOT.rejected.csv beside the snapshot.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file; with records, it may be left out for the book in force.
    facts: Path
        The folder of fact tables: learners.csv, evidence.csv and so on.
    db: str
        Records in place of a folder of facts: a file, or an address as postgresql://user@host/database.
    out: Path
        The folder to write; a snapshot that stands there alone is replaced.
    memory: str
        What sorting and joining may use before it goes to the disk, as 500MB.
    format: Format
        How the summary is written.
    """
    from competency.cli.arguments import memory_faults
    from competency.services.engines import DUCKDB, EngineChoice

    if out is None:
        raise Stop(unusable("--out", "it is missing", "say which folder to write"))
    wrong = (*_check(out), *memory_faults(memory), *packages_lacking("snapshot"))
    if wrong:
        raise Stop(*wrong)
    began = time.monotonic_ns()
    rejects = out.with_name(f"{out.name}.rejected.csv")
    engine = EngineChoice(DUCKDB, memory)
    if facts is not None and db is None:
        rows, diagnostics = _of_folder(book, facts, out, rejects, engine)
    else:
        rows, diagnostics = _of_records(book, facts, db, out, engine)
    microseconds = (time.monotonic_ns() - began) // 1_000
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    _show(out, rows, size, microseconds, rejects, diagnostics, format)
    return status(diagnostics)


def _of_folder(
    book: Path | None, facts: Path, out: Path, rejects: Path, engine: EngineChoice
) -> tuple[Counts | None, tuple[Diagnostic, ...]]:
    from competency.services.read_book import read_program

    if book is None:
        raise Stop(unusable("BOOK", "it is not said for which book", "name the folder of the book"))
    if is_laid_out(facts):
        raise Stop(unusable("--facts", f"`{facts}` is laid out already", "name the folder of fact tables"))
    program, declared, diagnostics = read_program(book)
    if program is None or declared is None:
        raise Stop(*diagnostics)
    made = lay_out_told(program, declared, facts, out, rejects, engine)
    return made.total, made.diagnostics


def _of_records(
    book: Path | None, facts: Path | None, db: str | None, out: Path, engine: EngineChoice
) -> tuple[Counts | None, tuple[Diagnostic, ...]]:
    from competency.cli.sources import source_of

    with source_of(book, facts, db, clock().date(), None) as source:
        lay_out_known_told(source.program, source.facts, out, engine)
        return None, source.diagnostics


def _check(out: Path) -> tuple[Diagnostic, ...]:
    """Whether a snapshot can be written: nothing else may be lost by it."""
    from competency.snapshots.snapshot_format import file_unnamed

    if out.is_file():
        return (unusable("--out", f"`{out}` is a file", "name a folder"),)
    if out.is_dir() and any(out.iterdir()) and not (out / SNAPSHOT_NAME).is_file():
        remedy = "name a new folder, or a snapshot that may be replaced"
        return (unusable("--out", f"`{out}` is a folder with something else in it", remedy),)
    if (out / SNAPSHOT_NAME).is_file() and (other := file_unnamed(out)):
        what = f"`{out}` holds `{other}` too, which its `{SNAPSHOT_NAME}` does not name and which would be lost"
        return (unusable("--out", what, "name another folder"),)
    if not out.resolve().parent.is_dir():
        remedy = "make the folder first, or correct the path"
        return (unusable("--out", f"there is no folder `{out.parent}`", remedy),)
    if not os.access(out.resolve().parent, os.W_OK):
        remedy = "name a folder in one in which you may write"
        return (unusable("--out", f"the folder `{out.parent}` cannot be written in", remedy),)
    return ()


def _show(
    out: Path,
    rows: Counts | None,
    size: int,
    microseconds: int,
    rejects: Path,
    diagnostics: tuple[Diagnostic, ...],
    format_: Format,
) -> None:
    from competency.snapshots.snapshot_format import read_header

    learners = read_header(out).learners
    rejected = rows.rejected if rows is not None else 0
    if format_ == "json":
        report(
            diagnostics,
            format_,
            learners=learners,
            rows_read=rows.read if rows is not None else None,
            rows_rejected=rejected if rows is not None else None,
            rejects=str(rejects) if rejected else None,
            bytes=size,
            milliseconds=microseconds // 1_000,
            out=str(out),
        )
        return
    show_diagnostics(diagnostics)
    of_rows = f", {quantity(rows.read, 'row')}" if rows is not None else ""
    write(f"{quantity(learners, 'learner')}{of_rows}: {out} ({_amount(size)}, {duration(microseconds)})\n")
    if rows is not None and rejected:
        write(f"{quantity(rejected, 'row')} of {rows.read:,} not taken: {rejects}\n")


def _amount(size: int) -> str:
    """Bytes in kB or MB, rounded up."""
    return f"{-(-size // 1_000):,} kB" if size < 10_000_000 else f"{-(-size // 1_000_000):,} MB"
