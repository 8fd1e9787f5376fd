"""What items that have been concluded to be so come to: summed over the conclusions, not asked of each item of each learner."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.count_conclusions import is_plain, truths_of_untouched
from competency.rules.population.frame import LEARNER, Concluded, Frame, Space, code_name
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.values import truth_of
from competency.rules.program import ir

WHOLE, TRUTH = Kind.WHOLE, Kind.TRUTH
CODE, WEIGHT = code_name(0), "weight"


def summed_conclusions(node: ir.Aggregate, frame: Frame) -> Number | None:
    """A sum over the items of a collection that are so, as of the credits of courses that are credited; none of any other.

    Each item has one number, the same for all learners and not below 0. What is not known to be so may yet add its number.
    """
    rows = node.rows
    if node.formula not in {"sum", "number"} or not isinstance(rows, ir.Where) or not isinstance(rows.rows, ir.Items):
        return None
    asked, space = rows.condition, frame.space
    if rows.rows.of is not None or rows.rows.relation == ir.MEMBERS or not isinstance(asked, ir.Conclusion):
        return None
    concluded = space.concluded.get(asked.group)
    if concluded is None or concluded.codes != 1 or not is_plain(asked, rows.variable):
        return None
    kind, codes = space.program.catalog.collections[rows.rows.relation]
    numbers = _numbers(node, kind, codes, space)
    if numbers is None or len(set(codes)) < len(codes):
        return None
    below = lcm(*[number.denominator for number in numbers.values()])
    weights = {code: int(number * below) for code, number in numbers.items()}
    low, high = _bounds(asked.group, concluded, weights, frame)
    return Number(Ratio(low, c.constant(below)), Ratio(high, c.constant(below)))


def _numbers(node: ir.Aggregate, kind: str, codes: tuple[str, ...], space: Space) -> Mapping[str, Fraction] | None:
    """The number of each item: that in its data, a blank adding nothing, or 1 where items are counted."""
    if node.formula == "number":
        return dict.fromkeys(codes, Fraction(1))
    of, name = node.value, node.variable
    if not isinstance(of, ir.Field) or not isinstance(of.of, ir.Variable) or of.of.name != name:
        return None
    found: dict[str, Fraction] = {}
    for code in codes:
        item = space.program.catalog.item(kind, code)
        value = None if item is None else item.data.get(of.name)
        if value is not None and (not isinstance(value, Fraction) or value < 0):
            return None
        found[code] = value or Fraction(0)
    return found


def _bounds(
    group: str, concluded: Concluded, weights: Mapping[str, int], frame: Frame
) -> tuple[Expression, Expression]:
    """The sum of what is so, and of what is not known not to be."""
    space, number = frame.space, frame.space.at_hand.words.number
    table = space.name("weights")
    rows = {number(code): weight for code, weight in weights.items()}
    space.given[table] = pyarrow.table({"code": whole_numbers([*rows]), WEIGHT: whole_numbers([*rows.values()])})
    conclusions = r.Scan(concluded.table, ((LEARNER, WHOLE), (CODE, WHOLE), ("truth", TRUTH)))
    scan = r.Scan(table, (("code", WHOLE), (WEIGHT, WHOLE)))
    core = r.Join(conclusions, scan, ((CODE, "code"),), ((WEIGHT, WEIGHT),), "inner")
    of_items = Frame(space, lambda: core, {}, parent=frame, keys=(LEARNER, CODE))
    gathering = frame.gather(of_items, ((LEARNER, LEARNER),))
    most = sum(rows.values())
    weight = c.column(WEIGHT, WHOLE, is_nullable=False, low=0, high=max(rows.values(), default=0))

    def summed(where: Expression) -> Expression:
        return gathering.measure("sum", weight, where, low=0, high=most, default=c.constant(0))

    truth = c.column("truth", TRUTH)
    so, open_ = c.holds(truth), c.opposite(c.fails(truth))
    decided = {number(codes[0]) for rule in space.program.rules if rule.group == group for codes in rule.about}
    never = sum(weight for code, weight in rows.items() if code not in decided)
    low, high = summed(so), c.plus(summed(open_), c.constant(never))
    if not concluded.untouched:
        return frame.tidied(low), frame.tidied(high)
    # of those that are not touched it is so for every learner: at first of all, without such as are touched
    first = truths_of_untouched(concluded, space)
    of_code = c.column(CODE, WHOLE, is_nullable=False)
    was = truth_of(of_items.attach(concluded.untouched, {"truth": concluded.truth}, {CODE: of_code})["truth"])
    low_at_first = sum(weight for code, weight in rows.items() if first.get(code, False) is True)
    high_at_first = sum(weight for code, weight in rows.items() if first.get(code, False) is not False)
    if low_at_first:
        low = c.minus(c.plus(low, c.constant(low_at_first)), summed(of_items.column(c.holds(was))))
    if high_at_first:
        was_open = of_items.column(c.opposite(c.fails(was)))
        high = c.minus(c.plus(high, c.constant(high_at_first)), summed(was_open))
    return frame.tidied(low), frame.tidied(high)
