"""Facts as they are kept in records: a row as canonical cells without its learner, and under which key it is known."""

from __future__ import annotations

from collections.abc import Mapping

from competency.interchange.cells import CELLS, PLAIN, cell_text
from competency.interchange.fact_set import Row, fact_id, learner_column
from competency.model.facts import EVIDENCE, FactType, FactValue


def cells_of(fact_type: FactType, row: Row) -> dict[str, str]:
    """The cells that hold something, by column; whose row it is, the records say otherwise."""
    own = learner_column(fact_type)
    return {
        column.name: cell_text(column, value)
        for index, (column, value) in enumerate(zip(fact_type.columns, row, strict=True))
        if value is not None and index != own
    }


def row_of(fact_type: FactType, cells: Mapping[str, str], learner: str | None) -> Row:
    """The row that was kept as these cells. Columns that the type did not have then hold nothing."""
    own = learner_column(fact_type)
    return tuple(
        learner
        if index == own
        else CELLS[column.type].read(cells[column.name], column, PLAIN)
        if column.name in cells
        else None
        for index, column in enumerate(fact_type.columns)
    )


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
