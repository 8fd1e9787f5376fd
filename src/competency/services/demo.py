"""The demonstration: the book of a made-up district and 200 made-up learners, three of them with a planted problem.

Everything is generated from a seed on the spot; nothing is fetched, and nobody in it exists.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from importlib.resources import files
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.interchange.fact_set import FactSet, fact_set
from competency.interchange.write_facts import write_facts
from competency.model.facts import BUILT_IN, Fact, FactValue
from competency.model.items import Catalog
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.language import syntax
from competency.rules.program import ir
from competency.rules.run_examples import run_examples
from competency.services.read_book import read_book

LEARNERS = 200
SEED = 20261102
AS_OF = date(2026, 11, 2)
_FIRST_DAY = date(2026, 8, 17)
_METHODS = ("test", "project", "portfolio", "narrative")
_ROLES = ("teacher", "teacher", "advisor", "mentor", "family", "peer")

NEAR_MISS, LATE_RETAKE, MANY_RECOVERIES = "L-0041", "L-0097", "L-0163"


@dataclass(frozen=True, slots=True)
class Planted:
    """A problem that the demonstration plants: whose it is, and what to look at."""

    learner: str
    rule: str
    item: str
    told: str
    lacking_rule: str = ""
    lacking_item: str = ""


@dataclass(frozen=True, slots=True)
class Demonstration:
    """What the demonstration has to show. `summary` counts outcomes by rule; none where the book has errors."""

    diagnostics: tuple[Diagnostic, ...] = ()
    rules: int = 0
    competencies: int = 0
    prerequisites: int = 0
    courses: int = 0
    examples: int = 0
    examples_passed: int = 0
    learners: int = 0
    decisions: int = 0
    summary: Mapping[str, Mapping[str, int]] | None = None
    planted: tuple[tuple[Planted, Explained], ...] = ()
    program: ir.Program | None = None
    texts: tuple[syntax.RuleText, ...] = ()
    facts: FactSet | None = None


def run_demo(progress: Callable[[int], None] | None = None) -> Demonstration:
    """Check the book, run its examples, decide the made-up learners. `progress` is told of each learner."""
    book, diagnostics = read_book(demo_book())
    if book is None or book.rules.program is None or book.rules.resolved is None:
        return Demonstration(diagnostics)
    program = book.rules.program
    results = list(run_examples(book.rules.resolved, program))
    facts, planted = demo_facts(program.catalog)
    counts: dict[str, Counter[str]] = {rule.reference: Counter() for rule in program.rules}
    found: dict[tuple[str, str, tuple[str, ...]], Explained] = {}
    wanted = {(one.learner, one.rule, (one.item,)) for one in planted}
    for learner in facts.learners:
        for explained in decide(program, facts.for_learner(learner), AS_OF):
            decision = explained.decision
            outcome = decision.outcome.value if decision.outcome else "error"
            counts[explained.rule.reference][outcome] += 1
            if (learner, explained.rule.reference, decision.item) in wanted:
                found[learner, explained.rule.reference, decision.item] = explained
        if progress is not None:
            progress(1)
    relations = program.catalog.relations
    return Demonstration(
        diagnostics=diagnostics,
        rules=len(program.rules),
        competencies=len(program.catalog.items["competency"]),
        prerequisites=sum(len(codes) for codes in relations[("competency", "prerequisites")].values()),
        courses=len(program.catalog.items["course"]),
        examples=len(results),
        examples_passed=sum(not result.faults for result in results),
        learners=len(facts.learners),
        decisions=sum(sum(outcomes.values()) for outcomes in counts.values()),
        summary=counts,
        planted=tuple((one, found[one.learner, one.rule, (one.item,)]) for one in planted),
        program=program,
        texts=book.rules.texts,
        facts=facts,
    )


def keep_demo(folder: Path, facts: FactSet) -> tuple[Path, Path]:
    """Copies the book and writes the made-up facts into a folder that is new; returns both places."""
    book = folder / "riverbend"
    shutil.copytree(demo_book(), book)
    write_facts(folder / "facts", facts)
    return book, folder / "facts"


def demo_book() -> Path:
    """The book of Riverbend: in the installed package, else in the checkout."""
    installed = Path(str(files("competency"))) / "policies" / "riverbend"
    checkout = Path(__file__).resolve().parents[3] / "policies" / "riverbend"
    for folder in (installed, checkout):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the demonstration's book is neither in {installed} nor in {checkout}")


def demo_facts(catalog: Catalog) -> tuple[FactSet, tuple[Planted, ...]]:
    """The made-up learners, and the three problems among them."""
    courses = sorted(catalog.items["course"])
    course = courses[0]
    rows: list[Fact] = []
    for number in range(1, LEARNERS + 1):
        rows.extend(_learner(f"L-{number:04d}", courses, catalog))
    rows.extend(_near_miss(course, catalog))
    rows.extend(_retake(course))
    rows.extend(_recoveries(courses))
    lacking = catalog.related("course", "core competencies", course)[-1]
    planted = (
        Planted(
            NEAR_MISS,
            "credit course",
            course,
            "just missed a credit: one core competency rests on one method",
            "mastery standard",
            lacking,
        ),
        Planted(LATE_RETAKE, "recovery course", course, "failed with 49.5: is that 50?"),
        Planted(
            MANY_RECOVERIES, "recovery course", courses[-1], "recovers more than the yearly cap: allowed, and reported"
        ),
    )
    return fact_set(BUILT_IN, _by_table(rows)), planted


def _by_table(facts: Iterable[Fact]) -> dict[str, list[tuple[FactValue, ...]]]:
    """Facts as rows by table, in the order of each type's columns."""
    columns = {fact_type.plural: [column.name for column in fact_type.columns] for fact_type in BUILT_IN}
    tables: dict[str, list[tuple[FactValue, ...]]] = {}
    for fact in facts:
        row = tuple(fact.values.get(name) for name in columns[fact.type])
        tables.setdefault(fact.type, []).append(row)
    return tables


def _learner(learner: str, courses: Sequence[str], catalog: Catalog) -> Iterator[Fact]:
    """An ordinary learner: an entry date, attendance, and evidence on the way through one or two courses."""
    chance = random.Random(f"{SEED} {learner}")
    yield _fact("learners", learner, {"learner": learner, "entered_on": _FIRST_DAY})
    present = 52 - min(52, int(chance.expovariate(1 / 3)))
    yield _fact(
        "attendance",
        f"{learner}|2026-27",
        {
            "learner": learner,
            "begins_on": _FIRST_DAY,
            "ends_on": AS_OF,
            "days_enrolled": Fraction(52),
            "days_present": Fraction(present),
        },
    )
    if chance.random() < 0.12:
        program = chance.choice(("IEP", "ELL"))
        values: dict[str, FactValue] = {"learner": learner, "program": program, "begins_on": _FIRST_DAY}
        yield _fact("programs", f"{learner}|{program}", values)
    if learner in {NEAR_MISS, LATE_RETAKE, MANY_RECOVERIES}:
        return
    ability = chance.gauss(3.1, 0.5)
    for course in chance.sample(list(courses), k=chance.choice((1, 1, 2))):
        codes = catalog.related("course", "competencies", course)
        reached = codes[: round(len(codes) * chance.uniform(0.5, 1))]
        for code in reached:
            yield from _scores(learner, code, ability, chance)


def _scores(learner: str, code: str, ability: float, chance: random.Random) -> Iterator[Fact]:
    """Two to four pieces of evidence, growing a little, in tenths of a level."""
    day = _FIRST_DAY + timedelta(days=chance.randrange(20))
    for attempt in range(chance.choice((2, 3, 3, 4))):
        tenths = min(40, max(10, round(chance.gauss(ability + attempt / 5, 0.4) * 10)))
        yield _evidence(
            learner, code, Fraction(tenths, 10), day, chance.choice(_METHODS), chance.choice(_ROLES), attempt
        )
        day += timedelta(days=chance.randrange(5, 18))


def _near_miss(course: str, catalog: Catalog) -> Iterator[Fact]:
    """All competencies mastered but one core one, of which both scores come from one method."""
    core = catalog.related("course", "core competencies", course)
    for code in catalog.related("course", "competencies", course):
        method = "project" if code == core[-1] else "test"
        yield _evidence(NEAR_MISS, code, Fraction(3), date(2026, 9, 10), "project", "teacher", 1)
        yield _evidence(NEAR_MISS, code, Fraction(4), date(2026, 10, 12), method, "teacher", 2)


def _retake(course: str) -> Iterator[Fact]:
    yield _attempt(LATE_RETAKE, course, Fraction("49.5"), "failed", "class", date(2026, 9, 30), Fraction(0))


def _recoveries(courses: Sequence[str]) -> Iterator[Fact]:
    for course in courses[:2]:
        yield _attempt(MANY_RECOVERIES, course, Fraction(71), "passed", "recovery", date(2026, 10, 9), Fraction(1))
    yield _attempt(MANY_RECOVERIES, courses[-1], Fraction(58), "failed", "class", date(2026, 10, 9), Fraction(0))


def _attempt(learner: str, course: str, grade: Fraction, result: str, way: str, ended: date, earned: Fraction) -> Fact:
    identity = f"{learner} {course} {way}"
    return _fact(
        "attempts",
        identity,
        {
            "attempt_id": identity,
            "learner": learner,
            "course": course,
            "ended_on": ended,
            "school_year": Fraction(2027),
            "status": "final",
            "result": result,
            "grade": grade,
            "credits": earned,
            "way": way,
        },
    )


def _evidence(learner: str, code: str, score: Fraction, day: date, method: str, role: str, number: int) -> Fact:
    identity = f"{learner} {code} {number}"
    return _fact(
        "evidence",
        identity,
        {
            "evidence_id": identity,
            "learner": learner,
            "competency": code,
            "score": score,
            "assessed_on": datetime.combine(day, time()),
            "method": method,
            "role": role,
            "rater": f"made-up {role}",
        },
    )


def _fact(table: str, identity: str, values: dict[str, FactValue]) -> Fact:
    return Fact(table, identity, values)
