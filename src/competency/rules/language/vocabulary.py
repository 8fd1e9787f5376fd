"""The words of the language that are not its joints: what nouns, states and modifiers mean, in one place.

Columns of fact types, declared or built in, are nouns by themselves; here stand the words beyond that.
"""

from __future__ import annotations

from dataclasses import dataclass

from competency.model.facts import ColumnType
from competency.rules.program import types
from competency.rules.program.types import Type


@dataclass(frozen=True, slots=True)
class RowNoun:
    """A noun for rows of a fact type; `column` is what is meant of each row when a value is asked for."""

    table: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class TotalNoun:
    """A noun for a total over rows: the sum of a column, less another one."""

    table: str
    column: str
    less: str = ""


ROW_NOUNS: dict[str, RowNoun] = {
    "score": RowNoun("evidence", "score"),
    "rating": RowNoun("evidence", "score"),
    "evidence": RowNoun("evidence", "score"),
    "method": RowNoun("evidence", "method"),
    "rater": RowNoun("evidence", "rater"),
    "role": RowNoun("evidence", "role"),
    "grade": RowNoun("attempts", "grade"),
    "mark": RowNoun("attempts", "mark"),
}

TOTAL_NOUNS: dict[str, TotalNoun] = {
    "days present": TotalNoun("attendance", "days_present"),
    "days enrolled": TotalNoun("attendance", "days_enrolled"),
    "days absent": TotalNoun("attendance", "days_enrolled", less="days_present"),
    "minutes offered": TotalNoun("attendance", "minutes_offered"),
    "minutes attended": TotalNoun("attendance", "minutes_attended"),
}

# (kind of item, words) to the relation and the kind of items it leads to
RELATION_NOUNS: dict[tuple[str, str], tuple[str, str]] = {
    ("course", "competencies"): ("competencies", "competency"),
    ("course", "core competencies"): ("core competencies", "competency"),
    ("course", "prerequisites"): ("prerequisites", "course"),
    ("course", "earlier courses"): ("earlier courses", "course"),
    ("course", "later courses"): ("later courses", "course"),
    ("course", "equivalents"): ("equivalents", "course"),
    ("level", "competencies"): ("competencies", "competency"),
    ("level", "core competencies"): ("core competencies", "competency"),
    ("level", "levels"): ("levels before", "level"),
    ("competency", "prerequisites"): ("prerequisites", "competency"),
    ("competency", "skills"): ("skills", "skill"),
    ("competency", "parts"): ("parts", "competency"),
    ("skill", "prerequisites"): ("prerequisites", "competency"),
}

# the courses that stand for a course by recorded acts: no relation of the catalog, but of the learner
SUBSTITUTES = "substitutes"

# relations that the reader of frameworks and catalogs has proved to be without circles
ACYCLIC_RELATIONS = frozenset({"prerequisites", "skills", "parts", "levels before", "earlier courses", "later courses"})

# relations to what must come before an item: `all` of nothing before it is met
ORDER_RELATIONS = frozenset({"prerequisites", "levels before", "earlier courses"})

# states that a rule concludes about an item
STATES: dict[str, str] = {
    "mastered": "mastery",
    "credited": "credit",
    "earned": "credit",
    "reached": "progression",
    "recoverable": "recovery",
    "raised": "flag",
    "completed": "diploma",
}

# words for the learner's dates in `learners who ...`
WHO: dict[str, str] = {
    "entered": "entered_on",
    "first enrolled": "first_enrolled_on",
    "were born": "birth_date",
    "entered US": "us_entry_on",
}

CLOCKS: dict[str, str] = {
    "assessed": "assessed_on",
    "submitted": "submitted_on",
    "due": "due_on",
    "recorded": "recorded_at",
}

# what formulas are called elsewhere
OTHER_NAMES: dict[str, str] = {
    "mean": "average",
    "avg": "average",
    "max": "highest",
    "maximum": "highest",
    "min": "lowest",
    "minimum": "lowest",
    "total": "sum",
    "count": "number of",
    "last": "latest",
    "newest": "latest",
    "top": "best",
}

COLUMN_WORDS: dict[str, str] = {"date": "assessed_on", "day": "assessed_on"}

PLURALS: dict[str, str] = {"competencies": "competency", "evidence": "evidence", "mastery": "mastery"}

COLUMN_TYPES: dict[ColumnType, Type] = {
    ColumnType.TEXT: types.TEXT,
    ColumnType.IDENTIFIER: types.TEXT,
    ColumnType.NUMBER: types.PLAIN,
    ColumnType.WHOLE: types.PLAIN,
    ColumnType.CREDITS: types.unit("credit"),
    ColumnType.SHARE: types.SHARE,
    ColumnType.MONEY: types.unit("dollar"),
    ColumnType.BOOLEAN: types.TRUTH,
    ColumnType.DATE: types.DATE,
    ColumnType.MOMENT: types.DATE,
    ColumnType.INSTANT: types.DATE,
    ColumnType.SCHOOL_YEAR: types.PLAIN,
    ColumnType.SCORE: types.unit("score"),
    ColumnType.CHOICE: types.TEXT,
    ColumnType.LEARNER: types.TEXT,
    ColumnType.COMPETENCY: types.item("competency"),
    ColumnType.COURSE: types.item("course"),
    ColumnType.LEVEL: types.item("level"),
    ColumnType.SCHOOL: types.TEXT,
    ColumnType.METHOD: Type(types.Kind.TEXT, "method"),
    ColumnType.ROLE: Type(types.Kind.TEXT, "role"),
    ColumnType.PROGRAM: Type(types.Kind.TEXT, "program"),
    ColumnType.PANEL: types.TEXT,
}

# the type words of `column`, `given` and `gives`
TYPE_WORDS: dict[str, ColumnType] = {
    "text": ColumnType.TEXT,
    "number": ColumnType.NUMBER,
    "credits": ColumnType.CREDITS,
    "percent": ColumnType.SHARE,
    "dollars": ColumnType.MONEY,
    "date": ColumnType.DATE,
    "competency": ColumnType.COMPETENCY,
    "skill": ColumnType.COMPETENCY,
    "course": ColumnType.COURSE,
    "level": ColumnType.LEVEL,
    "score": ColumnType.SCORE,
    "method": ColumnType.METHOD,
    "role": ColumnType.ROLE,
    "program": ColumnType.PROGRAM,
    "condition": ColumnType.BOOLEAN,
    "school": ColumnType.SCHOOL,
}

# units in which a measured column counts
COLUMN_UNITS: dict[str, Type] = {"days": types.unit("day"), "minutes": types.unit("minute")}

ITEM_COLUMNS = {
    "competency": ColumnType.COMPETENCY,
    "skill": ColumnType.COMPETENCY,
    "course": ColumnType.COURSE,
    "level": ColumnType.LEVEL,
}


def singular(word: str) -> str:
    """The singular of a noun of the vocabulary."""
    if word in PLURALS:
        return PLURALS[word]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
