"""Files that a rule text names, already read: frameworks, items with relations, rows of decision tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from competency.model.items import Framework, Item


@dataclass(frozen=True, slots=True)
class AttachedItems:
    """Items and relations from a catalog table; a relation is (name, code it leads from, code it leads to)."""

    items: tuple[Item, ...] = ()
    relations: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class AttachedRows:
    """The rows of a decision table as text, each with the line on which it stands; the answer is the last cell."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]


Attachment: TypeAlias = Framework | AttachedItems | AttachedRows
