"""Values that are worked out for each row, weighed, traced or counted in groups, and what is said of them.

Each function takes the sentences of a rule, chooses one, and gives it as text; every one checks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from competency.testing.written_clauses import Sentences

# A condition of rows that is often not known: then rows may belong or not, and numbers have bounds.
_PERHAPS = "where (hints is at most 2)"


def worked_out(sentences: Sentences) -> str:
    """A number that is comparable with a score."""
    one, scores = sentences.one, sentences.scores
    options = [
        lambda: f"average of (score * 2) of {scores()}",
        lambda: f"sum of (score - hints) of {scores()}",
        lambda: f"median of (score / hints) of {scores()}",
        lambda: f"highest of (if hints is missing then score otherwise score - 0.1) of {scores()}",
        lambda: f"lowest of (the larger of score and 2.5) of {scores()}",
        lambda: f"- (lowest of {scores()})",
        lambda: f"decaying average at {one(('1%', '65%', '99%'))} of {scores(windowed=False)}",
        lambda: f"weighted recent average at {one(('1%', '65%', '99%'))} of {scores(windowed=False)}",
        lambda: f"n mastery {one(('1', '2', '3'))} at {one(('3', '2.5'))} of {scores(windowed=False)}",
        lambda: (
            f"weighted average of (highest of {scores()}) at {one(('60%', '1%'))}"
            f" with (decaying average at 65% of {scores()}) at 40%"
        ),
    ]
    if sentences.kind == "competency" and sentences.plan.skills:
        options += [
            lambda: f"{one(('average', 'highest', 'lowest'))} of (highest of scores of the skill) of skills of it",
            lambda: f"{_formula(sentences)} of (number of scores of the skill {_PERHAPS}) of skills of it",
        ]
    if sentences.kind == "course" and "mastered" in sentences.plan.concludes:
        options.append(
            lambda: (
                f"{_formula(sentences)} of (number of scores of the competency {one((_PERHAPS, 'by test'))})"
                f" of competencies of the course{one(('', ' that are mastered', ' that are not mastered'))}"
            )
        )
    return one(options)()


def _formula(sentences: Sentences) -> str:
    return sentences.one(("sum", "average", "highest", "lowest", "median"))


def counted(sentences: Sentences) -> str:
    """A plain number."""
    one = sentences.one
    options = [
        lambda: f"largest number of {sentences.scores(windowed=False)} in one {one(('method', 'rater', 'role'))}",
        lambda: (
            f"largest number of {one(('attempts', 'failed attempts'))} in one {one(('school year', 'mark', 'way'))}"
        ),
        lambda: f"number of {one(('enrolments', 'placements', 'goals', 'plans'))}",
        lambda: f"number of different {one(('marks', 'ways', 'school_year'))} of attempts",
    ]
    if sentences.plan.periods:
        options += [
            lambda: f"largest number of attempts in one {one(('period',))}",
            lambda: f"number of different periods of {one(('attempts', 'failed attempts'))}",
            lambda: f"number of {one(('attempts', 'failed attempts'))} in the period",
        ]
    match sentences.kind:
        case "competency":
            options.append(lambda: "number of parts of it")
        case "course":
            options.append(
                lambda: f"number of {one(('equivalents', 'earlier courses', 'later courses'))} of the course"
            )
    return one(options)()


def traced(sentences: Sentences) -> str:
    """A chance, by knowledge tracing."""
    chances = sentences.one(("prior 50%, learn 0%, slip 10%, guess 10%", "prior 30%, learn 15%, slip 5%, guess 20%"))
    return (
        f"knowledge tracing with {chances}, correct {sentences.one(('3', '2.5'))} of {sentences.scores(windowed=False)}"
    )


def of_learner_measure(sentences: Sentences) -> str:
    """The value of a measure about the learner alone: a word, a day, an amount or a number."""
    name = sentences.one(sentences.plan.of_learners)
    says = {
        "favourite": ("is test", "is not project"),
        "last_day": ("is after 2025-12-31", "is on or before 2026-01-01"),
        "paid": ("is at least 50 dollars", "is exactly 100 dollars"),
        "tries": ("is at least 2", "is less than 1"),
    }
    return f"measure {name} {sentences.one((*says[name], 'is missing', 'is not missing'))}"


def of_period(sentences: Sentences) -> str:
    """The part of the school year in which a day lies."""
    return sentences.one(
        (
            'period of decision date is "Fall"',
            'number of attempts where (period of ended_on is "Spring") is at least 1',
            "period of decision date is missing",
        )
    )


def of_marks(sentences: Sentences) -> str:
    """Attempts that count by their mark, as a table says."""
    return f"number of attempts where ({sentences.one(('marked', 'not marked'))} for (mark)) is at least 1"


def closing(sentences: Sentences) -> str:
    """What all rules before have concluded about any item."""
    plan, one = sentences.plan, sentences.one
    framework = one(sorted(plan.competencies))
    options = [
        f"{one(('all of', 'none of', 'at least 50% of', 'at least 2 of'))} competencies in {framework} are mastered",
        f"number of competencies in {framework} that are not mastered is at most 1",
    ]
    if "credited" in plan.concludes:
        options += [
            f"{one(('any of', 'at least 50% of'))} courses in catalog are credited",
            f"sum of credits of courses in catalog that are credited is at least {one(('1 credit', '2 credits'))}",
            f"{one(plan.courses)} is {one(('', 'not '))}credited",
        ]
    if "recoverable" in plan.concludes:
        options.append(f"any of courses in catalog are {one(('', 'not '))}recoverable")
    if "completed" in plan.concludes:
        options.append(f"diploma standard is {one(('', 'not '))}completed")
    if "reached" in plan.concludes:
        options.append(f"{one(plan.continuum)} is {one(('', 'not '))}reached")
    return one(options)
