"""Decides many learners at once: what has a set form by an engine, the rest by the interpreter, bucket after bucket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import date, datetime
from itertools import islice
from tempfile import TemporaryDirectory
from threading import Lock

from competency.rules.population.carry_out import carry_out, put_facts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.facts import FactsAtHand
from competency.rules.population.fetch_decisions import FetchedGroup, fetch_decisions
from competency.rules.population.lay_out import LaidOut
from competency.rules.program import ir
from competency.services.buckets import Buckets
from competency.services.decide_untouched import decide_untouched
from competency.services.decided_tables import DecidedTables, Tabulation
from competency.services.engines import EngineChoice, start_engine, workers_of
from competency.services.interpret_groups import Interpreter, WithTold
from competency.services.write_decisions import DecidedBy


def decide_population(
    program: ir.Program,
    buckets: Buckets,
    by: DecidedBy,
    as_of: date,
    known_on: datetime | None,
    progress: Callable[[int], None] | None = None,
    *,
    engine: EngineChoice,
) -> Iterator[DecidedTables]:
    """The decisions about the learners of each bucket, in the order of buckets.

    Several buckets are decided side by side, of which at most one more is held than there are workers. `progress` is told of
    the learners of each bucket when it is decided, whether or not those before it are.
    """
    workers = max(1, min(workers_of(engine), len(buckets)))
    deciding = _Deciding(program, buckets, by, as_of, known_on, engine, workers)
    numbers = iter(range(len(buckets)))
    with ThreadPoolExecutor(workers) as pool:
        under_way = deque(pool.submit(deciding.bucket, number) for number in islice(numbers, workers))
        untold = set(under_way)
        try:
            while under_way:
                first = under_way.popleft()
                while not first.done() or first in untold:
                    finished, untold = wait(untold, return_when=FIRST_COMPLETED)
                    _tell(finished, progress)
                for number in islice(numbers, 1):
                    under_way.append(pool.submit(deciding.bucket, number))
                    untold.add(under_way[-1])
                yield first.result()
        finally:
            for future in under_way:
                future.cancel()


def _tell(finished: set[Future[DecidedTables]], progress: Callable[[int], None] | None) -> None:
    for future in finished:
        decided = future.result()
        if progress is not None:
            progress(len(decided.learners))


class _Deciding:
    """What is decided, for whichever bucket; the program is compiled once where all buckets have the same facts at hand."""

    def __init__(
        self,
        program: ir.Program,
        buckets: Buckets,
        by: DecidedBy,
        as_of: date,
        known_on: datetime | None,
        engine: EngineChoice,
        workers: int,
    ) -> None:
        self._program = program
        self._buckets = buckets
        self._as_of = as_of
        self._known_on = known_on
        self._engine = engine
        self._workers = workers
        self._interpreter = Interpreter(program, as_of, known_on)
        self._tabulation = Tabulation(program, by, as_of, known_on)
        self._untouched = decide_untouched(program, as_of, known_on)
        self._compiling = Lock()
        self._compiled: tuple[FactsAtHand, Compiled] | None = None

    def bucket(self, number: int) -> DecidedTables:
        """The decisions about the learners of a bucket."""
        laid_out = self._buckets.bucket(number)
        apart = sorted(laid_out.entangled)
        together = [one for one in range(len(laid_out.learners)) if one not in laid_out.entangled]
        interpreted = [
            decided
            for one, facts in zip(apart, self._buckets.facts(number, apart) if apart else (), strict=True)
            for decided in self._interpreter.everything(one, facts)
        ]
        compiled = self._of_program(laid_out.at_hand)
        told = WithTold(compiled, {}, ())
        if compiled.left:
            facts_of_all = self._buckets.facts(number, together)
            told = self._interpreter.tell(compiled, laid_out.at_hand, together, facts_of_all, self._untouched)
        groups: list[FetchedGroup] = []
        if together and len(told.compiled.left) < len(told.compiled.groups):
            groups = decide_bucket(self._engine, told, laid_out, together, self._as_of, self._known_on, self._workers)
        return self._tabulation.tables(
            laid_out.learners,
            groups,
            laid_out.at_hand.words,
            [*interpreted, *told.decided],
            lambda numbers: self._buckets.facts(number, numbers),
        )

    def _of_program(self, at_hand: FactsAtHand) -> Compiled:
        with self._compiling:
            if self._compiled is None or self._compiled[0] is not at_hand:
                compiled = compile_program(self._program, at_hand, self._as_of, self._known_on, {}, self._untouched)
                self._compiled = (at_hand, compiled)
            return self._compiled[1]


def decide_bucket(
    choice: EngineChoice,
    told: WithTold,
    laid_out: LaidOut,
    learners: list[int],
    as_of: date,
    known_on: datetime | None,
    workers: int = 1,
) -> list[FetchedGroup]:
    """What an engine decides about some learners of a bucket, by their numbers: every group that was not told."""
    with TemporaryDirectory(prefix="competency-") as spill:
        engine = start_engine(choice, spill, workers)
        try:
            put_facts(engine, told.compiled, laid_out.at_hand, laid_out.rows, as_of, known_on)
            for name, table in told.tables.items():
                engine.put(name, table)
            carry_out(engine, told.compiled, learners)
            return list(fetch_decisions(engine, told.compiled, laid_out.at_hand.words))
        finally:
            engine.close()
