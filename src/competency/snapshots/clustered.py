"""The order of the rows of a table in its file: rows that are read together stand together."""

from __future__ import annotations

import pyarrow

from competency.rules.population.facts import FactTable
from competency.rules.population.lay_out import PLACE


def clustered(table: pyarrow.Table, described: FactTable) -> pyarrow.Table:
    """The rows by learner, and those of a learner by their places; a table of one row a learner stands so already."""
    if described.rows_max == 1:
        return table
    return table.sort_by([("learner", "ascending"), (PLACE, "ascending")])
