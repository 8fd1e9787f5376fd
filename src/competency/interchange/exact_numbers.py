"""Exact numbers in cells: from decimal text, `1/2` or a native whole number or decimal to Fraction, and back."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from competency.interchange.cell_fault import CellFault, shown

# No school figure needs more, and a cell must not be able to ask for a number that fills the memory.
DIGITS_MAX = 30

_DECIMAL = re.compile(rf"[+-]?(\d{{1,{DIGITS_MAX}}}(\.\d{{0,{DIGITS_MAX}}})?|\.\d{{1,{DIGITS_MAX}}})", re.ASCII)
_FRACTION = re.compile(rf"[+-]?\d{{1,{DIGITS_MAX}}}/\d{{1,{DIGITS_MAX}}}", re.ASCII)


def read_number(value: object) -> Fraction:
    """The exact number of a cell: text, or a native whole number or decimal. Raises CellFault.

    A binary floating-point value is refused: it cannot say whether 0.1 was meant or its nearest neighbour.
    """
    if isinstance(value, float):
        raise CellFault(
            f"{shown(value)} is stored as a binary floating-point number, which cannot say exactly what was meant; "
            "store the column as decimals or as text"
        )
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise CellFault(f"{shown(value)} is not a number")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if _DECIMAL.fullmatch(text):
        return Fraction(text)
    if _FRACTION.fullmatch(text):
        numerator, denominator = text.split("/")
        if int(denominator) == 0:
            raise CellFault(f"{shown(text)} divides by zero")
        return Fraction(int(numerator), int(denominator))
    raise CellFault(
        f"{shown(text)} is not a number: write digits with a point, as 3 or 2.75, or a fraction, as 1/2, "
        f"with at most {DIGITS_MAX} digits and no signs for thousands"
    )


def read_whole(value: object) -> Fraction:
    """A whole number; a native floating-point value passes where it is whole. Raises CellFault."""
    # 2**53: up to here a binary floating-point value is the whole number that was written.
    if isinstance(value, float) and value.is_integer() and abs(value) <= 2**53:
        return Fraction(int(value))
    number = read_number(value)
    if number.denominator != 1:
        raise CellFault(f"{shown(value)} is not a whole number")
    return number


def read_share(value: object) -> Fraction:
    """A share: `80%`, `0.8` and `4/5` are the same. More than the whole needs the percent sign. Raises CellFault."""
    if isinstance(value, str) and value.endswith("%"):
        return read_number(value[:-1].rstrip()) / 100
    number = read_number(value)
    if abs(number) > 1:
        raise CellFault(
            f"{shown(value)} without a percent sign would be {number_text(number * 100)} percent: "
            "write a percentage, as 80%, or a share of one, as 0.8"
        )
    return number


def number_text(number: Fraction) -> str:
    """A decimal where the number has one of at most thirty places, else `n/d`."""
    places = _decimal_places(number.denominator)
    if places is None or places > DIGITS_MAX:
        return f"{number.numerator}/{number.denominator}"
    digits = str(abs(number.numerator) * 10**places // number.denominator).rjust(places + 1, "0")
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"-{text}" if number < 0 else text


def share_text(share: Fraction) -> str:
    """A percentage where it is a decimal, or more than the whole; else the share itself, as `1/3`."""
    percent = number_text(share * 100)
    return number_text(share) if "/" in percent and abs(share) <= 1 else f"{percent}%"


def _decimal_places(denominator: int) -> int | None:
    """How many decimal places a fraction with this denominator (in lowest terms) needs; none when it never ends."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    return max(twos, fives) if denominator == 1 else None
