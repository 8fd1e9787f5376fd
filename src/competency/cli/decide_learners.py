"""`competency decide`: every learner's decisions into one file, and a table of how they came out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from competency.cli.progress import progress
from competency.cli.render import Format, console, report, show_diagnostics, show_json, records, status, write

if TYPE_CHECKING:
    from competency.services.decide_learners import DecisionsReport
    from competency.services.read_book_facts import FactsRead

_OUTCOMES = ("met", "not met", "not yet known", "not applicable", "waived", "error")


def decide(
    book: Path,
    /,
    *,
    facts: Path,
    as_of: str,
    out: Path,
    known_on: str | None = None,
    learner: str | None = None,
    engine: str = "interpreter",
    exceptions: Path | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Decide every learner by the rules of a book, and write one row a decision.

    Rows of facts that are at fault are left out, counted, and written to OUT.rejected.csv beside the output.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    facts: Path
        The folder of fact tables: learners.csv, evidence.csv and so on.
    as_of: str
        The date for which is decided, as 2026-11-02.
    out: Path
        The file to write; its ending says the format, .csv or .parquet.
    known_on: str
        Decide with what had been recorded by then: a date (its end) or a time with an offset.
    learner: str
        Decide this learner alone.
    engine: str
        The engine that decides: interpreter.
    exceptions: Path
        A second file: decisions with a cap that was passed and reported, or with an error.
    format: Format
        How the summary is written.
    """
    from competency.cli.arguments import read_as_of, read_known_on
    from competency.services.decide_learners import decide_learners
    from competency.services.read_book import read_book
    from competency.services.read_book_facts import read_book_facts, unknown_learner
    from competency.services.rejects_beside import rejects_beside

    day, unusable = read_as_of(as_of)
    unusable += _check(out, exceptions, engine)
    if day is None or unusable:
        report(unusable, format)
        return status(unusable)
    read, diagnostics = read_book(book)
    if read is None or read.rules.program is None or read.rules.resolved is None:
        report(diagnostics, format)
        return status(diagnostics)
    program, declared = read.rules.program, read.rules.resolved.declared
    moment, unusable = read_known_on(known_on, program.time_zone)
    if unusable:
        report(unusable, format)
        return status(unusable)
    with rejects_beside(out) as rejects, progress("reading facts") as told:
        found = read_book_facts(declared, facts, rejects=rejects.path, progress=told)
        if found.facts is not None and found.total.rejected:
            rejects.keep()
    diagnostics = found.diagnostics
    if found.facts is not None and learner is not None and learner not in found.facts:
        diagnostics = (*diagnostics, unknown_learner(learner, found.facts))
    elif found.facts is not None:
        chosen = None if learner is None else (learner,)
        with progress("deciding", 1 if chosen else len(found.facts.learners)) as told:
            decided = decide_learners(
                program,
                found.facts,
                out,
                as_of=day,
                known_on=moment,
                learners=chosen,
                exceptions=exceptions,
                progress=told,
            )
        diagnostics = (*diagnostics, *decided.diagnostics)
        if decided.is_written:
            _show(decided, found, out, rejects.kept, format, diagnostics)
            return status(diagnostics)
    report(diagnostics, format)
    return status(diagnostics)
