"""The engine that is embedded: DuckDB, in this process."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler
from sqlglot import ErrorLevel

from competency.rules.population.columns import Kind
from competency.rules.population.engine import TooLittleMemory
from competency.rules.population.ibis_reading import text_of
from competency.rules.population.lists import Lists, Together, in_lists, stand_in_order, with_lists
from competency.rules.population.one_table import own_column
from competency.rules.population.prune import names_of
from competency.rules.population.relations import Keep, Relation


class DuckDBEngine:
    """Tables by name in one embedded database, held in memory.

    Beyond `memory` (as `2GB`, or `40%` of what the computer has) it goes to files in the folder `spill`, which whoever made
    the folder clears away. It works on `threads` processors at once, or on all.
    """

    def __init__(self, memory: str | None = None, spill: str | None = None, threads: int | None = None) -> None:
        settings: dict[str, Any] = {"preserve_insertion_order": False}
        if memory is not None:
            settings["memory_limit"] = memory
        if spill is not None:
            settings["temp_directory"] = spill
        if threads is not None:
            settings["threads"] = threads
        self._memory = memory
        with self._within_memory():
            self._database = duckdb.connect(config=settings)
        self._lists: dict[str, Lists] = {}

    def put(self, name: str, rows: pyarrow.Table) -> None:
        """A table of given rows, in the place of any of that name."""
        self._database.register(name, rows)

    def open_parquet(self, name: str, path: str) -> None:
        """A file of Parquet, or all that a pattern names, as a table of whole numbers and truths that is read when asked for."""
        database = self._database
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
        self._database.execute(f'CREATE OR REPLACE VIEW "{name}" AS {self._text_of(relation)}')

    def create(self, name: str, relation: Relation) -> None:
        """A table of what a relation comes to, in the place of any of that name."""
        with self._within_memory():
            self._database.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self._text_of(relation)}')

    def create_together(self, name: str, relation: Relation, together: Together, read: Collection[str]) -> None:
        """The same, with the rows in lists, and with the columns that are read."""
        rows = self.in_order(relation, together, read)
        elements = tuple(
            (column.name, kind_of_column(column.type)) for column in rows.schema if column.name not in together.keys
        )
        lists = Lists(f"lists of {name}", together.keys, elements, together.order)
        self._database.register(lists.table, in_lists(rows, together.keys))
        self._lists[name] = lists

    def in_order(self, relation: Relation, together: Together, read: Collection[str]) -> pyarrow.Table:
        """The rows of a relation as they are kept together; they are not sorted where they stand so already.

        `read` are the columns that are wanted beside the keys.
        """
        others = [name for name in names_of(relation) if name not in together.keys]
        # a row in a list has at least one column
        chosen = {*together.keys, *([name for name in others if name in read] or others[:1])}
        wanted = [name for name in names_of(relation) if name in chosen]
        ways = [(key, False) for key in together.keys]
        by = []
        for place, (one, is_last_first) in enumerate(together.order):
            name = one.name if one.is_column else f"by_{place}"
            ways.append((name, is_last_first))
            by += [] if name in wanted else [(name, one)]
        kept = [(name, own_column(name)) for name in wanted]
        with_order = Keep(relation, (*kept, *by))
        rows = self._as_they_stand(with_order).combine_chunks()
        if not stand_in_order(rows, ways):
            order = tuple(f"{one} {'DESC' if is_down else 'ASC'}" for one, is_down in ways)
            rows = self.fetch(with_order, order).combine_chunks()
        return rows.select(wanted)

    def _as_they_stand(self, relation: Relation) -> pyarrow.Table:
        self._database.execute("SET preserve_insertion_order = true")
        try:
            return self.fetch(relation)
        finally:
            self._database.execute("SET preserve_insertion_order = false")

    def fetch(self, relation: Relation, order: tuple[str, ...] = ()) -> pyarrow.Table:
        """The rows of a relation, by columns whose values are known."""
        ordered = f" ORDER BY {', '.join(order)}" if order else ""
        with self._within_memory():
            return self._database.sql(f"FROM ({self._text_of(relation)}){ordered}").to_arrow_table()

    @contextmanager
    def _within_memory(self) -> Iterator[None]:
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            raise TooLittleMemory(self._memory or "") from error

    def _text_of(self, relation: Relation) -> str:
        return query_text(with_lists(relation, self._lists))

    def close(self) -> None:
        """Give everything back."""
        self._database.close()


def kind_of_column(type_: pyarrow.DataType) -> Kind:
    """What a column holds that an engine was given, or gives."""
    return Kind.TRUTH if pyarrow.types.is_boolean(type_) else Kind.WHOLE


_COMPILER = DuckDBCompiler()


def query_text(relation: Relation) -> str:
    """The query that a relation becomes."""
    return text_of(relation, "duckdb", _text)


def _text(table: Any) -> str:
    query = _COMPILER.to_sqlglot(table)
    return str(query.sql(dialect=_COMPILER.dialect, copy=False, unsupported_level=ErrorLevel.RAISE))
