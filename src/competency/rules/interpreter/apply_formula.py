"""A formula on the values of rows, of which some may not belong and of some only bounds are known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from competency.rules.program import formulas
from competency.rules.program.operators import OPERATORS, Interval

# What does not fall when a value rises: of the bounds of values it gives the bounds.
_RISING = frozenset({"average", "median", "highest", "lowest", "weighted recent average", "decaying average"})


def apply_formula(formula: str, certain: list[Any], possible: list[Any], settings: Mapping[str, Any]) -> Any:
    """What a formula comes to on the values of certain and of possible rows; blanks are no values."""
    known = [value for value in certain if value is not None]
    maybe = [value for value in possible if value is not None]
    match formula:
        case "sum":
            return _sum(known, maybe)
        case "the":
            return certain[0] if len(certain) == 1 and not possible else None
        case "number of different":
            return _number_of_different(known, maybe)
        case "largest number":
            if len(known) < len(certain) or _has_bounds(known):
                return None
            most = max(Counter(known).values(), default=0)
            return between(most, most + len(possible))
        case "includes":
            wanted = set(settings.values())
            if wanted <= set(known):
                return True
            return None if wanted <= set(known) | set(maybe) or _has_bounds([*known, *maybe]) else False
        case "longest run" if len(known) < len(certain):
            return None  # a run may go through what is not known
    if possible or not known:
        return None
    return _of_bounds(formula, known, settings) if _has_bounds(known) else formulas.apply(formula, known, settings)


def between(low: int, high: int) -> Fraction | Interval:
    """A number of things, some of which may not count."""
    return Fraction(low) if low == high else Interval(Fraction(low), Fraction(high))


def _has_bounds(values: list[Any]) -> bool:
    return any(isinstance(value, Interval) for value in values)


def _of_bounds(formula: str, values: list[Any], settings: Mapping[str, Any]) -> Any:
    """The bounds of a formula on values of which some have bounds."""
    if formula not in _RISING:
        return None
    lows, highs = [_low(value) for value in values], [_high(value) for value in values]
    low = formulas.apply(formula, lows, settings)
    if low is None:
        return None
    limits = [high for high in highs if high is not None]
    high = formulas.apply(formula, limits, settings) if len(limits) == len(highs) else None
    return Interval(low, high).settled()


def _low(value: Any) -> Any:
    return value.low if isinstance(value, Interval) else value


def _high(value: Any) -> Any:
    return value.high if isinstance(value, Interval) else value


def _number_of_different(known: list[Any], maybe: list[Any]) -> Fraction | Interval:
    """How many values differ; one of which only bounds are known may be like another, or like none."""
    exact = {value for value in known if not isinstance(value, Interval)}
    more = {value for value in maybe if not isinstance(value, Interval)} - exact
    open_ = sum(isinstance(value, Interval) for value in (*known, *maybe))
    return between(max(len(exact), min(len(known), 1)), len(exact) + len(more) + open_)


def _sum(certain: list[Any], possible: list[Any]) -> Any:
    total: Any = Fraction(0)
    for value in certain:
        total = OPERATORS["+"].meaning(total, value)
    low = sum((min(_low(value), Fraction(0)) for value in possible), Fraction(0))
    highs = [_high(value) for value in possible]
    if None in highs:
        return None  # unbounded: nothing worth saying
    high = sum((max(value, Fraction(0)) for value in highs), Fraction(0))
    return OPERATORS["+"].meaning(total, Interval(low, high).settled())
