"""What a cell of each column type may hold, how it is read and how it is written: defined once, here.

In: text, or a native value of a Parquet column. Out: a FactValue. Blank is no value and never zero.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from competency.interchange.cell_fault import CellFault, shown
from competency.interchange.dates_and_times import (
    instant_text,
    moment_text,
    read_date,
    read_instant,
    read_moment,
    read_school_year,
)
from competency.interchange.exact_numbers import number_text, read_number, read_share, read_whole, share_text
from competency.model.facts import Column, ColumnType, FactValue
from competency.model.scales import Scale

# A reason for a waiver may run to pages; more than this is a file that lost its quotes.
CELL_CHARACTERS_MAX = 10_000

# These reverse the order in which a reader sees characters: a name could read as another one.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_YES_OR_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class CellContext:
    """What the reading of a cell depends on besides its column: the scale of scores, the zone of local time."""

    scale: Scale | None = None
    time_zone: ZoneInfo | None = None


# Scores are numbers of any size, and times are local.
PLAIN = CellContext()


@dataclass(frozen=True, slots=True)
class Cell:
    """A column type at the boundary: how it is read, how it is written, and how people are told to write it."""

    read: Callable[[object, Column, CellContext], FactValue]
    text: Callable[[Any], str]
    written_as: str


def read_cell(column: Column, value: object, context: CellContext) -> FactValue:
    """The value of a cell; None where it is blank. Spaces around it do not count. Raises CellFault."""
    if isinstance(value, str):
        value = value.strip()
    if value is None or value == "":
        if column.required:
            raise CellFault("the cell is blank, and every row needs a value here")
        return None
    return CELLS[column.type].read(value, column, context)


def cell_text(column: Column, value: FactValue) -> str:
    """The text of a value as `read_cell` reads it back; an empty text for no value."""
    return "" if value is None else CELLS[column.type].text(value)


def _read_text(value: object, _column: Column, _context: CellContext) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise CellFault(f"{shown(value)} is not text")
    text = str(value)
    if len(text) > CELL_CHARACTERS_MAX:
        raise CellFault(f"the cell holds {len(text):,} characters; at most {CELL_CHARACTERS_MAX:,} are read")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.isprintable():
        for character in text:
            if character in _REORDERING or (
                unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\n"
            ):
                raise CellFault(
                    f"the cell holds the character U+{ord(character):04X}, which is not seen when it is read"
                )
    return text


def _read_name(value: object, column: Column, context: CellContext) -> str:
    text = _read_text(value, column, context)
    if "\n" in text:
        raise CellFault(f"{shown(text)} runs over several lines; a name or identifier stands on one")
    return text


def _read_boolean(value: object, _column: Column, _context: CellContext) -> bool:
    found = value if isinstance(value, bool) else _YES_OR_NO.get(str(value).lower())
    if found is None:
        raise CellFault(f"{shown(value)} is neither yes nor no: write yes, no, true, false, 1 or 0")
    return found


def _read_choice(value: object, column: Column, _context: CellContext) -> str:
    for choice in column.choices:
        if value == choice:
            return choice
    raise CellFault(f"{shown(value)} is not one of: {', '.join(column.choices)}{_nearest(value, column.choices)}")


def _read_score(value: object, _column: Column, context: CellContext) -> Fraction:
    scale = context.scale
    level = scale.level(value) if scale is not None and isinstance(value, str) else None
    if scale is not None and level is not None:
        return scale.value(level)
    try:
        number = read_number(value)
    except CellFault as fault:
        if isinstance(value, str) and scale is not None and scale.levels:
            names = [level.name for level in scale.levels]
            raise CellFault(
                f"{shown(value)} is neither a number nor a level of the scale {scale.name} "
                f"({', '.join(names)}){_nearest(value, names)}"
            ) from fault
        raise
    if scale is not None:
        _check_on_scale(number, value, scale)
    return number


def _check_on_scale(number: Fraction, value: object, scale: Scale) -> None:
    values = [scale.value(level) for level in scale.levels]
    lowest = min(values) if values else scale.lowest
    highest = max(values) if values else scale.highest
    if (lowest is not None and number < lowest) or (highest is not None and number > highest):
        bounds = [f"from {number_text(lowest)}" if lowest is not None else ""]
        bounds.append(f"to {number_text(highest)}" if highest is not None else "")
        raise CellFault(f"{shown(value)} is off the scale {scale.name}, which runs {' '.join(filter(None, bounds))}")
    if not scale.has_numbers and number.denominator != 1:
        raise CellFault(f"{shown(value)} lies between two levels of the scale {scale.name}, which has no numbers")


def _nearest(value: object, names: Any) -> str:
    found = difflib.get_close_matches(str(value), names, n=1)
    return f"; did you mean `{found[0]}`?" if found else ""


def _plain(read: Callable[[object], FactValue]) -> Callable[[object, Column, CellContext], FactValue]:
    """A reading that depends on nothing but the cell."""
    return lambda value, _column, _context: read(value)


def _moment(value: object, _column: Column, context: CellContext) -> datetime:
    return read_moment(value, context.time_zone)


def _instant(value: object, _column: Column, context: CellContext) -> datetime:
    return read_instant(value, context.time_zone)


def _date_text(value: date) -> str:
    return value.isoformat()


_TEXT = Cell(_read_text, str, "text")
_NAME = Cell(_read_name, str, "text on one line")
_NUMBER = Cell(_plain(read_number), number_text, "digits with a point, `2.75`, or a fraction, `1/2`")
_WHOLE = Cell(_plain(read_whole), number_text, "digits, `3`")


def _code_of(what: str) -> Cell:
    return Cell(_read_name, str, what)


CELLS: Mapping[ColumnType, Cell] = {
    ColumnType.TEXT: _TEXT,
    ColumnType.IDENTIFIER: _NAME,
    ColumnType.NUMBER: _NUMBER,
    ColumnType.WHOLE: _WHOLE,
    ColumnType.CREDITS: Cell(_NUMBER.read, number_text, "as a number, in credits: `0.5`"),
    ColumnType.SHARE: Cell(_plain(read_share), share_text, "a percentage, `80%`, or a share of one, `0.8`"),
    ColumnType.MONEY: Cell(_NUMBER.read, number_text, "as a number, in dollars, without a sign: `493.44`"),
    ColumnType.BOOLEAN: Cell(
        _read_boolean, lambda value: "yes" if value else "no", "`yes`, `no`, `true`, `false`, `1` or `0`"
    ),
    ColumnType.DATE: Cell(_plain(read_date), _date_text, "ISO 8601: `2026-09-01`"),
    ColumnType.MOMENT: Cell(
        _moment, moment_text, "local time, ISO 8601: `2026-09-01` (its midnight) or `2026-09-01T08:30:00`"
    ),
    ColumnType.INSTANT: Cell(
        _instant,
        instant_text,
        "ISO 8601 with an offset: `2026-09-01T08:30:00-04:00`; a date alone is the start of the day in the calendar's time zone",
    ),
    ColumnType.SCHOOL_YEAR: Cell(_plain(read_school_year), number_text, "`2025-26`, or the year of its end, `2026`"),
    ColumnType.SCORE: Cell(_read_score, number_text, "a number within the scale, or the name of one of its levels"),
    ColumnType.CHOICE: Cell(_read_choice, str, "one of the words listed"),
    ColumnType.LEARNER: _code_of("the identifier in `learners`"),
    ColumnType.COMPETENCY: _code_of("its code in the framework"),
    ColumnType.COURSE: _code_of("its code in the catalog"),
    ColumnType.LEVEL: _code_of("its code in the continuum"),
    ColumnType.SCHOOL: _code_of("its identifier"),
    ColumnType.METHOD: _code_of("its name in the book"),
    ColumnType.ROLE: _code_of("its name in the book"),
    ColumnType.PROGRAM: _code_of("its name in the book"),
    ColumnType.PANEL: _code_of("its name in the book"),
}
