"""What is known of the facts before any is read: their columns as numbers, with bounds, and the numbers of all words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from competency.model.facts import ColumnType, FactType
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.program import ir

MICROSECONDS_A_DAY = 86_400_000_000
LAST_DAY = date.max.toordinal()
LAST_CALENDAR = 99_991_231
LAST_MOMENT = (LAST_DAY + 2) * MICROSECONDS_A_DAY

# A column whose numbers have more than so many parts of one, or are larger, is left to the interpreter.
SCALE_MAX = 10**9
# Of so few words each is looked for by itself, which is cheaper than to tell how many different ones there are.
AMONG_MAX = 12
NUMBER_MAX = 10**15


class Holds(Enum):
    """What a column of facts holds, as an engine sees it."""

    NUMBER = "number"
    TRUTH = "truth"
    DAY = "day"
    WORD = "word"


_HOLDS = {
    ColumnType.NUMBER: Holds.NUMBER,
    ColumnType.WHOLE: Holds.NUMBER,
    ColumnType.CREDITS: Holds.NUMBER,
    ColumnType.SHARE: Holds.NUMBER,
    ColumnType.MONEY: Holds.NUMBER,
    ColumnType.SCORE: Holds.NUMBER,
    ColumnType.SCHOOL_YEAR: Holds.NUMBER,
    ColumnType.BOOLEAN: Holds.TRUTH,
    ColumnType.DATE: Holds.DAY,
    ColumnType.MOMENT: Holds.DAY,
    ColumnType.INSTANT: Holds.DAY,
}


def holds(column: ColumnType) -> Holds:
    """What a column of a type holds."""
    return _HOLDS.get(column, Holds.WORD)


@dataclass(frozen=True, slots=True)
class FactColumn:
    """A column: numbers are whole ones in units of 1 by `scale`, within bounds; `has_times`: some days have a time;
    `is_uniform`: all have, in one zone.
    `among` are all values of words, where they are few.
    `is_blank`: no row has a value, and no engine needs the column.

    `reason` says why an engine cannot read it; an empty one that it can.
    """

    holds: Holds
    scale: int = 1
    low: int = -NUMBER_MAX
    high: int = NUMBER_MAX
    has_blanks: bool = True
    has_times: bool = False
    is_uniform: bool = False
    is_blank: bool = False
    among: tuple[int, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Clustering:
    """Rows of a learner that have one value in a column stand together, oldest first in an order."""

    column: str
    order: ir.Order


@dataclass(frozen=True, slots=True)
class FactTable:
    """A table of facts: its columns, and how many rows a learner has at most, in all and with one value of a column.

    `has_corrections`: some of its rows may correct others. `clustering`: how its rows are best kept together.
    """

    fact_type: FactType
    columns: Mapping[str, FactColumn]
    rows_max: int
    rows_max_by: Mapping[str, int] = field(default_factory=dict)
    has_corrections: bool = True
    clustering: Clustering | None = None

    def column(self, name: str) -> FactColumn:
        """The column of a name; NoSetForm where an engine cannot read it."""
        found = self.columns[name]
        if found.reason:
            raise NoSetForm(found.reason)
        return found


@dataclass(frozen=True, slots=True)
class Words:
    """All texts and codes of facts and program by their numbers, which stand in the order of the texts."""

    texts: tuple[str, ...]
    numbers: Mapping[str, int] = field(repr=False)

    def number(self, text: str) -> int:
        """The number of a text; KeyError for one that stands nowhere."""
        return self.numbers[text]


def words_of(texts: set[str]) -> Words:
    """The words of a set of texts."""
    ordered = tuple(sorted(texts))
    return Words(ordered, {text: number for number, text in enumerate(ordered)})


@dataclass(frozen=True, slots=True)
class FactsAtHand:
    """The facts that a program is decided from: tables by plural, and words."""

    tables: Mapping[str, FactTable]
    words: Words


# A row's number among those of its learner in the order of their identities, and that of the row it corrects.
PLACE, CORRECTS = "place", "corrects_place"

# Words that can be columns of an engine as they are. What is made on the way has a number at its end.
_PLAIN = re.compile(r"[a-z]+(?:_[a-z]+)*")


def engine_name(name: str) -> str:
    """What a column or table that a book names is called in an engine, where capitals do not count.

    No two names become one, and none becomes that of a column which is made on the way.
    """
    if _PLAIN.fullmatch(name) and name not in {PLACE, CORRECTS}:
        return name
    return "".join(f"^{ord(each):x}^" if each.isupper() else each for each in name) + "^"


# Further columns of a column that holds days: month and day of it, and of one with times the moment itself.
def calendar_name(column: str) -> str:
    """Year, month and day in one number, as 20261102."""
    return f"{engine_name(column)}__calendar"


def kind_name(column: str) -> str:
    """0 a date, 1 a local time, 2 a time with a zone."""
    return f"{engine_name(column)}__kind"


def moment_name(column: str) -> str:
    """Microseconds, those of a time with a zone at its zero."""
    return f"{engine_name(column)}__moment"


def clock_name(column: str) -> str:
    """Microseconds as the clock on the wall shows them."""
    return f"{engine_name(column)}__clock"


def zone_name(column: str) -> str:
    """The zone's number in the order in which moments of one clock time follow each other."""
    return f"{engine_name(column)}__zone"
