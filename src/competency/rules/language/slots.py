"""Requirements that draw on one pool, each item counting once: from the lines of a rule to its allotment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.effect import governing, with_period
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env, Rows
from competency.rules.language.vocabulary import singular
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span

if TYPE_CHECKING:
    from competency.rules.language.resolve import BookResolver


@dataclass(slots=True)
class SlotLines:
    """The lines of one rule that say what is drawn, from what, and how often it may count."""

    slots: list[tuple[ir.Slot, syntax.Drawn]] = field(default_factory=list)
    pool: Rows | None = None
    pool_span: Span | None = None
    once: syntax.CountsOnce | None = None
    twice: list[syntax.CountsTwice] = field(default_factory=list)


def drawn_of(node: syntax.Expression | syntax.Menu) -> syntax.Drawn | None:
    """What a clause draws: by itself, or beside other conditions joined by `or`."""
    if isinstance(node, syntax.Drawn):
        return node
    if isinstance(node, syntax.Junction) and node.operator == "or":
        found = [part for part in node.parts if isinstance(part, syntax.Drawn)]
        return found[0] if len(found) == 1 else None
    return None


def read_slot(
    line: syntax.Requirement, drawn: syntax.Drawn, lines: SlotLines, resolver: BookResolver, env: Env
) -> ir.Clause:
    """The clause of a requirement that draws on the pool; what it draws goes to the lines."""
    if drawn.quantifier != "at least":
        resolver.findings.fail(
            kinds.MISPLACED_PHRASE,
            "a requirement that draws on what counts says `at least`",
            Label(drawn.span, f"`{drawn.quantifier}` here"),
            fixes=(Fix("write `at least`, or count with `sum of credits of ...`"),),
        )
    items = resolver.rows(drawn.phrase, env)
    if items.row_type.kind is not Kind.ITEM:
        resolver.mismatch(items.node, drawn.phrase.span, "items, such as courses")
    label = line.label.text
    type_ = _unit(drawn, items, resolver)
    need = drawn.amount.value
    before = sum(slot.label == label for slot, _ in lines.slots)
    name = f"{label}, version {before + 1}" if before else label
    placed = ir.Variable(f"placed {name}", type_, drawn.span)
    enough = ir.Apply("at least", (placed, ir.Constant(need, type_, drawn.amount.span)), types.TRUTH, drawn.span)
    condition: ir.Node = enough
    unless: ir.Node | None = None
    if isinstance(line.condition, syntax.Junction):
        others = tuple(resolver.condition(part, env) for part in line.condition.parts if part is not drawn)
        unless = others[0] if len(others) == 1 else ir.Apply("or", others, types.TRUTH, line.condition.span)
        condition = ir.Apply("or", (enough, unless), types.TRUTH, line.condition.span)
    citations = tuple(resolver.citation(cites) for cites in line.cites)
    clause = ir.Clause(label, condition, line.effect, citations, span=line.span)
    clause = with_period(clause, resolver.applies(line, env))
    if clause.applies is not None:  # where the clause is not there, it draws nothing
        absent = ir.Apply("not", (clause.applies,), types.TRUTH, clause.applies.span)
        unless = absent if unless is None else ir.Apply("or", (unless, absent), types.TRUTH, unless.span)
    lines.slots.append((ir.Slot(label, name, items.node, need, unless), drawn))
    return clause


def _unit(drawn: syntax.Drawn, items: Rows, resolver: BookResolver) -> Type:
    """In what a requirement counts: a unit that the items carry, or the items themselves."""
    if drawn.amount.unit:
        return resolver.number(drawn.amount).type
    kind = items.row_type.of
    plural = "competencies" if kind == "competency" else f"{kind}s"
    if drawn.counted not in {kind, plural}:
        resolver.findings.unknown(kinds.UNKNOWN_PHRASE, "way to count", drawn.counted, drawn.span, [plural, "credits"])
    return types.PLAIN


def read_allotment(lines: SlotLines, rule: syntax.Rule, resolver: BookResolver) -> ir.Allotment | None:
    """The allotment of a rule, once all its lines are read; none where nothing draws on anything."""
    if not lines.slots:
        if lines.pool_span is not None:
            _useless(lines.pool_span, resolver)
        return None
    first = lines.slots[0][1]
    if lines.pool is None:
        resolver.findings.fail(
            kinds.EMPTY_RULE,
            f"the rule `{rule.name.text}` does not say what counts toward its requirements",
            Label(first.span, "drawn from what?"),
            fixes=(Fix("add a line such as `counts courses that are credited`"),),
        )
    type_ = _one_unit(lines.slots, resolver)
    each = ir.Variable(lines.pool.variable, lines.pool.row_type, lines.pool_span)
    worth: ir.Node = ir.Constant(Fraction(1), types.PLAIN, lines.pool_span)
    if type_ != types.PLAIN:
        worth = _worth(type_, each, lines.pool_span or first.span, resolver)
    slots = tuple(replace(slot) for slot, _ in lines.slots)
    labels = [slot.label for slot in slots]
    together = []
    for twice in lines.twice:
        for name in (twice.label, *twice.others):
            if name.text not in labels:
                resolver.findings.unknown(kinds.UNKNOWN_CLAUSE, "requirement that draws", name.text, name.span, labels)
        others = {other.text for other in twice.others}
        together += [
            (one.name, other.name)
            for one, other in product(slots, slots)
            if one.label == twice.label.text and other.label in others
        ]
    whole = lines.once is not None and lines.once.what.text != "credit"
    _once(lines, type_, resolver)
    return ir.Allotment(lines.pool.node, lines.pool.variable, worth, slots, tuple(together), whole, type_)


def _one_unit(slots: Sequence[tuple[ir.Slot, syntax.Drawn]], resolver: BookResolver) -> Type:
    """All requirements of a rule count in one unit, and draw on items of one kind."""
    first, *others = [drawn for _, drawn in slots]
    for other in others:
        if other.amount.unit != first.amount.unit:
            resolver.findings.fail(
                kinds.TYPE_MISMATCH,
                "the requirements of a rule that draw on one pool count alike",
                Label(other.span, f"this one counts {other.counted}"),
                Label(first.span, f"and this one {first.counted}"),
                fixes=(Fix("count both in one unit, or make two rules of it"),),
            )
    return resolver.number(first.amount).type if first.amount.unit else types.PLAIN


def _worth(type_: Type, each: ir.Node, span: Span, resolver: BookResolver) -> ir.Node:
    """What one item is worth: its column of that name."""
    column = f"{type_.of}s"
    known = resolver.declared.item_fields.get((each.type.of, column))
    if known is None:
        resolver.findings.fail(
            kinds.TYPE_MISMATCH,
            f"a {each.type.of} has no {column}",
            Label(span, f"these are counted in {column}"),
            fixes=(Fix(f"give each {each.type.of} its {column}, or count the items themselves"),),
        )
    return ir.Field(each, column, type_, span)


def _once(lines: SlotLines, type_: Type, resolver: BookResolver) -> None:
    """`each credit counts once` or `each course counts once`: the unit, or the kind of item."""
    if lines.once is None or lines.pool is None:
        return
    known = [lines.pool.row_type.of, *([type_.of] if type_.of else [])]
    if lines.once.what.text not in known:
        resolver.findings.unknown(
            kinds.UNKNOWN_PHRASE, "thing that counts once", lines.once.what.text, lines.once.what.span, known
        )


def _useless(span: Span, resolver: BookResolver) -> None:
    resolver.findings.add(
        kinds.EMPTY_RULE,
        "no requirement draws on what counts",
        Label(span, "nothing is counted"),
        fixes=(Fix("add a requirement such as `require english: at least 4 credits from courses with ...`"),),
    )


def required(name: syntax.Name, counted: str, span: Span, resolver: BookResolver) -> ir.Node:
    """What all requirements of a diploma need together: those of the version that governs, and that are there."""
    if ("diploma", name.text) in resolver.unsigned:
        raise Unresolved
    signatures = resolver.named.get(("diploma", name.text))
    if signatures is None:
        names = [known for kind, known in resolver.named if kind == "diploma"]
        resolver.findings.unknown(kinds.UNKNOWN_NAME, "diploma", name.text, name.span, names)
    rules = [signature.rule for signature in signatures]
    totals = [_total(rule, counted, resolver, span) for rule in rules]
    found = [total for total in totals if total is not None]
    if not found:
        resolver.findings.fail(
            kinds.MISPLACED_PHRASE,
            f"no requirement of the diploma `{name.text}` counts {counted}",
            Label(span, f"{counted} of what?"),
            fixes=(Fix("name what its requirements count, such as `credits required by diploma ...`"),),
        )
    if len(rules) == 1:
        return found[0]
    nothing, unknown = (ir.Constant(value, found[0].type, span) for value in (Fraction(0), None))
    cases = tuple(
        (_all(governing(rule, resolver, Env({}, None)), span), total or nothing)
        for rule, total in zip(rules, totals, strict=True)
    )
    return ir.Choose(cases, unknown, found[0].type, span)


def _total(rule: syntax.Rule, counted: str, resolver: BookResolver, span: Span) -> ir.Node | None:
    """What the requirements of one rule need together, each where it is there; none where none counts in this way."""
    always, sometimes = Fraction(0), []
    type_: Type | None = None
    for line in (line for line in rule.lines if isinstance(line, syntax.Requirement)):
        drawn = drawn_of(line.condition)
        if drawn is None or singular(drawn.counted) != singular(counted):
            continue
        type_ = types.unit(drawn.amount.unit)
        if not line.applies:
            always += drawn.amount.value
            continue
        there = _all(resolver.applies(line, Env({}, None)), span)
        need, nothing = (ir.Constant(value, type_, span) for value in (drawn.amount.value, Fraction(0)))
        sometimes.append(ir.Choose(((there, need),), nothing, type_, span))
    if type_ is None:
        return None
    total: ir.Node = ir.Constant(always, type_, span)
    for each in sometimes:
        total = ir.Apply("+", (total, each), type_, span)
    return total


def _all(conditions: Sequence[ir.Node], span: Span) -> ir.Node:
    return ir.Apply("and", tuple(conditions), types.TRUTH, span) if conditions else ir.Constant(True, types.TRUTH, span)
