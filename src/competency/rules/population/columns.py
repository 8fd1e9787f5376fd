"""Expressions over the columns of a relation: truths and whole numbers, each with bounds and whether it may be blank.

Everything is a whole number or a truth: texts and codes are numbered in their order, dates count days. A number that
could pass 128 bits is refused when the expression is made. Blank is unknown, and logic is strong Kleene, as in SQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from competency.rules.population.no_set_form import NoSetForm

# Up to here numbers are 64 bits wide, up to WIDE_MAX they are decimals of 38 digits; sums within keep one digit free.
WHOLE_MAX = 2**62
WIDE_MAX = 10**37


class Kind(Enum):
    """What a column holds."""

    TRUTH = "truth"
    WHOLE = "whole number"
    WIDE = "whole number of up to 38 digits"


Scalar: TypeAlias = int | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """A column, a constant or a function of others.

    `name` is that of the column or function; a constant has none. `low` and `high` bound a number that is known.
    `is_label`: a constant that tells rows apart and is no quantity.
    """

    name: str
    parts: tuple[Expression, ...]
    kind: Kind
    is_nullable: bool
    low: int = 0
    high: int = 0
    value: Scalar = None
    is_column: bool = False
    size: int = 1
    is_label: bool = False

    @property
    def is_constant(self) -> bool:
        """Whether it stands for one value."""
        return not self.name


def columns_of(expression: Expression) -> Iterator[str]:
    """Names of the columns that an expression reads."""
    pending = [expression]
    while pending:
        here = pending.pop()
        if here.is_column:
            yield here.name
        pending.extend(here.parts)


def kind_of(low: int, high: int) -> Kind:
    """How wide a number within bounds is."""
    largest = max(abs(low), abs(high))
    if largest > WIDE_MAX:
        raise NoSetForm("a number could pass 128 bits")
    return Kind.WHOLE if largest <= WHOLE_MAX else Kind.WIDE


def column(name: str, kind: Kind, *, is_nullable: bool = True, low: int = 0, high: int = 0) -> Expression:
    """A column by its name."""
    return Expression(name, (), kind, is_nullable, low, high, is_column=True)


def constant(value: Scalar) -> Expression:
    """A constant; blank is an unknown number."""
    if isinstance(value, bool):
        return Expression("", (), Kind.TRUTH, False, value=value)
    if value is None:
        return blank(Kind.WHOLE)
    return Expression("", (), kind_of(value, value), False, value, value, value)


def label(number: int) -> Expression:
    """A number by which rows are told apart, as that of a layer: queries that differ in it alone have one form."""
    return Expression("", (), Kind.WHOLE, False, number, number, number, is_label=True)


def blank(kind: Kind) -> Expression:
    """An unknown value of a kind."""
    return Expression("", (), kind, True)


TRUE, FALSE = constant(True), constant(False)
UNKNOWN = blank(Kind.TRUTH)
BLANK = constant(None)


def _call(
    name: str, parts: Iterable[Expression], kind: Kind, *, is_nullable: bool, low: int = 0, high: int = 0
) -> Expression:
    parts = tuple(parts)
    return Expression(name, parts, kind, is_nullable, low, high, size=1 + sum(part.size for part in parts))


def _is(expression: Expression, value: Scalar) -> bool:
    return expression.is_constant and expression.value is value


# --- logic ------------------------------------------------------------------------------------------------------------


def both(*truths: Expression) -> Expression:
    """Strong Kleene `and`."""
    parts = [part for part in truths if not _is(part, True)]
    if any(_is(part, False) for part in parts):
        return FALSE
    if len(parts) < 2:
        return parts[0] if parts else TRUE
    return _call("and", parts, Kind.TRUTH, is_nullable=any(part.is_nullable for part in parts))


def either(*truths: Expression) -> Expression:
    """Strong Kleene `or`."""
    parts = [part for part in truths if not _is(part, False)]
    if any(_is(part, True) for part in parts):
        return TRUE
    if len(parts) < 2:
        return parts[0] if parts else FALSE
    return _call("or", parts, Kind.TRUTH, is_nullable=any(part.is_nullable for part in parts))


def opposite(truth: Expression) -> Expression:
    """Strong Kleene `not`."""
    if truth.is_constant:
        return UNKNOWN if truth.value is None else constant(not truth.value)
    if truth.name == "not":
        return truth.parts[0]
    return _call("not", (truth,), Kind.TRUTH, is_nullable=truth.is_nullable)


def is_blank(expression: Expression) -> Expression:
    """Whether it is not known."""
    if expression.is_constant:
        return constant(expression.value is None)
    if not expression.is_nullable:
        return FALSE
    return _call("is blank", (expression,), Kind.TRUTH, is_nullable=False)


def is_known(expression: Expression) -> Expression:
    """Whether it is known."""
    return opposite(is_blank(expression))


def holds(truth: Expression) -> Expression:
    """Whether it is certainly so: never blank."""
    return filled(truth, FALSE)


def fails(truth: Expression) -> Expression:
    """Whether it is certainly not so: never blank."""
    return holds(opposite(truth))


def filled(expression: Expression, instead: Expression) -> Expression:
    """The value, or another where it is blank."""
    if not expression.is_nullable:
        return expression
    if expression.is_constant:
        return instead
    low, high = min(expression.low, instead.low), max(expression.high, instead.high)
    kind = Kind.TRUTH if expression.kind is Kind.TRUTH else _wider(expression, instead)
    return _call("filled", (expression, instead), kind, is_nullable=instead.is_nullable, low=low, high=high)


def choose(condition: Expression, then: Expression, otherwise: Expression) -> Expression:
    """The one where a condition certainly holds, the other everywhere else."""
    condition = holds(condition)
    if condition.is_constant:
        return then if condition.value else otherwise
    if then.is_constant and otherwise.is_constant and then.value is otherwise.value and then.kind is otherwise.kind:
        return then
    if then.kind is Kind.TRUTH and not then.is_nullable and not otherwise.is_nullable:
        return either(both(condition, then), both(opposite(condition), otherwise))
    # a blank has no bounds of its own
    bounded = [one for one in (then, otherwise) if not _is(one, None)] or [then]
    low, high = min(one.low for one in bounded), max(one.high for one in bounded)
    kind = Kind.TRUTH if then.kind is Kind.TRUTH else _wider(then, otherwise)
    nullable = then.is_nullable or otherwise.is_nullable
    return _call("choose", (condition, then, otherwise), kind, is_nullable=nullable, low=low, high=high)


def where(condition: Expression, then: Expression) -> Expression:
    """The value where a condition certainly holds, else blank."""
    return choose(condition, then, UNKNOWN if then.kind is Kind.TRUTH else BLANK)


def _wider(*expressions: Expression) -> Kind:
    return Kind.WIDE if any(one.kind is Kind.WIDE for one in expressions) else Kind.WHOLE


# --- comparisons ------------------------------------------------------------------------------------------------------


def _compared(name: str, left: Expression, right: Expression) -> Expression:
    return _call(name, (left, right), Kind.TRUTH, is_nullable=left.is_nullable or right.is_nullable)


def equal(left: Expression, right: Expression) -> Expression:
    """left = right."""
    if _is(left, None) or _is(right, None):
        return UNKNOWN
    if left.is_constant and right.is_constant:
        return constant(left.value == right.value)
    return _compared("=", left, right)


def same(left: Expression, right: Expression) -> Expression:
    """Whether both are the same value, or both blank: never blank itself."""
    return either(holds(equal(left, right)), both(is_blank(left), is_blank(right)))


def at_least(left: Expression, right: Expression) -> Expression:
    """left >= right."""
    if _is(left, None) or _is(right, None):
        return UNKNOWN
    nullable = left.is_nullable or right.is_nullable
    if not nullable and left.kind is not Kind.TRUTH:
        if left.low >= right.high:
            return TRUE
        if left.high < right.low:
            return FALSE
    return _compared(">=", left, right)


def more_than(left: Expression, right: Expression) -> Expression:
    """left > right."""
    return opposite(at_least(right, left))


def at_most(left: Expression, right: Expression) -> Expression:
    """left <= right."""
    return at_least(right, left)


# --- arithmetic -------------------------------------------------------------------------------------------------------


def _number(name: str, parts: tuple[Expression, ...], low: int, high: int) -> Expression:
    nullable = any(part.is_nullable for part in parts)
    return _call(name, parts, kind_of(low, high), is_nullable=nullable, low=low, high=high)


def plus(left: Expression, right: Expression) -> Expression:
    """Sum."""
    if _is(left, None) or _is(right, None):
        return BLANK
    if left.is_constant and right.is_constant:
        return constant(left.low + right.low)
    if left.is_constant and left.low == 0:
        return right
    if right.is_constant and right.low == 0:
        return left
    return _number("+", (left, right), left.low + right.low, left.high + right.high)


def minus(left: Expression, right: Expression) -> Expression:
    """Difference."""
    if _is(left, None) or _is(right, None):
        return BLANK
    if left.is_constant and right.is_constant:
        return constant(left.low - right.low)
    if right.is_constant and right.low == 0:
        return left
    return _number("-", (left, right), left.low - right.high, left.high - right.low)


def times(left: Expression, right: Expression) -> Expression:
    """Product."""
    if _is(left, None) or _is(right, None):
        return BLANK
    if left.is_constant and right.is_constant:
        return constant(left.low * right.low)
    for one, other in ((left, right), (right, left)):
        if one.is_constant and one.low == 1:
            return other
    corners = [one * other for one in (left.low, left.high) for other in (right.low, right.high)]
    return _number("*", (left, right), min(corners), max(corners))


def picked(place: Expression, values: Sequence[int]) -> Expression:
    """Of some numbers that at a place, the first one's being 0; a place before it is taken for it, and none is beyond the last."""
    place = place if place.low >= 0 else greatest(place, constant(0))
    low, high = min(values), max(values)
    kind = kind_of(low, high)
    listed = [Expression("", (), kind, False, value, value, value) for value in values]
    return _call("picked", (place, *listed), kind, is_nullable=place.is_nullable, low=low, high=high)


def rest(left: Expression, right: Expression) -> Expression:
    """What is left of a number that is not negative after taking another, above 0, as often as it goes."""
    return _number("rest", (left, right), 0, max(right.high - 1, 0))


def digits(number: Expression, first: int, count: int) -> Expression:
    """The number that some binary digits of another are, which is not negative; the last digit is the first, at 0."""
    return _number("digits", (number, constant(first), constant(2**count - 1)), 0, 2**count - 1)


def as_number(truth: Expression) -> Expression:
    """1 where it certainly holds, else 0."""
    return choose(truth, constant(1), constant(0))


def least(*numbers: Expression) -> Expression:
    """The smallest of numbers that are known."""
    result, *others = numbers
    for other in others:
        result = choose(at_least(other, result), result, other)
    return result


def greatest(*numbers: Expression) -> Expression:
    """The largest of numbers that are known."""
    result, *others = numbers
    for other in others:
        result = choose(at_least(result, other), result, other)
    return result


def as_column(name: str, like: Expression, *, is_nullable: bool | None = None) -> Expression:
    """A column that holds what an expression comes to."""
    nullable = like.is_nullable if is_nullable is None else is_nullable
    return Expression(name, (), like.kind, nullable, like.low, like.high, is_column=True)


def text_of(expression: Expression) -> str:
    """Everything about an expression on which its value depends."""
    if expression.is_column:
        return f"{expression.name}:{expression.kind.name}"
    if expression.is_constant:
        return f"{expression.value!r}:{expression.kind.name}"
    return f"{expression.name}:{expression.kind.name}({','.join(map(text_of, expression.parts))})"
