"""A program to tables, group after group; a group that has no set form is named with the reason, and left to the interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pyarrow

from competency.rules.population.facts import FactsAtHand
from competency.rules.population.frame import Concluded, Space, Untouched
from competency.rules.population.lower_group import GroupTables, lower_group
from competency.rules.population.lower_value import lower_value
from competency.rules.population.no_set_form import NoSetForm
from competency.rules.population.prune import columns_read_of_tables
from competency.rules.population.relations import Relation
from competency.rules.population.told import presumed, value_type
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class CompiledGroup:
    """A group of rules by their indexes: its tables, or the reason why there are none."""

    group: str
    rules: tuple[int, ...]
    tables: GroupTables | None
    reason: str


@dataclass(frozen=True)
class Compiled:
    """A program as tables: the groups in the order of decisions, and the tables of its data that they read."""

    groups: tuple[CompiledGroup, ...]
    given: Mapping[str, pyarrow.Table]

    @property
    def left(self) -> Mapping[str, str]:
        """The groups that are left to the interpreter, each with the reason."""
        return {one.group: one.reason for one in self.groups if one.tables is None}

    @cached_property
    def columns_read(self) -> Mapping[str, set[str]]:
        """The columns that are read of each table, by its name."""
        return columns_read_of_tables(self._relations())

    def _relations(self) -> Iterator[Relation]:
        """Every relation that is carried out or fetched."""
        for group in self.groups:
            if group.tables is not None:
                yield from (made.relation for made in group.tables.tables)
                yield group.tables.decided
                if group.tables.assigned is not None:
                    yield group.tables.assigned


def groups_of(program: ir.Program) -> dict[str, tuple[int, ...]]:
    """The indexes of the rules of each group, groups in the order of decisions."""
    found: dict[str, list[int]] = {}
    for index, _ in program.schedule:
        indexes = found.setdefault(program.rules[index].group, [])
        if index not in indexes:
            indexes.append(index)
    return {group: tuple(indexes) for group, indexes in found.items()}


def compile_program(
    program: ir.Program,
    at_hand: FactsAtHand,
    as_of: date,
    known_on: datetime | None,
    told: Mapping[str, tuple[str, Concluded]],
    untouched: Mapping[int, Untouched] | None = None,
) -> Compiled:
    """The tables of every group of rules that has a set form.

    `told` are groups whose conclusions the interpreter gives, each with the reason and the table in which they stand.
    `untouched` is what is decided, at each place of the schedule, about a learner of whom nothing is known; with it, items
    that a learner's facts do not touch are spared.
    """
    space = Space(program, at_hand, as_of, known_on, lower_value, untouched=untouched or {})
    groups = []
    for number, (group, indexes) in enumerate(groups_of(program).items()):
        tables, reason = None, ""
        if group in told:
            reason, space.concluded[group] = told[group]
        else:
            tables, reason = _lowered(space, group, indexes, number)
        groups.append(CompiledGroup(group, indexes, tables, reason))
    return Compiled(tuple(groups), space.given)


def _lowered(space: Space, group: str, indexes: Sequence[int], number: int) -> tuple[GroupTables | None, str]:
    try:
        return lower_group(space, group, indexes, number), ""
    except NoSetForm as fault:
        rules = [space.program.rules[index] for index in indexes]
        codes = max(len(rule.scope) for rule in rules)
        space.concluded[group] = presumed(f"told_{number}", codes, value_type(rules))
        return None, str(fault)
