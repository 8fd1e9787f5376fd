"""How many items of a relation have been concluded to be so: counted from the conclusions, not asked of each row."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import ratios
from competency.rules.population import relations as r
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.frame import LEARNER, Concluded, Frame, Space, code_name
from competency.rules.population.ratios import Number
from competency.rules.population.row_sets import give_relation
from competency.rules.population.values import Word, truth_of, whole_of
from competency.rules.program import ir
from competency.rules.program.types import Kind as TypeKind

WHOLE, TRUTH = Kind.WHOLE, Kind.TRUTH
NONE = c.constant(0)


def counted_conclusions(node: ir.Quantify, frame: Frame) -> tuple[Number, Number, Expression] | None:
    """How many items of the row's own item are so, of how many, and how many there are; none where it asks more.

    It is for the plainest question alone, and the most frequent: are so many of the items of this item mastered? Every
    learner has a conclusion about every item that any rule decides; of other items nothing is ever known.
    """
    items, asked = node.rows, node.condition
    if not isinstance(items, ir.Items) or not isinstance(asked, ir.Conclusion) or not isinstance(items.of, ir.Variable):
        return None
    if not is_plain(asked, node.variable):
        return None
    space = frame.space
    concluded, of = space.concluded.get(asked.group), frame.scope.get(items.of.name)
    if concluded is None or concluded.codes != 1 or not isinstance(of, Word) or of.number.name not in frame.keys:
        return None
    kind, here = items.of.type.of, of.number.name
    related = space.program.catalog.relations.get((kind, items.relation), {})
    if any(len(set(codes)) < len(codes) for codes in related.values()):
        return None
    table = give_relation(kind, items.relation, space)
    size = _number_of((kind, items.relation, here), "sizes", frame)
    key = ("conclusions", concluded.table, table, here)
    gathering = frame.gatherings.get(key)
    if gathering is None:
        scan: r.Relation = r.Scan(table, (("code", WHOLE), ("related", WHOLE)))
        if here in frame.items:
            scan = r.Join(scan, frame.items[here], (("code", here),), (), "inner")
        of_item = space.name("of")
        conclusions = r.Scan(concluded.table, ((LEARNER, WHOLE), (code_name(0), WHOLE), ("truth", TRUTH)))
        core = r.Join(conclusions, scan, ((code_name(0), "related"),), (("code", of_item),), "inner")
        below = Frame(space, lambda: core, {}, parent=frame, keys=(LEARNER, code_name(0), of_item))
        gathering = frame.gather(below, ((LEARNER, LEARNER), (here, of_item)))
        frame.gatherings[key] = gathering
    truth = c.column("truth", TRUTH)
    most = max(map(len, related.values()), default=1)

    def how_many(where: Expression) -> Expression:
        return gathering.measure("count", None, where, low=0, high=most, default=NONE)

    met, failed = how_many(c.holds(truth)), how_many(c.fails(truth))
    if concluded.untouched:
        met, failed = _with_untouched(
            concluded, (met, failed), how_many, gathering.below, (kind, items.relation, here), frame
        )
    number = Number(ratios.Ratio(met, ratios.ONE), ratios.Ratio(frame.tidied(c.minus(size, failed)), ratios.ONE))
    return number, ratios.settled(size), size


def truths_of_untouched(concluded: Concluded, space: Space) -> dict[int, bool | None]:
    """What is concluded of each item, by its number, where it is not touched."""
    rows = space.given[concluded.untouched]
    return dict(zip(rows.column(code_name(0)).to_pylist(), rows.column("truth").to_pylist(), strict=True))


def _with_untouched(
    concluded: Concluded,
    touched: tuple[Expression, Expression],
    how_many: Callable[[Expression], Expression],
    below: Frame,
    relation: tuple[str, str, str],
    frame: Frame,
) -> tuple[Expression, Expression]:
    """How many are met and how many failed, those included that are not touched, which are so for every learner.

    They are those of which it is so at first, without such as are touched.
    """
    by_code = truths_of_untouched(concluded, frame.space)
    found = []
    for number, wanted in zip(touched, (True, False), strict=True):
        if wanted not in by_code.values():
            found.append(number)
            continue
        code = c.column(code_name(0), WHOLE, is_nullable=False)
        key = (concluded.untouched, code.name)
        if key not in below.joined:
            below.joined[key] = below.attach(concluded.untouched, {"truth": concluded.truth}, {code_name(0): code})
        alike = truth_of(below.joined[key]["truth"])
        was = how_many(below.column(c.holds(alike) if wanted else c.fails(alike)))
        alike_so = frozenset(number for number, truth in by_code.items() if truth is wanted)
        at_first = _number_of(relation, f"{concluded.untouched}_{wanted}", frame, alike_so)
        found.append(frame.column(c.minus(c.plus(number, at_first), was)))
    met, failed = found
    return met, failed


def is_plain(asked: ir.Conclusion, variable: str) -> bool:
    """Whether it asks for the truth of the row itself."""
    if asked.type.kind is not TypeKind.TRUTH or asked.kind == "measure" or len(asked.items) != 1:
        return False
    item = asked.items[0]
    return isinstance(item, ir.Variable) and item.name == variable


def _number_of(
    relation: tuple[str, str, str], stem: str, frame: Frame, counts: Container[int] | None = None
) -> Expression:
    """How many items that count a relation leads to from the row's own; all, if it is not said which count."""
    kind, name, here = relation
    related = frame.space.program.catalog.relations.get((kind, name), {})
    table = f"{stem}_{kind}_{name}"
    key = (table, here)
    if key not in frame.joined:
        _give_numbers(table, related, frame.space, counts)
        most = max(map(len, related.values()), default=0)
        of_table = c.column("size", WHOLE, is_nullable=False, low=0, high=most)
        found = frame.attach(table, {"size": of_table}, {"code": c.column(here, WHOLE, is_nullable=False)})
        frame.joined[key] = {"size": frame.column(c.filled(found["size"], NONE))}
    return whole_of(frame.joined[key]["size"])


def _give_numbers(
    table: str, related: Mapping[str, tuple[str, ...]], space: Space, counts: Container[int] | None
) -> None:
    if table in space.given:
        return
    number = space.at_hand.words.number
    codes = [number(code) for code in related]
    sizes = [sum(counts is None or number(other) in counts for other in others) for others in related.values()]
    space.given[table] = pyarrow.table({"code": whole_numbers(codes), "size": whole_numbers(sizes)})
