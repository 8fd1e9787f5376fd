"""Selectors of learners, and the lines of which blocks are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from competency.rules.language.syntax.expressions import (
    Cut,
    DateLiteral,
    Expression,
    Name,
    Node,
    NumberLiteral,
    PhraseLike,
    Predicate,
    TextLiteral,
)
from competency.source import Span

# --- selectors of learners --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SelectProgram(Node):
    """`learners in program IEP`."""

    program: Name


@dataclass(frozen=True, slots=True)
class SelectPopulation(Node):
    """`learners in late_entrants`."""

    population: Name


@dataclass(frozen=True, slots=True)
class SelectWho(Node):
    """`learners who entered on or after 2026-07-01`."""

    words: tuple[Name, ...]
    predicate: Cut


@dataclass(frozen=True, slots=True)
class SelectWhose(Node):
    """`learners whose age is at least 18`."""

    operand: Expression
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class SelectWhere(Node):
    """`learners where CONDITION`."""

    condition: Expression


Selector: TypeAlias = SelectProgram | SelectPopulation | SelectWho | SelectWhose | SelectWhere


# --- lines of blocks --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VersionLine(Node):
    """`version "2026.1"`."""

    version: str


@dataclass(frozen=True, slots=True)
class InEffect(Node):
    """`in effect from 2026-07-01 until 2027-07-01`, half-open; `by` is the event that counts, else the as-of date.

    Numbers are school years.
    """

    begins: DateLiteral | NumberLiteral | None
    ends: DateLiteral | NumberLiteral | None
    by: Expression | None = None


@dataclass(frozen=True, slots=True)
class Act(Node):
    """`delayed until 2021-07-01 by "PL 2015 c.489"`; `what` is enacted, delayed or repealed."""

    what: Literal["enacted", "delayed", "repealed"]
    day: DateLiteral
    authority: str


@dataclass(frozen=True, slots=True)
class Governs(Node):
    """Which learners a policy or rule governs."""

    selector: Selector


@dataclass(frozen=True, slots=True)
class SourceLine(Node):
    """`cites IKF "Board Policy IKF"` in a policy: declares a source."""

    name: Name
    title: str


@dataclass(frozen=True, slots=True)
class Cites(Node):
    """`cites IKF section "4(b)"`."""

    source: Name
    part: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Ordering(Node):
    """`evidence ordered by date assessed, ties highest first`."""

    clock: Name
    ties: Name | None


@dataclass(frozen=True, slots=True)
class WhenMissing(Node):
    """`when evidence is missing: not yet known`."""

    outcome: str


@dataclass(frozen=True, slots=True)
class MonthRounding(Node):
    """`months round down`."""

    direction: Name


@dataclass(frozen=True, slots=True)
class Assignment(Node):
    """`grade 48` in an example or an item."""

    name: Name
    value: NumberLiteral | DateLiteral | TextLiteral | Name


@dataclass(frozen=True, slots=True)
class ItemLine(Node):
    """`competency MET.QR "Quantitative reasoning" requires MET.ER`.

    `parts` are the words requires, after, of, covers, core with their codes.
    """

    kind: str
    code: Name
    title: str
    parts: tuple[tuple[str, tuple[Name, ...]], ...] = ()
    worth: NumberLiteral | None = None
    data: tuple[Assignment, ...] = ()


@dataclass(frozen=True, slots=True)
class Load(Node):
    """`courses from "catalog/courses.csv"`; `what` names the table."""

    what: str
    path: TextLiteral


@dataclass(frozen=True, slots=True)
class ColumnName(Node):
    """A column with its type word."""

    name: Name
    type: Name


@dataclass(frozen=True, slots=True)
class CatalogColumns(Node):
    """`courses have subject text, weight number`."""

    columns: tuple[ColumnName, ...]


@dataclass(frozen=True, slots=True)
class LetLine(Node):
    """`let kept be ...`."""

    name: Name
    value: Expression


@dataclass(frozen=True, slots=True)
class Option(Node):
    """`option sat: ...`: one of those of a menu."""

    label: Name
    condition: Expression | Menu
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu(Node):
    """`at least 2 of these option ... end`; `heading` is what stands before the options."""

    heading: Span = field(compare=False, repr=False)
    quantifier: str
    amount: Expression | None
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Requirement(Node):
    """`require breadth cites IKF section "4": ...`, or `report ...`: the rule goes on, and says so where it holds."""

    label: Name
    condition: Expression | Menu
    cites: tuple[Cites, ...] = ()
    effect: Literal["require", "report"] = "require"
    applies: tuple[InEffect | Governs, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing(Node):
    """`stands for 3 school years`; without a length, `reassessed`: awards do not hold."""

    length: NumberLiteral | None


@dataclass(frozen=True, slots=True)
class CountsPool(Node):
    """`counts courses that are credited`: what the requirements of a diploma draw on."""

    phrase: PhraseLike


@dataclass(frozen=True, slots=True)
class CountsOnce(Node):
    """`each credit counts once`, or `each course counts once`: as a whole."""

    what: Name


@dataclass(frozen=True, slots=True)
class CountsTwice(Node):
    """`may count twice: civics with history`."""

    label: Name
    others: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Scope(Node):
    """`for each competency in MATH, ENGLISH`; `variable` is the word by which the rule speaks of the item."""

    variable: Name
    collections: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class NamedItems(Node):
    """`for competency MATH.ALG.3`: the rule is for these items alone and overrides the general one."""

    variable: Name
    codes: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Along(Node):
    """`along continuum MATH.LEVELS`."""

    continuum: Name


@dataclass(frozen=True, slots=True)
class Reach(Node):
    """`reach a level when`: says aloud what the requirements are for."""

    word: Name


@dataclass(frozen=True, slots=True)
class WaiveLine(Node):
    """`waive breadth` in an exception."""

    label: Name


ExceptionLine: TypeAlias = Cites | Requirement | WaiveLine


@dataclass(frozen=True, slots=True)
class ExceptionBlock(Node):
    """`except iep for learners in program IEP ... end`; `before` are the exceptions over which it prevails."""

    label: Name
    before: tuple[Name, ...]
    selector: Selector
    lines: tuple[ExceptionLine, ...]


@dataclass(frozen=True, slots=True)
class Worth(Node):
    """`worth the credits of the course`."""

    value: Expression


@dataclass(frozen=True, slots=True)
class ValueLine(Node):
    """`value ...` or `amount ...` of a measure."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Assign(Node):
    """`assign the competencies of the course that are not mastered`."""

    phrase: PhraseLike


@dataclass(frozen=True, slots=True)
class AssignMost(Node):
    """`assign at most 3`: of what comes next, the first so many."""

    number: NumberLiteral


@dataclass(frozen=True, slots=True)
class TranscriptMark(Node):
    """`transcript mark "CR", not in GPA`; `in_gpa` is none where it is not said."""

    mark: str
    in_gpa: bool | None


@dataclass(frozen=True, slots=True)
class CarnegieUnits(Node):
    """`counts as 1 Carnegie unit per credit`."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Limit(Node):
    """`limit credits recovered to 2 per school year, then report`."""

    limited: tuple[Name, ...]
    to: Expression
    period: str
    then: str


RuleLine: TypeAlias = (
    Scope
    | NamedItems
    | Governs
    | Along
    | Cites
    | LetLine
    | Requirement
    | Reach
    | ExceptionBlock
    | Worth
    | ValueLine
    | Assign
    | AssignMost
    | TranscriptMark
    | CarnegieUnits
    | Limit
    | CountsPool
    | CountsOnce
    | CountsTwice
    | InEffect
    | Act
    | Standing
    | VersionLine
    | Ordering
    | WhenMissing
)
