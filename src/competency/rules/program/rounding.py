"""Rounding as rules write it, and exact numbers as text. No binary floats."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

Direction = Literal["half up", "half even", "up", "down"]


def rounded(value: Fraction, to: Fraction, direction: Direction) -> Fraction:
    """The multiple of a step nearest to a value.

    `half up` takes halves away from zero, as published grades do (4.125 to 0.01 is 4.13, -0.25 to 0.1 is -0.3);
    `half even` takes them to the even multiple; `up` goes to the next multiple above, `down` to the one below.
    """
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
    return whole * to


def is_decimal(value: Fraction) -> bool:
    """Whether a number has a finite decimal form."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def as_decimal_text(value: Fraction, places: int | None = None) -> str:
    """A number as decimal text: exact where it is finite, as `n/d` where not; with places, half up to those."""
    if places is not None:
        value = rounded(value, Fraction(1, 10**places), "half up")
    if not is_decimal(value):
        return f"{value.numerator}/{value.denominator}"
    digits = 0
    while (value * 10**digits).denominator != 1:
        digits += 1
    whole = str(abs(value * 10**digits).numerator).rjust(digits + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{whole[:-digits]}.{whole[-digits:]}" if digits else f"{sign}{whole}"
