"""Our engine on the made-up state: compile the book, then decide every learner into tables."""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import made_up_facts as facts
import made_up_state as state

from competency.rules.population.carry_out import carry_out, put_facts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.engine import Engine
from competency.rules.program import ir


def compiled(program: ir.Program, learners: int) -> Compiled:
    """The book as tables."""
    return compile_program(program, facts.at_hand(program, learners), state.AS_OF, None, {})


def decide(program: ir.Program, ready: Compiled, learners: int, folder: Path, memory: str | None = None) -> Engine:
    """Every decision, as tables of an engine."""
    engine = Engine(memory)
    at_hand = facts.at_hand(program, learners)
    rows = {plural: str(folder / f"{plural}.parquet") for plural in at_hand.tables}
    put_facts(engine, at_hand, rows, state.AS_OF, None)
    carry_out(engine, ready, list(range(learners)))
    return engine


if __name__ == "__main__":
    import tempfile

    n, k = int(sys.argv[1]), int(sys.argv[2])
    p = state.program(k)
    with tempfile.TemporaryDirectory() as place:
        facts.write_facts(p, k, n, Path(place), 1)
        t = perf_counter()
        ready = compiled(p, n)
        print("compile", perf_counter() - t, ready.left)
        t = perf_counter()
        e = decide(p, ready, n, Path(place))
        print("run", perf_counter() - t)
        t = perf_counter()
        e = decide(p, ready, n, Path(place))
        print("run again", perf_counter() - t)
