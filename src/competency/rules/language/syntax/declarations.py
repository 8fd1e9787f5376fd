"""Declarations, and the text that holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from competency.rules.language.syntax.expressions import (
    Cut,
    DateLiteral,
    Expression,
    Name,
    Node,
    NumberLiteral,
    TextLiteral,
)
from competency.rules.language.syntax.lines import (
    Assignment,
    CatalogColumns,
    Cites,
    ColumnName,
    ExceptionLine,
    Governs,
    InEffect,
    ItemLine,
    Load,
    RuleLine,
    Selector,
)
from competency.source import SourceText, Span

# --- declarations -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Policy(Node):
    """The policy that the rules of a book carry out."""

    name: Name
    title: str
    lines: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FrameworkDeclaration(Node):
    """Competencies from a file, or written here."""

    name: Name
    title: str
    path: TextLiteral | None
    scored_on: Name | None
    lines: tuple[ItemLine, ...]
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class ScaleDeclaration(Node):
    """Named levels, or a range of numbers."""

    name: Name
    levels: tuple[tuple[Name, NumberLiteral | None], ...]
    range: tuple[NumberLiteral, NumberLiteral] | None = None
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Vocabulary(Node):
    """`roles teacher, advisor`; `what` is roles, methods or programs."""

    what: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class CatalogDeclaration(Node):
    """Courses, from tables or written here."""

    lines: tuple[ItemLine | Load | CatalogColumns, ...]
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Continuum(Node):
    """Levels in their order."""

    name: Name
    title: str
    lines: tuple[ItemLine | Load, ...]
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Period(Node):
    """`period "Window 1" from July 1 until October 1`: a part of each year, half-open; it may go over the new year."""

    name: TextLiteral
    begins: tuple[Name, NumberLiteral]
    ends: tuple[Name, NumberLiteral]


@dataclass(frozen=True, slots=True)
class Calendar(Node):
    """Whose dates they are: time zone, and the day on which a school year begins (month, day)."""

    title: str
    time_zone: TextLiteral | None
    year_begins: tuple[Name, NumberLiteral] | None
    periods: tuple[Period, ...] = ()
    school_days: TextLiteral | None = None


@dataclass(frozen=True, slots=True)
class ParameterValue(Node):
    """`is 80% from 2020-07-01 until 2022-07-01`."""

    value: Expression
    begins: DateLiteral | None
    ends: DateLiteral | None


@dataclass(frozen=True, slots=True)
class Bound(Node):
    """`at most 80% by "Idaho Code 33-6404"`: a bound of a higher policy."""

    comparator: str
    value: Expression
    authority: str


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """A value with a name that may change over time."""

    name: Name
    title: str
    lines: tuple[ParameterValue | Bound | Cites, ...]


@dataclass(frozen=True, slots=True)
class Cell(Node):
    """A cell of a table row: any value (no cuts), or a value that meets all cuts; one value is `exactly`.

    `is_other`: any value that no other row of the table names in its column.
    """

    cuts: tuple[Cut, ...]
    is_other: bool = False


@dataclass(frozen=True, slots=True)
class TableRow(Node):
    """`row at least 90 gives "A"`."""

    cells: tuple[Cell, ...]
    result: Expression


@dataclass(frozen=True, slots=True)
class Table(Node):
    """A decision table: inputs, the type of the answer, rows here or in a file."""

    name: Name
    title: str
    given: tuple[ColumnName, ...]
    gives: Name | None
    rows: tuple[TableRow, ...]
    path: TextLiteral | None
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Population(Node):
    """Learners with a name."""

    name: Name
    title: str
    selector: Selector
    cites: tuple[Cites, ...] = ()


@dataclass(frozen=True, slots=True)
class Change(Node):
    """`changes credit course ... end`: what an overlay puts in place of clauses of a rule."""

    kind: str
    rule: Name
    lines: tuple[ExceptionLine, ...]


@dataclass(frozen=True, slots=True)
class Overlay(Node):
    """A change of rules for a time, by somebody's authority. `before` are overlays over which it prevails."""

    heading: Span = field(compare=False, repr=False)
    name: Name
    title: str
    before: tuple[Name, ...]
    period: InEffect | None
    authority: str
    governs: tuple[Governs, ...]
    cites: tuple[Cites, ...]
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Panel(Node):
    """Who decides together: the roles of its members, how many must have voted, and how their votes are counted.

    `needed` is `majority`, `unanimity` or how many must approve. `tie` is `refused`, `not yet known` or a role.
    """

    name: Name
    title: str
    members: tuple[Name, ...]
    quorum: NumberLiteral | None
    needed: str | NumberLiteral
    tie: str | Name
    cites: tuple[Cites, ...]


@dataclass(frozen=True, slots=True)
class FactColumn(Node):
    """`column authority text required "Who decided"`."""

    name: Name
    type: Name
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class FactDeclaration(Node):
    """A fact type of the book's own."""

    singular: Name
    plural: Name
    meaning: str
    columns: tuple[FactColumn, ...]
    about_schools: bool = False


@dataclass(frozen=True, slots=True)
class Rule(Node):
    """A rule: its kind, name, title and lines. `heading` spans the opening words."""

    heading: Span = field(compare=False, repr=False)
    kind: str
    name: Name
    title: str
    lines: tuple[RuleLine, ...]


@dataclass(frozen=True, slots=True)
class GivenFact(Node):
    """A fact of an example: the fact type's singular (or `score`) with its values."""

    type: str
    assignments: tuple[Assignment, ...]


@dataclass(frozen=True, slots=True)
class GivenConclusion(Node):
    """`given MATH.A, MATH.B are mastered`: taken for granted in an example."""

    codes: tuple[Name, ...]
    state: Name
    negated: bool


@dataclass(frozen=True, slots=True)
class Expectation(Node):
    """What an example expects: an outcome with its clauses, a value, the items assigned, or the caps reported."""

    outcome: str = ""
    because: tuple[Name, ...] = ()
    value: Expression | None = None
    assigned: tuple[Name, ...] = ()
    reported: tuple[Name, ...] | None = None


@dataclass(frozen=True, slots=True)
class Example(Node):
    """A learner made up to show what a rule decides."""

    title: str
    kind: str
    rule: Name
    items: tuple[Name, ...]
    as_of: DateLiteral
    known_on: DateLiteral | None
    given: tuple[GivenFact | GivenConclusion, ...]
    expect: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Rank(Node):
    """`rank learners by measure gpa, highest first, ties share the better place`."""

    by: Expression
    first: str
    place: str


@dataclass(frozen=True, slots=True)
class Indicator(Node):
    """A number about a group of learners: a school, a cohort, or everybody."""

    heading: Span = field(compare=False, repr=False)
    name: Name
    title: str
    groups: tuple[Name, ...]
    among: tuple[Selector, ...]
    value: Expression | None
    hide: NumberLiteral | None
    rank: Rank | None
    cites: tuple[Cites, ...]


@dataclass(frozen=True, slots=True)
class Member(Node):
    """A learner of an indicator's example."""

    learner: str
    given: tuple[GivenFact | GivenConclusion, ...]


@dataclass(frozen=True, slots=True)
class IndicatorExpectation(Node):
    """What an example of an indicator expects: a value, counts, that it is hidden, a place, or nothing known."""

    value: Expression | None = None
    counted: tuple[NumberLiteral, NumberLiteral] | None = None
    is_hidden: bool = False
    place: tuple[NumberLiteral, str] | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class IndicatorExample(Node):
    """Learners made up to show what an indicator says of their group."""

    title: str
    indicator: Name
    group: tuple[Name, ...]
    as_of: DateLiteral
    known_on: DateLiteral | None
    given: tuple[GivenFact | GivenConclusion, ...]
    members: tuple[Member, ...]
    expect: tuple[IndicatorExpectation, ...]


Declaration: TypeAlias = (
    Policy
    | FrameworkDeclaration
    | ScaleDeclaration
    | Vocabulary
    | CatalogDeclaration
    | Continuum
    | Calendar
    | Parameter
    | Table
    | Population
    | FactDeclaration
    | Overlay
    | Panel
    | Rule
    | Indicator
    | Example
    | IndicatorExample
)


@dataclass(frozen=True, slots=True)
class RuleText:
    """One parsed file: its declarations in order, and its comments by place."""

    source: SourceText = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Name, ...] = field(compare=False, default=())
    skipped: tuple[Span, ...] = field(compare=False, default=())
    """declarations that could not be read"""
