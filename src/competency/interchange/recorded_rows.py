"""Facts as they are kept in records: a row as canonical cells without its learner, and under which key it is known."""

from __future__ import annotations

from collections.abc import Mapping

from competency.interchange.cells import CELLS, PLAIN, cell_text
from competency.interchange.fact_schema import SHARED_VALUES_MAX
from competency.interchange.fact_set import Row, fact_id, learner_column
from competency.model.facts import EVIDENCE, Column, ColumnType, FactType, FactValue


def cells_of(fact_type: FactType, row: Row) -> dict[str, str]:
    """The cells that hold something, by column; whose row it is, the records say otherwise."""
    own = learner_column(fact_type)
    return {
        column.name: cell_text(column, value)
        for index, (column, value) in enumerate(zip(fact_type.columns, row, strict=True))
        if value is not None and index != own
    }


class RowReader:
    """Reads the rows of a fact type from the cells as which they were kept. Equal cells share one value."""

    def __init__(self, fact_type: FactType) -> None:
        self._own = learner_column(fact_type)
        self._columns = {column.name: (index, column) for index, column in enumerate(fact_type.columns)}
        self._shared: dict[tuple[str, str], FactValue] = {}

    def row(self, cells: Mapping[str, str], learner: str | None) -> Row:
        """The row. Columns that the type did not have then hold nothing; those that it has no longer are left out."""
        row: list[FactValue] = [None] * len(self._columns)
        for cell in cells.items():
            if cell[0] in self._columns:
                index, column = self._columns[cell[0]]
                row[index] = self._shared[cell] if cell in self._shared else self._read(column, cell)
        if self._own is not None:
            row[self._own] = learner
        return tuple(row)

    def _read(self, column: Column, cell: tuple[str, str]) -> FactValue:
        value = CELLS[column.type].read(cell[1], column, PLAIN)
        if column.type is not ColumnType.IDENTIFIER and len(self._shared) < SHARED_VALUES_MAX:
            self._shared[cell] = value
        return value


def row_of(fact_type: FactType, cells: Mapping[str, str], learner: str | None) -> Row:
    """One row that was kept as these cells."""
    return RowReader(fact_type).row(cells, learner)


def record_key(fact_type: FactType, row: Row, subject: int | None) -> str:
    """What names a row among all of its type: its key, the learner replaced by the subject, who keeps it for good."""
    own = learner_column(fact_type)
    values: dict[str, FactValue] = {column.name: value for column, value in zip(fact_type.columns, row, strict=True)}
    if own is not None and fact_type.columns[own].name in fact_type.key:
        values[fact_type.columns[own].name] = str(subject)
    return fact_id(fact_type, values)


def source_key(fact_type: FactType, row: Row) -> str | None:
    """What its source calls a piece of evidence, where it says so: the source and the identifier there."""
    if fact_type.plural != EVIDENCE.plural:
        return None
    values = dict(zip((column.name for column in fact_type.columns), row, strict=True))
    source, external = values.get("source"), values.get("external_id")
    return f"{source}|{external}" if source is not None and external is not None else None
