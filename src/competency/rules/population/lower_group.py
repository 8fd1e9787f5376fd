"""A group of rules to tables: what each rule decides, which of its versions govern, what others read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.families import Family, alone, families
from competency.rules.population.frame import LEARNER, LEARNERS_AT_HAND, Concluded, Frame, Space, code_name
from competency.rules.population.free_variables import free_variables
from competency.rules.population.layers import layers_of, speaks_of
from competency.rules.population.lower_rule import Decided, check_has_form, lower_rule, without_evidence
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.one_table import Part, as_one, named, own_column
from competency.rules.population.ratios import Number
from competency.rules.population.rewrite import without_names
from competency.rules.population.stand_in_ledger import REFERENCE, Ledger, in_ledger
from competency.rules.population.touched_items import CODE, all_touched, touched_pairs, untouched_rows
from competency.rules.population.touching import touching
from competency.rules.population.values import Day, RowSet, Single, Word, expressions, mapped
from competency.rules.program import ir
from competency.rules.program.types import Kind as TypeKind

WHOLE, TRUTH = Kind.WHOLE, Kind.TRUTH

# Columns of every decision beside learner, codes and value.
_ALWAYS = ("place", "outcome", "truth", "determining", "reported")
# And of those of which there are versions, of which some may not govern.
_OF_VERSIONS = ("first_place", "governs")


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A table to make: its name and the relation that fills it; one that is not kept is computed when it is read."""

    name: str
    relation: r.Relation
    is_kept: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class GroupTables:
    """What a group of rules becomes: tables to make in this order, and where its decisions and assignments then are.

    `value` is the value of a decision, of columns of `decided`; `assigned` has the learner, the place, and each item with its position.
    """

    group: str
    tables: tuple[Made, ...]
    decided: r.Relation
    value: Single | None
    assigned: r.Relation | None

    @property
    def queries(self) -> int:
        """How many queries an engine carries out: one for each table that is kept, and those that fetch what was decided."""
        return sum(made.is_kept for made in self.tables) + 1 + (self.assigned is not None)


@dataclass(slots=True)
class _Making:
    """A group while it is made; `touched` and `untouched` are tables where only items that are touched are decided."""

    space: Space
    group: str
    codes: int
    about: str
    has_versions: bool
    tables: list[Made] = field(default_factory=list)
    touched: str = ""
    untouched: str = ""


def lower_group(space: Space, group: str, indexes: Sequence[int], number: int) -> GroupTables:
    """The tables of a group of rules; NoSetForm where a rule of it has no form over columns.

    What the group concludes is then among the conclusions of the space.
    """
    rules = {index: without_names(space.program.rules[index]) for index in indexes}
    for rule in rules.values():
        check_has_form(rule)
    codes = max(len(rule.scope) for rule in rules.values())
    if any(len(rule.scope) != codes for rule in rules.values()):
        raise NoSetForm("rules of one kind that are about different kinds of items")
    found = families(rules, f"parameter_{number}")
    if len(found) < len(rules):
        try:
            return _lower(space, group, rules, found, number)
        except NoSetForm:
            space.concluded.pop(group, None)  # what a parameter has no form for, a constant may
    return _lower(space, group, rules, alone(rules), number)


def _lower(space: Space, group: str, rules: Mapping[int, ir.Rule], found: Sequence[Family], number: int) -> GroupTables:
    layers = layers_of(space.program, group, rules)
    about = f"about_{number}"
    codes = len(next(iter(rules.values())).scope)
    family_of = {index: family.indexes[0] for family in found for index in family.indexes}
    for family in found:
        space.parameters.update(family.parameters)
    space.given[about], has_versions = _about(space, family_of, layers, codes)
    making = _Making(space, group, codes, about, has_versions)
    if not has_versions:
        _spare_untouched(making, rules, number)
    of_families = {family.indexes[0]: family.rule for family in found}
    if max(layers.values(), default=0) == 0:
        parts = [_decided(rule, making, _frame(making, rule, index)) for index, rule in of_families.items()]
        return _finished(making, number, parts)
    return _layered(making, number, of_families, max(layers.values()))


def _about(
    space: Space, family_of: Mapping[int, int], layers: Mapping[tuple[int, tuple[str, ...]], int], codes: int
) -> tuple[pyarrow.Table, bool]:
    """Every decision of the rules: codes, the rule's family, places in the order of decisions, layer; whether any item has versions."""
    first: dict[tuple[str, ...], int] = {}
    rows: list[tuple[int, ...]] = []
    number = space.at_hand.words.number
    has_versions = False
    for place, (index, items) in enumerate(space.program.schedule):
        if index in family_of:
            has_versions = has_versions or items in first
            first.setdefault(items, place)
            rows.append(
                (
                    *map(number, items),
                    number(space.program.rules[index].reference),
                    family_of[index],
                    place,
                    first[items],
                    layers[index, items],
                )
            )
    names = (*[code_name(at) for at in range(codes)], REFERENCE, "family", "place", "first_place", "layer")
    columns = {name: whole_numbers([row[at] for row in rows]) for at, name in enumerate(names)}
    return pyarrow.table(columns), has_versions


def _places(making: _Making) -> tuple[str, ...]:
    """Where a decision stands in the order of all, and where the first version of its item does."""
    return ("place", "first_place") if making.has_versions else ("place",)


def _always(making: _Making) -> tuple[str, ...]:
    """The columns of every decision beside its value."""
    return (LEARNER, *_codes(making), *_ALWAYS, *(_OF_VERSIONS if making.has_versions else ()))


def _codes(making: _Making) -> tuple[str, ...]:
    return tuple(code_name(place) for place in range(making.codes))


def _frame(making: _Making, rule: ir.Rule, index: int) -> Frame:
    """The rows of a rule: every learner beside every item that it decides."""
    space, names = making.space, _codes(making)
    wanted = (*names, REFERENCE, "family", "place", "first_place", "layer")
    about = r.Filter(
        r.Scan(making.about, tuple((name, WHOLE) for name in wanted)), c.equal(own_column("family"), c.label(index))
    )
    core = r.Join(r.Scan(LEARNERS_AT_HAND, ((LEARNER, WHOLE),)), about, (), tuple((n, n) for n in wanted), "inner")
    if making.touched:
        core = r.Join(touched_pairs(making.touched), about, ((CODE, CODE),), tuple((n, n) for n in wanted[1:]), "inner")
    frame = Frame(space, lambda: core, _scope(making, rule), keys=(LEARNER, *names))
    frame.items.update({name: r.Group(about, (name,), ()) for name in names})
    return frame


def _scope(making: _Making, rule: ir.Rule) -> dict[str, Word]:
    most = len(making.space.at_hand.words.texts)
    return {variable.name: Word(own_column(code_name(place), high=most)) for place, variable in enumerate(rule.scope)}


def _decided(rule: ir.Rule, making: _Making, frame: Frame) -> Part:
    no_evidence = without_evidence(rule, frame)
    return _part(lower_rule(rule, frame, no_evidence, in_ledger(rule, frame)), making, frame)


def _part(decided: Decided, making: _Making, frame: Frame) -> Part:
    value = None if decided.value is None else mapped(decided.value, frame.column)
    fixed = {
        **({"governs": decided.governs} if making.has_versions else {}),
        "outcome": decided.outcome,
        "truth": decided.truth,
        "determining": decided.determining,
        "reported": decided.reported,
    }
    kept = [(name, own_column(name)) for name in (LEARNER, *_codes(making), *_places(making))]
    kept += fixed.items()
    own = {} if value is None else {one.name: one for one in expressions(value)}
    kept += own.items()
    assigned = None if decided.assigned is None else _assigned(decided.assigned, decided, frame)
    relation = r.Keep(frame.relation(), tuple(kept))
    return Part(relation, tuple(own), value, assigned)


def _assigned(rows: RowSet, decided: Decided, frame: Frame) -> r.Relation:
    """The items that a rule assigns: those that belong for certain, then those that may, in their order."""
    below = rows.below.below
    if below.table:
        raise NoSetForm("facts that are assigned")
    item, position = below.own_name("related"), below.own_name("position")
    later = c.choose(rows.certain, c.constant(0), c.constant(1))
    codes = tuple((name, own_column(name)) for name in frame.keys)
    belongs = below.column(c.both(c.either(rows.certain, rows.possible)))
    own = ((item, own_column(item)), (position, own_column(position)), ("later", later))
    met = frame.column(c.both(decided.is_met, c.holds(rows.known)))
    of_learner = r.Filter(
        r.Keep(frame.relation(), (*codes, ("place", own_column("place")), ("is_met", met))), own_column("is_met", TRUTH)
    )
    of_items = r.Keep(r.Filter(below.relation(), belongs), (*codes, *own))
    pairs = tuple((name, name) for name in frame.keys)
    both = r.Join(of_items, of_learner, pairs, (("place", "place"),), "inner")
    named = (
        *codes,
        ("place", own_column("place")),
        ("item", own_column(item)),
        ("position", c.plus(c.times(own_column("later", high=1), c.constant(2**40)), own_column(position))),
    )
    return r.Keep(both, named)


# --- items that are touched, and the others ---------------------------------------------------------------------------


def _spare_untouched(making: _Making, rules: Mapping[int, ir.Rule], number: int) -> None:
    """Decide only items that are touched, where all others are decided alike and nothing is said of them but that."""
    space = making.space
    if not space.untouched or making.codes != 1:
        return
    rows = untouched_rows(space, rules)
    if rows is None:
        return
    pairs = all_touched(touching(space.program, making.group, rules.values()), space, f"touches_{number}")
    if pairs is None:
        return
    making.touched, making.untouched = f"touched_{number}", f"untouched_{number}"
    space.given[making.untouched] = rows
    making.tables.append(Made(making.touched, pairs))


def _with_untouched(making: _Making, decided: r.Relation, kinds: Mapping[str, Kind]) -> r.Relation:
    """Every decision, those about items that are not touched included."""
    if not making.untouched:
        return decided
    learners = r.Scan(LEARNERS_AT_HAND, ((LEARNER, WHOLE),))
    names = tuple(name for name in _always(making) if name != LEARNER)
    alike = r.Scan(making.untouched, tuple((name, TRUTH if name == "truth" else WHOLE) for name in names))
    everything = r.Join(learners, alike, (), tuple((name, name) for name in names), "inner")
    others = r.Join(everything, touched_pairs(making.touched), ((LEARNER, LEARNER), (CODE, CODE)), (), "without")
    blanks = tuple((name, c.blank(kind)) for name, kind in kinds.items())
    always = named(_always(making))
    of_value = tuple((name, c.column(name, kind)) for name, kind in kinds.items())
    return r.Union((r.Keep(decided, (*always, *of_value)), r.Keep(others, (*always, *blanks))))


# --- versions, conclusions --------------------------------------------------------------------------------------------


def _concluded(making: _Making, source: r.Relation, kinds: Mapping[str, Kind]) -> r.Relation:
    """One row an item: what the version that governs last says, or the first where none does."""
    if making.has_versions:
        governs = c.opposite(c.equal(c.column("governs", WHOLE, is_nullable=False), c.constant(0)))
        is_last = c.both(governs, c.equal(own_column("place"), own_column("last_place", is_nullable=True)))
        is_first = c.both(c.is_blank(own_column("last_place", is_nullable=True)), _is_first())
        source = r.Filter(source, c.either(c.holds(is_last), is_first))
    names = named((LEARNER, *_codes(making), "truth"))
    of_value = tuple((name, c.column(name, kind)) for name, kind in kinds.items())
    return r.Keep(source, (*names, ("is_there", c.TRUE), *of_value))


def _is_first() -> Expression:
    return c.equal(own_column("place"), own_column("first_place"))


def _with_versions(making: _Making, source: r.Relation) -> r.Relation:
    """The decisions with the place of the last version that governs each item."""
    if not making.has_versions:
        return source
    governs = c.opposite(c.equal(c.column("governs", WHOLE, is_nullable=False), c.constant(0)))
    place = c.where(governs, own_column("place"))
    within = tuple(own_column(name) for name in (LEARNER, *_codes(making)))
    return r.Numbered(source, "last_place", "max", place, within)


def _governing(making: _Making, source: r.Relation) -> r.Relation:
    """Of several versions those that govern; where none does, the first says so."""
    if not making.has_versions:
        return source
    governs = c.opposite(c.equal(c.column("governs", WHOLE, is_nullable=False), c.constant(0)))
    return r.Filter(
        source, c.either(governs, c.both(c.is_blank(own_column("last_place", is_nullable=True)), _is_first()))
    )


def _scan(making: _Making, name: str, kinds: Mapping[str, Kind]) -> r.Scan:
    always = tuple((one, TRUTH if one == "truth" else WHOLE) for one in _always(making))
    last = (("last_place", WHOLE),) if making.has_versions else ()
    return r.Scan(name, (*always, *last, *kinds.items()))


def _conclude(making: _Making, table: str, value: Single | None) -> None:
    making.space.concluded[making.group] = Concluded(
        table,
        making.codes,
        c.column("is_there", TRUTH),
        c.column("truth", TRUTH),
        value,
        touched=making.touched,
        untouched=making.untouched,
    )


def _finished(making: _Making, number: int, parts: Sequence[Part]) -> GroupTables:
    relations, value, kinds = as_one(parts, _always(making))
    source: r.Relation = r.Union(tuple(relations)) if len(relations) > 1 else relations[0]
    decided, concluded = f"decided_{number}", f"concluded_{number}"
    making.tables.append(Made(decided, _with_versions(making, source)))
    scan = _scan(making, decided, kinds)
    making.tables.append(Made(concluded, _concluded(making, scan, kinds), is_kept=False))
    _conclude(making, concluded, value)
    assigned = [part.assigned for part in parts if part.assigned is not None]
    of_assigned: r.Relation | None = None
    if assigned:
        of_assigned = r.Union(tuple(assigned)) if len(assigned) > 1 else assigned[0]
    everything = _with_untouched(making, _governing(making, scan), kinds)
    return GroupTables(making.group, tuple(making.tables), everything, value, of_assigned)


# --- groups that rely on themselves -----------------------------------------------------------------------------------


def _layered(making: _Making, number: int, rules: Mapping[int, ir.Rule], last: int) -> GroupTables:
    """Layer after layer of items, each reading what was concluded of those before; what reads nothing of it comes first."""
    space = making.space
    if any(rule.assigns is not None for rule in rules.values()):
        raise NoSetForm("an assignment by rules that rely on each other")
    prepared = {index: _prepared(making, number, index, rule) for index, rule in rules.items()}
    # what the first layer reads of its own group is nothing, but columns of the kind that others will have
    kinds: Mapping[str, Kind] = {}
    value: Single | None = None
    concluded: list[r.Relation] = []
    decided: list[r.Relation] = []
    for layer in range(last + 1):
        if layer == 0:
            space.concluded.pop(making.group, None)
        parts = [_decided_in_layer(rule, index, making, prepared[index], layer) for index, rule in rules.items()]
        relations, value, kinds = as_one(parts, _always(making))
        source: r.Relation = r.Union(tuple(relations)) if len(relations) > 1 else relations[0]
        name, so_far = f"decided_{number}_{layer}", f"concluded_{number}_{layer}"
        making.tables.append(Made(name, _with_versions(making, source)))
        scan = _scan(making, name, kinds)
        decided.append(scan)
        own = _concluded(making, scan, kinds)
        before = concluded[-1:]
        making.tables.append(Made(so_far, r.Union((*before, own)) if before else own, is_kept=False))
        columns = (*((one, TRUTH if one == "truth" else WHOLE) for one in (LEARNER, *_codes(making), "truth")),)
        concluded.append(r.Scan(so_far, (*columns, ("is_there", TRUTH), *kinds.items())))
        _conclude(making, so_far, value)
        if value is not None and speaks_of_values(rules, making.group):
            raise NoSetForm("values that rely on those of other items of the same rules")
    everything = _with_untouched(making, _governing(making, r.Union(tuple(decided))), kinds)
    return GroupTables(making.group, tuple(making.tables), everything, value, None)


def speaks_of_values(rules: Mapping[int, ir.Rule], group: str) -> bool:
    """Whether a rule reads a value that its own group concludes."""
    return any(
        isinstance(node, ir.Conclusion) and node.group == group and node.type.kind is not TypeKind.TRUTH
        for rule in rules.values()
        for root in ir.rule_nodes(rule)
        for node in ir.walk(root)
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Prepared:
    """What a rule needs that reads nothing of its own group: a table, with values by node."""

    table: str
    columns: tuple[tuple[str, Kind], ...]
    values: Mapping[ir.Node, Single]
    no_evidence: Expression
    ledger: Ledger


def _prepared(making: _Making, number: int, index: int, rule: ir.Rule) -> _Prepared:
    frame = _frame(making, rule, index)
    no_evidence = without_evidence(rule, frame)
    bound = {variable.name for variable in rule.scope}
    values: dict[ir.Node, Single] = {}
    for root in ir.rule_nodes(rule):
        for node in _independent(root, making.group, bound):
            if node not in values:
                value = frame.value(node)
                if isinstance(value, Expression | Number | Word | Day):
                    values[node] = mapped(value, lambda one: one if one.is_constant else frame.column(one))
    found = [one for value in values.values() for one in expressions(value) if not one.is_constant]
    of_awards = in_ledger(rule, frame)
    truths = (no_evidence, of_awards.stands, of_awards.is_revoked)
    found.extend(one for one in truths if not one.is_constant)
    kept = {one.name: one for one in found}
    names = (LEARNER, *_codes(making), *_places(making), "layer")
    kept.update({name: own_column(name) for name in names if name not in kept})
    table = f"prepared_{number}_{index}"
    making.tables.append(Made(table, r.Keep(frame.relation(), tuple(kept.items()))))
    columns = tuple((name, one.kind) for name, one in kept.items())
    return _Prepared(table, columns, values, no_evidence, of_awards)


def _independent(node: ir.Node, group: str, bound: set[str]) -> Iterator[ir.Node]:
    """The largest parts of a node that read nothing of a group and are single values of the rule's own rows."""
    if not speaks_of(node, group):
        is_single = node.type.kind not in {TypeKind.ROWS, TypeKind.ITEMS, TypeKind.ROW}
        if is_single and free_variables(node) <= bound and not isinstance(node, ir.Constant):
            yield node
            return
    for part in ir.parts(node):
        yield from _independent(part, group, bound)


def _decided_in_layer(rule: ir.Rule, index: int, making: _Making, prepared: _Prepared, layer: int) -> Part:
    core = r.Filter(r.Scan(prepared.table, prepared.columns), c.equal(own_column("layer"), c.label(layer)))
    frame = Frame(making.space, lambda: core, _scope(making, rule), keys=(LEARNER, *_codes(making)))
    of_layer = c.both(c.equal(own_column("family"), c.label(index)), c.equal(own_column("layer"), c.label(layer)))
    names = (*_codes(making), "family", "layer")
    about = r.Filter(r.Scan(making.about, tuple((name, WHOLE) for name in names)), of_layer)
    frame.items.update({name: r.Group(about, (name,), ()) for name in _codes(making)})
    frame.values.update(prepared.values)
    return _part(lower_rule(rule, frame, prepared.no_evidence, prepared.ledger), making, frame)
