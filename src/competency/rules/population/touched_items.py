"""Which items of each learner are touched, as tables; and what is so of all others, decided once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow

from competency.model.decisions import Outcome
from competency.model.facts import AWARDS
from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.arrow_columns import truths, whole_numbers
from competency.rules.population.columns import Kind
from competency.rules.population.counting import counting_name
from competency.rules.population.facts import engine_name
from competency.rules.population.frame import LEARNER, LEARNERS_AT_HAND, Space, code_name
from competency.rules.population.lower_rule import OUTCOMES
from competency.rules.population.stand_in_ledger import LEDGER
from competency.rules.population.touching import Touching
from competency.rules.program import ir

CODE = code_name(0)
WHOLE = Kind.WHOLE

_OF_TRUTHS = ("truth", "is_there")
_TRUTHS = {Outcome.MET: True, Outcome.NOT_YET_KNOWN: None}


def touched_pairs(table: str) -> r.Scan:
    """A table of the items that are touched, learner by learner."""
    return r.Scan(table, ((LEARNER, WHOLE), (CODE, WHOLE)))


def all_touched(ways: Sequence[Touching], space: Space, stem: str) -> r.Relation | None:
    """The pairs of learner and item that are touched, each once; none where a group decides all that a way goes by.

    `stem` is for the names of tables that say which item touches which.
    """
    found: list[_Pairs] = []
    for number, way in enumerate(ways):
        if way.source.group and not _touched_of(way.source.group, space):
            return None
        found.extend(_pairs_of(way, space, f"{stem}_{number}"))
    if not found:
        return None
    first, *others = sorted(found, key=lambda one: not one.is_once)
    pairs = first.relation if first.is_once else _once(first.relation)
    if others:
        rest = r.Union(tuple(one.relation for one in others)) if len(others) > 1 else others[0].relation
        further = r.Join(rest, pairs, ((LEARNER, LEARNER), (CODE, CODE)), (), "without")
        pairs = r.Union((pairs, _once(further)))
    return r.Join(pairs, r.Scan(LEARNERS_AT_HAND, ((LEARNER, WHOLE),)), ((LEARNER, LEARNER),), (), "inner")


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Pairs of learner and item, and whether each is there once."""

    relation: r.Relation
    is_once: bool


def _once(pairs: r.Relation) -> r.Relation:
    return r.Group(pairs, (LEARNER, CODE), ())


def _touched_of(group: str, space: Space) -> str:
    concluded = space.concluded.get(group)
    return "" if concluded is None else concluded.touched


def _pairs_of(touching: Touching, space: Space, name: str) -> Iterator[_Pairs]:
    """The pairs that are touched in one way, if any is: items that touch themselves apart from those that touch others."""
    source = touching.source
    column = CODE
    pairs: r.Relation = touched_pairs(_touched_of(source.group, space))
    if source.table:
        table, column = space.at_hand.tables.get(source.table), source.column
        if table is None or column not in table.columns or table.columns[column].is_blank:
            return
        column = engine_name(column)
        # of awards those count too that are over
        counted = LEDGER if source.table == AWARDS.plural else counting_name(source.table)
        rows = r.Scan(counted, ((LEARNER, WHOLE), (column, WHOLE)))
        pairs = r.Group(rows, (LEARNER, column), ())
    number = space.at_hand.words.number
    found = [(number(code), number(other)) for code, others in touching.touched.items() for other in others]
    for table_name, led, is_once in (
        (f"{name}_itself", [pair for pair in found if pair[0] == pair[1]], True),
        (f"{name}_others", [pair for pair in found if pair[0] != pair[1]], False),
    ):
        if led:
            space.given[table_name] = pyarrow.table(
                {"item": whole_numbers([one for one, _ in led]), CODE: whole_numbers([other for _, other in led])}
            )
            yield _Pairs(_led(pairs, column, table_name), is_once)


def _led(pairs: r.Relation, column: str, name: str) -> r.Relation:
    """The items that items touch, by a table that says so."""
    further = r.Scan(name, (("item", WHOLE), (CODE, WHOLE)))
    joined = r.Join(pairs, further, ((column, "item"),), ((CODE, "touched"),), "inner")
    own = (c.column(name, WHOLE, is_nullable=False) for name in (LEARNER, "touched"))
    return r.Keep(joined, tuple(zip((LEARNER, CODE), own, strict=True)))


def untouched_rows(space: Space, rules: Mapping[int, ir.Rule]) -> pyarrow.Table | None:
    """What is decided of items that are not touched, in the columns of decisions; none where more is said of one."""
    number = space.at_hand.words.number
    rows: dict[str, list[int | bool | None]] = {
        name: [] for name in (CODE, "place", "outcome", "truth", "determining", "reported", "is_there")
    }
    for place, (index, codes) in enumerate(space.program.schedule):
        if index not in rules:
            continue
        alike = space.untouched.get(place)
        labels = [clause.label for clause in rules[index].clauses]
        if alike is None or not alike.is_plain or len(set(labels)) < len(labels):
            return None
        if not set(alike.determining) <= set(labels):
            return None
        bits = sum(1 << labels.index(label) for label in alike.determining)
        truth = _TRUTHS.get(OUTCOMES[alike.outcome], False)
        values = (number(codes[0]), place, alike.outcome, truth, bits, 0, True)
        for name, value in zip(rows, values, strict=True):
            rows[name].append(value)
    arrays = {name: truths(values) if name in _OF_TRUTHS else whole_numbers(values) for name, values in rows.items()}
    return pyarrow.table(arrays)
