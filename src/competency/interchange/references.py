"""Which names rows may speak of: sets of codes that are known, each optional."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field

from competency.interchange.cell_fault import CellFault, shown
from competency.model.facts import ColumnType

# A look for the nearest name costs milliseconds in a large framework: after so many different unknown names of one
# column the file has another fault than a misspelling.
SUGGESTIONS_MAX = 100


@dataclass(frozen=True, slots=True)
class References:
    """The codes that are known, by kind. `None`: that kind is not checked; skills stand among the competencies."""

    competencies: frozenset[str] | None = None
    courses: frozenset[str] | None = None
    levels: frozenset[str] | None = None
    methods: frozenset[str] | None = None
    roles: frozenset[str] | None = None
    programs: frozenset[str] | None = None
    panels: frozenset[str] | None = None
    schools: frozenset[str] | None = None

    def known(self, column_type: ColumnType) -> frozenset[str] | None:
        """The codes that a column of that type may hold; None where any text may stand."""
        match column_type:
            case ColumnType.COMPETENCY:
                return self.competencies
            case ColumnType.COURSE:
                return self.courses
            case ColumnType.LEVEL:
                return self.levels
            case ColumnType.METHOD:
                return self.methods
            case ColumnType.ROLE:
                return self.roles
            case ColumnType.PROGRAM:
                return self.programs
            case ColumnType.PANEL:
                return self.panels
            case ColumnType.SCHOOL:
                return self.schools
            case _:
                return None


# Where no book is at hand, any name may stand.
UNCHECKED = References()


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names that one column may hold, with the suggestions already made for those that it may not."""

    what: str
    names: frozenset[str]
    _suggestions: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def check(self, name: str) -> None:
        """Raises CellFault for a name that is not known, with the nearest that is."""
        if name not in self.names:
            raise CellFault(f"{shown(name)} is not a known {self.what}{self._suggestion(name)}", is_reference=True)

    def _suggestion(self, name: str) -> str:
        if name not in self._suggestions and len(self._suggestions) < SUGGESTIONS_MAX:
            found = difflib.get_close_matches(name, sorted(self.names), n=1)
            self._suggestions[name] = f"; did you mean `{found[0]}`?" if found else ""
        return self._suggestions.get(name, "")
