"""The embedded database that sorts and joins columns while a snapshot is made, on the disk where memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow

from competency.rules.population.engine import TooLittleMemory

# What the database may hold before it goes to the disk.
MEMORY = "512MB"


class HelpingDatabase:
    """Answers queries about columns that are given with them. Beyond `memory` it goes to files in the folder `spill`."""

    def __init__(self, database: duckdb.DuckDBPyConnection, memory: str, spill: Path) -> None:
        self.memory = memory
        self.spill = spill
        self._database = database

    def asked(
        self, query: str, given: pyarrow.Table | None = None, values: Sequence[str | int] | None = None
    ) -> pyarrow.Table:
        """The answer to a query; the table that is given is `given` in it, and each `?` one of the values.

        TooLittleMemory where even the disk does not help.
        """
        if given is not None:
            self._database.register("given", given)
        try:
            return self._database.sql(query, params=values).to_arrow_table()
        except duckdb.OutOfMemoryException as error:
            raise TooLittleMemory(self.memory) from error
        finally:
            if given is not None:
                self._database.unregister("given")


@contextmanager
def helping_database(folder: Path, memory: str = MEMORY) -> Iterator[HelpingDatabase]:
    """A database that goes to files in the folder where so much memory does not suffice."""
    spill = folder / "database"
    try:
        database = duckdb.connect(config={"memory_limit": memory, "temp_directory": str(spill)})
    except duckdb.OutOfMemoryException as error:
        raise TooLittleMemory(memory) from error
    try:
        yield HelpingDatabase(database, memory, spill)
    finally:
        database.close()
