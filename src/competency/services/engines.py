"""The engines that decide, by the names that `--engine` takes, and what must be installed for each."""

from __future__ import annotations

import os
import re
import socket
from dataclasses import dataclass
from fractions import Fraction
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

# How much memory is said, in capitals or not, and what DuckDB may use of the computer's where nothing is.
_AMOUNT_OF_MEMORY = r"(?ai)(?P<number>\d+(\.\d+)?) ?(?P<unit>[KMGT])B"
MEMORY_PERCENT = 80
MEMORY_MIN, MEMORY_MAX = 10**3, 10**15
# Where memory is said, no more workers are begun than have this much each: with much less none can decide a bucket.
MEMORY_A_WORKER_MIN = 256_000_000

# The address of a master of Spark's own; others are found by Spark alone.
_OWN_MASTER = re.compile(r"spark://(?P<host>[^:,/]+):(?P<port>\d{1,5})")
ANSWER_SECONDS_MAX = 5


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """An engine by its name, what memory DuckDB may use, and the master of Spark's cluster.

    `workers`: how many buckets of learners DuckDB decides side by side; none: one a processor.
    """

    name: str = INTERPRETER
    memory: str | None = None
    master: str = LOCAL_MASTER
    workers: int | None = None


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


def workers_of(choice: EngineChoice) -> int:
    """How many buckets of learners are decided side by side in this process; Spark spreads each over its own."""
    if choice.name == SPARK:
        return 1
    if choice.workers is not None:
        return choice.workers
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if choice.memory is None:
        return processors
    return max(1, min(processors, bytes_of(choice.memory) // MEMORY_A_WORKER_MIN))


def bytes_of(memory: str) -> int:
    """An amount of memory, as `2GB`, in bytes. ValueError where it is none, or no computer has it."""
    found = re.fullmatch(_AMOUNT_OF_MEMORY, memory)
    if found is None:
        raise ValueError(f"`{memory}` is no amount of memory")
    amount = int(Fraction(found["number"]) * 1000 ** (" KMGT".index(found["unit"].upper())))
    if not MEMORY_MIN <= amount <= MEMORY_MAX:
        raise ValueError(f"`{memory}` is not between {MEMORY_MIN // 10**3} KB and {MEMORY_MAX // 10**12} TB")
    return amount


def memory_of_one(memory: str | None, workers: int) -> str:
    """What each of several workers may use, as DuckDB takes it; if nothing is said, all together most of the computer's."""
    return f"{MEMORY_PERCENT // workers}%" if memory is None else f"{bytes_of(memory) // workers}B"


def start_engine(choice: EngineChoice, spill: str, workers: int = 1) -> Engine:
    """An engine for many learners, ready; files that it needs for a while go to the folder `spill`.

    Of several workers side by side, each has an engine with one processor and its part of the memory.
    """
    if choice.name == SPARK:
        from competency.rules.population.spark_engine import SparkEngine

        return SparkEngine(choice.master)
    from competency.rules.population.duckdb_engine import DuckDBEngine

    return DuckDBEngine(memory_of_one(choice.memory, workers), spill, threads=1 if workers > 1 else None)
