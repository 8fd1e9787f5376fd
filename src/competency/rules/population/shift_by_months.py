"""Dates that lie months away, for every row at once: a calendar says it of each day that can be meant, and is joined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Kind
from competency.rules.population.frame import Frame
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.values import Day, Value, day_of, fraction_of
from competency.rules.program.operators import OPERATORS

OPERATORS_OF_MONTHS = frozenset(
    {"later by months down", "later by months up", "earlier by months down", "earlier by months up"}
)

# A calendar of so many days, a little more than a century, is made in a moment.
DAYS_MAX = 40_000


def shift_by_months(operator: str, day: Value, months: Value, frame: Frame) -> Day:
    """What an operator of OPERATORS_OF_MONTHS comes to; NoSetForm where the day could be any day at all."""
    if not isinstance(day, Day):
        raise NoSetForm("a date that is none")
    number = fraction_of(months)
    first, last = max(day.count.low, 1), min(day.count.high, f.LAST_DAY)
    if number is None or last < first:  # nobody has such a date
        return Day(c.BLANK, c.BLANK)
    if last - first > DAYS_MAX:
        raise NoSetForm("a date months away from one that could be any day")
    table = f"{operator} {number} {first} {last}"
    moved = [_moved(operator, date.fromordinal(count), number) for count in range(first, last + 1)]
    if table not in frame.space.given:
        frame.space.given[table] = _table(first, moved)
    known = [one.toordinal() for one in moved if one is not None]
    wanted = {
        "moved": c.column("moved", Kind.WHOLE, low=min(known, default=1), high=max(known, default=1)),
        "calendar": c.column("calendar", Kind.WHOLE, low=0, high=f.LAST_CALENDAR),
    }
    found = frame.attach(table, wanted, {"day": day.count})
    return Day(found["moved"], found["calendar"])


def _moved(operator: str, day: date, months: Fraction) -> date | None:
    moved = OPERATORS[operator].meaning(day, months)
    return moved if isinstance(moved, date) else None


def _table(first: int, moved: list[date | None]) -> pyarrow.Table:
    days = [None if one is None else day_of(one) for one in moved]
    columns: Mapping[str, list[int | None]] = {
        "day": [first + place for place in range(len(moved))],
        "moved": [None if one is None else one.count.low for one in days],
        "calendar": [None if one is None or one.calendar is None else one.calendar.low for one in days],
    }
    return pyarrow.table({name: whole_numbers(values) for name, values in columns.items()})
