"""The facts of a made-up state: written once as Parquet of whole numbers, which every contender reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import made_up_state as state
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from competency.model.facts import FactType
from competency.rules.population.facts import (
    FactColumn,
    FactsAtHand,
    FactTable,
    Holds,
    Words,
    calendar_name,
    holds,
    words_of,
)
from competency.rules.population.needs import clustering_of, needed_columns, texts_of
from competency.rules.program import ir

# A learner works on so many competencies.
TRIED = 20
ATTEMPTS = 3
DAYS = (state.AS_OF - state.FIRST_DAY).days + 20  # some evidence is of tomorrow


def words(program: ir.Program) -> Words:
    """The words of the state by their numbers."""
    return words_of({*texts_of(program), *state.ROLES, *state.METHODS, "passed", "failed", "final"})


def write_facts(program: ir.Program, competencies: int, learners: int, folder: Path, seed: int) -> None:
    """Writes evidence, attempts and attendance, in no order."""
    random = np.random.default_rng(seed)
    number = words(program).numbers
    codes = np.array([number[code] for strand in state.strands(competencies) for code in strand])
    pieces = learners * state.PIECES
    who = np.repeat(np.arange(learners), state.PIECES)
    first = random.integers(0, competencies - TRIED + 1, learners)
    evidence = _dated(
        {
            "learner": who,
            "place": np.tile(np.arange(state.PIECES), learners),
            "competency": codes[first[who] + random.integers(0, TRIED, pieces)],
            "score": np.clip(random.integers(3, 10, pieces), 2, 8),
            "method": _some(random, [number[one] for one in state.METHODS], pieces),
            "role": _some(random, [number[one] for one in state.ROLES], pieces),
        },
        "assessed_on",
        random.integers(0, DAYS, pieces),
    )
    shuffled = pa.table(evidence).take(random.permutation(pieces))
    pq.write_table(shuffled, folder / "evidence.parquet")
    tries = learners * ATTEMPTS
    courses = [number[one] for one in state.courses(competencies)]
    attempts = _dated(
        {
            "learner": np.repeat(np.arange(learners), ATTEMPTS),
            "place": np.tile(np.arange(ATTEMPTS), learners),
            "course": _some(random, courses, tries),
            "status": np.full(tries, number["final"]),
            "result": _some(random, [number["passed"], number["failed"]], tries),
        },
        "ended_on",
        random.integers(0, DAYS, tries),
    )
    pq.write_table(pa.table(attempts), folder / "attempts.parquet")
    present = random.integers(120, 171, learners)
    attendance = _dated(
        {
            "learner": np.arange(learners),
            "place": np.zeros(learners, dtype=np.int64),
            "days_present": present,
            "days_enrolled": np.full(learners, 170),
        },
        "begins_on",
        np.zeros(learners, dtype=np.int64),
    )
    pq.write_table(pa.table(attendance), folder / "attendance.parquet")
    pq.write_table(pa.table({"learner": np.arange(learners)}), folder / "learners.parquet")


def _some(random: np.random.Generator, values: list[int], size: int) -> np.ndarray:
    return np.array(values)[random.integers(0, len(values), size)]


def _dated(columns: dict[str, np.ndarray], name: str, days: np.ndarray) -> dict[str, np.ndarray]:
    ordinals = state.FIRST_DAY.toordinal() + days
    span = range(state.FIRST_DAY.toordinal(), state.FIRST_DAY.toordinal() + DAYS)
    calendar = np.array(
        [
            date.fromordinal(one).year * 10000 + date.fromordinal(one).month * 100 + date.fromordinal(one).day
            for one in span
        ]
    )
    return {**columns, name: ordinals, calendar_name(name): calendar[days]}


def at_hand(program: ir.Program) -> FactsAtHand:
    """What is known of the facts that `write_facts` writes."""
    known = words(program)
    last = len(known.texts)
    first_day = state.FIRST_DAY.toordinal()
    word = FactColumn(Holds.WORD, low=0, high=last, has_blanks=False)
    day = FactColumn(Holds.DAY, low=first_day, high=first_day + DAYS, has_blanks=False)
    described = {
        "learners": ({}, 1, {}),
        "evidence": (
            {
                "competency": word,
                "score": FactColumn(Holds.NUMBER, 2, 2, 8, has_blanks=False),
                "method": replace(word, among=tuple(known.number(one) for one in state.METHODS)),
                "role": replace(word, among=tuple(known.number(one) for one in state.ROLES)),
                "assessed_on": day,
            },
            state.PIECES,
            {"competency": 16},
        ),
        "attempts": ({"course": word, "status": word, "result": word, "ended_on": day}, ATTEMPTS, {}),
        "attendance": (
            {
                "days_present": FactColumn(Holds.NUMBER, 1, 0, 366, has_blanks=False),
                "days_enrolled": FactColumn(Holds.NUMBER, 1, 0, 366, has_blanks=False),
                "begins_on": day,
            },
            1,
            {},
        ),
    }
    needed = needed_columns(program)
    tables = {}
    for fact_type in program.fact_types:
        if fact_type.plural in described and fact_type.plural in needed:
            columns, most, most_by = described[fact_type.plural]
            others = [name for name in sorted(needed[fact_type.plural]) if name not in columns]
            blank = {name: FactColumn(_held(fact_type, name), is_blank=True) for name in others}
            tables[fact_type.plural] = FactTable(
                fact_type,
                {**columns, **blank},
                most,
                most_by,
                has_corrections=False,
                clustering=clustering_of(program, fact_type.plural),
            )
    return FactsAtHand(tables, known)


def _held(fact_type: FactType, name: str) -> Holds:
    column = fact_type.column(name)
    return holds(column.type) if column is not None else Holds.WORD
