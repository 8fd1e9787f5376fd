"""The operators on columns: what each of operators.py means on a value, here for every row at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from competency.rules.population import columns as c
from competency.rules.population import facts, ratios
from competency.rules.population.columns import Expression
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number
from competency.rules.population.values import (
    Day,
    Single,
    Value,
    Word,
    fraction_of,
    number_of,
    single,
    truth_of,
    unknown,
)


def apply_operator(name: str, arguments: Sequence[Value]) -> Single:
    """What an operator comes to on values of columns; NoSetForm where it has no form there."""
    found = _APPLIED.get(name)
    if found is None:
        raise NoSetForm(f"`{name}`")
    return found(*[single(argument) for argument in arguments])


# --- logic ------------------------------------------------------------------------------------------------------------


def _and(*truths: Single) -> Single:
    return c.both(*map(truth_of, truths))


def _or(*truths: Single) -> Single:
    return c.either(*map(truth_of, truths))


def _not(truth: Single) -> Single:
    return c.opposite(truth_of(truth))


def _how_many_hold(*truths: Single) -> Single:
    low = high = c.constant(0)
    for truth in map(truth_of, truths):
        low = c.plus(low, c.as_number(truth))
        high = c.plus(high, c.as_number(c.opposite(c.fails(truth))))
    if not any(truth_of(truth).is_nullable for truth in truths):
        return ratios.settled(low)
    return ratios.between(low, high)


# --- comparisons ------------------------------------------------------------------------------------------------------


def at_least(left: Single, right: Single) -> Expression:
    """left >= right, of numbers or dates."""
    match left, right:
        case Number(), Number():
            return ratios.at_least(left, right)
        case Day(), Day():
            return _of_days(left, right, c.at_least)
        case _:
            raise NoSetForm("a comparison of values that have no order")


def equal(left: Single, right: Single) -> Expression:
    """left = right, of any kind."""
    match left, right:
        case Number(), Number():
            return ratios.equal(left, right)
        case Day(), Day():
            return _of_days(left, right, c.equal)
        case Word(), Word():
            return c.equal(left.number, right.number)
        case Expression(), Expression():
            return c.equal(left, right)
        case _:
            raise NoSetForm("a comparison of values of different kinds")


def _of_days(left: Day, right: Day, compare: Callable[[Expression, Expression], Expression]) -> Expression:
    """Dates; and moments, where both sides are moments of one kind."""
    by_day = compare(left.count, right.count)
    if left.moment is None or right.moment is None:
        return by_day
    alike = c.both(c.equal(left.moment.kind, right.moment.kind), c.at_least(left.moment.kind, c.constant(1)))
    return c.choose(alike, compare(left.moment.at, right.moment.at), by_day)


def _one_of(value: Single, *choices: Single) -> Single:
    return c.either(*[equal(value, choice) for choice in choices])


# --- numbers ----------------------------------------------------------------------------------------------------------


def _numbers(operation: Callable[[Number, Number], Number]) -> Callable[..., Single]:
    return lambda left, right: operation(number_of(left), number_of(right))


def _larger(left: Single, right: Single) -> Single:
    if isinstance(left, Day) and isinstance(right, Day):
        return _of_two_days(left, right, c.at_least)
    return ratios.larger(number_of(left), number_of(right))


def _smaller(left: Single, right: Single) -> Single:
    if isinstance(left, Day) and isinstance(right, Day):
        return _of_two_days(left, right, c.at_most)
    return ratios.smaller(number_of(left), number_of(right))


def _of_two_days(left: Day, right: Day, wins: Callable[[Expression, Expression], Expression]) -> Day:
    if left.moment is not None or right.moment is not None:
        raise NoSetForm("the later or earlier of moments with a time")
    known = c.both(c.is_known(left.count), c.is_known(right.count))
    first = wins(left.count, right.count)
    calendar = None
    if left.calendar is not None and right.calendar is not None:
        calendar = c.where(known, c.choose(first, left.calendar, right.calendar))
    return Day(c.where(known, c.choose(first, left.count, right.count)), calendar)


def _rounded(direction: str) -> Callable[..., Single]:
    def apply(value: Single, to: Single) -> Single:
        step = fraction_of(to)
        if step is None:
            raise NoSetForm("a rounding to a step that is not known")
        return ratios.rounded(number_of(value), step, direction)

    return apply


# --- dates ------------------------------------------------------------------------------------------------------------


def _day(value: Single) -> Day:
    if not isinstance(value, Day):
        raise NoSetForm("a date that is none")
    return value


def _calendar(value: Single) -> Expression:
    calendar = _day(value).calendar
    if calendar is None:
        raise NoSetForm("the calendar of a date that was counted out")
    return calendar


def _month_and_day(calendar: Expression) -> Expression:
    """month * 100 + day."""
    if calendar.is_constant:
        return c.BLANK if calendar.value is None else c.constant(calendar.low % 10_000)
    return c.rest(calendar, c.constant(10_000))


def _year(calendar: Expression) -> Number:
    """The year, as a fraction whose denominator is 10,000."""
    if calendar.is_constant:
        return ratios.of_fraction(None if calendar.value is None else Fraction(calendar.low // 10_000))
    return ratios.settled(c.minus(calendar, _month_and_day(calendar)), c.constant(10_000))


def _days_between(begins: Single, ends: Single) -> Single:
    return ratios.settled(c.minus(_day(ends).count, _day(begins).count))


def _age(born: Single, when: Single) -> Single:
    first, second = _calendar(born), _calendar(when)
    before = c.opposite(c.at_least(_month_and_day(second), _month_and_day(first)))
    years = ratios.minus(_year(second), _year(first))
    return ratios.minus(years, ratios.settled(c.as_number(before)))


def _school_year(day: Single, month: Single, first_day: Single) -> Single:
    calendar = _calendar(day)
    of_month, of_day = fraction_of(month), fraction_of(first_day)
    if of_month is None or of_day is None:
        raise NoSetForm("a school year that begins on no known day")
    year = _year(calendar)
    if of_month == 1 and of_day == 1:
        return year
    starts = c.constant(int(of_month * 100 + of_day))
    return ratios.plus(year, ratios.settled(c.as_number(c.at_least(_month_and_day(calendar), starts))))


def _shifted(sign: int) -> Callable[..., Single]:
    def apply(day: Single, days: Single) -> Single:
        count, number = _day(day).count, fraction_of(days)
        if number is None:
            return Day(c.BLANK, None)
        moved = c.plus(count, c.constant(sign * int(number)))
        if moved.low < 1 or moved.high > facts.LAST_DAY:
            raise NoSetForm("a date that could leave the calendar")
        return Day(moved, None)

    return apply


_APPLIED: Mapping[str, Callable[..., Single]] = {
    "and": _and,
    "or": _or,
    "not": _not,
    "how many hold": _how_many_hold,
    "at least": at_least,
    "at most": lambda left, right: at_least(right, left),
    "more than": lambda left, right: c.opposite(at_least(right, left)),
    "less than": lambda left, right: c.opposite(at_least(left, right)),
    "exactly": equal,
    "not exactly": lambda left, right: c.opposite(equal(left, right)),
    "one of": _one_of,
    "known": lambda value: c.opposite(unknown(value)),
    "+": _numbers(ratios.plus),
    "-": _numbers(ratios.minus),
    "*": _numbers(ratios.times),
    "/": _numbers(ratios.divided),
    "negative": lambda value: ratios.minus(ratios.of_fraction(Fraction(0)), number_of(value)),
    "larger": _larger,
    "smaller": _smaller,
    "rounded half up": _rounded("half up"),
    "rounded half even": _rounded("half even"),
    "rounded up": _rounded("up"),
    "rounded down": _rounded("down"),
    "days between": _days_between,
    "age": _age,
    "month and day": lambda day: ratios.settled(_month_and_day(_calendar(day))),
    "calendar year": lambda day: _year(_calendar(day)),
    "school year": _school_year,
    "later": _shifted(1),
    "earlier": _shifted(-1),
}
