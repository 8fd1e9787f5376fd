"""A compiled program on the facts of some learners: every decision as a row of columns, in the order of decisions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import pyarrow

from competency.model.decisions import DecisionValue
from competency.model.facts import AWARDS
from competency.rules.population.arrow_columns import whole_numbers
from competency.rules.population.columns import Expression
from competency.rules.population.compile_program import Compiled
from competency.rules.population.counting import counting, counting_name, facts_name
from competency.rules.population.engine import Engine
from competency.rules.population.facts import FactsAtHand, Words
from competency.rules.population.frame import LEARNER, LEARNERS_AT_HAND
from competency.rules.population.lower_group import GroupTables
from competency.rules.population.order_of_facts import together_of
from competency.rules.population.ratios import Number, Ratio
from competency.rules.population.stand_in_ledger import LEDGER, ledger
from competency.rules.population.values import Day, Single, Word


@dataclass(frozen=True, slots=True)
class DecidedRow:
    """A decision by numbers: the learner, and the place in the program's schedule, which says rule and item.

    `outcome` is one of OUTCOMES, `determining` and `reported` have a bit for each clause of the rule.
    """

    learner: int
    place: int
    outcome: int
    determining: int
    reported: int
    value: DecisionValue
    assigned: tuple[str, ...]


def put_facts(
    engine: Engine,
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
            engine.create_together(counting_name(plural), counted, together)
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


def decided_rows(engine: Engine, compiled: Compiled, words: Words) -> Iterator[DecidedRow]:
    """The decisions that an engine has made, group after group."""
    for group in compiled.groups:
        if group.tables is not None:
            yield from _rows(engine, group.tables, words)


def _rows(engine: Engine, tables: GroupTables, words: Words) -> Iterator[DecidedRow]:
    assigned = _assigned(engine, tables, words)
    fetched = engine.fetch(tables.decided)
    lists = [fetched.column(name).to_pylist() for name in (LEARNER, "place", "outcome", "determining", "reported")]
    values = _values(fetched, tables.value, words) or [None] * fetched.num_rows
    for learner, place, outcome, determining, reported, value in zip(*lists, values, strict=True):
        items = assigned.get((learner, place), ())
        yield DecidedRow(learner, place, outcome, determining, reported, value, items)


def _assigned(engine: Engine, tables: GroupTables, words: Words) -> dict[tuple[int, int], tuple[str, ...]]:
    if tables.assigned is None:
        return {}
    fetched = engine.fetch(tables.assigned, (LEARNER, "place", "position"))
    found: dict[tuple[int, int], list[str]] = {}
    lists = [fetched.column(name).to_pylist() for name in (LEARNER, "place", "item")]
    for learner, place, item in zip(*lists, strict=True):
        found.setdefault((learner, place), []).append(words.texts[item])
    return {key: tuple(items) for key, items in found.items()}


def _values(fetched: pyarrow.Table, value: Single | None, words: Words) -> list[DecisionValue]:
    """The values of decisions; one of which only bounds are known is none."""

    def column(expression: Expression) -> list[Any]:
        return list(fetched.column(expression.name).to_pylist())

    match value:
        case None:
            return []
        case Number():
            lows = _fractions(value.low, fetched)
            if value.is_settled:
                return list(lows)
            highs = _fractions(value.high, fetched)
            return [low if low == high else None for low, high in zip(lows, highs, strict=True)]
        case Word():
            return [None if number is None else words.texts[number] for number in column(value.number)]
        case Day():
            return [None if count is None else date.fromordinal(count) for count in column(value.count)]
        case _:
            return column(value)


def _fractions(ratio: Ratio, fetched: pyarrow.Table) -> list[Fraction | None]:
    above = fetched.column(ratio.above.name).to_pylist()
    if ratio.below.is_constant:
        whole = ratio.below.low
        known = {one: Fraction(int(one), whole) for one in set(above) if one is not None}
        return [None if one is None else known[one] for one in above]
    below = fetched.column(ratio.below.name).to_pylist()
    return [None if one is None else Fraction(int(one), int(other)) for one, other in zip(above, below, strict=True)]
