"""Writes decisions that come as tables, bucket after bucket, and counts them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from competency.services.decided_tables import DecidedTables, count_outcomes
from competency.services.tally import Tally
from competency.services.write_decisions import ASSIGNED_COLUMNS, DECISION_COLUMNS, EXCEPTION_COLUMNS
from competency.services.write_tables import AddTable, table_writer


def write_population(
    files: ExitStack, decided: Iterable[DecidedTables], out: Path, exceptions: Path | None, assigned: Path | None
) -> Tally:
    """Write decisions to `out`, and to the other files that are named; they take their places when `files` closes."""
    add = files.enter_context(table_writer(out, DECISION_COLUMNS))
    add_exceptions = _writer(files, exceptions, EXCEPTION_COLUMNS)
    add_assigned = _writer(files, assigned, ASSIGNED_COLUMNS)
    tally = Tally()
    for tables in decided:
        add(tables.decisions)
        tally.outcomes.update(count_outcomes(tables.decisions))
        tally.reported += sum(tables.reported.values())
        for decision in tables.failures:
            tally.add_failure(decision)
        add_exceptions(tables.exceptions)
        add_assigned(tables.assigned)
        del tables  # before the next ones come: no more are held than must be
    return tally


def _writer(files: ExitStack, path: Path | None, columns: tuple[str, ...]) -> AddTable:
    """What takes tables for a file, and drops them where no file was asked for."""
    return (lambda _table: None) if path is None else files.enter_context(table_writer(path, columns))
