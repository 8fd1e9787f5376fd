"""On which conclusions each rule relies, and the order in which everything can be decided. Circles are told in words."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from competency.diagnostics import Fix, Label, kinds
from competency.model.items import Catalog
from competency.model.order import find_cycle, topological_order
from competency.rules.language.findings import Findings
from competency.rules.language.vocabulary import ACYCLIC_RELATIONS
from competency.rules.program import ir
from competency.rules.program.types import Kind


@dataclass(frozen=True, slots=True)
class Reliance:
    """A rule relies on a group of conclusions; `relation` leads from its item to those it asks about, if one does."""

    group: str
    node: ir.Conclusion
    relation: str
    item_kind: str


def reliances(rule: ir.Rule) -> Iterator[Reliance]:
    """Every conclusion that a rule reads."""
    for node in ir.rule_nodes(rule):
        yield from _reliances(node, {})


def _reliances(node: ir.Node, relations: Mapping[str, tuple[str, str]]) -> Iterator[Reliance]:
    if isinstance(node, ir.Conclusion):
        asked = [item for item in node.items if isinstance(item, ir.Variable) and item.name in relations]
        relation, kind = relations[asked[0].name] if asked else ("", "")
        yield Reliance(node.group, node, relation, kind)
    inner = relations
    if isinstance(node, ir.Where | ir.Quantify | ir.Aggregate):
        source = _source(node.rows)
        if source is not None:
            inner = {**relations, node.variable: source}
    if isinstance(node, ir.Pool):
        source = _source(node.items)
        if source is not None:
            inner = {**relations, node.variable: source}
    for part in ir.parts(node):
        yield from _reliances(part, inner)


def _source(rows: ir.Node) -> tuple[str, str] | None:
    """The relation from which items come, through any conditions on them."""
    while isinstance(rows, ir.Where):
        rows = rows.rows
    if isinstance(rows, ir.Items) and rows.of is not None and isinstance(rows.of, ir.Variable):
        return rows.relation, rows.of.type.of
    return None


def check_circles(rules: Sequence[ir.Rule], findings: Findings) -> bool:
    """Reports rules that rely on each other in a circle; says whether there is none."""
    before: dict[str, list[str]] = {}
    why: dict[tuple[str, str], Reliance] = {}
    sound = True
    for rule in rules:
        before.setdefault(rule.group, [])
        for reliance in reliances(rule):
            if reliance.group == rule.group:
                if reliance.relation not in ACYCLIC_RELATIONS:
                    _itself(rule, reliance, findings)
                    sound = False
                continue
            if reliance.group not in before[rule.group]:
                before[rule.group].append(reliance.group)
            why.setdefault((rule.group, reliance.group), reliance)
    cycle = find_cycle({group: tuple(others) for group, others in before.items()})
    if cycle is None:
        return sound
    ring = [*cycle, cycle[0]]
    steps = [(one, other) if (one, other) in why else (other, one) for one, other in itertools.pairwise(ring)]
    told = ", ".join(f"{one} relies on {other}" for one, other in steps)
    labels = [
        Label(span, f"{step[0]} relies on {step[1]} here")
        for step in steps
        if step in why and (span := why[step].node.span) is not None
    ]
    findings.add(
        kinds.RULE_CYCLE,
        f"rules rely on each other in a circle: {told}",
        *labels,
        fixes=(Fix("let one of these rules decide from evidence alone"),),
        cycle=[one for one, _ in steps],
    )
    return False


def _itself(rule: ir.Rule, reliance: Reliance, findings: Findings) -> None:
    labels = [Label(reliance.node.span, "here it asks for its own conclusion")] if reliance.node.span else []
    findings.add(
        kinds.RULE_CYCLE,
        f"{rule.reference} relies on its own conclusion",
        *labels,
        notes=("Only through prerequisites, parts or earlier levels does such a question end.",),
        fixes=(Fix("ask about the prerequisites of the item, or about what other rules conclude"),),
        cycle=[rule.reference],
    )


def schedule(rules: Sequence[ir.Rule], catalog: Catalog) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """Every decision after those it relies on: groups in order, and within a group along its acyclic relations."""
    groups: dict[str, list[int]] = {}
    before: dict[str, list[str]] = {}
    own: dict[str, set[tuple[str, str]]] = {}
    for index, rule in enumerate(rules):
        groups.setdefault(rule.group, []).append(index)
        for reliance in reliances(rule):
            if reliance.group == rule.group:
                own.setdefault(rule.group, set()).add((reliance.item_kind, reliance.relation))
            else:
                before.setdefault(rule.group, []).append(reliance.group)
    wanted = {group: tuple(other for other in before.get(group, ()) if other in groups) for group in groups}
    order = topological_order(tuple(groups), wanted)
    result: list[tuple[int, tuple[str, ...]]] = []
    for group in order:
        decisions = [(index, codes) for index in groups[group] for codes in rules[index].about]
        result.extend(_within(decisions, own.get(group, set()), rules, catalog))
    return tuple(result)


def _within(
    decisions: list[tuple[int, tuple[str, ...]]],
    relations: set[tuple[str, str]],
    rules: Sequence[ir.Rule],
    catalog: Catalog,
) -> list[tuple[int, tuple[str, ...]]]:
    if not relations:
        return decisions
    deciding: dict[tuple[str, ...], list[int]] = {}  # by item: a rule, or each of its versions
    for index, codes in decisions:
        deciding.setdefault(codes, []).append(index)
    before: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for index, codes in decisions:
        for kind, relation in relations:
            for place, variable in enumerate(rules[index].scope):
                if variable.kind != kind:
                    continue
                for earlier in catalog.related(kind, relation, codes[place]):
                    other = (*codes[:place], earlier, *codes[place + 1 :])
                    if other in deciding:
                        before.setdefault(codes, []).append(other)
    keys = {codes: "\x00".join(codes) for codes in deciding}
    back = {key: codes for codes, key in keys.items()}
    ordered = topological_order(
        tuple(keys.values()), {keys[codes]: tuple(keys[one] for one in ones) for codes, ones in before.items()}
    )
    return [(index, back[key]) for key in ordered for index in deciding[back[key]]]


def covered(rule: ir.Rule, reliance: Reliance, catalog: Catalog) -> Iterator[tuple[str, str]]:
    """(item, item asked about) of a rule that goes through a relation of its own item."""
    if not reliance.relation or reliance.node.type.kind is not Kind.TRUTH:
        return
    for place, variable in enumerate(rule.scope):
        if variable.kind == reliance.item_kind:
            for codes in rule.about:
                for code in catalog.related(variable.kind, reliance.relation, codes[place]):
                    yield codes[place], code
