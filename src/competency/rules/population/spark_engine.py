"""The engine that is spread over machines: Apache Spark, on a cluster or in processes of this computer."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import Any

import pyarrow
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from competency.rules.population.engine import CannotStart
from competency.rules.population.ibis_reading import text_of
from competency.rules.population.lists import Together
from competency.rules.population.relations import Relation

# What every query relies on: a number too large is an error and never a blank, names differ by their case too.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.caseSensitive": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "true",
    "spark.sql.session.timeZone": "UTC",
}
_QUIET = {"spark.log.level": "ERROR", "spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
# On one computer: no more parts than two, and no listening to a network.
_ON_ONE_COMPUTER = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
}


class SparkEngine:
    """Tables by name in a session of its own. The connection to Spark is made once for a process, and ends with it."""

    def __init__(self, master: str) -> None:
        self._session = _session(master)
        self._tables: dict[str, Any] = {}

    def put(self, name: str, rows: pyarrow.Table) -> None:
        """A table of given rows, in the place of any of that name."""
        self._name(name, self._session.createDataFrame(rows))

    def open_parquet(self, name: str, path: str) -> None:
        """A file of Parquet, or all that a pattern names, as a table of whole numbers and truths that is read when asked for."""
        self._name(name, _as_whole(self._session.read.parquet(path)))

    def define(self, name: str, relation: Relation) -> None:
        """A name for a relation, which is computed each time it is read."""
        self._name(name, self._query(relation))

    def create(self, name: str, relation: Relation) -> None:
        """A table of what a relation comes to, in the place of any of that name; the workers keep it, on disk where need be."""
        self._name(name, self._query(relation).localCheckpoint())

    def create_together(self, name: str, relation: Relation, together: Together, read: Collection[str]) -> None:
        """The same: how rows stand is lost where they are spread over machines."""
        del together, read
        self.create(name, relation)

    def fetch(self, relation: Relation, order: tuple[str, ...] = ()) -> pyarrow.Table:
        """The rows of a relation, by columns whose values are known."""
        found = self._query(relation)
        return (found.orderBy(*order) if order else found).toArrow()

    def close(self) -> None:
        """Give everything back."""
        for name in self._tables:
            self._session.catalog.dropTempView(name)
        self._tables.clear()

    def _name(self, name: str, table: Any) -> None:
        table.createOrReplaceTempView(f"`{name}`")
        self._tables[name] = table

    def _query(self, relation: Relation) -> Any:
        return self._session.sql(text_of(relation, "spark", _text))


def _session(master: str) -> Any:
    settings = {**_QUIET, **_MEANING, **(_ON_ONE_COMPUTER if master.startswith("local") else {})}
    builder = SparkSession.builder.appName("competency").master(master)
    for setting, value in settings.items():
        builder = builder.config(setting, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about libraries that are not used here
        try:
            session = builder.getOrCreate().newSession()
        except (Py4JError, PySparkException) as error:
            raise CannotStart(_first_line(error)) from error
    if session.sparkContext.master != master:
        raise CannotStart(f"Spark runs at `{session.sparkContext.master}` in this process already")
    for setting, value in _MEANING.items():
        session.conf.set(setting, value)
    return session


def _first_line(error: Exception) -> str:
    java = getattr(error, "java_exception", None)
    text = str(error if java is None else java).strip()
    return text.splitlines()[0]


def _as_whole(table: Any) -> Any:
    kept = [table[column] if kind == "boolean" else table[column].cast("bigint") for column, kind in table.dtypes]
    return table.select(*kept)


class _Compiler(PySparkCompiler):  # type: ignore[misc]
    """Ibis' own, but for what it writes in a way that Spark takes for less than was meant."""

    __slots__ = ()

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:  # noqa: N802 - Ibis calls it so
        """A whole number has 64 bits, where Spark would give a small one 32."""
        if dtype.is_int64():
            return self.cast(str(value), dtype)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_WindowFunction(self, op: Any, **parts: Any) -> Any:  # noqa: N802 - Ibis calls it so
        """The same of the number of a row."""
        made = super().visit_WindowFunction(op, **parts)
        return self.cast(made, op.dtype) if op.dtype.is_int64() else made

    def visit_CountStar(self, op: Any, *, arg: Any, where: Any) -> Any:  # noqa: N802 - Ibis calls it so
        """Of no rows there are none, where a sum would be blank."""
        if where is None:
            return super().visit_CountStar(op, arg=arg, where=where)
        return self.f.count_if(where)


_COMPILER = _Compiler()


def _text(table: Any) -> str:
    return str(_COMPILER.to_sqlglot(table.unbind()).sql(dialect=_COMPILER.dialect))
