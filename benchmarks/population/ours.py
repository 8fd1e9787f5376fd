"""Our engine on the made-up state: compile the book, then decide every learner into tables."""

from __future__ import annotations

from pathlib import Path

import made_up_facts as facts
import made_up_state as state

from competency.rules.population.carry_out import carry_out, put_facts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.duckdb_engine import DuckDBEngine
from competency.rules.population.lower_group import GroupTables
from competency.rules.program import ir
from competency.services.decide_population import decide_untouched

# Our group of rules, and the names that the peers' tables and columns have.
TABLES = {
    "mastery": ("mastery", "competency"),
    "credit": ("credit", "course"),
    "recovery": ("recovery", "course"),
    "flag at_risk": ("at_risk", ""),
}


def compiled(program: ir.Program) -> Compiled:
    """The book as tables."""
    ready = compile_program(
        program, facts.at_hand(program), state.AS_OF, None, {}, decide_untouched(program, state.AS_OF, None)
    )
    if ready.left:
        raise SystemExit(f"left to the interpreter: {dict(ready.left)}")
    return ready


def decide(
    program: ir.Program, ready: Compiled, learners: int, folder: Path, memory: str | None = None
) -> DuckDBEngine:
    """Every decision, as tables of an engine."""
    engine = DuckDBEngine(memory)
    at_hand = facts.at_hand(program)
    rows = {plural: str(folder / f"{plural}.parquet") for plural in at_hand.tables}
    put_facts(engine, at_hand, rows, state.AS_OF, None)
    carry_out(engine, ready, list(range(learners)))
    return engine


def of_group(ready: Compiled, group: str) -> GroupTables:
    """The tables of a group of rules."""
    found = next(one.tables for one in ready.groups if one.group == group)
    assert found is not None
    return found
