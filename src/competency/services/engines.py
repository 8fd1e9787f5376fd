"""The engines that decide, by the names that `--engine` takes, and what must be installed for each."""

from __future__ import annotations

from importlib.util import find_spec

INTERPRETER, DUCKDB = "interpreter", "duckdb"
ENGINES = (INTERPRETER, DUCKDB)

# The extra of the distribution that brings what an engine needs, and the modules by which one sees that it is there.
EXTRA = "population"
_NEEDED = {DUCKDB: ("duckdb", "ibis")}


def missing_packages(engine: str) -> tuple[str, ...]:
    """The packages that an engine needs and that are not installed."""
    return tuple(name for name in _NEEDED.get(engine, ()) if find_spec(name) is None)
