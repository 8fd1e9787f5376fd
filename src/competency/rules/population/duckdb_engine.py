"""The engine that is embedded: DuckDB, in this process."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow

from competency.rules.population.columns import Kind
from competency.rules.population.ibis_reading import text_of
from competency.rules.population.lists import Lists, Order, in_lists, with_lists
from competency.rules.population.relations import Extend, Relation, Scan


class DuckDBEngine:
    """Tables by name in one embedded database, held in memory.

    Beyond `memory` (as `2GB`) it goes to files in the folder `spill`, which whoever made the folder clears away.
    """

    def __init__(self, memory: str | None = None, spill: str | None = None) -> None:
        settings: dict[str, Any] = {}
        if memory is not None:
            settings["memory_limit"] = memory
        if spill is not None:
            settings["temp_directory"] = spill
        self._connection = ibis.duckdb.connect(**settings)
        self._connection.raw_sql("SET preserve_insertion_order = false")
        self._views: dict[str, Relation] = {}
        self._lists: dict[str, Lists] = {}

    def put(self, name: str, rows: pyarrow.Table) -> None:
        """A table of given rows, in the place of any of that name."""
        database = self._connection.con
        database.register("given_rows", rows)
        try:
            database.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM given_rows')
        finally:
            database.unregister("given_rows")

    def put_clustered(
        self, name: str, rows: pyarrow.Table, keys: tuple[str, ...], order: Order, *, is_clustered: bool
    ) -> None:
        """A table of given rows, which are kept in lists: those with the same keys together, in an order."""
        columns = tuple(
            (column.name, Kind.TRUTH if column.type == pyarrow.bool_() else Kind.WHOLE) for column in rows.schema
        )
        if not is_clustered:
            rows = self._sorted(rows, columns, keys, order)
        lists = Lists(f"lists of {name}", keys, tuple(one for one in columns if one[0] not in keys), order)
        self._connection.con.register(lists.table, in_lists(rows, keys))
        self._lists[name] = lists

    def _sorted(
        self, rows: pyarrow.Table, columns: tuple[tuple[str, Kind], ...], keys: tuple[str, ...], order: Order
    ) -> pyarrow.Table:
        self.put("given rows", rows)
        by = tuple((f"by_{place}", one) for place, (one, _) in enumerate(order))
        ways = [
            f"{name} {'DESC' if is_last_first else 'ASC'}"
            for (name, _), (_, is_last_first) in zip(by, order, strict=True)
        ]
        found = self.fetch(Extend(Scan("given rows", columns), by), (*keys, *ways))
        self._connection.con.execute('DROP TABLE "given rows"')
        return found.select([name for name, _ in columns])

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
        self._views[name] = relation

    def create(self, name: str, relation: Relation) -> None:
        """A table of what a relation comes to, in the place of any of that name."""
        self._connection.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self._text_of(relation)}')

    def fetch(self, relation: Relation, order: tuple[str, ...] = ()) -> pyarrow.Table:
        """The rows of a relation, by columns whose values are known."""
        ordered = f" ORDER BY {', '.join(order)}" if order else ""
        return self._connection.con.sql(f"FROM ({self._text_of(relation)}){ordered}").to_arrow_table()

    def close(self) -> None:
        """Give everything back."""
        self._connection.disconnect()

    def _text_of(self, relation: Relation) -> str:
        relation = with_lists(relation, self._views, self._lists)
        return text_of(relation, "duckdb", lambda table: str(self._connection.compile(table)))
