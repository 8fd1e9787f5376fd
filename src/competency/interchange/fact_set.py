"""All facts of a folder: rows by table and learner. Frozen; holds what has passed the door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from competency.interchange.cells import cell_text
from competency.model.facts import LEARNERS, ColumnType, Fact, FactType, FactValue, LearnerFacts


class Facts(Protocol):
    """Facts to decide by, wherever they are kept: `learners` in sorted order, `shared` the tables about no learner."""

    @property
    def learners(self) -> tuple[str, ...]:
        """The identifiers of the learners."""

    @property
    def shared(self) -> Mapping[str, tuple[Fact, ...]]:
        """Facts about schools and districts."""

    def for_learner(self, learner: str) -> LearnerFacts:
        """Everything known about one learner. KeyError for one who is not among the learners."""

    def __contains__(self, learner: object) -> bool: ...


# The values of a row in the order of its type's columns: a third of the memory of a mapping.
Row: TypeAlias = tuple[FactValue, ...]


@dataclass(frozen=True, slots=True)
class FactSet:
    """Facts about learners, and about schools and districts.

    `learners`: their identifiers in sorted order. `shared`: the tables without a learner, as facts. The rows of a
    learner are kept as tuples by table and learner, and become facts when they are asked for.
    """

    fact_types: Mapping[str, FactType]
    learners: tuple[str, ...]
    shared: Mapping[str, tuple[Fact, ...]]
    _rows: Mapping[str, Mapping[str, Sequence[Row]]]

    def for_learner(self, learner: str) -> LearnerFacts:
        """Everything known about one learner. KeyError for one who is not among the learners."""
        if learner not in self._rows[LEARNERS.plural]:
            raise KeyError(learner)
        tables = {
            plural: tuple(fact_of(self.fact_types[plural], row) for row in by_learner[learner])
            for plural, by_learner in self._rows.items()
            if learner in by_learner
        }
        return LearnerFacts(learner, tables)

    def rows(self, plural: str) -> Iterator[Row]:
        """Every row of a table, in no meaningful order; none of a table that has none."""
        for fact in self.shared.get(plural, ()):
            yield tuple(fact.values.values())
        for rows in self._rows.get(plural, {}).values():
            yield from rows

    def __contains__(self, learner: object) -> bool:
        return learner in self._rows[LEARNERS.plural]


def fact_set(fact_types: Iterable[FactType], rows: Mapping[str, Iterable[Row]]) -> FactSet:
    """A fact set of checked rows by table, each in the order of its type's columns."""
    types = {fact_type.plural: fact_type for fact_type in fact_types}
    shared: dict[str, tuple[Fact, ...]] = {}
    by_table: dict[str, dict[str, list[Row]]] = {LEARNERS.plural: {}}
    for plural, table in rows.items():
        fact_type = types[plural]
        index = learner_column(fact_type)
        if index is None:
            shared[plural] = tuple(fact_of(fact_type, row) for row in table)
            continue
        by_learner = by_table.setdefault(plural, {})
        for row in table:
            by_learner.setdefault(str(row[index]), []).append(row)
    return FactSet(types, tuple(sorted(by_table[LEARNERS.plural])), shared, by_table)


def fact_id(fact_type: FactType, values: Mapping[str, FactValue]) -> str:
    """What names a fact within its table: its key; several columns are joined by bars."""
    cells = [cell_text(column, values[name]) for name in fact_type.key if (column := fact_type.column(name))]
    if len(cells) == 1:
        return cells[0]
    return "|".join(escaped(cell) for cell in cells)


def escaped(cell: str) -> str:
    """A part of a name of several, written so that two different keys never become one name."""
    return cell.replace("\\", "\\\\").replace("|", "\\|")


def fact_of(fact_type: FactType, row: Row) -> Fact:
    """A row as a fact, with its identity."""
    values = {column.name: value for column, value in zip(fact_type.columns, row, strict=True)}
    return Fact(fact_type.plural, fact_id(fact_type, values), values)


def learner_column(fact_type: FactType) -> int | None:
    """The column that says whose row it is: the first that names a learner."""
    for index, column in enumerate(fact_type.columns):
        if column.type is ColumnType.LEARNER:
            return index
    return None
