"""Sets of facts and items below the rows of a frame: facts that match, items of a relation, filters, windows, pools."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import facts as f
from competency.rules.population import relations as r
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.counting import counting_columns, counting_name, fact_value
from competency.rules.population.facts import PLACE
from competency.rules.population.frame import LEARNER, Frame, Gathering, Space
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.order_of_facts import order_of
from competency.rules.population.ratios import Number
from competency.rules.population.say_of_rows import has_none_possible, how_many, lifted, of_items, ranked, saying
from competency.rules.population.values import (
    Day,
    RowSet,
    Single,
    Value,
    Word,
    number_of,
    rows_of,
    single,
    truth_of,
    unknown,
)
from competency.rules.program import ir

WHOLE = Kind.WHOLE
NONE, ONE = c.constant(0), c.constant(1)


def row_set(node: ir.Facts | ir.Items | ir.Where | ir.Window | ir.Pool, frame: Frame) -> RowSet:
    """The rows or items that a node stands for, below each row of a frame."""
    match node:
        case ir.Facts():
            return _facts(node, frame)
        case ir.Items():
            return _items(node, frame)
        case ir.Where():
            return _where(node, frame)
        case ir.Window():
            return _window(node, frame)
        case ir.Pool():
            return _pool(node, frame)


# --- facts ------------------------------------------------------------------------------------------------------------


def _facts(node: ir.Facts, frame: Frame) -> RowSet:
    space = frame.space
    table = space.at_hand.tables.get(node.table)
    if table is None:
        raise NoSetForm(f"`{node.table}`, of which no row is about a learner")
    known = c.TRUE
    filters: list[tuple[str, Expression]] = []
    on: list[tuple[str, str]] = [(LEARNER, LEARNER)]
    met: list[str] = []
    scope: dict[str, Value] = {}
    for column, match in node.matches:
        value = frame.value(match)
        if not isinstance(value, Word):
            raise NoSetForm("facts that are chosen by a number or a date")
        known = c.both(known, c.opposite(unknown(value)))
        if table.column(column).is_blank:
            filters.append((column, value.number))
            continue
        if value.number.is_constant:
            filters.append((column, value.number))
            continue
        on.append((frame.column(value.number).name, f.engine_name(column)))
        met.append(column)
        if isinstance(match, ir.Variable):
            scope[match.name] = Word(c.column(f.engine_name(column), WHOLE, is_nullable=False, high=value.number.high))
    key = ("facts", node.table, tuple(on))
    gathering = frame.gatherings.get(key)
    if gathering is None:
        core = _of_items_decided(r.Scan(counting_name(node.table), counting_columns(table)), on, frame)
        below = Frame(
            space,
            lambda: core,
            scope,
            parent=frame,
            table=node.table,
            keys=(LEARNER, PLACE),
        )
        gathering = frame.gatherings[key] = frame.gather(below, tuple(on))
    gathering.below.scope.update(scope)
    certain = c.TRUE
    for column, wanted in filters:
        certain = c.both(certain, c.holds(c.equal(_word(table, column), wanted)))
    most = min([table.rows_max, *[table.rows_max_by.get(column, table.rows_max) for column in met]])
    return RowSet(gathering, certain, c.FALSE, known, order_of(node.order, table), most)


def _of_items_decided(facts: r.Relation, on: Sequence[tuple[str, str]], frame: Frame) -> r.Relation:
    """Of the facts, those about items that the rule decides: others would be grouped for nothing."""
    for here, column in on:
        if here in frame.items:
            facts = r.Join(facts, frame.items[here], ((column, here),), (), "inner")
    return facts


def _word(table: f.FactTable, column: str) -> Expression:
    value = fact_value(table, column)
    if not isinstance(value, Word):
        raise NoSetForm("facts that are chosen by a number or a date")
    return value.number


# --- items ------------------------------------------------------------------------------------------------------------


def _items(node: ir.Items, frame: Frame) -> RowSet:
    space = frame.space
    if node.relation == ir.MEMBERS and node.of is None:
        raise NoSetForm("learners of a group")
    known, on = c.TRUE, ()
    if node.of is None:
        codes = space.program.catalog.collections[node.relation][1]
        related, table = {"": codes}, f"collection_{node.relation}"
    else:
        of = frame.value(node.of)
        if not isinstance(of, Word):
            raise NoSetForm("items of what is no item")
        related = dict(space.program.catalog.relations.get((node.of.type.of, node.relation), {}))
        table = give_relation(node.of.type.of, node.relation, space)
        known = c.opposite(unknown(of))
        on = ((frame.column(of.number).name, "code"),)  # type: ignore[assignment]
    key = ("items", table, on)
    gathering = frame.gatherings.get(key)
    if gathering is None:
        _give(table, related, space)
        gathering = frame.gatherings[key] = _below(table, on, frame)
    place = c.column(gathering.below.own_name("position"), WHOLE, is_nullable=False)
    most = max(map(len, related.values()), default=0)
    return RowSet(gathering, c.TRUE, c.FALSE, known, ((place, False),), max(most, 1))


def give_relation(kind: str, relation: str, space: Space) -> str:
    """The items to which a relation leads from items of a kind, as a table; its name."""
    table = f"relation_{kind}_{relation}"
    _give(table, dict(space.program.catalog.relations.get((kind, relation), {})), space)
    return table


def _give(table: str, related: dict[str, tuple[str, ...]], space: Space) -> None:
    """The items of a relation as a table."""
    if table in space.given:
        return
    number = space.at_hand.words.number
    rows = [
        (number(code) if code else 0, number(other), place)
        for code, others in related.items()
        for place, other in enumerate(others)
    ]
    names = ("code", "related", "position")
    arrays = [whole_numbers([row[index] for row in rows]) for index in range(3)]
    space.given[table] = pyarrow.table(dict(zip(names, arrays, strict=True)))


def _below(table: str, on: tuple[tuple[str, str], ...], frame: Frame) -> Gathering:
    """The rows of a relation beside each row of a frame."""
    space = frame.space
    # what the frame began with suffices where the relation leads from one of its own columns
    steps = 0 if all(here in frame.keys for here, _ in on) else len(frame.steps)
    names = {"related": space.name("item"), "position": space.name("position")}
    scan = r.Scan(table, (("code", WHOLE), ("related", WHOLE), ("position", WHOLE)))
    below = Frame(
        space,
        lambda: r.Join(frame.relation(steps), scan, on, tuple(names.items()), "inner"),
        of_items(frame.scope if steps else frame.scope_at_first),
        parent=frame,
        keys=(*frame.keys, names["related"]),
    )
    below.renamed.update(names)
    return frame.gather(below, tuple((key, key) for key in frame.keys))


# --- filters and windows ----------------------------------------------------------------------------------------------


def _where(node: ir.Where, frame: Frame) -> RowSet:
    rows, held = saying(node.condition, node.variable, rows_of(frame.value(node.rows)))
    truth = truth_of(held)
    below = rows.below.below
    certain = below.tidied(c.both(rows.certain, c.holds(truth)))
    possible = c.FALSE
    if truth.is_nullable or rows.has_possible:
        open_ = c.both(rows.certain, c.is_blank(truth))
        maybe = c.both(rows.possible, c.opposite(c.fails(truth)))
        possible = below.tidied(c.either(open_, maybe))
    return RowSet(rows.below, certain, possible, rows.known, rows.order, rows.most)


def _window(node: ir.Window, frame: Frame) -> RowSet:
    rows = rows_of(frame.value(node.rows))
    size, most = _size(node, frame), rows.most
    if size.is_constant:
        most = max(1, min(size.low, rows.most))
    else:
        frame.column(size)
        rows = lifted(rows)
    known = c.both(rows.known, has_none_possible(rows), c.is_known(size))
    among, order, newest_first = rows.certain, rows.order, node.which == "latest"
    found = how_many(rows, among)
    wanted = ONE if node.up_to else size
    enough = c.both(c.at_least(size, ONE), c.at_least(found, wanted), c.at_least(found, ONE))
    if node.which == "best":
        rows, value = saying(node.by, node.variable, rows) if node.by is not None else (rows, Word(c.BLANK))
        key = _sort_key(single(value))
        below = rows.below.below
        among = below.tidied(c.both(rows.certain, c.is_known(key)))
        order = ((c.filled(below.tidied(key), NONE), False), *rows.order)
        newest_first = True
        ranked_ = how_many(rows, among)
        enough = c.both(enough, c.at_least(ranked_, wanted), c.at_least(ranked_, ONE))
    if node.none_is_empty:
        enough = c.either(c.equal(found, NONE), c.equal(size, NONE), enough)
    place = ranked(rows, among, order, newest_first=newest_first)
    is_within = c.opposite(c.at_least(place, c.filled(size, NONE)))
    kept = rows.below.below.column(c.both(among, is_within))
    return RowSet(rows.below, kept, c.FALSE, frame.tidied(c.holds(c.both(known, enough))), rows.order, most)


def _size(node: ir.Window, frame: Frame) -> Expression:
    """How many rows a window takes: a whole number of the frame above, blank where it is not known."""
    size = number_of(frame.value(node.count))
    if not size.is_settled:
        raise NoSetForm("a window of a size of which only bounds are known")
    above, below = size.low.above, size.low.below
    if above.is_constant and below.is_constant:
        return above if above.value is None else c.constant(int(Fraction(above.low, below.low)))
    if not below.is_constant or below.low != 1:
        raise NoSetForm("a window whose size may be no whole number")
    return frame.column(above)


def _sort_key(value: Single) -> Expression:
    """One number by which values follow each other."""
    match value:
        case Number() if value.is_settled and value.low.is_whole_scaled:
            return value.low.above
        case Day(moment=None):
            return value.count
        case Day() if value.moment is not None and value.moment.is_uniform:
            return value.moment.at
        case Word() if value.number.is_constant:
            return value.number
        case _:
            raise NoSetForm("an order by a value that is no plain number or date")


# --- pools ------------------------------------------------------------------------------------------------------------


def _pool(node: ir.Pool, frame: Frame) -> RowSet:
    """What each item keeps, in one heap: the rows below the items below a row."""
    items = rows_of(frame.value(node.items))
    items, kept_value = saying(node.rows, node.variable, items)
    kept = rows_of(kept_value)
    of_items, of_rows = items.below.below, kept.below.below
    if not of_rows.table:
        raise NoSetForm("a pool of items")
    is_open = c.both(items.certain, c.opposite(c.both(kept.known, has_none_possible(kept))))
    known = c.both(items.known, has_none_possible(items))
    if is_open is not c.FALSE:
        known = c.both(known, c.equal(how_many(items, of_items.column(is_open)), c.constant(0)))
    belongs = of_items.column(items.certain)
    place = tuple((of_items.column(one), is_last_first) for one, is_last_first in items.order)
    whole = lifted(RowSet(kept.below, kept.certain, c.FALSE, c.TRUE, kept.order, kept.most))
    pooled = whole.below.below
    gathering = frame.gather(pooled, tuple((key, key) for key in frame.keys))
    return RowSet(
        gathering, c.both(belongs, whole.certain), c.FALSE, known, (*place, *whole.order), items.most * kept.most
    )
