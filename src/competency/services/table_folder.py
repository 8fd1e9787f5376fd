"""A folder of fact tables as a source: what another program wrote in the neutral form needs no plugin."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from competency.interchange.read_facts import fact_tables
from competency.interchange.read_table import read_table
from competency.interchange.table_fault import TableFault
from competency.model.facts import FactType
from competency.plugin_api.connector import RawRow, RejectedRow, SourceRow, SourceUnusable
from competency.source import Place

NAME = "tables"


@dataclass(frozen=True, slots=True)
class TableFolder:
    """The connector `tables`. `known` are the fact types whose tables it reads; it brings none of its own.

    `needs_learners`: whether the table of learners must be among them; records may know the learners already.
    """

    known: tuple[FactType, ...]
    needs_learners: bool = True
    name: str = NAME
    title: str = "Fact tables"
    source_help: str = "A folder with learners.csv, evidence.csv and so on, or the same as .parquet."

    @property
    def fact_types(self) -> Sequence[FactType]:
        """None of its own."""
        return ()

    def read(self, source: Path | str) -> Iterator[SourceRow]:
        """The rows of every table in the folder. Raises SourceUnusable."""
        paths, diagnostics = fact_tables(Path(source), self.known, needs_learners=self.needs_learners)
        if paths is None:
            problem = diagnostics[-1]
            raise SourceUnusable(Place(str(source)), problem.message.removesuffix("."), problem.fixes[0].text)
        for unread in diagnostics:
            for label in unread.labels:
                if isinstance(label.where, Place):  # a misspelt name must not pass unseen
                    table = Path(label.where.name).name.partition(".")[0]
                    yield RejectedRow(table, label.where, unread.message.removesuffix("."))
        for fact_type, path in paths:
            try:
                for row in read_table(path, fact_type):
                    place = Place(str(path), row.line)
                    if row.fault:
                        yield RejectedRow(fact_type.plural, place, row.fault)
                    else:
                        cells = {name: _text(value) for name, value in row.cells.items()}
                        yield RawRow(fact_type.plural, cells, place)
            except TableFault as fault:
                first = fault.diagnostic
                remedy = first.fixes[0].text if first.fixes else "Put the file right."
                raise SourceUnusable(Place(str(path)), first.message.removesuffix("."), remedy) from fault


def _text(value: object) -> str | None:
    """A cell as text: Parquet keeps dates and yes or no as such."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)
