"""`competency import`: facts through a connector, and at the end where every row went."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.progress import progress
from competency.cli.render import Format, console, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from rich.table import Table

    from competency.diagnostics import Diagnostic
    from competency.interchange.counts import Counts
    from competency.services.import_facts import ImportReport


def import_(
    connector: str,
    source: str,
    /,
    *,
    out: Path,
    book: Path | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Import facts from another system through a connector, and say where every row went.

    Rows at fault are written to OUT/rejected.csv with file, line, field and reason; the others are imported.

    Parameters
    ----------
    connector: str
        The name of the connector; connectors come with plugins.
    source: str
        What the connector reads: a folder, a file, an address.
    out: Path
        The folder of fact tables to write, or to bring up to date.
    book: Path
        A policy book: its items, words and scale say what a row may hold.
    format: Format
        How the outcome is written.
    """
    from competency.interchange.references import UNCHECKED
    from competency.model.facts import BUILT_IN
    from competency.plugin_api.loading import find_connector
    from competency.services.import_facts import import_facts
    from competency.services.read_book import read_program
    from competency.services.read_book_facts import references_of, single_scale, zone_of
    from competency.services.replace_file import unwritable

    found, diagnostics = find_connector(connector)
    if found is None:
        report(diagnostics, format)
        return status(diagnostics)
    declared = None
    if book is not None:
        _program, declared, problems = read_program(book, found.fact_types)
        if declared is None:
            report((*diagnostics, *problems), format)
            return status(problems)
    try:
        with progress("reading rows") as told:
            imported = import_facts(
                found,
                Path(source) if Path(source).exists() or "://" not in source else source,
                out,
                fact_types=tuple(declared.fact_types.values()) if declared else BUILT_IN,
                references=references_of(declared) if declared else UNCHECKED,
                scale=single_scale(declared) if declared else None,
                time_zone=zone_of(declared) if declared else None,
                progress=told,
            )
    except OSError as error:
        diagnostics = (*diagnostics, unwritable(out, error))
        report(diagnostics, format)
        return status(diagnostics)
    diagnostics = (*diagnostics, *imported.diagnostics)
    if format == "json":
        tables = {name: _numbers(counts) for name, counts in imported.counts.items()}
        rejects = str(imported.rejects) if imported.rejects and imported.total.rejected else None
        report(
            diagnostics,
            format,
            written=imported.is_written,
            tables=tables,
            total=_numbers(imported.total),
            rejects=rejects,
        )
    else:
        _show(imported, out, diagnostics)
    return status(diagnostics)


def _numbers(counts: Counts) -> dict[str, int]:
    return {
        "read": counts.read,
        "accepted": counts.accepted,
        "unchanged": counts.unchanged,
        "rejected": counts.rejected,
        "replaced": counts.replaced,
    }


def _show(imported: ImportReport, out: Path, diagnostics: tuple[Diagnostic, ...]) -> None:
    show_diagnostics(diagnostics)
    if not imported.is_written:
        write(f"nothing was imported; {out} is as it was\n")
        return
    console().print(_table(imported))
    total = imported.total
    law = f"{total.read:,} read = {total.accepted:,} accepted + {total.unchanged:,} unchanged + {total.rejected:,} rejected"
    write(f"{law}\n")
    write(f"the facts are in {out}\n")
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
