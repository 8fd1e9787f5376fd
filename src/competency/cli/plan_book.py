"""`competency plan`: what would run where when many learners are decided at once, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.exit_status import ExitStatus
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, status, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.services.plan_book import PlannedRule


def plan(
    book: Path,
    /,
    *,
    facts: Path | None = None,
    as_of: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show for each rule of a book whether `decide --engine duckdb` decides it for all learners at once, or why not.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    facts: Path
        The folder of fact tables that are to be decided; without it, the facts of a school are presumed.
    as_of: str
        The date for which is decided, as 2026-11-02; without it, the first day of the policy.
    format: Format
        How the plan is written.
    """
    from competency.cli.arguments import read_as_of
    from competency.services.engines import DUCKDB, EXTRA_OF, missing_packages
    from competency.services.read_book import read_program
    from competency.services.read_book_facts import read_book_facts

    day, wrong = read_as_of(as_of) if as_of is not None else (None, ())
    if missing := missing_packages(DUCKDB):
        what = f"the engine `{DUCKDB}` needs {' and '.join(missing)}, not installed here"
        wrong = (*wrong, unusable("plan", what, f"install them: pip install 'competency[{EXTRA_OF[DUCKDB]}]'"))
    if wrong:
        report(wrong, format)
        return status(wrong)
    from competency.services.plan_book import plan_book

    program, declared, diagnostics = read_program(book)
    if program is None or declared is None:
        report(diagnostics, format)
        return status(diagnostics)
    found = None
    if facts is not None:
        read = read_book_facts(declared, facts)
        if read.facts is None:
            report(read.diagnostics, format)
            return status(read.diagnostics)
        found = read.facts
    planned = plan_book(program, found, day)
    if format == "json":
        report((), format, rules=[_record(one) for one in planned])
    else:
        _show(planned)
    return ExitStatus.FINE


def _record(planned: PlannedRule) -> dict[str, object]:
    return {name: getattr(planned, name) for name in planned.__slots__}


def _show(planned: Sequence[PlannedRule]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("rule", box=SIMPLE_HEAD)
    table.add_column("items", justify="right")
    table.add_column("decided by")
    table.add_column("why")
    for one in planned:
        name = f"{one.rule} {one.version}".rstrip()
        table.add_row(name, f"{one.items:,}", one.engine, one.reason)
    console().print(table)
    left = sum(1 for one in planned if one.reason)
    write(
        f"{quantity(len(planned), 'rule')}: {len(planned) - left} for all learners at once, {left} by the interpreter\n"
    )
    write(
        "Learners with a recorded waiver, or whose evidence is entangled, are decided by the interpreter altogether.\n"
    )
