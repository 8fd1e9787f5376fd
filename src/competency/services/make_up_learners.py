"""Learners who do not exist, with as many facts as a learner of a school has, for measuring what deciding a learner costs.

Everything comes from a seed: the same program and day give the same facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from fractions import Fraction
from random import Random

from competency.model.facts import (
    ATTEMPTS,
    ATTENDANCE,
    AWARDS,
    EVIDENCE,
    LEARNERS,
    WAIVERS,
    Column,
    ColumnType,
    Fact,
    FactType,
    FactValue,
    LearnerFacts,
)
from competency.rules.population.needs import needed_columns, roots
from competency.rules.program import ir

SEED = 20260701

# Rows of a learner late in secondary school; tables that are not named have two.
ROWS = {LEARNERS.plural: 1, EVIDENCE.plural: 72, ATTEMPTS.plural: 24, ATTENDANCE.plural: 4}
ROWS_OF_OTHERS = 2
# A learner works at so many competencies, so that some of them have several pieces of evidence.
ITEMS_TRIED_MAX = 24
_DAYS_BACK_MAX = 280
_TEXTS = ("A", "B", "C")

# What decides in place of the clauses, and what takes a row away: most learners have none of it.
_LEFT_OUT = {AWARDS.plural, WAIVERS.plural}
_BLANK = {"recorded_at", "supersedes", "withdrawn_at", "excused"}
# Courses are mostly passed.
_USUAL = {(ATTEMPTS.plural, "status"): ("final",), (ATTEMPTS.plural, "result"): ("passed",) * 5 + ("failed",)}


def make_up_learners(program: ir.Program, day: date, number: int) -> list[LearnerFacts]:
    """So many learners with facts of the school year before a day, in the tables that a program reads."""
    words = _words(program)
    return [_learner(program, day, words, f"learner {one}") for one in range(1, number + 1)]


def _words(program: ir.Program) -> Mapping[str, Sequence[str]]:
    """The words that the rules ask for, by what they are: method, role, program; and one that none asks for."""
    found: dict[str, set[str]] = {}
    for rule in program.rules:
        for root in roots(rule):
            for node in ir.walk(root):
                if isinstance(node, ir.Constant) and isinstance(node.value, str):
                    found.setdefault(node.type.of, set()).add(node.value)
    return {what: (*sorted(values), "other") for what, values in found.items()}


def _learner(program: ir.Program, day: date, words: Mapping[str, Sequence[str]], learner: str) -> LearnerFacts:
    chance = Random(f"{SEED} {learner}")
    tried = {
        what: chance.sample(sorted(items), min(len(items), ITEMS_TRIED_MAX))
        for what, items in program.catalog.items.items()
    }
    needed = needed_columns(program)
    tables = {}
    for fact_type in program.fact_types:
        if fact_type.plural in needed and fact_type.plural not in _LEFT_OUT and fact_type.is_about_a_learner:
            making = _Making(program, day, words, tried, chance, learner)
            tables[fact_type.plural] = tuple(making.rows(fact_type))
    return LearnerFacts(learner, tables)


class _Making:
    """The values of one learner's rows."""

    def __init__(
        self,
        program: ir.Program,
        day: date,
        words: Mapping[str, Sequence[str]],
        tried: Mapping[str, Sequence[str]],
        chance: Random,
        learner: str,
    ) -> None:
        self._day = day
        self._words = words
        self._tried = tried
        self._chance = chance
        self._learner = learner
        self._scores = sorted({scale.value(level) for scale in program.scales.values() for level in scale.levels})

    def rows(self, fact_type: FactType) -> Iterator[Fact]:
        """The rows of a table; none of one that must name an item of a kind of which there is none."""
        for number in range(ROWS.get(fact_type.plural, ROWS_OF_OTHERS)):
            values = {column.name: self._value(fact_type, column, number) for column in fact_type.columns}
            if all(values[column.name] is not None for column in fact_type.columns if column.required):
                yield Fact(fact_type.plural, f"{self._learner} {number}", values)

    def _value(self, fact_type: FactType, column: Column, number: int) -> FactValue:
        if not column.required and (column.name in _BLANK or column.name == fact_type.ends):
            return None
        match column.type:
            case ColumnType.LEARNER:
                return self._learner
            case ColumnType.IDENTIFIER:
                return f"{self._learner} {number}"
            case ColumnType.DATE | ColumnType.MOMENT | ColumnType.INSTANT:
                return self._moment(column.type)
            case ColumnType.BOOLEAN:
                return self._chance.random() < 0.5
            case _:
                options = _USUAL.get((fact_type.plural, column.name)) or self._options(column)
                return self._chance.choice(options) if options else None

    def _moment(self, type_: ColumnType) -> date | datetime:
        day = date.fromordinal(max(1, self._day.toordinal() - self._chance.randrange(1, _DAYS_BACK_MAX)))
        if type_ is ColumnType.DATE:
            return day
        return datetime.combine(day, time(12), UTC if type_ is ColumnType.INSTANT else None)

    def _options(self, column: Column) -> Sequence[FactValue]:
        match column.type:
            case ColumnType.SCORE:
                return self._scores or _numbers(101)
            case ColumnType.NUMBER | ColumnType.SHARE | ColumnType.MONEY:
                return _numbers(101)
            case ColumnType.WHOLE:
                return _numbers(5)
            case ColumnType.CREDITS:
                return (Fraction(1, 2), Fraction(1))
            case ColumnType.SCHOOL_YEAR:
                return [Fraction(self._day.year + past) for past in (-3, -2, -1, 0)]
            case ColumnType.CHOICE:
                return column.choices
            case ColumnType.METHOD | ColumnType.ROLE | ColumnType.PROGRAM:
                return self._words.get(column.type.name.lower(), ("other",))
            case ColumnType.COMPETENCY:
                return (*self._tried.get("competency", ()), *self._tried.get("skill", ()))
            case ColumnType.COURSE | ColumnType.LEVEL:
                return self._tried.get(column.type.name.lower(), ())
            case _:
                return self._words.get("", _TEXTS)


def _numbers(count: int) -> list[FactValue]:
    return [Fraction(number) for number in range(count)]
