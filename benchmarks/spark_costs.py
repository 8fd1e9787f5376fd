"""What deciding the demo's district costs on Spark: seconds of processors by process, bytes that are shuffled.

python benchmarks/spark_costs.py 200 200 2000, one run for each number of learners, in one process; Linux.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import gettempdir
from time import perf_counter, process_time

from pyspark import SparkContext

from competency.model.facts import Fact, LearnerFacts
from competency.services.decide_population import decide_bucket
from competency.services.demo import demo_book, demo_facts
from competency.services.engines import SPARK, EngineChoice, start_engine
from competency.services.read_book import read_book

DAY = date(2026, 11, 2)


@dataclass(frozen=True, slots=True)
class Costs:
    """What has been spent so far: seconds of processors by Python, by Java, and in tasks; bytes written in shuffles."""

    python: float
    java: float
    tasks: float
    shuffled: int
    stages: int


def school(some: Sequence[LearnerFacts], number: int) -> list[LearnerFacts]:
    """So many learners: the same ones again and again under other names."""
    return [_named(some[place % len(some)], place) for place in range(number)]


def _named(facts: LearnerFacts, place: int) -> LearnerFacts:
    name = f"{facts.learner}-{place:06}"

    def fact(row: Fact) -> Fact:
        return replace(row, values={**row.values, "learner": name}) if "learner" in row.values else row

    return LearnerFacts(name, {plural: tuple(map(fact, rows)) for plural, rows in facts.tables.items()})


def seconds_of_children() -> float:
    """Seconds of processors that processes below this one have used."""
    parents, used = {}, {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        process = int(path.parent.name)
        parents[process] = int(fields[1])
        used[process] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return sum(seconds for process, seconds in used.items() if _is_below(process, parents))


def _is_below(process: int, parents: dict[int, int]) -> bool:
    while process in parents:
        process = parents[process]
        if process == os.getpid():
            return True
    return False


def costs() -> Costs:
    """What has been spent so far."""
    context = SparkContext.getOrCreate()
    gateway, java = context._gateway, context._jvm  # noqa: SLF001 - Spark counts this for its pages alone
    none = (gateway.new_array(java.double, 0), java.java.util.ArrayList())
    stages = context._jsc.sc().statusStore().stageList(None, False, False, *none)  # noqa: SLF001
    every = [stages.apply(number) for number in range(stages.size())]
    return Costs(
        process_time(),
        seconds_of_children(),
        sum(stage.executorCpuTime() for stage in every) / 1e9,
        sum(stage.shuffleWriteBytes() for stage in every),
        len(every),
    )


def main() -> None:
    """Decide each number of learners; the first run has the start of Spark in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("learners", nargs="+", type=int, help="how many learners, one run each")
    book, _ = read_book(demo_book())
    assert book is not None
    program = book.rules.program
    assert program is not None
    facts, _ = demo_facts(program.catalog)
    some = [facts.for_learner(learner) for learner in facts.learners]
    schools = [school(some, number) for number in parser.parse_args().learners]
    before, begun = Costs(process_time(), seconds_of_children(), 0, 0, 0), perf_counter()
    start_engine(EngineChoice(SPARK), gettempdir()).close()
    for learners in schools:
        decisions = sum(1 for _ in decide_bucket(program, learners, DAY, None, engine=EngineChoice(SPARK)))
        after, ended = costs(), perf_counter()
        print(
            f"{len(learners):,} learners, {decisions:,} decisions: {ended - begun:.1f} s; processors: python"
            f" {after.python - before.python:.1f} s, java {after.java - before.java:.1f} s, of these tasks"
            f" {after.tasks - before.tasks:.1f} s; shuffled {after.shuffled - before.shuffled:,} bytes in"
            f" {after.stages - before.stages} stages",
            flush=True,
        )
        before, begun = after, ended


if __name__ == "__main__":
    main()
