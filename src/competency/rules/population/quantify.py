"""All, any, none, or so many of the rows below each row meet a condition; bounded by what is unknown."""

from __future__ import annotations

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population.apply_operator import apply_operator
from competency.rules.population.columns import Expression
from competency.rules.population.count_conclusions import counted_conclusions
from competency.rules.population.frame import Frame
from competency.rules.population.ratios import Number
from competency.rules.population.say_of_rows import how_many, saying
from competency.rules.population.values import number_of, only_where, rows_of, truth_of
from competency.rules.program import ir

NONE = c.constant(0)


def quantify(node: ir.Quantify, frame: Frame) -> Expression:
    """Whether a quantifier holds for each row of a frame."""
    counted = counted_conclusions(node, frame)
    if counted is not None:
        number, size, seen = counted
        return _outcome(node, number, size, seen, frame)
    rows, held = saying(node.condition, node.variable, rows_of(frame.value(node.rows)))
    truth = truth_of(held)
    below = rows.below.below
    found = how_many(rows, rows.certain)
    low = how_many(rows, below.tidied(c.both(rows.certain, c.holds(truth))))
    more = NONE
    if truth.is_nullable:
        more = how_many(rows, below.tidied(c.both(rows.certain, c.is_blank(truth))))
    unsure = how_many(rows, rows.possible) if rows.has_possible else NONE
    outcome = _outcome(node, _between(low, c.plus(more, unsure)), _between(found, unsure), c.plus(found, unsure), frame)
    return truth_of(only_where_known(rows.known, outcome))


def _outcome(node: ir.Quantify, number: Number, size: Number, seen: Expression, frame: Frame) -> Expression:
    if node.amount is not None:
        return _how_many(node, number, size, number_of(frame.value(node.amount)))
    return _all_any_none(node.quantifier, number, size, seen)


def only_where_known(known: Expression, outcome: Expression) -> Expression:
    """The outcome where the set is known."""
    if known is c.TRUE:
        return outcome
    return truth_of(only_where(known, outcome))


def _between(low: Expression, more: Expression) -> Number:
    return ratios.settled(low) if more is NONE else ratios.between(low, c.plus(low, more))


def _how_many(node: ir.Quantify, number: Number, size: Number, amount: Number) -> Expression:
    """So many, or such a share of all; a share of nothing is not met."""
    assert node.amount is not None
    if node.amount.type.of == "":
        return truth_of(apply_operator(node.quantifier, (number, amount)))
    is_nothing = c.both(c.equal(size.low.above, NONE), c.equal(size.high.above, NONE))
    if size.is_settled:  # of something: a share of it is compared as so many of it
        share = truth_of(apply_operator(node.quantifier, (number, ratios.times(amount, size))))
    else:
        share = truth_of(apply_operator(node.quantifier, (ratios.divided(number, size), amount)))
    return c.choose(is_nothing, c.FALSE, share)


def _all_any_none(quantifier: str, number: Number, size: Number, seen: Expression) -> Expression:
    """`all` of nothing is not met; `all before` of nothing before is; `none` of nothing is."""
    at_least_one = ratios.at_least(number, ratios.settled(c.constant(1)))
    match quantifier:
        case "any":
            return at_least_one
        case "none":
            return c.opposite(at_least_one)
        case _:
            is_nothing = c.equal(seen, NONE)
            return c.choose(is_nothing, c.constant(quantifier == "all before"), ratios.equal(number, size))
