"""What the tests of the population engines share: the engines, marks for what one of them does not do, learners of examples.

Every test that asks for an engine runs for each. Spark answers small questions slowly: it is asked in the long profile only
(HYPOTHESIS_PROFILE=long), where it is installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

import pyarrow
import pytest
from hypothesis import HealthCheck, Phase, settings

from competency.model.facts import Fact, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
from competency.services.buckets import LEARNERS_A_BUCKET, FactsInBuckets
from competency.services.decide_population import decide_population
from competency.services.engines import DUCKDB, ON_DUCKDB, SPARK, EngineChoice, missing_packages
from competency.services.write_decisions import assigned_rows, decided_by, decision_row, exception_rows

DecidesAlike = Callable[..., int]

POPULATION_ENGINES = (DUCKDB, SPARK)

# A made-up book takes Spark many times as long as DuckDB, and making a fault small would take hours.
BOOKS_OF_SPARK = 10


def why_no_spark() -> str:
    """Why nothing is asked of Spark; nothing where it is asked."""
    if os.environ.get("HYPOTHESIS_PROFILE") != "long":
        return "Spark is asked in the long profile only"
    return "Spark is not installed" if missing_packages(SPARK) else ""


@pytest.fixture(scope="session", params=[DUCKDB] if why_no_spark() else POPULATION_ENGINES)
def engine(request: pytest.FixtureRequest) -> EngineChoice:
    """Each engine for many learners that is there to be asked."""
    return EngineChoice(request.param)


# --- marks ------------------------------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What `notyet` and `never` say of an engine becomes what pytest does with the test that is asked of it."""
    for item in items:
        marks = [(mark, _said(mark, item)) for mark in item.iter_markers() if mark.name in {"notyet", "never"}]
        for mark, (engine, reason) in marks:
            if not _is_asked_of(item, engine):
                continue
            if mark.name == "never":
                item.add_marker(pytest.mark.skip(reason=f"{engine}: {reason}"))
            else:
                item.add_marker(pytest.mark.xfail(strict=True, reason=f"{engine}: {reason}"))


def _said(mark: pytest.Mark, item: pytest.Item) -> tuple[str, str]:
    """The engine and the reason of a mark; UsageError where one is missing or no engine has that name."""
    reason = mark.kwargs.get("reason")
    if len(mark.args) != 1 or set(mark.kwargs) != {"reason"} or not isinstance(reason, str) or not reason.strip():
        raise pytest.UsageError(
            f'{item.nodeid}: `{mark.name}` takes an engine, and a reason in words as `reason="..."`'
        )
    engine = mark.args[0]
    if engine not in POPULATION_ENGINES:
        known = ", ".join(POPULATION_ENGINES)
        raise pytest.UsageError(f"{item.nodeid}: `{mark.name}` names `{engine}`; the engines are {known}")
    return engine, reason


def _is_asked_of(item: pytest.Item, engine: str) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and callspec.params.get("engine") == engine


# --- comparing --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def of_one_book(engine: EngineChoice) -> settings:
    """How many populations an engine is asked about by each book that is not made up: few, for there are many books."""
    examples = 1 if engine.name == SPARK else max(2, settings().max_examples // 50)
    checks = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
    return settings(max_examples=examples, suppress_health_check=checks)


@pytest.fixture(scope="session")
def books(engine: EngineChoice) -> Callable[[int], settings]:
    """How many made-up books an engine is asked: one for so many values of other properties."""

    def of(values: int) -> settings:
        if engine.name == SPARK:
            return settings(
                max_examples=BOOKS_OF_SPARK, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
            )
        return settings(max_examples=max(8, settings().max_examples // values))

    return of


Rows = list[tuple[str, ...]]


def told(program: ir.Program, explained: Iterable[Explained]) -> tuple[Rows, Rows, Rows]:
    """Decisions one by one, as they are written: with what they assign, and what they report."""
    by, decided = decided_by(program, "fingerprint"), list(explained)
    return (
        [decision_row(one.decision, by) for one in decided],
        [row for one in decided for row in assigned_rows(one.decision)],
        [row for one in decided for row in exception_rows(one)],
    )


def rows_of(table: pyarrow.Table) -> Rows:
    """The rows of a table."""
    return list(zip(*[column.to_pylist() for column in table.columns], strict=True))


def told_together(
    program: ir.Program,
    learners: Sequence[LearnerFacts],
    as_of: date,
    known_on: datetime | None = None,
    engine: EngineChoice = ON_DUCKDB,
    size: int = LEARNERS_A_BUCKET,
) -> tuple[Rows, Rows, Rows]:
    """The decisions of an engine about learners, so many a bucket, as they are written."""
    of_name = {facts.learner: facts for facts in learners}
    with pytest.MonkeyPatch.context() as setting:
        setting.setattr("competency.services.buckets.LEARNERS_A_BUCKET", size)
        buckets = FactsInBuckets(program, of_name.__getitem__, [facts.learner for facts in learners], engine)
    by = decided_by(program, "fingerprint")
    found = list(decide_population(program, buckets, by, as_of, known_on, engine=engine))
    return (
        [row for one in found for row in rows_of(one.decisions)],
        [row for one in found for row in rows_of(one.assigned)],
        [row for one in found for row in rows_of(one.exceptions)],
    )


@pytest.fixture(scope="session")
def together() -> Callable[..., tuple[Rows, Rows, Rows]]:
    """The decisions of an engine about learners, as they are written."""
    return told_together


@pytest.fixture(scope="session")
def decides_alike(engine: EngineChoice) -> DecidesAlike:
    """Asserts that the engine decides learners as the interpreter does; says how many decisions there were."""

    def compare(
        program: ir.Program,
        learners: Sequence[LearnerFacts],
        as_of: date,
        known_on: datetime | None = None,
        size: int = LEARNERS_A_BUCKET,
    ) -> int:
        wanted = told(
            program, [one for facts in learners for one in decide(program, facts, as_of, known_on, keeps_going=True)]
        )
        assert told_together(program, learners, as_of, known_on, engine, size) == wanted
        return len(wanted[0])

    return compare


def renamed(facts: LearnerFacts, learner: str) -> LearnerFacts:
    """The same facts about a learner of another name."""

    def row(fact: Fact) -> Fact:
        return replace(fact, values={**fact.values, "learner": learner}) if "learner" in fact.values else fact

    return LearnerFacts(learner, {plural: tuple(map(row, rows)) for plural, rows in facts.tables.items()})


def learners_of_examples(book: ResolvedBook) -> list[LearnerFacts]:
    """A learner for each example of a book, with its facts."""
    found = []
    for number, example in enumerate(book.examples):
        tables: dict[str, tuple[Fact, ...]] = {}
        for fact in example.facts:
            tables[fact.type] = (*tables.get(fact.type, ()), fact)
        found.append(renamed(LearnerFacts("", tables), f"learner {number:04}"))
    return found


@pytest.fixture(scope="session")
def of_examples() -> Callable[[ResolvedBook], list[LearnerFacts]]:
    """A learner for each example of a book, with its facts."""
    return learners_of_examples


@pytest.fixture(scope="session")
def with_name() -> Callable[[LearnerFacts, str], LearnerFacts]:
    """The same facts about a learner of another name."""
    return renamed
