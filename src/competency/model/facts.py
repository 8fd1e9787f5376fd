"""What is known about learners: fact types with typed columns, and rows of them. Frozen records, no I/O.

A fact type is declared once, here or in a policy book or by a plugin; the file format, the checks at the door and the
words of the rule language are derived from the declaration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

FactValue: TypeAlias = str | bool | Fraction | date | datetime | None


class ColumnType(Enum):
    """What a column holds. Numbers are exact; a blank cell is no value and never zero."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    NUMBER = "number"
    WHOLE = "whole number"
    CREDITS = "credits"
    SHARE = "percent"
    MONEY = "dollars"
    BOOLEAN = "yes or no"
    DATE = "date"
    MOMENT = "date, with a time of day where known"
    INSTANT = "time with a zone"
    SCHOOL_YEAR = "school year (the year in which it ends)"
    SCORE = "score on a scale"
    CHOICE = "one of a list of words"
    LEARNER = "learner"
    COMPETENCY = "competency or skill"
    COURSE = "course"
    LEVEL = "level of a continuum"
    SCHOOL = "school"
    METHOD = "method of assessment"
    ROLE = "role of a rater"
    PROGRAM = "program"
    PANEL = "panel"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in files, its type, what it means, and the unit where the type does not say it."""

    name: str
    type: ColumnType
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FactType:
    """A kind of fact.

    `plural` names the table and its file; `key` are the columns that tell two rows apart; `happened` is the column
    that says when it was so (rows after the as-of date do not count yet; blank: they do); `begins` and `ends` bound an
    interval, half-open, and a row counts on the days in it. A type without a learner column is about schools or districts.
    """

    plural: str
    singular: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    happened: str | None = None
    begins: str | None = None
    ends: str | None = None

    def column(self, name: str) -> Column | None:
        """The column of that name."""
        return next((column for column in self.columns if column.name == name), None)

    @property
    def is_about_a_learner(self) -> bool:
        """Whether each row belongs to one learner."""
        return any(column.type is ColumnType.LEARNER for column in self.columns)


@dataclass(frozen=True, slots=True)
class Fact:
    """One row: the fact type's plural, the row's identity within it, and its values by column name."""

    type: str
    id: str
    values: Mapping[str, FactValue]


@dataclass(frozen=True, slots=True)
class LearnerFacts:
    """Everything known about one learner: rows by fact type, in no meaningful order."""

    learner: str
    tables: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)

    def of(self, plural: str) -> tuple[Fact, ...]:
        """The rows of a fact type; none where there are none."""
        return self.tables.get(plural, ())


_RECORDED = Column("recorded_at", ColumnType.INSTANT, "When the system learnt of it; blank: always known.")
_LEARNER = Column("learner", ColumnType.LEARNER, "Whom it is about.", required=True)

LEARNERS = FactType(
    "learners",
    "learner",
    "One row a learner.",
    (
        Column("learner", ColumnType.LEARNER, "The learner's identifier in the SIS.", required=True),
        Column("birth_date", ColumnType.DATE, "Date of birth."),
        Column("entered_on", ColumnType.DATE, "When the learner entered the school system or secondary school."),
        Column("first_enrolled_on", ColumnType.DATE, "First enrolment anywhere in the district."),
        Column("graduating_class", ColumnType.SCHOOL_YEAR, "Anticipated school year of graduation."),
        Column("us_entry_on", ColumnType.DATE, "First entry into a school of the United States."),
        Column("school", ColumnType.SCHOOL, "The school that holds the record."),
        _RECORDED,
    ),
    key=("learner",),
)

PROGRAMS = FactType(
    "programs",
    "program",
    "Programs, services and protections of a learner, such as IEP, 504, ELL, foster care, military.",
    (
        _LEARNER,
        Column("program", ColumnType.PROGRAM, "The program.", required=True),
        Column("begins_on", ColumnType.DATE, "First day.", required=True),
        Column("ends_on", ColumnType.DATE, "First day on which it is over; blank: open."),
        _RECORDED,
    ),
    key=("learner", "program", "begins_on"),
    begins="begins_on",
    ends="ends_on",
)

ENROLMENTS = FactType(
    "enrolments",
    "enrolment",
    "Enrolments in a school or a course.",
    (
        _LEARNER,
        Column("school", ColumnType.SCHOOL, "The school."),
        Column("course", ColumnType.COURSE, "The course; blank: the school as a whole."),
        Column("begins_on", ColumnType.DATE, "First day.", required=True),
        Column("ends_on", ColumnType.DATE, "First day on which it is over; blank: open."),
        Column("ending", ColumnType.CHOICE, "How it ended.", choices=("completed", "withdrawn", "transferred")),
        _RECORDED,
    ),
    key=("learner", "school", "course", "begins_on"),
    happened="begins_on",
)

ATTEMPTS = FactType(
    "attempts",
    "attempt",
    "Attempts at a course, whatever the way: a class, recovery, an examination, a transfer.",
    (
        Column("attempt_id", ColumnType.IDENTIFIER, "Identifier of the attempt.", required=True),
        _LEARNER,
        Column("course", ColumnType.COURSE, "The course.", required=True),
        Column("began_on", ColumnType.DATE, "First day."),
        Column("ended_on", ColumnType.DATE, "When the result was given; blank: under way."),
        Column("school_year", ColumnType.SCHOOL_YEAR, "The school year it counts in."),
        Column("status", ColumnType.CHOICE, "How far it is.", choices=("under way", "final", "withdrawn")),
        Column("result", ColumnType.CHOICE, "What came of it.", choices=("passed", "failed", "incomplete")),
        Column("grade", ColumnType.NUMBER, "Grade.", unit="points of 100"),
        Column("mark", ColumnType.TEXT, "Mark on the transcript."),
        Column("credits", ColumnType.CREDITS, "Credits earned by it."),
        Column(
            "way",
            ColumnType.CHOICE,
            "How the course was attempted.",
            choices=("class", "recovery", "repeat", "examination", "demonstration", "transfer", "dual enrolment"),
        ),
        Column("portion", ColumnType.SHARE, "Share of the course that it covers."),
        Column("provider", ColumnType.TEXT, "Who taught or examined."),
        _RECORDED,
    ),
    key=("attempt_id",),
    happened="ended_on",
)

EVIDENCE = FactType(
    "evidence",
    "piece of evidence",
    "What a learner showed, rated by somebody.",
    (
        Column("evidence_id", ColumnType.IDENTIFIER, "Identifier; it ends every order of evidence.", required=True),
        _LEARNER,
        Column("competency", ColumnType.COMPETENCY, "What was shown.", required=True),
        Column("score", ColumnType.SCORE, "The rating: a number or a level of the scale; blank is no evidence."),
        Column("assessed_on", ColumnType.MOMENT, "When it was assessed.", required=True),
        Column("submitted_on", ColumnType.MOMENT, "When the learner handed it in."),
        Column("due_on", ColumnType.MOMENT, "When it was due."),
        _RECORDED,
        Column("method", ColumnType.METHOD, "How it was shown."),
        Column("rater", ColumnType.TEXT, "Who rated it."),
        Column("role", ColumnType.ROLE, "The rater's role."),
        Column("attempt", ColumnType.TEXT, "The attempt it belongs to."),
        Column("level", ColumnType.LEVEL, "The level of the continuum at which it was tried."),
        Column("source", ColumnType.TEXT, "The system it came from."),
        Column("external_id", ColumnType.TEXT, "Its identifier there."),
        Column("hints", ColumnType.WHOLE, "Hints used."),
        Column("minutes", ColumnType.NUMBER, "Time on task.", unit="minutes"),
        Column(
            "supersedes",
            ColumnType.TEXT,
            "The evidence of the same learner that this row corrects; that one never counts again.",
        ),
        Column("withdrawn_at", ColumnType.INSTANT, "When it was withdrawn; blank: it stands."),
        Column("excused", ColumnType.BOOLEAN, "Whether the learner is excused from it."),
    ),
    key=("evidence_id",),
    happened="assessed_on",
)

ATTENDANCE = FactType(
    "attendance",
    "attendance record",
    "Days enrolled and present in a period. Audited facts; time never earns credit by itself.",
    (
        _LEARNER,
        Column("begins_on", ColumnType.DATE, "First day of the period.", required=True),
        Column("ends_on", ColumnType.DATE, "First day after the period.", required=True),
        Column("course", ColumnType.COURSE, "The course; blank: school as a whole."),
        Column("days_enrolled", ColumnType.NUMBER, "Days on which the learner was to be present.", unit="days"),
        Column("days_present", ColumnType.NUMBER, "Days present.", unit="days"),
        Column("minutes_offered", ColumnType.NUMBER, "Instruction offered.", unit="minutes"),
        Column("minutes_attended", ColumnType.NUMBER, "Instruction attended.", unit="minutes"),
        _RECORDED,
    ),
    key=("learner", "course", "begins_on"),
    happened="begins_on",
)

AWARDS = FactType(
    "awards",
    "award",
    "What has been awarded: credits, levels, diplomas, here or elsewhere.",
    (
        Column("award_id", ColumnType.IDENTIFIER, "Identifier of the award.", required=True),
        _LEARNER,
        Column(
            "award",
            ColumnType.TEXT,
            "What it is: a kind of conclusion (`credit`), a rule (`credit course`), or a title of your own.",
            required=True,
        ),
        Column("course", ColumnType.COURSE, "The course, for a credit."),
        Column("competency", ColumnType.COMPETENCY, "The competency, for a mastery."),
        Column("level", ColumnType.LEVEL, "The level, for a progression."),
        Column("credits", ColumnType.CREDITS, "Credits that it carries."),
        Column("awarded_on", ColumnType.DATE, "When it was awarded.", required=True),
        Column("revoked_on", ColumnType.DATE, "First day on which it is revoked; blank: it stands."),
        Column(
            "revocation_recorded_at",
            ColumnType.INSTANT,
            "When the system learnt that it was revoked; blank: with the row.",
        ),
        Column("provider", ColumnType.TEXT, "Who awarded it; blank: this school system."),
        Column("mark", ColumnType.TEXT, "Mark on the transcript."),
        _RECORDED,
    ),
    key=("award_id",),
    happened="awarded_on",
    ends="revoked_on",
)

WAIVERS = FactType(
    "waivers",
    "waiver",
    "Recorded waivers of a clause for one learner.",
    (
        Column("waiver_id", ColumnType.IDENTIFIER, "Identifier of the waiver.", required=True),
        _LEARNER,
        Column("rule", ColumnType.TEXT, "The rule, as `mastery standard`.", required=True),
        Column("clause", ColumnType.TEXT, "The label of the clause.", required=True),
        Column("item", ColumnType.TEXT, "The item; blank: every item of the rule."),
        Column("policy_version", ColumnType.TEXT, "The version of the policy that is waived; blank: any."),
        Column("authority", ColumnType.TEXT, "Who decided.", required=True),
        Column("reason", ColumnType.TEXT, "Why.", required=True),
        Column("begins_on", ColumnType.DATE, "First day.", required=True),
        Column("ends_on", ColumnType.DATE, "First day on which it is over; blank: open."),
        _RECORDED,
    ),
    key=("waiver_id",),
    begins="begins_on",
    ends="ends_on",
)

PLANS = FactType(
    "plans",
    "plan",
    "A learner's plan: pace, methods and interests, as the learner and those beside the learner agreed.",
    (
        Column("plan_id", ColumnType.IDENTIFIER, "Identifier of the plan.", required=True),
        _LEARNER,
        Column("begins_on", ColumnType.DATE, "First day.", required=True),
        Column("ends_on", ColumnType.DATE, "First day on which it is over; blank: open."),
        Column("pace", ColumnType.NUMBER, "Pace: 1 as planned for all, more is faster.", unit="times"),
        Column("method", ColumnType.METHOD, "The way in which the learner shows things best."),
        Column("interest", ColumnType.TEXT, "What the learner cares about."),
        Column("agreed_by", ColumnType.TEXT, "Who agreed to it."),
        _RECORDED,
    ),
    key=("plan_id",),
    begins="begins_on",
    ends="ends_on",
)

GOALS = FactType(
    "goals",
    "goal",
    "What a learner wants to reach next, chosen with the plan.",
    (
        Column("goal_id", ColumnType.IDENTIFIER, "Identifier of the goal.", required=True),
        _LEARNER,
        Column("competency", ColumnType.COMPETENCY, "The competency, if it is one."),
        Column("course", ColumnType.COURSE, "The course, if it is one."),
        Column("level", ColumnType.LEVEL, "The level, if it is one."),
        Column("goal", ColumnType.TEXT, "The goal in the learner's words."),
        Column("set_on", ColumnType.DATE, "When it was set.", required=True),
        Column("due_on", ColumnType.DATE, "By when."),
        _RECORDED,
    ),
    key=("goal_id",),
    happened="set_on",
)

PLACEMENTS = FactType(
    "placements",
    "placement",
    "The level of a continuum at which a learner works in a competency.",
    (
        _LEARNER,
        Column("competency", ColumnType.COMPETENCY, "The competency.", required=True),
        Column("level", ColumnType.LEVEL, "The level.", required=True),
        Column("baseline", ColumnType.NUMBER, "The average with which the learner came to the level."),
        Column("entered_by", ColumnType.TEXT, "How the learner came to the level."),
        Column("placed_on", ColumnType.MOMENT, "When; blank: from the start."),
        _RECORDED,
    ),
    key=("learner", "competency", "level"),
    happened="placed_on",
)

APPROVALS = FactType(
    "approvals",
    "approval",
    "Votes of the members of a panel. Of several votes of one role on one matter, the latest counts.",
    (
        Column("approval_id", ColumnType.IDENTIFIER, "Identifier of the vote.", required=True),
        _LEARNER,
        Column("panel", ColumnType.PANEL, "The panel.", required=True),
        Column("course", ColumnType.COURSE, "The course that it is about, if it is about one."),
        Column("competency", ColumnType.COMPETENCY, "The competency that it is about, if it is about one."),
        Column("level", ColumnType.LEVEL, "The level that it is about, if it is about one."),
        Column("role", ColumnType.ROLE, "As whom the member votes.", required=True),
        Column("person", ColumnType.TEXT, "Who voted."),
        Column("vote", ColumnType.CHOICE, "The vote.", required=True, choices=("approved", "refused", "abstained")),
        Column("reason", ColumnType.TEXT, "Why."),
        Column("decided_on", ColumnType.DATE, "When.", required=True),
        _RECORDED,
    ),
    key=("approval_id",),
    happened="decided_on",
)

SUBSTITUTIONS = FactType(
    "substitutions",
    "substitution",
    "Recorded acts by which one course stands for another for a learner.",
    (
        _LEARNER,
        Column("course", ColumnType.COURSE, "The course that was taken.", required=True),
        Column("instead_of", ColumnType.COURSE, "The course for which it stands.", required=True),
        Column("authority", ColumnType.TEXT, "Who decided.", required=True),
        Column("reason", ColumnType.TEXT, "Why.", required=True),
        Column("begins_on", ColumnType.DATE, "First day.", required=True),
        Column("ends_on", ColumnType.DATE, "First day on which it is over; blank: open."),
        _RECORDED,
    ),
    key=("learner", "course", "instead_of", "begins_on"),
    begins="begins_on",
    ends="ends_on",
)

SCHOOLS = FactType(
    "schools",
    "school",
    "Schools and the district each belongs to.",
    (
        Column("school", ColumnType.IDENTIFIER, "Identifier of the school.", required=True),
        Column("title", ColumnType.TEXT, "Name of the school.", required=True),
        Column("district", ColumnType.TEXT, "The district."),
        Column("kind", ColumnType.TEXT, "Kind of school."),
    ),
    key=("school",),
)

BUILT_IN: tuple[FactType, ...] = (
    LEARNERS,
    PROGRAMS,
    ENROLMENTS,
    ATTEMPTS,
    EVIDENCE,
    ATTENDANCE,
    AWARDS,
    WAIVERS,
    APPROVALS,
    SUBSTITUTIONS,
    PLANS,
    GOALS,
    PLACEMENTS,
    SCHOOLS,
)
