"""`competency decide`: every learner's decisions into one file or into records, and a table of how they came out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import memory_faults, unusable
from competency.cli.kept_decisions import check_keep, used_alone
from competency.cli.over_records import Stop, a_day, over_records
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from rich.table import Table

    from competency.diagnostics import Diagnostic
    from competency.interchange.counts import Counts
    from competency.rules.program.ir import Program
    from competency.services.decide_learners import DecisionsReport

_OUTCOMES = ("met", "not met", "not yet known", "not applicable", "waived", "error")

_MASTERS = "write where Spark runs, as spark://host:7077, yarn or local[2]"


@over_records
def decide(
    book: Path | None = None,
    /,
    *,
    facts: Path | None = None,
    db: str | None = None,
    as_of: str | None = None,
    out: Path | None = None,
    record: bool = False,
    known_on: str | None = None,
    learner: str | None = None,
    engine: str = "interpreter",
    memory: str | None = None,
    master: str | None = None,
    exceptions: Path | None = None,
    assigned: Path | None = None,
    indicators: Path | None = None,
    keep: Path | None = None,
    by: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Decide every learner by the rules of a book, and write one row a decision; or record the decisions that changed.

    Rows of facts that are at fault are left out, counted, and written to OUT.rejected.csv beside the output.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file; with records, it may be left out for the book in force.
    facts: Path
        The folder of fact tables: learners.csv, evidence.csv and so on; or a snapshot of facts that are laid out.
    db: str
        Records in place of a folder of facts: a file, or an address as postgresql://user@host/database.
    as_of: str
        The date for which is decided, as 2026-11-02; with --record, today where it is left out.
    out: Path
        The file to write; its ending says the format, .csv or .parquet.
    record: bool
        Record the decisions that changed in the records.
    known_on: str
        Decide with what had been recorded by then: a date (its end) or a time with an offset.
    learner: str
        Decide this learner alone.
    engine: str
        The engine that decides: interpreter, learner by learner; duckdb, many at once; or spark, the same on a cluster.
    memory: str
        What the engine duckdb may use before it goes to the disk, as 2GB.
    master: str
        Where the engine spark runs, as spark://host:7077 or yarn; without it, local[2]: two processors of this computer.
    exceptions: Path
        A second file: one row for each thing that a decision reports, and for each error.
    assigned: Path
        One more file: one row for each competency or course that a recovery rule or a pathway assigns.
    indicators: Path
        One more file: what the indicators of the book say of schools, cohorts or the district.
    keep: Path
        A folder for decisions alone: given again, only learners whose facts have changed are decided anew.
        Book and --known-on must be the same, and --as-of too where a rule reads the day itself, as for an age.
        For the engines duckdb and spark.
    by: str
        Who records it; without it, the user of this computer.
    format: Format
        How the summary is written.
    """
    from competency.cli.laid_out import enough_memory
    from competency.cli.record_decisions import record_decisions
    from competency.cli.sources import Laying, source_of
    from competency.rules.population.engine import CannotStart
    from competency.services.decide_learners import decide_learners
    from competency.services.engines import INTERPRETER, LOCAL_MASTER, EngineChoice

    if record:
        files = {
            "--out": out,
            "--exceptions": exceptions,
            "--assigned": assigned,
            "--indicators": indicators,
            "--keep": keep,
        }
        return record_decisions(files, book, facts, db, as_of, known_on, learner, by, format)
    if as_of is None or out is None:
        option = "--as-of" if as_of is None else "--out"
        raise Stop(unusable(option, "it is missing", "say for which day is decided, and which file to write"))
    day = a_day(as_of, "--as-of")
    others = {"--exceptions": exceptions, "--assigned": assigned, "--indicators": indicators}
    wrong = _check(out, others, engine)
    wrong += _check_apart(out, others, {"BOOK": book, "--facts": facts, "--keep": keep})
    wrong += _check_means(engine, memory, master)
    wrong += check_keep(keep, engine, learner)
    if wrong or day is None:
        raise Stop(*wrong)
    rejects = _rejects(out)
    choice = EngineChoice(engine, memory, master or LOCAL_MASTER)
    # one learner of records is read alone
    laying = None if engine == INTERPRETER or (learner and facts is None) else Laying(choice, out)
    with used_alone(keep), source_of(book, facts, db, day, known_on, rejects, laying) as source:
        wrong = _check_indicators(indicators, source.program, learner)
        if wrong:
            raise Stop(*wrong)
        chosen = None if learner is None else (source.learner(learner),)
        with progress("deciding", len(chosen or source.facts.learners)) as told, enough_memory(memory):
            try:
                decided = decide_learners(
                    source.program,
                    source.facts,
                    out,
                    as_of=day,
                    known_on=source.known_on,
                    learners=chosen,
                    exceptions=exceptions,
                    assigned=assigned,
                    indicators=indicators,
                    progress=told,
                    engine=choice,
                    keep=keep,
                )
            except CannotStart as error:
                raise Stop(unusable("--engine", f"the engine `{engine}` does not start: {error}", _MASTERS)) from error
        diagnostics = (*source.diagnostics, *decided.diagnostics)
        if not decided.is_written:
            raise Stop(*diagnostics)
        _show(decided, source.rows, out, rejects, diagnostics, format, has_kept=keep is not None)
    return status(diagnostics)


def _rejects(out: Path) -> Path:
    """Where the rows of facts stand that were not taken."""
    return out.with_name(f"{out.stem}.rejected.csv")


def _check(out: Path, others: Mapping[str, Path | None], engine: str) -> tuple[Diagnostic, ...]:
    """The arguments that are wrong whatever the book and the facts are."""
    from competency.services.engines import ENGINES, EXTRA_OF, missing_packages
    from competency.services.replace_file import check_output
    from competency.services.write_decisions import SUFFIXES

    found = check_output(out, "--out", SUFFIXES)
    for option, path in others.items():
        if path is not None:
            found += check_output(path, option, SUFFIXES)
    if engine not in ENGINES:
        found += (unusable("--engine", f"there is no engine `{engine}`", f"there are: {', '.join(ENGINES)}"),)
    elif missing := missing_packages(engine):
        what = f"the engine `{engine}` needs {' and '.join(missing)}, not installed here"
        found += (unusable("--engine", what, f"install them: pip install 'competency[{EXTRA_OF[engine]}]'"),)
    return found


def _check_apart(
    out: Path, others: Mapping[str, Path | None], kept_whole: Mapping[str, Path | None]
) -> tuple[Diagnostic, ...]:
    """Whether each file is written by itself, the rejected rows beside `out` among them, and away from what is read or kept."""
    from competency.cli.check_outputs import check_outputs

    written = [("--out", out), ("--out", _rejects(out))]
    written += [(option, path) for option, path in others.items() if path is not None]
    return check_outputs(written, kept_whole)


def _check_means(engine: str, memory: str | None, master: str | None) -> tuple[Diagnostic, ...]:
    """Whether memory and master are what the engine takes, and whether somebody answers at the master's address."""
    from competency.services.engines import INTERPRETER, SPARK, why_unreachable

    found = memory_faults(memory)
    if memory is not None and engine == INTERPRETER:
        remedy = "decide by --engine duckdb, or leave --memory out"
        found += (unusable("--memory", f"the engine `{engine}` does not take it", remedy),)
    if memory is not None and engine == SPARK:
        remedy = "leave --memory out; what Spark may use is set where Spark is"
        found += (unusable("--memory", "the engine `spark` does not take it", remedy),)
    if master is not None and engine != SPARK:
        found += (unusable("--master", f"the engine `{engine}` has none", "leave it out, or decide by --engine spark"),)
    elif master is not None and (why := why_unreachable(master)):
        found += (unusable("--master", why, _MASTERS),)
    return found


def _check_indicators(indicators: Path | None, program: Program, learner: str | None) -> tuple[Diagnostic, ...]:
    """Whether there are indicators to write: of a book that has some, about all learners."""
    if indicators is None:
        return ()
    found: tuple[Diagnostic, ...] = ()
    if not program.indicators:
        found += (unusable("--indicators", "the book has no indicator", "leave --indicators out"),)
    if learner is not None:
        found += (unusable("--indicators", "an indicator is about all learners", "leave --learner out"),)
    return found


def _show(
    decided: DecisionsReport,
    rows: Counts | None,
    out: Path,
    rejects: Path,
    diagnostics: tuple[Diagnostic, ...],
    format_: Format,
    *,
    has_kept: bool,
) -> None:
    if format_ == "json":
        report(
            diagnostics,
            format_,
            learners=decided.learners,
            decisions=decided.decisions,
            outcomes=counted(decided.outcomes),
            reported=decided.reported,
            failed=decided.failed,
            rows_read=rows.read if rows is not None else None,
            rows_rejected=rows.rejected if rows is not None else None,
            rejects=str(rejects) if rows is not None and rows.rejected else None,
            decided_anew=decided.decided_anew,
            decided_anew_why=decided.why_all or None,
            out=str(out),
        )
        return
    show_diagnostics(diagnostics)
    console().print(outcome_table(decided.outcomes))
    write(f"{quantity(decided.decisions, 'decision')} about {quantity(decided.learners, 'learner')}: {out}\n")
    if has_kept:
        anew = quantity(decided.decided_anew, "learner")
        others = decided.learners - decided.decided_anew
        write(
            f"{anew} decided anew: {decided.why_all}\n"
            if decided.why_all
            else f"{anew} decided anew, {others:,} as kept\n"
        )
    if decided.reported:
        write(f"{quantity(decided.reported, 'decision')} with something to report\n")
    if rows is not None and rows.rejected:
        write(f"{quantity(rows.rejected, 'row')} of {rows.read:,} not taken: {rejects}\n")
    if decided.failed:
        write(f"{quantity(decided.failed, 'decision')} could not be made\n")


def counted(outcomes: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    """How often each rule came out in which way."""
    found: dict[str, dict[str, int]] = {}
    for (rule, outcome), number in outcomes.items():
        found.setdefault(rule, {})[outcome] = number
    return found


def outcome_table(outcomes: Mapping[tuple[str, str], int]) -> Table:
    """The same as a table for people."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    seen = {outcome for _, outcome in outcomes}
    columns = [outcome for outcome in _OUTCOMES if outcome in seen]
    table = Table("rule", box=SIMPLE_HEAD)
    for outcome in columns:
        table.add_column(outcome, justify="right")
    for rule in dict.fromkeys(rule for rule, _ in outcomes):
        table.add_row(rule, *(f"{outcomes.get((rule, outcome), 0):,}" for outcome in columns))
    return table
