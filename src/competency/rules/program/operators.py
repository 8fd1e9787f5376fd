"""The operators, each once: its name, how many values it takes, what it means on values. Unknown is None.

Logic is strong Kleene. A number that is only bounded is an Interval; arithmetic and comparisons carry the bounds.
The place where an operator's meaning on a column will stand is its `column` field.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from competency.rules.program.rounding import rounded
from competency.rules.program.types import Kind

Value = Any
"""A Fraction, Interval, bool, str, date, datetime, or None for what is not known."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A number of which only bounds are known, both included; `high` is None where nothing bounds it."""

    low: Fraction
    high: Fraction | None

    def settled(self) -> Fraction | Interval:
        """The number itself where the bounds meet."""
        return self.low if self.low == self.high else self


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator: its name, its types, its meaning on values, and (where an engine over columns has one) on a column.

    `takes`: for each argument the kinds that it may be; the last stands for any further ones where `is_open`. `gives`:
    the kind of the outcome, none for that of the first argument. Units are the resolver's to settle.
    """

    name: str
    takes: tuple[frozenset[Kind], ...]
    gives: Kind | None
    meaning: Callable[..., Value]
    is_open: bool = False
    column: Callable[..., Any] | None = None

    def admits(self, kinds: Sequence[Kind]) -> bool:
        """Whether it may be applied to values of these kinds."""
        if len(kinds) < len(self.takes) or (len(kinds) > len(self.takes) and not self.is_open):
            return False
        wanted = (*self.takes, *(self.takes[-1:] * (len(kinds) - len(self.takes))))
        return all(kind in each for kind, each in zip(kinds, wanted, strict=True))


# --- logic ------------------------------------------------------------------------------------------------------------


def both(*values: bool | None) -> bool | None:
    """Strong Kleene `and`."""
    if False in values:
        return False
    return None if None in values else True


def either(*values: bool | None) -> bool | None:
    """Strong Kleene `or`."""
    if True in values:
        return True
    return None if None in values else False


def opposite(value: bool | None) -> bool | None:
    """Strong Kleene `not`."""
    return None if value is None else not value


def how_many_hold(*values: bool | None) -> Value:
    """How many conditions hold; bounds where some are not known."""
    low = values.count(True)
    return Interval(Fraction(low), Fraction(low + values.count(None))).settled()


# --- comparisons ------------------------------------------------------------------------------------------------------


def _bounds(value: Value) -> tuple[Value, Value]:
    return (value.low, value.high) if isinstance(value, Interval) else (value, value)


def _plain_date(value: Value) -> Value:
    """A moment beside a date is its date."""
    return value.date() if isinstance(value, datetime) else value


def _pair(left: Value, right: Value) -> tuple[Value, Value]:
    """Two values that can be compared: a moment goes by its date beside a date, and local time beside a time with a zone."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        if (left.tzinfo is None) == (right.tzinfo is None):
            return left, right
        return _plain_date(left), _plain_date(right)
    if isinstance(left, datetime) or isinstance(right, datetime):
        return _plain_date(left), _plain_date(right)
    return left, right


def at_least(left: Value, right: Value) -> bool | None:
    """left >= right, on bounds where only those are known."""
    if left is None or right is None:
        return None
    left, right = _pair(left, right)
    (low, high), (other_low, other_high) = _bounds(left), _bounds(right)
    if other_high is not None and low >= other_high:
        return True
    if high is not None and high < other_low:
        return False
    return None


def more_than(left: Value, right: Value) -> bool | None:
    """left > right."""
    return opposite(at_least(right, left))


def equal(left: Value, right: Value) -> bool | None:
    """left = right."""
    if left is None or right is None:
        return None
    left, right = _pair(left, right)
    if isinstance(left, Interval) or isinstance(right, Interval):
        above, below = at_least(left, right), at_least(right, left)
        return both(above, below)
    return bool(left == right)


def one_of(value: Value, *choices: Value) -> bool | None:
    """value is among the choices."""
    return either(*(equal(value, choice) for choice in choices))


# --- arithmetic -------------------------------------------------------------------------------------------------------


def _combined(left: Value, right: Value, operation: Callable[[Fraction, Fraction], Fraction]) -> Value:
    """An operation on bounds: the least and greatest of the four corners."""
    if left is None or right is None:
        return None
    if not isinstance(left, Interval) and not isinstance(right, Interval):
        return operation(left, right)
    corners = []
    for one in _bounds(left):
        for other in _bounds(right):
            if one is None or other is None:
                return None  # unbounded: nothing worth saying
            corners.append(operation(one, other))
    return Interval(min(corners), max(corners)).settled()


def add(left: Value, right: Value) -> Value:
    """Sum."""
    return _combined(left, right, lambda one, other: one + other)


def subtract(left: Value, right: Value) -> Value:
    """Difference."""
    return _combined(left, right, lambda one, other: one - other)


def multiply(left: Value, right: Value) -> Value:
    """Product."""
    return _combined(left, right, lambda one, other: one * other)


def divide(left: Value, right: Value) -> Value:
    """Quotient; a division by nothing is not known (no day enrolled, no item counted), never an error."""
    if left is None or right is None:
        return None
    low, high = _bounds(right)
    if low == 0 or high == 0 or high is None or low < 0 < high:
        return None
    return _combined(left, right, lambda one, other: one / other)


def negative(value: Value) -> Value:
    """The number with its sign turned."""
    return subtract(Fraction(0), value)


def larger(left: Value, right: Value) -> Value:
    """The larger of two values, the later of two dates; bounds are kept."""
    if left is None or right is None:
        return None
    if not _loose(left, right):
        return left if at_least(left, right) else right
    (low, high), (other_low, other_high) = _bounds(left), _bounds(right)
    return Interval(
        max(low, other_low), None if high is None or other_high is None else max(high, other_high)
    ).settled()


def smaller(left: Value, right: Value) -> Value:
    """The smaller of two values, the earlier of two dates; bounds are kept."""
    if left is None or right is None:
        return None
    if not _loose(left, right):
        return left if at_least(right, left) else right
    (low, high), (other_low, other_high) = _bounds(left), _bounds(right)
    highs = [one for one in (high, other_high) if one is not None]
    return Interval(min(low, other_low), min(highs, default=None)).settled()


def _loose(*values: Value) -> bool:
    return any(isinstance(value, Interval) for value in values)


def _rounded(direction: Any) -> Callable[[Value, Value], Value]:
    def meaning(value: Value, to: Fraction) -> Value:
        if value is None:
            return None
        if isinstance(value, Interval):
            high = None if value.high is None else rounded(value.high, to, direction)
            return Interval(rounded(value.low, to, direction), high).settled()
        return rounded(value, to, direction)

    return meaning


# --- dates ------------------------------------------------------------------------------------------------------------


def days_between(begins: Value, ends: Value) -> Value:
    """Days from the first date to the second; the second day itself does not count."""
    if begins is None or ends is None:
        return None
    return Fraction((_plain_date(ends) - _plain_date(begins)).days)


def age(born: Value, when: Value) -> Value:
    """Completed years; who was born on February 29 completes a year on March 1 where there is no such day."""
    if born is None or when is None:
        return None
    born, when = _plain_date(born), _plain_date(when)
    before_birthday = (when.month, when.day) < (born.month, born.day)
    return Fraction(when.year - born.year - (1 if before_birthday else 0))


def shifted(day: Value, days: Value, sign: int) -> Value:
    """A date so many whole days after (sign 1) or before (sign -1) another; outside the calendar's years, not known."""
    if day is None or days is None or _loose(days):
        return None
    try:
        return _plain_date(day) + timedelta(days=sign * int(days))
    except OverflowError:
        return None


def shifted_months(day: Value, months: Value, sign: int, direction: str) -> Value:
    """A date so many months away; a day that does not exist becomes the last of its month, or the first of the next.

    Outside the calendar's years (1 to 9999) it is not known.
    """
    if day is None or months is None or _loose(months):
        return None
    day = _plain_date(day)
    year, month = divmod(day.year * 12 + day.month - 1 + sign * int(months), 12)
    if not MINYEAR <= year <= MAXYEAR:
        return None
    days = monthrange(year, month + 1)[1]
    if day.day <= days:
        return date(year, month + 1, day.day)
    # no December is too short, so the first of the next month is in the same year
    return date(year, month + 1, days) if direction == "down" else date(year, month + 2, 1)


def school_year(day: Value, month: Value, first_day: Value) -> Value:
    """The school year of a date, named by the year in which it ends; it begins on that day of that month."""
    if day is None:
        return None
    day = _plain_date(day)
    if (month, first_day) == (1, 1):
        return Fraction(day.year)  # it ends on December 31 of the year in which it began
    return Fraction(day.year + (1 if (day.month, day.day) >= (month, first_day) else 0))


def month_and_day(day: Value) -> Value:
    """Where in its year a date lies: month * 100 + day."""
    return None if day is None else Fraction(_plain_date(day).month * 100 + _plain_date(day).day)


def calendar_year(day: Value) -> Value:
    """The year of a date."""
    return None if day is None else Fraction(_plain_date(day).year)


_TRUTH = frozenset({Kind.TRUTH})
_NUMBER = frozenset({Kind.NUMBER})
_DATE = frozenset({Kind.DATE})
_RANKED = _NUMBER | _DATE
_VALUE = frozenset({Kind.TRUTH, Kind.NUMBER, Kind.DATE, Kind.TEXT, Kind.ITEM})


def _comparison(name: str, takes: frozenset[Kind], meaning: Callable[..., Value]) -> Operator:
    return Operator(name, (takes, takes), Kind.TRUTH, meaning)


def _number(name: str, meaning: Callable[..., Value], takes: int = 2) -> Operator:
    return Operator(name, (_NUMBER,) * takes, Kind.NUMBER, meaning)


def _date(name: str, meaning: Callable[..., Value]) -> Operator:
    return Operator(name, (_DATE, _NUMBER), Kind.DATE, meaning)


_ALL = (
    Operator("and", (_TRUTH,), Kind.TRUTH, both, is_open=True),
    Operator("or", (_TRUTH,), Kind.TRUTH, either, is_open=True),
    Operator("not", (_TRUTH,), Kind.TRUTH, opposite),
    Operator("how many hold", (_TRUTH,), Kind.NUMBER, how_many_hold, is_open=True),
    _comparison("at least", _RANKED, at_least),
    _comparison("at most", _RANKED, lambda left, right: at_least(right, left)),
    _comparison("more than", _RANKED, more_than),
    _comparison("less than", _RANKED, lambda left, right: more_than(right, left)),
    _comparison("exactly", _VALUE, equal),
    _comparison("not exactly", _VALUE, lambda left, right: opposite(equal(left, right))),
    Operator("one of", (_VALUE, _VALUE), Kind.TRUTH, one_of, is_open=True),
    Operator("known", (_VALUE,), Kind.TRUTH, lambda value: value is not None),
    _number("+", add),
    _number("-", subtract),
    _number("*", multiply),
    _number("/", divide),
    _number("negative", negative, takes=1),
    Operator("larger", (_RANKED, _RANKED), None, larger),
    Operator("smaller", (_RANKED, _RANKED), None, smaller),
    _number("rounded half up", _rounded("half up")),
    _number("rounded half even", _rounded("half even")),
    _number("rounded up", _rounded("up")),
    _number("rounded down", _rounded("down")),
    Operator("days between", (_DATE, _DATE), Kind.NUMBER, days_between),
    Operator("age", (_DATE, _DATE), Kind.NUMBER, age),
    _date("later", lambda day, days: shifted(day, days, 1)),
    _date("earlier", lambda day, days: shifted(day, days, -1)),
    _date("later by months down", lambda day, months: shifted_months(day, months, 1, "down")),
    _date("later by months up", lambda day, months: shifted_months(day, months, 1, "up")),
    _date("earlier by months down", lambda day, months: shifted_months(day, months, -1, "down")),
    _date("earlier by months up", lambda day, months: shifted_months(day, months, -1, "up")),
    Operator("month and day", (_DATE,), Kind.NUMBER, month_and_day),
    Operator("calendar year", (_DATE,), Kind.NUMBER, calendar_year),
    Operator("school year", (_DATE, _NUMBER, _NUMBER), Kind.NUMBER, school_year),
)

OPERATORS: dict[str, Operator] = {operator.name: operator for operator in _ALL}
