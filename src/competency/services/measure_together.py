"""What deciding all learners at once costs on this computer: for every bucket, and for each learner in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from competency.model.facts import LearnerFacts
from competency.rules.population.compile_program import compile_program
from competency.rules.population.lay_out import LaidOut, joined
from competency.rules.program import ir
from competency.services.buckets import learners_a_bucket
from competency.services.decide_population import decide_bucket
from competency.services.decide_untouched import decide_untouched
from competency.services.decided_tables import DecidedTables, Tabulation
from competency.services.engines import ON_DUCKDB
from competency.services.interpret_groups import Interpreter
from competency.services.plan_costs import Cost, SharedCost
from competency.services.write_decisions import decided_by
from competency.services.write_population import write_population

# So many learners are decided at once, each of those who are measured as often as that takes.
LEARNERS_AT_ONCE = 512
# With so many learners buckets are as large as they get.
_MANY = 1_000_000


def measure_together(
    program: ir.Program,
    learners: Sequence[LearnerFacts],
    laid_out: LaidOut,
    as_of: date,
    clock: Callable[[], float],
) -> tuple[SharedCost, Cost]:
    """The cost of what is decided for all at once, from deciding the learners, and each of them many times; and of writing it.

    What the interpreter tells beforehand is not in it, nor the texts of queries, which are made once: a first time does not
    count.
    """
    untouched = decide_untouched(program, as_of, None)
    compiled = compile_program(program, laid_out.at_hand, as_of, None, {}, untouched)
    tabulation = Tabulation(program, decided_by(program, ""), as_of, None)

    def decided(times: int) -> tuple[float, DecidedTables]:
        copied = joined([laid_out] * times)
        facts = [*learners] * times
        places = range(len(facts))
        told = Interpreter(program, as_of, None).tell(compiled, laid_out.at_hand, places, facts, untouched)
        begins = clock()
        groups = decide_bucket(ON_DUCKDB, told, copied, [*places], as_of, None)
        tables = tabulation.tables(
            copied.learners, groups, laid_out.at_hand.words, [*told.decided], lambda some: [facts[one] for one in some]
        )
        return clock() - begins, tables

    decided(1)
    times = max(2, LEARNERS_AT_ONCE // len(learners))
    few, _ = decided(1)
    many, tables = decided(times)
    writing = _seconds_of_writing(tables, clock)
    a_learner = max(0.0, many - few) / (len(learners) * (times - 1))
    number = len(learners) * times
    together = SharedCost(
        max(1, round(1_000_000 * (few - a_learner * len(learners)))),
        max(1, round(1_000_000 * a_learner)),
        learners_a_bucket(len(program.schedule), _MANY, ON_DUCKDB),
        number,
    )
    return together, Cost(max(1, round(1_000_000 * writing / number)), tables.decisions.num_rows // number, number)


def _seconds_of_writing(tables: DecidedTables, clock: Callable[[], float]) -> float:
    begins = clock()
    with TemporaryDirectory(prefix="competency-") as place, ExitStack() as files:
        write_population(files, [tables], Path(place) / "decisions.csv", None, None)
    return clock() - begins
