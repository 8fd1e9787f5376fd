"""Sentences of the rule language, well-typed, chosen by a `Choose`: what clauses, values and selectors can say.

Knows the plan of a book (names of all kinds) and nothing of how choices are made. Every sentence checks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from competency.testing import written_formulas

T = TypeVar("T")

DEPTH_MAX = 2  # conditions within conditions: deeper ones say nothing new and are slow to shrink

ROLES = ("teacher", "advisor", "mentor", "peer")
METHODS = ("test", "project", "portfolio", "exhibition")
PROGRAMS = ("IEP", "ELL")
DATES = ("2025-08-01", "2025-12-31", "2026-01-01", "2026-02-28", "2026-09-01", "2026-10-15")
SPANS = ("60 days", "1 day", "2 weeks", "3 months", "1 year")


class Choose(Protocol):
    """Whatever makes choices: Hypothesis, or a generator of random numbers."""

    def one(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""

    def number(self, low: int, high: int) -> int:
        """A whole number, both ends included."""


@dataclass(slots=True)
class Plan:
    """The names of a book: what sentences may speak of. `levels` of the scale come with whether they have numbers."""

    choose: Choose
    levels: tuple[str, ...] = ()
    has_numbers: bool = True
    competencies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """framework to its competencies"""
    skills: dict[str, tuple[str, ...]] = field(default_factory=dict)
    courses: tuple[str, ...] = ()
    course_columns: tuple[str, ...] = ()
    continuum: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    """name to what it is: count, percent, score, date"""
    tables: dict[str, str] = field(default_factory=dict)
    """name to what it gives: count, text"""
    populations: tuple[str, ...] = ()
    panels: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    """(plural, column of text) of fact types of the book's own"""
    measures: dict[str, list[str]] = field(default_factory=dict)
    """kind of item (empty: the learner) to measures about it that may be named"""
    flags: tuple[str, ...] = ()
    of_learners: tuple[str, ...] = ()
    """measures about the learner alone"""
    periods: tuple[str, ...] = ()
    concludes: tuple[str, ...] = ()
    """states that may be asked about: mastered, credited, recoverable, completed, reached"""


class Sentences:
    """Sentences of one rule, which is about an item of a kind, or about the learner alone (an empty kind)."""

    def __init__(self, plan: Plan, kind: str, lets: dict[str, str] | None = None) -> None:
        self.plan = plan
        self.kind = kind
        self.one = plan.choose.one
        self.lets = lets if lets is not None else {}

    def maybe(self) -> bool:
        """Yes or no; no is the simpler one."""
        return self.one((False, True))

    # --- conditions ---

    def condition(self, depth: int = 0) -> str:
        """Something that is so or not."""
        if depth < DEPTH_MAX:
            match self.one(("plain", "plain", "and", "or", "not", "group")):
                case "and":
                    return f"{self._part(depth)} and {self._part(depth)}"
                case "or":
                    return f"{self._part(depth)} or {self._part(depth)}"
                case "not":
                    return f"not {self._part(depth)}"
                case "group":
                    return f"({self.condition(depth + 1)})"
        return self.plain_condition()

    def _part(self, depth: int) -> str:
        return f"({self.condition(depth + 1)})"

    def plain_condition(self) -> str:
        """A comparison, a quantifier or a state."""
        options = [
            self.of_score,
            self.of_count,
            self.of_share,
            self.of_date,
            self.of_learner,
            self.of_rows,
            self.of_attempts,
        ]
        if self.plan.concludes and self.kind:
            options.append(self.of_conclusions)
        if self.plan.facts:
            options.append(self.of_own_facts)
        if self.plan.of_learners:
            options.append(lambda: written_formulas.of_learner_measure(self))
        if self.plan.periods:
            options.append(lambda: written_formulas.of_period(self))
        if self.plan.tables and self.plan.has_numbers:
            options += [self.of_table, lambda: written_formulas.of_marks(self)]
        if self.plan.flags:
            options.append(self.of_flag)
        if self.plan.panels:
            options.append(self.of_panel)
        if self.plan.has_numbers and self.measured():
            options += [self.of_measure, self.of_measure]
        if self.kind == "course":
            options.append(self.of_course)
        if self.kind == "level":
            options.append(self.of_level)
        return self.one(options)()

    def of_panel(self) -> str:
        """Whether a panel approves."""
        item = {"competency": " it", "course": " the course"}.get(self.kind, "")
        return f"panel board approves{item}"

    def of_measure(self) -> str:
        """The value of a measure against a cut."""
        return f"{self.one(self.measured())} {self.one((f'is {self.comparator()} {self.cut()}', 'is not missing'))}"

    def of_flag(self) -> str:
        """Whether a flag is raised."""
        flag = self.one(self.plan.flags)
        return self.one((f"the flag {flag} is raised", f"the flag {flag} is not raised", f"flag {flag}"))

    def of_score(self) -> str:
        """A score against a cut."""
        subject = self.score()
        predicates = [f"is {self.comparator()} {self.cut()}"]
        predicates += [f"is between {self.cut()} and {self.cut()}", "is missing", "is not missing"]
        if self.plan.levels:
            predicates.append(f"is {self.one(self.plan.levels)}")
        return f"{subject} {self.one(predicates)}"

    def of_count(self) -> str:
        """A count against a number."""
        right = self.one((str(self.plan.choose.number(0, 4)), self.count_value()))
        return f"{self.count()} {self.one(('is', 'is', 'are'))} {self.comparator()} {right}"

    def of_share(self) -> str:
        """A share against a percentage."""
        return f"{self.share()} is {self.comparator()} {self.percent()}"

    def of_date(self) -> str:
        """A date against another one."""
        left = self.one(
            (
                "decision date",
                "entered on",
                f"{self.one(SPANS)} {self.one(('after', 'before'))} {self.one(DATES)}",
                "the highest of days of scores",
                "the latest day of scores",
            )
        )
        if left == "entered on":
            left = "entered_on"
        word = self.one(("before", "after", "on", "on or after", "on or before"))
        return f"{left} is {word} {self.date()}"

    def of_learner(self) -> str:
        """What is known of the learner alone."""
        options = [
            f"the learner is in program {self.one(PROGRAMS)}",
            f"age is at least {self.one(('16', '18'))}",
            f"age on {self.one(DATES)} is less than 21",
            f"the school year is exactly {self.one(('2026', '2027'))}",
            f"days between {self.one(DATES)} and the decision date is at least {self.one(('60 days', '2 weeks'))}",
            f"days absent is at most {self.one(('10 days', '0 days'))}",
            f"minutes attended is more than {self.one(('60 minutes', '120 hours'))}",
            "graduating_class is exactly 2027",
        ]
        if self.plan.populations:
            options.append(f"the learner is in {self.one(self.plan.populations)}")
        return self.one(options)

    def of_rows(self) -> str:
        """Scores of which so many are so, or that include words."""
        scores = self.scores(windowed=False)
        roles = f"{self.one(ROLES)}, {self.one(ROLES)} and {self.one(ROLES)}"
        options = [
            f"{self.one(('all of', 'all', 'any of', 'none of'))} {scores} are {self.comparator()} {self.cut()}",
            f"{self.how_many()} of {scores} are {self.comparator()} {self.cut()}",
            f"roles of {self.scores(windowed=False, noun='raters')} include {self.one(('teacher', roles))}",
            f"methods include {self.one(METHODS)}",
            f"the learner {self.one(('has a', 'has no'))} score that is {self.comparator()} {self.cut()}",
        ]
        return self.one(options)

    def of_attempts(self) -> str:
        """Attempts at courses."""
        attempts = self.attempts()
        return self.one(
            (
                f"the learner has a final failed {self.attempt()}",
                f"the learner has no {self.attempt()} with grade at least {self.one(('50', '69.5'))}",
                f"best grade of {attempts} is {self.comparator()} {self.one(('50', '70'))}",
                f"average of the grades of {attempts} is {self.comparator()} 64.5",
                f"the latest {self.attempt()} is {self.one(('failed', 'final', 'not passed'))}",
                f'the latest mark of {attempts} is "P"',
                f"way of the first {self.attempt()} is one of recovery, repeat",
                f"sum of credits of {attempts} is {self.comparator()} {self.one(('0.5', '2 credits'))}",
            )
        )

    def of_conclusions(self) -> str:
        """What other rules conclude about items."""
        options: list[str] = []
        if "mastered" in self.plan.concludes:
            if self.kind in {"course", "level"}:
                of = f"competencies of the {self.kind}"
                core = self.one((of, f"core {of}", f"{of} that are not mastered"))
                options += [
                    f"{self.one(('all of', 'any of', 'none of', self.how_many() + ' of'))} the {core} are mastered",
                    f"at least ({self.count_value()}) of the {core} are mastered",
                    f"number of {of} that are mastered is {self.comparator()} {self.count_value()}",
                    f"share of {of} that are mastered is at least {self.percent()}",
                ]
            else:
                code = self.one([code for codes in self.plan.competencies.values() for code in codes])
                options.append(f"{code} is mastered" if self.kind != "competency" else "all prerequisites are mastered")
        if "credited" in self.plan.concludes and self.kind == "course":
            options += ["it is not credited", "all prerequisites of the course are credited"]
        return self.one(options) if options else self.of_score()

    def of_own_facts(self) -> str:
        """Facts of the book's own types."""
        plural, column = self.one(self.plan.facts)
        return self.one(
            (
                f"number of {plural} is {self.comparator()} {self.count_value()}",
                f'number of {plural} with {column} "final" is at least 1',
                f"number of different {column} of {plural} since {self.date_point()} is more than 1",
                f"the learner has no {plural} in the school year",
            )
        )

    def of_table(self) -> str:
        """The answer of a table."""
        name = self.one(sorted(self.plan.tables))
        call = f"{name} for (({self.score()}), {self.count()})"
        if self.plan.tables[name] == "text":
            return f'{call} {self.one(("is", "is not"))} "A"'
        return f"{call} is {self.comparator()} 2"

    def of_course(self) -> str:
        """What the catalog says of a course."""
        options = [
            f"credits of the course is {self.comparator()} 0.5",
            "any of prerequisites of the course are not missing",
        ]
        if "subject" in self.plan.course_columns:
            options.append('subject of the course is "math"')
        if "weight" in self.plan.course_columns:
            options.append(f"weight of it is {self.comparator()} 1.5")
        return self.one(options)

    def of_level(self) -> str:
        """Where a level stands, and what stands before it."""
        code = self.one(self.plan.continuum)
        return self.one(
            (
                "all levels before it are reached",
                f"it is {self.one(('at least', 'more than', 'exactly'))} {code}",
                f"the highest level of placements is {self.one(('at least', 'exactly'))} the level",
            )
        )

    # --- values ---

    def score(self) -> str:
        """One score."""
        formulas = [
            "highest of",
            "the lowest of",
            f"mode with ties {self.one(('newest', 'highest', 'lowest', 'none'))} of",
        ]
        if self.plan.has_numbers:
            share = self.one(("65%", "75%"))
            formulas += [
                "median of",
                "average of",
                "the average of",
                f"weighted recent average at {share} of",
                f"decaying average at {share} of",
                f"n mastery {self.one(('1', '3'))} at {self.cut_point()} of",
                "power law of",
            ]
        options = [f"{self.one(formulas)} {self.scores()}", f"the {self.one(('latest', 'first', 'best'))} score"]
        if self.plan.has_numbers:
            options += [
                f"(average of {self.scores()} rounded {self.one(('half up', 'half even', 'up', 'down'))} to 0.1)",
                f"the {self.one(('larger', 'smaller'))} of (median of {self.scores()}) and {self.cut()}",
                f"(highest of {self.scores()}) - 0.5",
                f"2 * (lowest of {self.scores()}) / 3",
                f"(if {self.plain_condition_flat()} then {self.cut()} otherwise average of scores)",
            ]
            options += self.measured()
            options += [written_formulas.worked_out(self)] * 3
        options += [
            f"average of {name}" for name, what in self.lets.items() if what == "rows" and self.plan.has_numbers
        ]
        options += [name for name, what in self.lets.items() if what == "score"]
        return self.one(options)

    def measured(self) -> list[str]:
        """Values of measures, of the item itself or of what belongs to it."""
        options = [f"the measure {name} of it" for name in self.plan.measures.get(self.kind, ()) if self.kind]
        below = {"competency": ("skill", "skills of it"), "course": ("competency", "competencies of the course")}
        if self.kind in below:
            kind, noun = below[self.kind]
            formula = self.one(("average", "highest", "sum"))
            options += [f"{formula} of the measure {name} of the {noun}" for name in self.plan.measures.get(kind, ())]
        return options

    def plain_condition_flat(self) -> str:
        """A condition that has no values within values."""
        return self.one((f"number of scores is at least {self.count_value()}", "the latest score is missing"))

    def count(self) -> str:
        """A plain number."""
        options = [
            f"number of {self.scores()}",
            f"number of different {self.one(('methods', 'raters', 'roles', 'days of scores'))}",
            f"number of different {self.scores(windowed=False, noun='raters')}",
            f"longest run of {self.scores(windowed=False)} that are {self.comparator()} {self.cut()}",
            f"number of {self.attempts()}",
            written_formulas.counted(self),
        ]
        options += [f"number of {name} by {self.one(METHODS)}" for name, what in self.lets.items() if what == "rows"]
        if "competency" in self.plan.measures and self.kind == "competency":
            options.append("number of skills of it")
        return self.one(options)

    def share(self) -> str:
        """A ratio."""
        options = [
            "days present / days enrolled",
            f"share of {self.scores(windowed=False)} that are {self.comparator()} {self.cut()}",
            f"share of {self.attempts()} where (grade is at least 50 and way is not recovery)",
        ]
        if self.plan.has_numbers:
            options = [*options * 4, written_formulas.traced(self)]  # no engine for many learners traces
        return self.one(options)

    # --- rows ---

    def scores(self, *, windowed: bool = True, noun: str = "") -> str:
        """Scores with a window and modifiers; modifiers that take a comparison stand last."""
        window = ""
        if windowed:
            number = self.one(("2", "3", f"({self.count_value()})"))
            window = self.one(
                ("", "the latest up to 3 ", f"latest {number} ", f"best up to {number} ", "first 2 ", "every ")
            )
        chosen = "".join(self.modifier() for _ in range(self.plan.choose.number(0, 2)))
        return f"{window}{noun or self.one(('scores', 'ratings'))}{chosen}"

    def modifier(self) -> str:
        """What narrows scores."""
        method, role = self.one(METHODS), self.one(ROLES)
        options = [
            f"by {method}",
            f"by {method} or {self.one(METHODS)}",
            f"by not {method}",
            f"by rater not {role}",
            f"from {role}, {self.one(ROLES)} or {self.one(ROLES)}",
            f"from not {role}",
            f"from the {self.one(('latest', 'best', 'first'))} attempt",
            f"within {self.one(SPANS)}",
            f"since {self.date_point()}",
            f"before {self.date_point()}",
            f"after {self.date_point()}",
            f"on {self.one(DATES)}",
            f"between {self.one(DATES)} and {self.date_point()}",
            "in the school year",
            "with hints at most 2",
            'with rater "A"',
            f"where ((method is one of {method} or {self.one(METHODS)}) or hints is missing)",
            f"where (day is after {self.one(DATES)} and not (excused))",
        ]
        if self.plan.continuum:
            options.append(f"with level exactly {self.one(self.plan.continuum)}")
        return f" {self.one(options)}"

    def attempt(self) -> str:
        """One attempt, of the course or at all."""
        return "attempt of the course" if self.kind == "course" else "attempt"

    def attempts(self) -> str:
        """Attempts, of the course or at all."""
        way = self.one(("", " by recovery", " that are passed", " that are not withdrawn", " in the school year"))
        noun = self.one(("attempts", "failed attempts", "final attempts"))
        return f"{noun}{way} of the course" if self.kind == "course" and way != " by recovery" else f"{noun}{way}"

    # --- small values ---

    def comparator(self) -> str:
        """A comparison of numbers."""
        return self.one(("at least", "at most", "more than", "less than", "exactly", "not exactly"))

    def cut(self) -> str:
        """A point of the scale."""
        options = list(self.plan.levels)
        if self.plan.has_numbers:
            options += ["3", "2.5", *(name for name, what in self.plan.parameters.items() if what == "score")]
        return self.one(options)

    def cut_point(self) -> str:
        """A point of the scale where nothing may follow it without parentheses."""
        return self.one(("3", *self.plan.levels)) if self.plan.has_numbers else self.one(self.plan.levels)

    def count_value(self) -> str:
        """A small number, or a parameter that is one."""
        return self.one(("1", "2", "0", *(name for name, what in self.plan.parameters.items() if what == "count")))

    def percent(self) -> str:
        """A percentage, or a parameter that is one."""
        return self.one(
            ("80%", "90%", "0%", *(name for name, what in self.plan.parameters.items() if what == "percent"))
        )

    def date(self) -> str:
        """A date, or a parameter that is one."""
        return self.one((*DATES, *(name for name, what in self.plan.parameters.items() if what == "date")))

    def date_point(self) -> str:
        """A date where nothing may follow it without parentheses."""
        return self.one((self.date(), "the decision date", f"({self.one(SPANS)} before {self.one(DATES)})"))

    def how_many(self) -> str:
        """So many, or such a share."""
        return f"{self.one(('at least', 'more than', 'exactly', 'at most'))} {self.one(('2', '80%', '1', '50%'))}"

    def selector(self) -> str:
        """Which learners."""
        options = [
            f"in program {self.one(PROGRAMS)}",
            f"who {self.one(('entered', 'first enrolled', 'were born'))} {self.one(('on or after', 'before'))} {self.one(DATES)}",
            "whose age is at least 18",
            "whose graduating_class is exactly 2027",
            f"whose age on {self.one(DATES)} is between 14 and 17",
            f"where number of different methods is more than {self.count_value()}",
            f"where {self.of_learner()} or days present / days enrolled is less than {self.percent()}",
        ]
        if self.plan.populations:
            options.append(f"in {self.one(self.plan.populations)}")
        return self.one(options)
