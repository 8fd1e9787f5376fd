"""`competency import`: facts through a connector, and at the end where every row went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import Stop, actor, clock, opened, over_records, records_address
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from rich.table import Table

    from competency.diagnostics import Diagnostic
    from competency.interchange.counts import Counts
    from competency.model.facts import FactType
    from competency.plugin_api.connector import Connector
    from competency.rules.language.resolved import Declared
    from competency.services.import_facts import ImportReport


@over_records
def import_(
    connector: str,
    source: str,
    /,
    *,
    out: Path | None = None,
    db: str | None = None,
    book: Path | None = None,
    complete: bool = False,
    removes_many: bool = False,
    source_times: bool = False,
    rejects: Path | None = None,
    by: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Import facts from another system through a connector, and say where every row went.

    Rows at fault are written to a file with file, line, field and reason; the others are imported. The connector `tables`
    reads a folder of fact tables and is always there.

    Parameters
    ----------
    connector: str
        The name of the connector: tables, or one that a plugin brings.
    source: str
        What the connector reads: a folder, a file, an address.
    out: Path
        The folder of fact tables to write, or to bring up to date.
    db: str
        Records in place of a folder: a file, or an address as postgresql://user@host/database. Without --out and --db:
        records.db in the folder of --book.
    book: Path
        A policy book: its items, words and scale say what a row may hold.
    complete: bool
        The source holds all that there is: what it no longer has is recorded as removed.
    removes_many: bool
        With --complete: more than a tenth of a table may be gone.
    source_times: bool
        New rows count as known since the time at which the source recorded them, and not only from now on.
    rejects: Path
        The file for rows at fault, with records; without it, rejected.csv in this folder.
    by: str
        Who imports, which records keep; without it, the user of this computer.
    format: Format
        How the outcome is written.
    """
    from competency.interchange.references import UNCHECKED
    from competency.model.facts import BUILT_IN
    from competency.plugin_api.loading import installed_fact_types
    from competency.services.import_facts import import_facts
    from competency.services.read_book import read_program
    from competency.services.read_book_facts import references_of, single_scale, zone_of
    from competency.services.record_import import record_import
    from competency.services.replace_file import unwritable

    if out is not None and (db is not None or complete or source_times or rejects is not None):
        remedy = "leave --out out, or leave --db, --complete, --source-times and --rejects out"
        raise Stop(unusable("--out", "a folder of tables takes no options of records", remedy))
    brought = installed_fact_types()
    declared = None
    if book is not None:
        _program, declared, problems = read_program(book, brought)
        if declared is None:
            raise Stop(*problems)
    elif out is None:
        declared = _declared_in_force(db)
    types = tuple(declared.fact_types.values()) if declared else (*BUILT_IN, *brought)
    found, diagnostics = find(connector, types, needs_learners=out is not None)
    if found is None:
        raise Stop(*diagnostics)
    place = Path(source) if Path(source).exists() or "://" not in source else source
    references = references_of(declared) if declared else UNCHECKED
    scale = single_scale(declared) if declared else None
    zone = zone_of(declared) if declared else None
    try:
        with progress("reading rows") as told:
            if out is not None:
                where = str(out)
                imported = import_facts(
                    found,
                    place,
                    out,
                    fact_types=types,
                    references=references,
                    scale=scale,
                    time_zone=zone,
                    progress=told,
                )
            else:
                where = records_address(db, book)
                with opened(where, None, makes=True) as records:
                    imported = record_import(
                        records,
                        found,
                        place,
                        rejects=rejects or Path("rejected.csv"),
                        by=actor(by),
                        now=clock,
                        fact_types=types,
                        references=references,
                        scale=scale,
                        time_zone=zone,
                        is_complete=complete,
                        removes_many=removes_many,
                        takes_their_time=source_times,
                        progress=told,
                    )
    except OSError as error:
        raise Stop(*diagnostics, unwritable(Path(error.filename or out or "rejected.csv"), error)) from error
    diagnostics = (*diagnostics, *imported.diagnostics)
    if format == "json":
        tables = {name: _numbers(counts) for name, counts in imported.counts.items()}
        rejected = str(imported.rejects) if imported.rejects and imported.total.rejected else None
        report(
            diagnostics,
            format,
            written=imported.is_written,
            tables=tables,
            total=_numbers(imported.total),
            removed=dict(imported.removed),
            rejects=rejected,
        )
    else:
        _show(imported, where, diagnostics)
    return status(diagnostics)


def _declared_in_force(db: str | None) -> Declared | None:
    """What the book in force in the records declares; none where there are no records, or no book is published in them."""
    from competency.records.database import has_records
    from competency.services.record_act import read_book_in_force

    where = records_address(db, None)
    if not has_records(where):
        return None
    with opened(where, None) as records:
        force, problems = read_book_in_force(records, now=clock)
    if problems:
        raise Stop(*problems)
    return force.declared if force is not None else None


def find(
    name: str, types: tuple[FactType, ...], *, needs_learners: bool
) -> tuple[Connector | None, tuple[Diagnostic, ...]]:
    """The connector of a name: the one for fact tables, or one that a plugin brings."""
    from competency.plugin_api.loading import find_connector
    from competency.services.table_folder import NAME, TableFolder

    return (TableFolder(types, needs_learners), ()) if name == NAME else find_connector(name, also=(NAME,))


def _numbers(counts: Counts) -> dict[str, int]:
    return {
        "read": counts.read,
        "accepted": counts.accepted,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "replaced": counts.replaced,
    }


def _show(imported: ImportReport, where: str, diagnostics: tuple[Diagnostic, ...]) -> None:
    show_diagnostics(diagnostics)
    if not imported.is_written:
        write(f"nothing was imported; {where} is as it was\n")
        return
    console().print(_table(imported))
    total = imported.total
    law = f"{total.read:,} read = {total.accepted:,} accepted + {total.unchanged:,} unchanged + {total.rejected:,} rejected"
    write(f"{law}\n")
    for table, number in imported.removed.items():
        write(f"{quantity(number, 'row')} of {table} are no longer in the source\n")
    write(f"the facts are in {where}\n")
    if total.rejected:
        write(f"the rows that were not taken are in {imported.rejects}\n")


def _table(imported: ImportReport) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table("table", box=SIMPLE_HEAD, show_footer=True)
    rows = {name: _numbers(counts) for name, counts in imported.counts.items()}
    total = _numbers(imported.total)
    for column in ("read", "accepted", "unchanged", "rejected"):
        table.add_column(column, f"{total[column]:,}", justify="right")
    table.columns[0].footer = "in all"
    for name, numbers in rows.items():
        table.add_row(name, *(f"{numbers[column]:,}" for column in ("read", "accepted", "unchanged", "rejected")))
    return table
