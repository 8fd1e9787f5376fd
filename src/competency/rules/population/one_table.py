"""What several rules decide, in one table: their values in the same columns, whatever their denominators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.facts import LAST_CALENDAR
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.values import Day, Single, Word, expressions

WHOLE, TRUTH = Kind.WHOLE, Kind.TRUTH


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one rule decides: the relation with all columns, its value over them, the items that it assigns."""

    relation: r.Relation
    columns: tuple[str, ...]
    value: Single | None
    assigned: r.Relation | None


def own_column(name: str, kind: Kind = WHOLE, *, is_nullable: bool = False, high: int = 2**40) -> Expression:
    """A column by name; unless it is said, none that may be blank."""
    return c.column(name, kind, is_nullable=is_nullable, low=0, high=high)


def as_one(parts: Sequence[Part], always: Sequence[str]) -> tuple[list[r.Relation], Single | None, dict[str, Kind]]:
    """The relations of several rules with their values in the same columns; `always` are the others that they have."""
    values = [part.value for part in parts if part.value is not None]
    if not values:
        return [r.Keep(part.relation, named(always)) for part in parts], None, {}
    model = _model(values)
    found: list[r.Relation] = []
    for part in parts:
        shaped = _shaped(part.value, model)
        found.append(r.Keep(part.relation, (*named(always), *shaped.items())))
    kinds = {one.name: one.kind for one in expressions(model)}
    return found, model, kinds


def named(names: Sequence[str]) -> tuple[tuple[str, Expression], ...]:
    """Columns that every decision has, by their names."""
    return tuple((name, own_column(name, TRUTH if name == "truth" else WHOLE)) for name in names)


def _model(values: Sequence[Single]) -> Single:
    """A value of columns `value...` that can hold any of the values."""
    if all(isinstance(value, Number) for value in values):
        numbers = [value for value in values if isinstance(value, Number)]
        low = _model_ratio([number.low for number in numbers], "value")
        if all(number.is_settled for number in numbers):
            return Number(low, low)
        return Number(low, _model_ratio([number.high for number in numbers], "value_high"))
    if all(isinstance(value, Word) for value in values):
        return Word(own_column("value", is_nullable=True))
    if all(isinstance(value, Expression) for value in values):
        return own_column("value", TRUTH, is_nullable=True)
    days = [value for value in values if isinstance(value, Day)]
    if len(days) == len(values) and all(day.moment is None for day in days):
        first, last = min(day.count.low for day in days), max(day.count.high for day in days)
        calendar = None
        if all(day.calendar is not None for day in days):
            calendar = c.column("value_calendar", WHOLE, low=0, high=LAST_CALENDAR)
        return Day(c.column("value", WHOLE, low=first, high=last), calendar)
    if len(days) == len(values):
        raise NoSetForm("a value that is a time of a day")
    raise NoSetForm("rules of one kind whose values are of different kinds")


def _model_ratio(found: Sequence[Ratio], name: str) -> Ratio:
    if all(ratio.is_whole_scaled for ratio in found):
        whole = lcm(*[ratio.below.low for ratio in found])
        low = min(ratio.above.low * (whole // ratio.below.low) for ratio in found)
        high = max(ratio.above.high * (whole // ratio.below.low) for ratio in found)
        return Ratio(c.column(name, c.kind_of(low, high), low=low, high=high), c.constant(whole))
    low, high = min(ratio.above.low for ratio in found), max(ratio.above.high for ratio in found)
    below = max(ratio.below.high for ratio in found)
    return Ratio(
        c.column(name, c.kind_of(low, high), low=low, high=high),
        c.column(f"{name}_below", c.kind_of(1, below), is_nullable=False, low=1, high=below),
    )


def _shaped(value: Single | None, model: Single) -> dict[str, Expression]:
    """The columns of a model for a value, or blanks."""
    match model:
        case Number():
            number = value if isinstance(value, Number) else ratios.of_fraction(None)
            shaped = _shaped_ratio(number.low, model.low)
            return shaped if model.is_settled else {**shaped, **_shaped_ratio(number.high, model.high)}
        case Word():
            return {"value": value.number if isinstance(value, Word) else c.BLANK}
        case Expression():
            return {"value": value if isinstance(value, Expression) else c.UNKNOWN}
        case Day():
            count, calendar = (value.count, value.calendar) if isinstance(value, Day) else (c.BLANK, c.BLANK)
            return {"value": count} | ({} if model.calendar is None else {"value_calendar": calendar or c.BLANK})


def _shaped_ratio(ratio: Ratio, model: Ratio) -> dict[str, Expression]:
    if model.below.is_constant:
        return {model.above.name: c.times(ratio.above, c.constant(model.below.low // ratio.below.low))}
    return {model.above.name: ratio.above, model.below.name: ratio.below}
