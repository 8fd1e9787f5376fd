"""Which columns of facts a snapshot keeps: as numbers those that engines read, as texts those of the interpreter alone."""

from __future__ import annotations

from dataclasses import dataclass

from competency.model.facts import Column, ColumnType, FactType
from competency.rules.population.facts import Clustering
from competency.rules.population.needs import clustering_of, interpreted_columns, matched_columns, needed_columns
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class KeptColumns:
    """What is kept of a table about learners.

    `numbered`: columns as whole numbers. `told`: further ones as texts. `matched`: those of the numbered by whose values
    facts are chosen. `is_needed`: engines read the table; of another, only the interpreter does, or nobody. `clustering`:
    how its rows are best kept together.
    """

    fact_type: FactType
    numbered: tuple[Column, ...]
    told: tuple[Column, ...]
    matched: frozenset[str]
    is_needed: bool
    clustering: Clustering | None

    @property
    def is_read(self) -> bool:
        """Whether anybody reads the table."""
        return self.is_needed or bool(self.told)


def kept_columns(program: ir.Program, fact_type: FactType) -> KeptColumns:
    """What a program has a snapshot keep of a table."""
    needed, interpreted = needed_columns(program), interpreted_columns(program)
    plural = fact_type.plural
    as_numbers = needed.get(plural, frozenset())
    as_texts = interpreted.get(plural, frozenset()) - as_numbers
    return KeptColumns(
        fact_type,
        tuple(column for column in fact_type.columns if column.name in as_numbers),
        tuple(column for column in fact_type.columns if column.name in as_texts),
        matched_columns(program, plural),
        plural in needed,
        clustering_of(program, plural),
    )


def is_digested(fact_type: FactType, column: str) -> bool:
    """Whether a column adds to the digests of rows: all but those that say which row it is, and whose."""
    owner = next((each.name for each in fact_type.columns if each.type is ColumnType.LEARNER), None)
    return column != owner and column not in fact_type.key


def has_times(column: Column) -> bool:
    """Whether the days of a column may have a time."""
    return column.type is not ColumnType.DATE
