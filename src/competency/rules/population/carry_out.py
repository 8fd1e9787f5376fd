"""A compiled program on the facts of some learners: every decision becomes a row of an engine's tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import pyarrow

from competency.model.facts import AWARDS
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.compile_program import Compiled
from competency.rules.population.counting import counting, counting_name, facts_name
from competency.rules.population.engine import Engine
from competency.rules.population.facts import FactsAtHand
from competency.rules.population.frame import LEARNER, LEARNERS_AT_HAND
from competency.rules.population.order_of_facts import together_of
from competency.rules.population.stand_in_ledger import LEDGER, ledger


def put_facts(
    engine: Engine,
    compiled: Compiled,
    at_hand: FactsAtHand,
    rows: Mapping[str, pyarrow.Table | str],
    as_of: date,
    known_on: datetime | None,
) -> None:
    """The facts that count, as tables of an engine; `rows` are tables, or the paths of Parquet files that hold them."""
    for plural, table in at_hand.tables.items():
        given = rows[plural]
        if isinstance(given, str):
            engine.open_parquet(facts_name(plural), given)
        else:
            engine.put(facts_name(plural), given)
        counted = counting(table, as_of, known_on)
        together = together_of(table)
        if together is not None:
            engine.create_together(
                counting_name(plural), counted, together, compiled.columns_read.get(counting_name(plural), set())
            )
        else:
            # who corrects whom takes a join: that is worth doing once
            make = engine.create if table.has_corrections else engine.define
            make(counting_name(plural), counted)
        if plural == AWARDS.plural:
            engine.define(LEDGER, ledger(table, as_of, known_on))


def carry_out(engine: Engine, compiled: Compiled, learners: list[int]) -> None:
    """Decide the learners of these numbers; the facts and what was told are there already."""
    engine.put(LEARNERS_AT_HAND, pyarrow.table({LEARNER: whole_numbers(learners)}))
    for name, table in compiled.given.items():
        engine.put(name, table)
    for group in compiled.groups:
        for made in group.tables.tables if group.tables is not None else ():
            make = engine.create if made.is_kept else engine.define
            make(made.name, made.relation)
