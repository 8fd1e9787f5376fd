"""Counts and sums of the same rows as the digits of one number: a list is gone through once for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from competency.rules.population import columns as c
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.relations import Keep, Measure, Measured, Relation

# How many binary digits one number has for counts and sums.
DIGITS = 62


@dataclass(frozen=True, slots=True)
class _Part:
    """A measure, and the digits in which it stands: how many, after so many others."""

    measure: Measure
    first: int
    count: int


def counted_together(measured: Measured) -> Relation:
    """The same measures, of which those that are counts and small sums are found in as few numbers as hold them."""
    together = [parts for parts in _together(measured.measures) if len(parts) > 1]
    if not together:
        return measured
    within = {part.measure.name for parts in together for part in parts}
    alone = [one for one in measured.measures if one.name not in within]
    numbers = [_number(parts) for parts in together]
    kept = [(key, c.column(key, Kind.WHOLE)) for key in measured.of.keys]
    kept += [(one.name, c.column(one.name, one.kind)) for one in alone]
    for parts, number in zip(together, numbers, strict=True):
        all_digits = c.column(number.name, Kind.WHOLE, is_nullable=False, low=0, high=2**DIGITS - 1)
        kept += [(part.measure.name, c.digits(all_digits, part.first, part.count)) for part in parts]
    return Keep(Measured(measured.of, (*alone, *numbers)), tuple(kept))


def _together(measures: Sequence[Measure]) -> Iterator[tuple[_Part, ...]]:
    """Measures one after the other, as many in one number as it has digits for."""
    parts: list[_Part] = []
    first = 0
    for measure in measures:
        if not _is_small(measure):
            continue
        count = (measure.high or 0).bit_length() or 1
        if first + count > DIGITS:
            yield tuple(parts)
            parts, first = [], 0
        parts.append(_Part(measure, first, count))
        first += count
    yield tuple(parts)


def _is_small(measure: Measure) -> bool:
    """Whether it has digits; how many rows there are needs no look at them."""
    if measure.high is None or measure.high.bit_length() > DIGITS or measure.kind is not Kind.WHOLE:
        return False
    return measure.function == "sum" or (measure.function == "count" and measure.where is not c.TRUE)


def _number(parts: Sequence[_Part]) -> Measure:
    """The sum of all measures, each times the value of its first digit."""
    wheres: dict[str, Expression] = {}
    values: dict[str, Expression] = {}
    for part in parts:
        where = c.text_of(part.measure.where)
        value = c.constant(1) if part.measure.value is None else c.filled(part.measure.value, c.constant(0))
        wheres.setdefault(where, part.measure.where)
        values[where] = c.plus(values.get(where, c.constant(0)), c.times(value, c.constant(2**part.first)))
    each: Expression = c.constant(0)
    for where, value in values.items():
        each = c.plus(each, c.choose(wheres[where], value, c.constant(0)))
    return Measure(f"{parts[0].measure.name} and more", "sum", each, c.TRUE, Kind.WHOLE)
