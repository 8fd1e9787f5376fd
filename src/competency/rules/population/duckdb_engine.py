"""The engine that is embedded: DuckDB, in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import ibis
import pyarrow

from competency.rules.population.engine import TooLittleMemory
from competency.rules.population.ibis_reading import text_of
from competency.rules.population.relations import Relation


class DuckDBEngine:
    """Tables by name in one embedded database, held in memory.

    Beyond `memory` (as `2GB`, or `40%` of what the computer has) it goes to files in the folder `spill`, which whoever made
    the folder clears away. It works on `threads` processors at once, or on all.
    """

    def __init__(self, memory: str | None = None, spill: str | None = None, threads: int | None = None) -> None:
        settings: dict[str, Any] = {}
        if memory is not None:
            settings["memory_limit"] = memory
        if spill is not None:
            settings["temp_directory"] = spill
        if threads is not None:
            settings["threads"] = threads
        self._memory = memory
        with self._within_memory():
            self._connection = ibis.duckdb.connect(**settings)
            self._connection.raw_sql("SET preserve_insertion_order = false")

    def put(self, name: str, rows: pyarrow.Table) -> None:
        """A table of given rows, in the place of any of that name."""
        database = self._connection.con
        with self._within_memory():
            database.register("given_rows", rows)
            try:
                database.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given_rows')
            finally:
                database.unregister("given_rows")

    def open_parquet(self, name: str, path: str) -> None:
        """A file of Parquet, or all that a pattern names, as a table of whole numbers and truths that is read when asked for."""
        database = self._connection.con
        database.read_parquet(path).create_view("opened_file", replace=True)
        columns = [
            f'CAST("{column}" AS {"BOOLEAN" if str(kind) == "BOOLEAN" else "BIGINT"}) AS "{column}"'
            for column, kind, *_ in database.execute("DESCRIBE opened_file").fetchall()
        ]
        text = path.replace("'", "''")
        database.execute(
            f"CREATE OR REPLACE VIEW \"{name}\" AS SELECT {', '.join(columns)} FROM read_parquet('{text}')"
        )

    def define(self, name: str, relation: Relation) -> None:
        """A name for a relation, which is computed each time it is read."""
        self._connection.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS {self._text_of(relation)}')

    def create(self, name: str, relation: Relation) -> None:
        """A table of what a relation comes to, in the place of any of that name."""
        with self._within_memory():
            self._connection.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self._text_of(relation)}')

    def fetch(self, relation: Relation, order: tuple[str, ...] = ()) -> pyarrow.Table:
        """The rows of a relation, by columns whose values are known."""
        ordered = f" ORDER BY {', '.join(order)}" if order else ""
        with self._within_memory():
            return self._connection.con.sql(f"FROM ({self._text_of(relation)}){ordered}").to_arrow_table()

    def close(self) -> None:
        """Give everything back."""
        self._connection.disconnect()

    @contextmanager
    def _within_memory(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise TooLittleMemory(self._memory or "") from error

    def _text_of(self, relation: Relation) -> str:
        return text_of(relation, "duckdb", lambda table: str(self._connection.compile(table)))
