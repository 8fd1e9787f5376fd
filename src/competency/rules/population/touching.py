"""By what an item is touched: of an item of which a learner has no facts, the same is decided about every learner.

A state has more competencies than a learner works on. Where rules read of a learner nothing but what belongs to their item
and to items related to it, the others are decided once for all, and each learner's rows are those of the items touched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from competency.model.facts import AWARDS
from competency.rules.population.needs import roots
from competency.rules.program import ir
from competency.rules.program.types import Kind

# Beyond so many pairs of items the list of who touches whom is longer than the decisions that it spares.
PAIRS_MAX = 500_000

# Relations through which one comes from a rule's own item to another: each with the kind of item from which it leads.
Path = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """What touches items: rows of a table of facts by a column that names an item, or items that are touched of a group."""

    table: str = ""
    column: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Touching:
    """A source, and which items each of its items touches."""

    source: Source
    touched: Mapping[str, tuple[str, ...]]


class _OfTheLearner(Exception):
    """A rule reads what belongs to no item."""


def touching(program: ir.Program, group: str, rules: Iterable[ir.Rule]) -> tuple[Touching, ...]:
    """By what the items of a group of rules are touched; nothing where its decisions depend on more than that."""
    steps: dict[Source, set[Path]] = defaultdict(set)
    about: set[str] = set()
    try:
        for rule in rules:
            if len(rule.scope) != 1:
                return ()
            about.update(code for (code,) in rule.about)
            for source, path in _of_rule(rule):
                steps[source].add(path)
    except _OfTheLearner:
        return ()
    own = steps.pop(Source(group=group), set())
    items = sorted(about)
    onward = _closed(_touched(program, items, own))
    found = []
    for source, paths in sorted(steps.items(), key=lambda one: (one[0].table, one[0].column, one[0].group)):
        direct = _touched(program, items, paths)
        touched = {
            code: tuple(sorted({far for one in near for far in (one, *onward.get(one, ()))}))
            for code, near in direct.items()
        }
        if sum(map(len, touched.values())) > PAIRS_MAX:
            return ()
        found.append(Touching(source, touched))
    return tuple(found)


def _touched(program: ir.Program, items: Sequence[str], paths: Iterable[Path]) -> dict[str, set[str]]:
    """The items of a group by those at the ends of paths from them."""
    found: dict[str, set[str]] = defaultdict(set)
    for code in items:
        for path in paths:
            ends = {code}
            for kind, relation in path:
                ends = {far for end in ends for far in program.catalog.related(kind, relation, end)}
            for end in ends:
                found[end].add(code)
    return found


def _closed(touched: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """All items that each touches, one through another."""
    found: dict[str, set[str]] = {}
    for start in touched:
        seen: set[str] = set()
        pending = list(touched[start])
        while pending:
            here = pending.pop()
            if here not in seen:
                seen.add(here)
                pending.extend(touched.get(here, ()))
        found[start] = seen
    return found


# --- what a rule reads ------------------------------------------------------------------------------------------------


def _of_rule(rule: ir.Rule) -> Iterator[tuple[Source, Path]]:
    """What a rule reads of a learner. Where it says what is so without evidence, nothing else is asked of an item without."""
    own = rule.scope[0]
    if rule.awards is not None:
        yield Source(AWARDS.plural, "competency" if own.kind == "skill" else own.kind), ()
    says_what_is_so = bool(rule.evidence) and bool(rule.missing)
    governs = () if rule.governs is None else (rule.governs,)
    for root in (*governs, *rule.evidence) if says_what_is_so else roots(rule):
        yield from _of_node(root, {own.name: ()})


def _of_node(node: ir.Node, paths: Mapping[str, Path]) -> Iterator[tuple[Source, Path]]:
    """Everything that a node reads of a learner, with the way to it. _OfTheLearner where it belongs to no item."""
    match node:
        case ir.Facts():
            by_item = [(column, paths[name]) for column, of in node.matches if (name := _item(of, paths))]
            if not by_item:
                raise _OfTheLearner
            column, path = by_item[0]
            yield Source(node.table, column), path
        case ir.Conclusion():
            name = _item(node.items[0], paths) if len(node.items) == 1 else ""
            if not name:
                raise _OfTheLearner
            yield Source(group=node.group), paths[name]
        case ir.Items() if node.of is None or not _item(node.of, paths):
            raise _OfTheLearner
        case ir.Field() if node.of.type.of == "learner":
            raise _OfTheLearner
        case _:
            pass
    inside = paths
    if isinstance(node, ir.Where | ir.Window | ir.Aggregate | ir.Quantify | ir.Pool):
        way = _path(node.items if isinstance(node, ir.Pool) else node.rows, paths)
        if way is not None:
            inside = {**paths, node.variable: way}
    for part in ir.parts(node):
        yield from _of_node(part, inside)


def _item(node: ir.Node, paths: Mapping[str, Path]) -> str:
    """The variable that an item is, if the way to it is known."""
    return node.name if isinstance(node, ir.Variable) and node.name in paths else ""


def _path(rows: ir.Node, paths: Mapping[str, Path]) -> Path | None:
    """The way to the items of a set; none where it is one of facts."""
    while isinstance(rows, ir.Where | ir.Window):
        rows = rows.rows
    if not isinstance(rows, ir.Items) or not isinstance(rows.of, ir.Variable) or rows.of.type.kind is not Kind.ITEM:
        return None
    return (*paths[rows.of.name], (rows.of.type.of, rows.relation)) if rows.of.name in paths else None
