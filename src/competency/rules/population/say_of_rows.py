"""What is said of each row of a set: below the frame, with more of what is above beside it where that is needed."""

from __future__ import annotations

from collections.abc import Mapping

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.frame import Frame, Space
from competency.rules.population.free_variables import outer_parts
from competency.rules.population.values import RowSet, TheRow, Value, Word, mapped
from competency.rules.program import ir

WHOLE = Kind.WHOLE


def of_items(scope: Mapping[str, Value]) -> dict[str, Value]:
    """The variables that can be carried along: a row of facts is not, what is asked of it is."""
    return {name: value for name, value in scope.items() if not isinstance(value, TheRow)}


def variable_of(rows: RowSet, space: Space) -> Value:
    """What the variable of a filter, window, formula or quantifier stands for."""
    below = rows.below.below
    if below.table:
        return TheRow(below.table)
    return Word(c.column(below.own_name("related"), WHOLE, is_nullable=False, high=len(space.at_hand.words.texts)))


def saying(node: ir.Node, variable: str, rows: RowSet) -> tuple[RowSet, Value]:
    """A node for each row of a set, the row being the variable; and the set, joined to more of what is above if needed."""
    below = rows.below.below
    own = below.own | {variable}
    parts = list(dict.fromkeys(outer_parts(node, own, below.scope.keys())))
    if parts:
        above = rows.below.above
        if any(part not in below.outside for part in parts):
            for part in parts:
                above.value(part)
            rows = lifted(rows)
            below = rows.below.below
            for part in parts:
                below.outside[part] = above.values[part]
    below.scope[variable] = variable_of(rows, below.space)
    below.own.add(variable)
    return rows, below.value(node)


def lifted(rows: RowSet) -> RowSet:
    """The same rows, each beside all that is known of the row above it by now."""
    before, above = rows.below.below, rows.below.above
    steps = len(above.steps)
    wanted: dict[str, str] = {}

    def core() -> r.Relation:
        return r.Join(above.relation(steps), before.relation(), rows.below.on, tuple(wanted.items()), "inner")

    frame = Frame(
        above.space,
        core,
        of_items(above.scope),
        parent=above,
        table=before.table,
        own=frozenset(before.own),
    )
    frame.lifted, frame.carried = before, wanted
    frame.outside.update(before.outside)
    frame.renamed.update(before.renamed)

    def carried(expression: Expression) -> Expression:
        if expression.is_constant:
            return expression
        column = before.column(expression)
        return c.as_column(frame.carried_name(column.name), expression)

    below_keys = [key for key in before.keys if key not in above.keys]
    frame.keys = (*above.keys, *[frame.carried_name(key) for key in below_keys])
    for name in before.own:
        value = before.scope.get(name)
        if isinstance(value, Word):
            frame.scope[name] = mapped(value, carried)
        elif value is not None:
            frame.scope[name] = value
    gathering = above.gather(frame, tuple((key, key) for key in above.keys))
    order = tuple((carried(one), is_last_first) for one, is_last_first in rows.order)
    return RowSet(gathering, carried(rows.certain), carried(rows.possible), rows.known, order, rows.most)


# --- how many, and in which order -------------------------------------------------------------------------------------


def how_many(rows: RowSet, where: Expression) -> Expression:
    """How many rows below meet a condition: a number of the frame above."""
    return rows.below.measure("count", None, where, low=0, high=rows.most, default=c.constant(0))


def has_none_possible(rows: RowSet) -> Expression:
    """Whether no row is only possible: a truth of the frame above."""
    if not rows.has_possible:
        return c.TRUE
    return c.equal(how_many(rows, rows.possible), c.constant(0))


def ranked(
    rows: RowSet, among: Expression, order: tuple[tuple[Expression, bool], ...], *, newest_first: bool = False
) -> Expression:
    """The number of each row among those that meet a condition, from 0, in an order or in its reverse."""
    below = rows.below.below
    turned = tuple((below.column(one), is_last_first != newest_first) for one, is_last_first in order)
    within = (*below_within(rows), *(() if among is c.TRUE else (below.column(among),)))
    return below.number("number", within, turned, low=0, high=rows.most)


def below_within(rows: RowSet) -> tuple[Expression, ...]:
    """The columns that rows below one row share."""
    return rows.below.within
