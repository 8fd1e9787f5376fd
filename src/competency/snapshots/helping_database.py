"""The embedded database that sorts and joins columns while a snapshot is made, on the disk where memory does not suffice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow

# What the database may hold before it goes to the disk.
MEMORY = "512MB"


class HelpingDatabase:
    """Answers queries about columns that are given with them."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database

    def asked(
        self, query: str, given: pyarrow.Table | None = None, values: Sequence[str | int] | None = None
    ) -> pyarrow.Table:
        """The answer to a query; the table that is given is `given` in it, and each `?` one of the values."""
        if given is None:
            return self._database.sql(query, params=values).to_arrow_table()
        self._database.register("given", given)
        try:
            return self._database.sql(query, params=values).to_arrow_table()
        finally:
            self._database.unregister("given")


@contextmanager
def helping_database(folder: Path) -> Iterator[HelpingDatabase]:
    """A database that goes to files in the folder where memory does not suffice."""
    database = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder / "database")})
    try:
        yield HelpingDatabase(database)
    finally:
        database.close()
