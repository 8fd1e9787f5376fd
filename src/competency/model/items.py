"""What rules quantify over: competencies, skills, courses and levels, with their data and relations.

A catalog is the whole of a book's items. Codes are unique within a kind; competencies and skills share one space.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

ItemValue: TypeAlias = str | bool | Fraction | date | None

COMPETENCY, SKILL, COURSE, LEVEL = "competency", "skill", "course", "level"


@dataclass(frozen=True, slots=True)
class Item:
    """A competency, skill, course or level. `data` are its own columns; `identifier` is a CASE GUID or empty."""

    kind: str
    code: str
    title: str = ""
    data: Mapping[str, ItemValue] = field(default_factory=dict)
    identifier: str = ""


@dataclass(frozen=True, slots=True)
class Framework:
    """Competencies with their order: parent to children, and each item to what must come before it.

    `children` and `prerequisites` map a code to codes, in the order of the source; both are acyclic.
    """

    name: str
    title: str
    items: tuple[Item, ...]
    children: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prerequisites: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalog:
    """All items of a book.

    `items`: by kind, then by code, in order of declaration. `collections`: a framework, the course catalog or a
    continuum by name, as (kind, codes). `relations`: (kind, relation) to code to codes, for instance
    `("course", "core competencies")`.
    """

    items: Mapping[str, Mapping[str, Item]]
    collections: Mapping[str, tuple[str, tuple[str, ...]]]
    relations: Mapping[tuple[str, str], Mapping[str, tuple[str, ...]]]

    def item(self, kind: str, code: str) -> Item | None:
        """The item of a kind with that code; a competency may be asked for where a skill is meant."""
        found = self.items.get(kind, {}).get(code)
        if found is None and kind == COMPETENCY:
            found = self.items.get(SKILL, {}).get(code)
        return found

    def related(self, kind: str, relation: str, code: str) -> tuple[str, ...]:
        """The codes to which a relation leads from an item."""
        return self.relations.get((kind, relation), {}).get(code, ())
