"""Formulas over the rows below each row: as the interpreter has them, with bounds where some rows are only possible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.formulas import FORMULAS, Kept
from competency.rules.population.frame import Frame
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.ratios import Number
from competency.rules.population.say_of_rows import has_none_possible, how_many, saying
from competency.rules.population.sum_conclusions import summed_conclusions
from competency.rules.population.values import (
    Day,
    RowSet,
    Single,
    Word,
    fraction_of,
    mapped,
    only_where,
    rows_of,
    single,
    truth_of,
    unknown,
)
from competency.rules.program import ir

NONE = c.constant(0)


def aggregate(node: ir.Aggregate, frame: Frame) -> Single:
    """A formula over the rows or items below each row of a frame."""
    summed = summed_conclusions(node, frame)
    if summed is not None:
        return summed
    rows = rows_of(frame.value(node.rows))
    if node.formula == "number":
        return only_where(rows.known, number_between(how_many(rows, rows.certain), rows))
    if node.value is None:
        raise NoSetForm(f"the {node.formula} of nothing")
    rows, value = saying(node.value, node.variable, rows)
    known = c.both(rows.known, _none_is_open(node, rows))
    held = single(value)
    if node.formula == "includes":
        return only_where(known, _includes(node, rows, held, frame))
    if node.formula == "number of different":
        return only_where(known, _number_of_different(rows, held, _few_words(node.value, frame)))
    of_all = _OF_ALL_ROWS.get(node.formula)
    if of_all is not None:
        return only_where(known, of_all(rows, held))
    formula = FORMULAS.get(node.formula)
    if formula is None:
        raise NoSetForm(f"the {node.formula}")
    below = rows.below.below
    present = below.tidied(c.both(rows.certain, c.opposite(unknown(held))))
    count = how_many(rows, present)
    known = c.both(known, has_none_possible(rows), c.at_least(count, c.constant(1)))
    if node.formula == "longest run":  # a run may go through what is not known
        known = c.both(known, c.equal(count, how_many(rows, rows.certain)))
    settings = {name: _setting(setting, frame) for name, setting in node.settings}
    if None in settings.values():
        known = c.FALSE
    return only_where(known, formula(Kept(rows, present, count), held, settings))


def _setting(node: ir.Node, frame: Frame) -> Fraction | str | None:
    if isinstance(node, ir.Constant) and isinstance(node.value, str):
        return node.value
    return fraction_of(frame.value(node))


def number_between(low: Expression, rows: RowSet) -> Number:
    """A number of things, to which what is only possible may come."""
    if not rows.has_possible:
        return ratios.settled(low)
    return ratios.between(low, c.plus(low, how_many(rows, rows.possible)))


def _none_is_open(node: ir.Aggregate, rows: RowSet) -> Expression:
    """Whether no row's value is that of a measure which is not known yet: no blank, and no measure that is not met."""
    if not isinstance(node.value, ir.Conclusion):
        return c.TRUE
    below = rows.below.below
    joined = below.concluded.get(node.value)
    if joined is None:
        return c.TRUE
    is_open = c.both(
        c.either(rows.certain, rows.possible),
        c.holds(truth_of(joined["is there"])),
        c.is_blank(truth_of(joined["truth"])),
        unknown(single(below.value(node.value))),
    )
    return c.equal(how_many(rows, below.column(is_open)), NONE)


# --- formulas that speak of all rows, known or not --------------------------------------------------------------------


def one_number(value: Single) -> Expression:
    """A number that two values share only if they are the same."""
    match value:
        case Expression():
            return c.choose(c.is_known(value), c.as_number(value), c.BLANK)
        case Word():
            return value.number
        case Number() if value.is_settled and value.low.is_whole_scaled:
            return value.low.above
        case Day(moment=None):
            return value.count
        case Day() if value.moment is not None:
            return c.plus(c.times(value.moment.at, c.constant(4)), value.moment.kind)
        case _:
            raise NoSetForm("a comparison of values whose denominators differ from row to row")


def _number_of_different(rows: RowSet, value: Single, among: Sequence[int]) -> Single:
    below, most = rows.below.below, rows.most
    key = below.tidied(one_number(value))

    def different(where: Expression) -> Expression:
        if among:
            found = [
                how_many(rows, below.tidied(c.both(where, c.holds(c.equal(key, c.constant(one)))))) for one in among
            ]
            total = NONE
            for one in found:
                total = c.plus(total, c.as_number(c.at_least(one, c.constant(1))))
            return rows.below.above.tidied(total)
        present = below.tidied(c.both(where, c.is_known(key)))
        return rows.below.measure("different", key, present, low=0, high=most, default=NONE)

    low = different(rows.certain)
    if not rows.has_possible:
        return ratios.settled(low)
    return ratios.between(low, different(c.either(rows.certain, rows.possible)))


def _few_words(node: ir.Node, frame: Frame) -> Sequence[int]:
    """All words that a column of facts holds, where they are few; none where they are many, or it is no such column."""
    if not isinstance(node, ir.Field) or node.of.type.of not in frame.space.at_hand.tables:
        return ()
    described = frame.space.at_hand.tables[node.of.type.of].columns.get(node.name)
    return described.among if described is not None else ()


def _includes(node: ir.Aggregate, rows: RowSet, value: Single, frame: Frame) -> Single:
    below = rows.below.below
    key = one_number(value)
    surely, perhaps = [], []
    for _, setting in node.settings:
        wanted = one_number(single(frame.value(setting)))
        if not wanted.is_constant or wanted.value is None:
            raise NoSetForm("what is to be included differs from learner to learner")
        is_one = c.holds(c.equal(key, wanted))
        one = c.constant(1)
        surely.append(c.at_least(how_many(rows, below.tidied(c.both(rows.certain, is_one))), one))
        if rows.has_possible:
            either = c.either(rows.certain, rows.possible)
            perhaps.append(c.at_least(how_many(rows, below.tidied(c.both(either, is_one))), one))
    included = c.both(*surely)
    if not rows.has_possible:
        return included
    return c.choose(included, c.TRUE, c.choose(c.both(*perhaps), c.UNKNOWN, c.FALSE))


def _sum(rows: RowSet, value: Single) -> Single:
    if not isinstance(value, Number):
        raise NoSetForm("a sum of what are no numbers")
    if not value.is_settled and rows.has_possible:
        raise NoSetForm("a sum of bounds of which some may not count")
    low, below = total(rows, rows.certain, value.low)
    if not value.is_settled:
        high, other = total(rows, rows.certain, value.high)
        return Number(ratios.Ratio(low, below), ratios.Ratio(high, other))
    if not rows.has_possible:
        return ratios.settled(low, below)
    more = value.low.above
    under = total(rows, rows.possible, ratios.Ratio(c.least(more, NONE), value.low.below))[0]
    over = total(rows, rows.possible, ratios.Ratio(c.greatest(more, NONE), value.low.below))[0]
    return Number(ratios.Ratio(c.plus(low, under), below), ratios.Ratio(c.plus(low, over), below))


def total(rows: RowSet, where: Expression, ratio: ratios.Ratio) -> tuple[Expression, Expression]:
    """The sum of what is known of fractions over one denominator, and that denominator."""
    if not ratio.is_whole_scaled:
        raise NoSetForm("a sum of fractions whose denominators differ from row to row")
    above, most = ratio.above, rows.most
    low, high = min(above.low, 0) * most, max(above.high, 0) * most
    present = rows.below.below.tidied(c.both(where, c.is_known(above)))
    return rows.below.measure("sum", above, present, low=low, high=high, default=NONE), ratio.below


def _the(rows: RowSet, value: Single) -> Single:
    is_one = c.both(c.equal(how_many(rows, rows.certain), c.constant(1)), has_none_possible(rows))
    return only_where(is_one, picked_of(rows, rows.certain, value))


def picked_of(rows: RowSet, where: Expression, value: Single) -> Single:
    """The value of the one row that meets a condition."""

    def of(expression: Expression) -> Expression:
        if expression.kind is Kind.TRUTH:
            number = rows.below.measure("max", one_number(expression), where, low=0, high=1)
            return c.equal(number, c.constant(1))
        return rows.below.measure("max", expression, where, low=expression.low, high=expression.high)

    return mapped(value, of)


def _largest_number(rows: RowSet, value: Single) -> Single:
    below = rows.below.below
    key = below.column(one_number(value))
    present = below.column(c.both(rows.certain, c.is_known(key)))
    each = below.number("count", (*rows.below.within, c.filled(key, c.constant(-1))), of_value=present, high=rows.most)
    most = rows.below.measure("max", each, present, low=0, high=rows.most, default=NONE)
    all_known = c.equal(how_many(rows, present), how_many(rows, rows.certain))
    return only_where(all_known, number_between(most, rows))


_OF_ALL_ROWS: Mapping[str, Callable[[RowSet, Single], Single]] = {
    "largest number": _largest_number,
    "sum": _sum,
    "the": _the,
}
