"""What the interpreter has concluded, as a table for rules that are decided for all learners at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population import ratios
from competency.rules.population.arrow_columns import truths, whole_numbers
from competency.rules.population.columns import Kind
from competency.rules.population.facts import Words
from competency.rules.population.frame import LEARNER, Concluded, code_name
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.values import Day, Single, Word, day_of
from competency.rules.program import ir
from competency.rules.program.operators import Interval
from competency.rules.program.types import Kind as TypeKind
from competency.rules.program.types import Type


@dataclass(frozen=True, slots=True)
class Told:
    """A conclusion about a learner (by number) and items: its truth and its value."""

    learner: int
    codes: tuple[str, ...]
    truth: bool | None
    value: Any


def value_type(rules: Iterable[ir.Rule]) -> Type | None:
    """The type of the value that rules conclude, if they conclude one."""
    return next((rule.value.type for rule in rules if rule.value is not None), None)


def presumed(table: str, codes: int, type_: Type | None) -> Concluded:
    """A table of conclusions of which nothing is known yet but the type of their values."""
    value: Single | None = None
    match type_.kind if type_ is not None else None:
        case TypeKind.NUMBER:
            number = c.column("value", Kind.WHOLE, low=-(10**9), high=10**9)
            value = ratios.settled(number, c.constant(1000))
        case TypeKind.DATE:
            calendar = c.column("value_calendar", Kind.WHOLE, low=0, high=f.LAST_CALENDAR)
            value = Day(c.column("value", Kind.WHOLE, low=1, high=f.LAST_DAY), calendar)
        case TypeKind.TEXT | TypeKind.ITEM:
            value = Word(c.column("value", Kind.WHOLE, low=0, high=2**31))
        case TypeKind.TRUTH:
            value = c.column("value", Kind.TRUTH)
        case _:
            pass
    return Concluded(table, codes, c.column("is_there", Kind.TRUTH), c.column("truth", Kind.TRUTH), value)


def tell(
    table: str, codes: int, told: Sequence[Told], type_: Type | None, words: Words
) -> tuple[Concluded, pyarrow.Table]:
    """Conclusions as a table, with what is known of its columns; numbers that are too long are not known there."""
    arrays: dict[str, pyarrow.Array] = {LEARNER: whole_numbers([one.learner for one in told])}
    for place in range(codes):
        arrays[code_name(place)] = whole_numbers([words.number(one.codes[place]) for one in told])
    arrays["truth"] = truths([one.truth for one in told])
    arrays["is_there"] = truths([True] * len(told))
    concluded = presumed(table, codes, type_)
    value = concluded.value
    values = [one.value for one in told]
    match value:
        case Number():
            value = _numbers(values, arrays)
        case Day():
            days = [day_of(one) if one is not None else None for one in values]
            arrays["value"] = whole_numbers([day.count.low if day else None for day in days])
            calendar = [day.calendar.low if day and day.calendar else None for day in days]
            arrays["value_calendar"] = whole_numbers(calendar)
        case Word():
            arrays["value"] = whole_numbers([None if one is None else words.number(one) for one in values])
        case None:
            pass
        case _:
            arrays["value"] = truths(values)
    return Concluded(table, codes, concluded.is_there, concluded.truth, value), pyarrow.table(arrays)


def _numbers(values: Sequence[Any], arrays: dict[str, pyarrow.Array]) -> Number:
    lows = [one.low if isinstance(one, Interval) else one for one in values]
    highs = [one.high if isinstance(one, Interval) else one for one in values]
    low = _ratio("value", lows, arrays)
    if lows == highs:
        return Number(low, low)
    return Number(low, _ratio("value_high", highs, arrays))


def _ratio(name: str, values: Sequence[Fraction | None], arrays: dict[str, pyarrow.Array]) -> Ratio:
    known = [value for value in values if value is not None]
    whole = lcm(*{value.denominator for value in known})
    if whole <= f.SCALE_MAX and all(abs(value) <= f.NUMBER_MAX for value in known):
        scaled = [None if value is None else int(value * whole) for value in values]
        return Ratio(_column(name, scaled, arrays), c.constant(whole))
    above = [None if value is None else value.numerator for value in values]
    below = [1 if value is None else value.denominator for value in values]
    return Ratio(_column(name, above, arrays), _column(f"{name}_below", below, arrays))


def _column(name: str, values: Sequence[int | None], arrays: dict[str, pyarrow.Array]) -> c.Expression:
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    kind = c.kind_of(low, high)
    arrays[name] = whole_numbers(values) if kind is Kind.WHOLE else pyarrow.array(values, pyarrow.decimal128(38, 0))
    return c.column(name, kind, is_nullable=len(known) < len(values), low=low, high=high)
