"""Which version of the package, and of each plugin, is at work: what an entry of the ledger says beside what was done."""

from __future__ import annotations

import functools
from importlib.metadata import entry_points, version

from competency.plugin_api.hookspecs import ENTRY_POINT_GROUP


@functools.cache
def engine_version() -> str:
    """The version of this package."""
    return version("competency")


@functools.cache
def plugin_versions() -> dict[str, str]:
    """The version of every installed distribution that brings a plugin, by name."""
    distributions = [point.dist for point in entry_points(group=ENTRY_POINT_GROUP) if point.dist is not None]
    return {each.name: each.version for each in sorted(distributions, key=lambda each: each.name)}
