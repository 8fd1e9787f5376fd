"""In which order the items of one group of rules are decided, where conclusions about some rely on those about others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from competency.rules.population.no_set_form import NoSetForm
from competency.rules.program import ir

Layers = Mapping[tuple[int, tuple[str, ...]], int]


def speaks_of(node: ir.Node, group: str) -> bool:
    """Whether a node reads what a group concludes."""
    return any(isinstance(part, ir.Conclusion) and part.group == group for part in ir.walk(node))


def layers_of(program: ir.Program, group: str, rules: Mapping[int, ir.Rule]) -> Layers:
    """The layer of each decision of a group's rules: one more than that of the last on which it relies.

    The versions of one item are in one layer, that of the last of them: only together do they say which of them governs.
    """
    asked = {index: tuple(_relations(rule, group)) for index, rule in rules.items()}
    if not any(asked.values()):
        return {(index, codes): 0 for index, rule in rules.items() for codes in rule.about}
    decided = [(index, codes) for index, codes in program.schedule if index in rules]
    of_item: dict[tuple[str, ...], int] = {}
    to_come = Counter(codes for _, codes in decided)
    for index, codes in decided:
        layer = of_item.get(codes, 0)
        for place, kind, relation in asked[index]:
            for other in program.catalog.related(kind, relation, codes[place]):
                before = (*codes[:place], other, *codes[place + 1 :])
                if to_come[before]:
                    raise NoSetForm("conclusions that are read before they are drawn")
                if before in of_item:
                    layer = max(layer, of_item[before] + 1)
        of_item[codes] = layer
        to_come[codes] -= 1
    return {(index, codes): of_item[codes] for index, codes in decided}


def _relations(rule: ir.Rule, group: str) -> Iterator[tuple[int, str, str]]:
    """The relations through which a rule reads its own group: place in its scope, kind of item, relation."""
    places = {variable.name: (place, variable.kind) for place, variable in enumerate(rule.scope)}
    for root in ir.rule_nodes(rule):
        yield from _in_node(root, group, places, {})


def _in_node(
    node: ir.Node, group: str, places: Mapping[str, tuple[int, str]], bound: Mapping[str, tuple[int, str, str]]
) -> Iterator[tuple[int, str, str]]:
    if isinstance(node, ir.Conclusion) and node.group == group:
        through = [item.name for item in node.items if isinstance(item, ir.Variable) and item.name in bound]
        others = [item for item in node.items if not (isinstance(item, ir.Variable) and item.name in {*bound, *places})]
        if len(through) != 1 or others:
            raise NoSetForm("rules that rely on each other in another way than along a relation")
        yield bound[through[0]]
    inner = bound
    if isinstance(node, ir.Where | ir.Quantify | ir.Aggregate):
        source: ir.Node = node.rows
        while isinstance(source, ir.Where):
            source = source.rows
        if isinstance(source, ir.Items) and isinstance(source.of, ir.Variable) and source.of.name in places:
            place, kind = places[source.of.name]
            inner = {**bound, node.variable: (place, kind, source.relation)}
    for part in ir.parts(node):
        yield from _in_node(part, group, places, inner)
