"""`competency decide --record`: the decisions that changed go into the records."""

from __future__ import annotations

from pathlib import Path

from competency.cli.arguments import unusable
from competency.cli.decide_learners import counted, outcome_table
from competency.cli.over_records import Stop, a_day, actor, clock, in_force, opened
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, show_diagnostics, status, write


def record_decisions(
    files: dict[str, Path | None],
    book: Path | None,
    facts: Path | None,
    db: str | None,
    as_of: str | None,
    known_on: str | None,
    learner: str | None,
    by: str | None,
    format_: Format,
) -> int:
    """Decide by the book in force and by what is known now, and record what changed."""
    from competency.rules.program.fingerprint import fingerprint
    from competency.services.decide_learners import failure
    from competency.services.published_books import other_book
    from competency.services.read_book import read_program
    from competency.services.record_run import record_run

    _check(files, facts, known_on)
    who = actor(by)
    day = a_day(as_of, "--as-of")
    with opened(db, book) as records:
        force = in_force(records, day)
        if book is not None:
            program, _, diagnostics = read_program(book)
            if program is None:
                raise Stop(*diagnostics)
            if fingerprint(program) != force.published.bundle.fingerprint:
                raise Stop(other_book(book, force.published))
        with progress("deciding") as told:
            run, wrong = record_run(
                records,
                force.published,
                force.program,
                as_of=day,
                by=who,
                now=clock,
                learners=None if learner is None else (learner,),
                progress=told,
            )
    if run is None:
        raise Stop(*wrong)
    diagnostics = tuple(failure(decision, 0) for decision in run.failed)
    outcomes = counted(run.outcomes)
    if format_ == "json":
        report(diagnostics, format_, run=run.run, learners=run.learners, recorded=run.changed, outcomes=outcomes)
        return status(diagnostics)
    show_diagnostics(diagnostics)
    console().print(outcome_table(run.outcomes))
    write(f"{quantity(sum(run.outcomes.values()), 'decision')} about {quantity(run.learners, 'learner')}; ")
    write(f"{quantity(run.changed, 'decision')} changed, recorded by run {run.run}\n")
    return status(diagnostics)


def _check(files: dict[str, Path | None], facts: Path | None, known_on: str | None) -> None:
    """What does not go with `--record`."""
    for option, path in files.items():
        if path is not None:
            remedy = "record first; then give the command again without --record to write files"
            raise Stop(unusable(option, "decisions are recorded or written, not both at once", remedy))
    if facts is not None:
        remedy = "import them first: `competency import tables FOLDER`"
        raise Stop(unusable("--facts", "decisions are recorded by facts that are in the records", remedy))
    if known_on is not None:
        remedy = "leave --record out to see what would have been decided"
        raise Stop(unusable("--known-on", "decisions are recorded by what is known now", remedy))
