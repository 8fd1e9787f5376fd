"""Facts as a plan presumes them where none are at hand: decimals of two places, some blanks, days without times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from competency.rules.population.facts import FactColumn, FactsAtHand, FactTable, Holds, holds, words_of
from competency.rules.population.needs import needed_columns, texts_of
from competency.rules.program import ir

ROWS_A_LEARNER = 64
FIRST_DAY, LAST_DAY = date(1990, 1, 1).toordinal(), date(2060, 1, 1).toordinal()
PARTS_OF_ONE, NUMBER_MAX = 100, 1_000_000


def presume_facts(program: ir.Program) -> FactsAtHand:
    """The tables that a program reads, with bounds that the facts of a school keep."""
    needed = needed_columns(program)
    tables = {
        fact_type.plural: FactTable(
            fact_type,
            {
                column.name: replace(_presumed(holds(column.type)), has_blanks=not column.required)
                for column in fact_type.columns
                if column.name in needed[fact_type.plural]
            },
            ROWS_A_LEARNER,
        )
        for fact_type in program.fact_types
        if fact_type.is_about_a_learner and fact_type.plural in needed
    }
    return FactsAtHand(tables, words_of(texts_of(program)))


def _presumed(held: Holds) -> FactColumn:
    match held:
        case Holds.NUMBER:
            return FactColumn(held, PARTS_OF_ONE, -NUMBER_MAX, NUMBER_MAX)
        case Holds.DAY:
            return FactColumn(held, low=FIRST_DAY, high=LAST_DAY)
        case _:
            return FactColumn(held, low=0, high=2**31)
