"""Rounding as rules write it, and exact numbers as text. No binary floats."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Literal, assert_never

Direction = Literal["half up", "half even", "up", "down"]


def rounded(value: Fraction, to: Fraction, direction: Direction) -> Fraction:
    """The multiple of a step nearest to a value.

    `half up` takes halves away from zero, as published grades do (4.125 to 0.01 is 4.13, -0.25 to 0.1 is -0.3);
    `half even` takes them to the even multiple; `up` goes to the next multiple above, `down` to the one below, so that
    -0.25 to 0.1 is -0.2 up and -0.3 down. Raises ValueError where the step is not above 0.
    """
    if to <= 0:
        raise ValueError("the step of a rounding is above 0")
    steps = value / to
    floor = steps.numerator // steps.denominator
    rest = steps - floor
    match direction:
        case "down":
            whole = floor
        case "up":
            whole = floor if rest == 0 else floor + 1
        case "half up":
            half = Fraction(1, 2)
            whole = floor + 1 if rest > half or (rest == half and steps > 0) else floor
        case "half even":
            whole = round(steps)  # on a Fraction this is exact and takes halves to even
        case _:
            assert_never(direction)
    return whole * to


def is_decimal(value: Fraction) -> bool:
    """Whether a number has a finite decimal form."""
    return _decimal_digits(value) is not None


def as_decimal_text(value: Fraction, places: int | None = None) -> str:
    """A number as decimal text: exact where it is finite, as `n/d` where not; with places, half up to those.

    Zeros at the end are left out: 4.10 reads 4.1.
    """
    if places is not None:
        value = rounded(value, Fraction(1, 10**places), "half up")
    digits = _decimal_digits(value)
    if digits is None:
        return f"{_whole_text(value.numerator)}/{_whole_text(value.denominator)}"
    whole = _whole_text(abs(value.numerator) * 10**digits // value.denominator).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"


def _decimal_digits(value: Fraction) -> int | None:
    """How many digits after the point the exact decimal form has; none where it has no end."""
    rest, digits = value.denominator, 0
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        digits = max(digits, count)
    return digits if rest == 1 else None


def _whole_text(number: int) -> str:
    """A whole number as text: Python's `str` refuses one of more than 4300 digits, which a long decay can reach."""
    return format(Decimal(number), "f")
