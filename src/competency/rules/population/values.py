"""What a node comes to for every row of a relation: truths, numbers, words, days, and sets of rows; unknown is blank."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number, Ratio

if TYPE_CHECKING:
    from competency.rules.population.frame import Gathering


@dataclass(frozen=True, slots=True, eq=False)
class Word:
    """A text or the code of an item, by its number."""

    number: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """What a day with a time is beside its day: the kind (0 a date, 1 local, 2 with a zone) and microseconds.

    `is_uniform`: all are of one kind and one zone, so that the later of two is later by every part.
    """

    kind: Expression
    at: Expression
    is_uniform: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Day:
    """A date by its count of days; `calendar` is year, month and day in one number, where that is known."""

    count: Expression
    calendar: Expression | None
    moment: Moment | None = None


@dataclass(frozen=True, slots=True, eq=False)
class TheRow:
    """The row itself, of a table of facts: what is asked of it are its columns."""

    table: str


@dataclass(frozen=True, slots=True, eq=False)
class RowSet:
    """Rows below those of a frame that belong for certain (`certain`) or perhaps (`possible`), where the set is known.

    `certain` and `possible` speak of the rows below and are never blank; `known` speaks of the frame's own. `order`
    tells the rows apart, oldest first; items stand in the order of their relation. `most` bounds how many there are.
    """

    below: Gathering
    certain: Expression
    possible: Expression
    known: Expression
    order: tuple[tuple[Expression, bool], ...]
    most: int

    @property
    def has_possible(self) -> bool:
        """Whether any row may be only possible."""
        return self.possible is not c.FALSE


Single: TypeAlias = Expression | Number | Word | Day
Value: TypeAlias = Single | TheRow | RowSet


def day_of(value: date) -> Day:
    """A constant date."""
    return Day(c.constant(value.toordinal()), c.constant(value.year * 10000 + value.month * 100 + value.day))


def mapped(value: Single, change: Callable[[Expression], Expression]) -> Single:
    """The value with each of its expressions changed; a denominator stays without blanks."""
    match value:
        case Expression():
            return change(value)
        case Word():
            return Word(change(value.number))
        case Number():
            low = Ratio(change(value.low.above), _below(value.low.below, change))
            if value.is_settled:
                return Number(low, low)
            return Number(low, Ratio(change(value.high.above), _below(value.high.below, change)))
        case Day():
            moment = value.moment and Moment(
                change(value.moment.kind), change(value.moment.at), value.moment.is_uniform
            )
            return Day(change(value.count), value.calendar and change(value.calendar), moment)


def _below(below: Expression, change: Callable[[Expression], Expression]) -> Expression:
    if below.is_constant:
        return below
    changed = change(below)
    filled = c.filled(changed, ratios.ONE)
    return Expression(
        filled.name,
        filled.parts,
        filled.kind,
        False,
        max(filled.low, 1),
        max(filled.high, 1),
        filled.value,
        filled.is_column,
        filled.size,
    )


def expressions(value: Single) -> Iterator[Expression]:
    """The expressions of a value, constant denominators left out."""
    found: list[Expression] = []

    def note(expression: Expression) -> Expression:
        found.append(expression)
        return expression

    mapped(value, note)
    yield from found


def unknown(value: Single) -> Expression:
    """Whether nothing at all is known of it: never blank."""
    match value:
        case Expression():
            return c.is_blank(value)
        case Word():
            return c.is_blank(value.number)
        case Number():
            return ratios.is_unknown(value)
        case Day():
            return c.is_blank(value.count)


def only_where(condition: Expression, value: Single) -> Single:
    """The value where a condition certainly holds, else unknown."""
    if isinstance(value, Number):
        return ratios.only_where(condition, value)
    return mapped(value, lambda one: c.where(condition, one))


def same(left: Single, right: Single) -> Expression:
    """Whether two values of one kind are the same, unknown ones included: never blank."""
    match left, right:
        case Number(), Number():
            return ratios.same(left, right)
        case Word(), Word():
            return c.same(left.number, right.number)
        case Expression(), Expression():
            return c.same(left, right)
        case Day(), Day() if left.moment is None and right.moment is None:
            return c.same(left.count, right.count)
        case _:
            raise NoSetForm("values of different kinds beside each other")


def picked(condition: Expression, then: Single, otherwise: Single) -> Single:
    """The one where a condition certainly holds, else the other."""
    match then, otherwise:
        case Number(), Number():
            return ratios.picked(condition, then, otherwise)
        case Word(), Word():
            return Word(c.choose(condition, then.number, otherwise.number))
        case Expression(), Expression():
            return c.choose(condition, then, otherwise)
        case Day(), Day() if then.moment is None and otherwise.moment is None:
            calendar = None
            if then.calendar is not None and otherwise.calendar is not None:
                calendar = c.choose(condition, then.calendar, otherwise.calendar)
            return Day(c.choose(condition, then.count, otherwise.count), calendar)
        case _:
            raise NoSetForm("a choice between values of different kinds")


def truth_of(value: Value) -> Expression:
    """The value as a truth."""
    if not isinstance(value, Expression) or value.kind is not Kind.TRUTH:
        raise NoSetForm("a condition that is no truth")
    return value


def whole_of(value: Value) -> Expression:
    """The value as a column of whole numbers."""
    if not isinstance(value, Expression) or value.kind is Kind.TRUTH:
        raise NoSetForm("a whole number that is none")
    return value


def number_of(value: Value) -> Number:
    """The value as a number."""
    if not isinstance(value, Number):
        raise NoSetForm("a number that is none")
    return value


def fraction_of(value: Value) -> Fraction | None:
    """The fraction that a constant is; NoSetForm where it depends on the row."""
    number = number_of(value)
    ratio = number.low
    if not number.is_settled or not ratio.above.is_constant or not ratio.below.is_constant:
        raise NoSetForm("a setting that differs from learner to learner")
    return None if ratio.above.value is None else Fraction(ratio.above.low, ratio.below.low)


def rows_of(value: Value) -> RowSet:
    """The value as a set of rows."""
    if not isinstance(value, RowSet):
        raise NoSetForm("rows that are none")
    return value


def single(value: Value) -> Single:
    """The value as one that a column can hold."""
    if isinstance(value, TheRow | RowSet):
        raise NoSetForm("rows where a value stands")
    return value
