"""The engines that decide, by the names that `--engine` takes, and what must be installed for each."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from competency.rules.population.engine import Engine

INTERPRETER, DUCKDB, SPARK = "interpreter", "duckdb", "spark"
ENGINES = (INTERPRETER, DUCKDB, SPARK)

# Where Spark runs unless it is said: in this computer, on two of its processors.
LOCAL_MASTER = "local[2]"

# The modules by which one sees that what an engine needs is there, and the extra of the distribution that brings it.
_NEEDED = {DUCKDB: ("duckdb", "ibis"), SPARK: ("pyspark", "ibis")}
EXTRA_OF = {DUCKDB: "population", SPARK: "spark"}

# The address of a master of Spark's own; others are found by Spark alone.
_OWN_MASTER = re.compile(r"spark://(?P<host>[^:,/]+):(?P<port>\d{1,5})")
ANSWER_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine by its name, what memory DuckDB may use, and the master of Spark's cluster."""

    name: str = INTERPRETER
    memory: str | None = None
    master: str = LOCAL_MASTER


ONE_BY_ONE, ON_DUCKDB = EngineChoice(), EngineChoice(DUCKDB)


def missing_packages(engine: str) -> tuple[str, ...]:
    """The packages that an engine needs and that are not installed."""
    return tuple(name for name in _NEEDED.get(engine, ()) if find_spec(name) is None)


def why_unreachable(master: str) -> str:
    """Why nobody answers at the address of a master of Spark's own, which Spark itself would try for a minute; else nothing."""
    found = _OWN_MASTER.fullmatch(master)
    if found is None:
        return ""
    try:
        with socket.create_connection((found["host"], int(found["port"])), ANSWER_SECONDS_MAX):
            return ""
    except (OSError, OverflowError) as error:
        return f"`{master}` does not answer: {error}"


def start_engine(choice: EngineChoice, spill: str) -> Engine:
    """An engine for many learners, ready; files that it needs for a while go to the folder `spill`."""
    if choice.name == SPARK:
        from competency.rules.population.spark_engine import SparkEngine

        return SparkEngine(choice.master)
    from competency.rules.population.duckdb_engine import DuckDBEngine

    return DuckDBEngine(choice.memory, spill)
