"""What an engine is asked: to hold tables by name, to make them from relations, to give rows back."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import pyarrow

from competency.rules.population.lists import Together
from competency.rules.population.relations import Relation


class CannotStart(Exception):
    """An engine is not to be had; the text says why."""


class TooLittleMemory(Exception):
    """What an engine may use of memory does not suffice, not even with the disk; the text says how much that is."""


class Engine(Protocol):
    """Tables by name, of whole numbers and truths. What one engine answers, every other answers too."""

    def put(self, name: str, rows: pyarrow.Table) -> None:
        """A table of given rows, in the place of any of that name."""

    def open_parquet(self, name: str, path: str) -> None:
        """A file of Parquet, or all that a pattern names, as a table of whole numbers and truths that is read when asked for."""

    def define(self, name: str, relation: Relation) -> None:
        """A name for a relation, which is computed each time it is read."""

    def create(self, name: str, relation: Relation) -> None:
        """A table of what a relation comes to, in the place of any of that name."""

    def create_together(self, name: str, relation: Relation, together: Together, read: Collection[str]) -> None:
        """The same, where rows are best kept together, and of which these columns are read."""

    def fetch(self, relation: Relation, order: tuple[str, ...] = ()) -> pyarrow.Table:
        """The rows of a relation, by columns whose values are known."""

    def close(self) -> None:
        """Give everything back."""
