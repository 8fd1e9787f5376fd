"""Exact numbers over columns: fractions of whole numbers, compared by cross-multiplication and never divided.

A number of which only bounds are known has two of them. What is unknown has a blank numerator; no denominator is blank
or below 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from competency.rules.population import columns as c
from competency.rules.population.columns import Expression
from competency.rules.population.no_set_form import NoSetForm


@dataclass(frozen=True, slots=True, eq=False)
class Ratio:
    """A numerator and a denominator above 0."""

    above: Expression
    below: Expression

    @property
    def is_whole_scaled(self) -> bool:
        """Whether the denominator is the same for all rows."""
        return self.below.is_constant


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """A number, or the bounds between which it lies; both are the same object where it is settled."""

    low: Ratio
    high: Ratio

    @property
    def is_settled(self) -> bool:
        """Whether it is known exactly wherever it is known."""
        return self.low is self.high


ONE = c.constant(1)


def settled(above: Expression, below: Expression = ONE) -> Number:
    """A number that is known exactly where it is known."""
    ratio = Ratio(above, below)
    return Number(ratio, ratio)


def of_fraction(value: Fraction | None) -> Number:
    """A constant; none is not known."""
    if value is None:
        return settled(c.BLANK)
    return settled(c.constant(value.numerator), c.constant(value.denominator))


def between(low: Expression, high: Expression) -> Number:
    """A whole number between two bounds."""
    return Number(Ratio(low, ONE), Ratio(high, ONE))


def is_unknown(number: Number) -> Expression:
    """Whether not even bounds are known."""
    return c.is_blank(number.low.above)


def is_exact(number: Number) -> Expression:
    """Whether it is known exactly: never blank."""
    known = c.is_known(number.low.above)
    return known if number.is_settled else c.both(known, c.holds(_equal(number.low, number.high)))


def only_where(condition: Expression, number: Number) -> Number:
    """The number where a condition certainly holds, else unknown."""
    low = Ratio(c.where(condition, number.low.above), number.low.below)
    if number.is_settled:
        return Number(low, low)
    return Number(low, Ratio(c.where(condition, number.high.above), number.high.below))


# --- fractions --------------------------------------------------------------------------------------------------------


def _common(left: Ratio, right: Ratio) -> tuple[Expression, Expression]:
    """Two numerators over one denominator."""
    if left.below.is_constant and right.below.is_constant:
        one, other = left.below.low, right.below.low
        whole = lcm(one, other)
        return c.times(left.above, c.constant(whole // one)), c.times(right.above, c.constant(whole // other))
    if left.below is right.below:
        return left.above, right.above
    return c.times(left.above, right.below), c.times(right.above, left.below)


def _equal(left: Ratio, right: Ratio) -> Expression:
    return c.equal(*_common(left, right))


def _at_least(left: Ratio, right: Ratio) -> Expression:
    return c.at_least(*_common(left, right))


def _plus(left: Ratio, right: Ratio, sign: int = 1) -> Ratio:
    add = c.plus if sign == 1 else c.minus
    above = add(*_common(left, right))
    if left.below.is_constant and right.below.is_constant:
        return Ratio(above, c.constant(lcm(left.below.low, right.below.low)))
    if left.below is right.below:
        return Ratio(above, left.below)
    return Ratio(above, c.times(left.below, right.below))


def _times(left: Ratio, right: Ratio) -> Ratio:
    for one, other in ((left, right), (right, left)):
        if one.above.is_constant and one.below.is_constant and one.above.value is not None and other.below.is_constant:
            shared = gcd(one.above.low, other.below.low)
            if shared > 1:  # smaller numbers, same value
                above, below = c.constant(one.above.low // shared), c.constant(other.below.low // shared)
                return Ratio(c.times(above, other.above), c.times(one.below, below))
    return Ratio(c.times(left.above, right.above), c.times(left.below, right.below))


def _inverse(ratio: Ratio) -> Ratio:
    """1 by it; unknown where it is 0."""
    above, below = ratio.above, ratio.below
    if above.is_constant:
        if not above.low:
            return Ratio(c.BLANK, ONE)
        sign = 1 if above.low > 0 else -1
        return Ratio(c.times(c.constant(sign), below), c.constant(abs(above.low)))
    is_none = c.filled(c.equal(above, c.constant(0)), c.TRUE)
    if above.low >= 0:
        return Ratio(c.where(c.opposite(is_none), below), _at_least_one(c.filled(above, ONE)))
    is_negative = c.at_least(c.constant(-1), above)
    top = c.choose(is_negative, c.minus(c.constant(0), below), below)
    positive = c.choose(is_negative, c.minus(c.constant(0), above), above)
    return Ratio(c.where(c.opposite(is_none), top), _at_least_one(c.filled(positive, ONE)))


def _at_least_one(below: Expression) -> Expression:
    """A denominator without zeros; where there was one, the numerator is blank."""
    if below.is_constant or below.low >= 1:
        return below
    known = c.choose(c.at_least(below, ONE), below, ONE)
    return Expression(known.name, known.parts, known.kind, False, 1, max(known.high, 1), size=known.size)


def _smaller(left: Ratio, right: Ratio) -> Ratio:
    return _pick(_at_least(right, left), left, right)


def _larger(left: Ratio, right: Ratio) -> Ratio:
    return _pick(_at_least(left, right), left, right)


def _pick(condition: Expression, then: Ratio, otherwise: Ratio) -> Ratio:
    if then.below.is_constant and otherwise.below.is_constant:
        whole = lcm(then.below.low, otherwise.below.low)
        one, other = _common(then, otherwise)
        return Ratio(c.choose(condition, one, other), c.constant(whole))
    return Ratio(
        c.choose(condition, then.above, otherwise.above), _positive(c.choose(condition, then.below, otherwise.below))
    )


def _positive(below: Expression) -> Expression:
    return Expression(
        below.name,
        below.parts,
        below.kind,
        False,
        max(below.low, 1),
        below.high,
        below.value,
        below.is_column,
        below.size,
    )


# --- numbers ----------------------------------------------------------------------------------------------------------


def at_least(left: Number, right: Number) -> Expression:
    """left >= right, on bounds where only those are known."""
    if left.is_settled and right.is_settled:
        return _at_least(left.low, right.low)
    surely = _at_least(left.low, right.high)
    perhaps = _at_least(left.high, right.low)
    return c.choose(surely, c.TRUE, c.choose(c.fails(perhaps), c.FALSE, c.UNKNOWN))


def equal(left: Number, right: Number) -> Expression:
    """left = right."""
    if left.is_settled and right.is_settled:
        return _equal(left.low, right.low)
    return c.both(at_least(left, right), at_least(right, left))


def same(left: Number, right: Number) -> Expression:
    """Whether both say the same, unknown and bounds included: never blank."""
    low = c.either(
        c.holds(_equal(left.low, right.low)), c.both(c.is_blank(left.low.above), c.is_blank(right.low.above))
    )
    if left.is_settled and right.is_settled:
        return low
    high = c.either(
        c.holds(_equal(left.high, right.high)), c.both(c.is_blank(left.high.above), c.is_blank(right.high.above))
    )
    return c.both(low, high)


def plus(left: Number, right: Number) -> Number:
    """Sum."""
    low = _plus(left.low, right.low)
    return Number(low, low if left.is_settled and right.is_settled else _plus(left.high, right.high))


def minus(left: Number, right: Number) -> Number:
    """Difference."""
    low = _plus(left.low, right.high, -1)
    return Number(low, low if left.is_settled and right.is_settled else _plus(left.high, right.low, -1))


def _corners(left: Number, right: Number) -> Number:
    lefts = (left.low,) if left.is_settled else (left.low, left.high)
    rights = (right.low,) if right.is_settled else (right.low, right.high)
    found = [_times(one, other) for one in lefts for other in rights]
    low = high = found[0]
    for one in found[1:]:
        low, high = _smaller(low, one), _larger(high, one)
    return Number(low, low if len(found) == 1 else high)


def times(left: Number, right: Number) -> Number:
    """Product."""
    return _corners(left, right)


def divided(left: Number, right: Number) -> Number:
    """Quotient; by nothing it is unknown, and so it is where 0 lies between the bounds."""
    if right.is_settled:
        turned = _inverse(right.low)
        return _corners(left, Number(turned, turned))
    zero = Ratio(c.constant(0), ONE)
    above, below = c.holds(c.opposite(_at_least(zero, right.low))), c.holds(c.opposite(_at_least(right.high, zero)))
    inverse = Number(_inverse(right.low), _inverse(right.high))
    return only_where(c.both(c.either(above, below), c.is_known(left.low.above)), _corners(left, inverse))


def larger(left: Number, right: Number) -> Number:
    """The larger of two numbers; bounds are kept."""
    low = _both_known(left, right, _larger(left.low, right.low))
    if left.is_settled and right.is_settled:
        return Number(low, low)
    return Number(low, _both_known(left, right, _larger(left.high, right.high)))


def smaller(left: Number, right: Number) -> Number:
    """The smaller of two numbers; bounds are kept."""
    low = _both_known(left, right, _smaller(left.low, right.low))
    if left.is_settled and right.is_settled:
        return Number(low, low)
    return Number(low, _both_known(left, right, _smaller(left.high, right.high)))


def _both_known(left: Number, right: Number, ratio: Ratio) -> Ratio:
    known = c.both(c.is_known(left.low.above), c.is_known(right.low.above))
    return Ratio(c.where(known, ratio.above), ratio.below)


def picked(condition: Expression, then: Number, otherwise: Number) -> Number:
    """The one where a condition certainly holds, else the other."""
    low = _pick(condition, then.low, otherwise.low)
    if then.is_settled and otherwise.is_settled:
        return Number(low, low)
    return Number(low, _pick(condition, then.high, otherwise.high))


# --- rounding ---------------------------------------------------------------------------------------------------------


def rounded(number: Number, step: Fraction, direction: str) -> Number:
    """The multiple of a step nearest to a number, as rounding.py has it, by what is left of a division alone."""
    if step <= 0:
        raise NoSetForm("a rounding to a step that is not above 0")
    low = _rounded(number.low, step, direction)
    return Number(low, low if number.is_settled else _rounded(number.high, step, direction))


def _rounded(ratio: Ratio, step: Fraction, direction: str) -> Ratio:
    steps = _times(ratio, Ratio(c.constant(step.denominator), c.constant(step.numerator)))
    match direction:
        case "down":
            whole = _floor(steps)
        case "up":
            whole = _negative(_floor(_negative(steps)))
        case "half up":  # halves go away from zero
            half = Ratio(c.constant(1), c.constant(2))
            above, below = _floor(_plus(steps, half)), _negative(_floor(_plus(_negative(steps), half)))
            whole = _pick(c.at_least(steps.above, c.constant(0)), above, below)
        case _:
            whole = _half_even(steps)
    return _times(whole, Ratio(c.constant(step.numerator), c.constant(step.denominator)))


def _half_even(steps: Ratio) -> Ratio:
    """The nearest whole number; of two that are as near, the even one."""
    moved = _plus(steps, Ratio(c.constant(1), c.constant(2)))
    above = _floor(moved)
    if above.above.is_constant:
        value = None if steps.above.value is None else round(Fraction(steps.above.low, steps.below.low))
        return Ratio(c.constant(value), ONE)
    size = c.choose(c.at_least(above.above, c.constant(0)), above.above, c.minus(c.constant(0), above.above))
    largest = max(abs(above.above.low), abs(above.above.high))
    size = Expression(size.name, size.parts, size.kind, size.is_nullable, 0, largest, size=size.size)
    is_odd = c.equal(c.rest(size, c.times(above.below, c.constant(2))), above.below)
    is_tie = c.equal(moved.above, above.above)
    one_less = Ratio(c.minus(above.above, above.below), above.below)
    return _pick(c.both(is_tie, is_odd), one_less, above)


def _negative(ratio: Ratio) -> Ratio:
    return Ratio(c.minus(c.constant(0), ratio.above), ratio.below)


def _floor(ratio: Ratio) -> Ratio:
    """The whole number below, over the same denominator."""
    above, below = ratio.above, ratio.below
    if below.is_constant and below.low == 1:
        return ratio
    if above.is_constant and below.is_constant:
        return Ratio(c.BLANK, ONE) if above.value is None else Ratio(c.constant(above.low // below.low), ONE)
    if above.low >= 0:
        over = c.rest(above, below)
    else:  # the rest of a negative number is told of it made positive, as engines differ
        turned = c.rest(c.minus(c.constant(0), above), below)
        positive = c.choose(c.equal(turned, c.constant(0)), c.constant(0), c.minus(below, turned))
        over = c.choose(c.at_least(above, c.constant(0)), c.rest(above, below), positive)
    return Ratio(c.minus(above, over), below)
