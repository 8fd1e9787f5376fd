"""Which columns of facts a program reads, and which texts it speaks of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from competency.model.facts import AWARDS, EVIDENCE, GOALS, LEARNERS, WAIVERS
from competency.rules.population.facts import Clustering
from competency.rules.program import ir
from competency.rules.program.types import Kind

# What decides whether a row counts, where a table has such columns.
_COUNTING = ("recorded_at", "revocation_recorded_at")
_OF_EVIDENCE = ("score", "withdrawn_at", "excused", "assessed_on", "submitted_on")
# What says of which conclusion an award is.
_OF_AWARDS = ("award", "course", "competency", "level", "awarded_on")
# Small tables of which the interpreter may speak by any column, whatever the rules say.
_READ_WHOLE = (LEARNERS.plural, AWARDS.plural, WAIVERS.plural, GOALS.plural)
# Whose rows are always there.
_ALWAYS = (LEARNERS.plural,)


def roots(rule: ir.Rule) -> Iterator[ir.Node]:
    """Every expression of a rule, those of its evidence included."""
    yield from ir.rule_nodes(rule)
    yield from rule.evidence


def needed_columns(program: ir.Program) -> dict[str, frozenset[str]]:
    """The columns by table that are read, those that say whether a row counts included."""
    wanted: dict[str, set[str]] = {plural: set() for plural in _ALWAYS}
    for rule in program.rules:
        for root in roots(rule):
            _add_read(root, wanted)
    if any(rule.awards is not None for rule in program.rules):
        wanted.setdefault(AWARDS.plural, set()).update(_OF_AWARDS)
    return _with_clocks(program, wanted)


def interpreted_columns(program: ir.Program) -> dict[str, frozenset[str]]:
    """The columns by table from which the interpreter decides, tells the reasons, and works out the indicators."""
    wanted = {plural: set(columns) for plural, columns in needed_columns(program).items()}
    for indicator in program.indicators:
        ranked = indicator.ranking.by if indicator.ranking is not None else None
        for root in (indicator.among, indicator.value, ranked):
            if root is not None:
                _add_read(root, wanted)
    for fact_type in program.fact_types:
        if fact_type.plural in _READ_WHOLE:
            wanted[fact_type.plural] = {column.name for column in fact_type.columns}
    if EVIDENCE.plural in wanted:
        wanted[EVIDENCE.plural].add("supersedes")
    return _with_clocks(program, wanted)


def _add_read(root: ir.Node, wanted: dict[str, set[str]]) -> None:
    """Adds the columns that an expression reads."""
    for node in ir.walk(root):
        if isinstance(node, ir.Facts):
            columns = wanted.setdefault(node.table, set())
            columns.update(column for column, _ in node.matches)
            columns.add(node.order.clock)
        elif isinstance(node, ir.Field) and node.of.type.of == "learner":
            wanted[LEARNERS.plural].add(node.name)
        elif isinstance(node, ir.Field) and node.of.type.kind is Kind.ROW:
            wanted.setdefault(node.of.type.of, set()).add(node.name)


def _with_clocks(program: ir.Program, wanted: dict[str, set[str]]) -> dict[str, frozenset[str]]:
    found = {}
    for fact_type in program.fact_types:
        if fact_type.plural not in wanted:
            continue
        clocks = (fact_type.happened, fact_type.begins, fact_type.ends)
        columns = {*wanted[fact_type.plural], *_COUNTING, *[clock for clock in clocks if clock is not None]}
        if fact_type.plural == EVIDENCE.plural:
            columns.update(_OF_EVIDENCE)
        found[fact_type.plural] = frozenset(column.name for column in fact_type.columns if column.name in columns)
    return found


def matched_columns(program: ir.Program, plural: str) -> frozenset[str]:
    """The columns of a table by whose values facts are chosen."""
    return frozenset(
        column
        for rule in program.rules
        for root in roots(rule)
        for node in ir.walk(root)
        if isinstance(node, ir.Facts) and node.table == plural
        for column, _ in node.matches
    )


def clustering_of(program: ir.Program, plural: str) -> Clustering | None:
    """How the rows of a table are best kept together: by what its rows are chosen most often, in the order of windows."""
    found: Counter[Clustering] = Counter()
    for rule in program.rules:
        for root in roots(rule):
            for node in ir.walk(root):
                if isinstance(node, ir.Facts) and node.table == plural:
                    found.update(Clustering(column, node.order) for column, _ in node.matches)
    return max(found, key=lambda one: (found[one], one.column, one.order.clock), default=None)


def names_of_rules(program: ir.Program) -> frozenset[str]:
    """The names by which a recorded waiver speaks of the rules of a program."""
    return frozenset(name for rule in program.rules for name in (rule.reference, rule.name))


def texts_of(program: ir.Program) -> set[str]:
    """Every text that a program may compare: constants, codes and data of items, answers and cells of tables."""
    found: set[str] = set()
    for rule in program.rules:
        found.update(code for codes in rule.about for code in codes)
        found.update((rule.reference, rule.kind))
        for root in roots(rule):
            found.update(
                node.value for node in ir.walk(root) if isinstance(node, ir.Constant) and isinstance(node.value, str)
            )
    for table in program.tables.values():
        for cells, result in table.rows:
            values = [result, *(cell.exact for cell in cells), *(one for cell in cells for one in cell.none_of)]
            found.update(value for value in values if isinstance(value, str))
    for items in program.catalog.items.values():
        for item in items.values():
            found.add(item.code)
            found.update(value for value in item.data.values() if isinstance(value, str))
    for _, codes in program.catalog.collections.values():
        found.update(codes)
    for related in program.catalog.relations.values():
        for code, others in related.items():
            found.update((code, *others))
    return found
