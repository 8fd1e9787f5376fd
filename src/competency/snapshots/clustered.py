"""The order of the rows of a table in its file: rows that are read together stand together."""

from __future__ import annotations

import pyarrow

from competency.rules.population.duckdb_engine import DuckDBEngine, kind_of_column
from competency.rules.population.facts import PLACE, FactTable
from competency.rules.population.order_of_facts import together_of
from competency.rules.population.relations import Scan
from competency.snapshots.helping_database import HelpingDatabase

_GIVEN = "given rows"


def clustered(table: pyarrow.Table, described: FactTable, beside: HelpingDatabase) -> pyarrow.Table:
    """The rows by learner, and those of a learner as engines keep them together, or else by their places.

    What sorts them has the memory of the database that helps, and its folder for what does not fit.
    """
    together = together_of(described)
    if described.rows_max == 1:
        return table
    if together is None:
        return table.sort_by([("learner", "ascending"), (PLACE, "ascending")])
    engine = DuckDBEngine(beside.memory, str(beside.spill))
    try:
        engine.put(_GIVEN, table)
        columns = tuple((column.name, kind_of_column(column.type)) for column in table.schema)
        return engine.in_order(Scan(_GIVEN, columns), together, table.column_names)
    finally:
        engine.close()
