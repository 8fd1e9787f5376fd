"""What a text says, as it was written: frozen records with spans, no names resolved, no types known.

Equality ignores spans, so that a text and its formatted form are equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from competency.source import SourceText, Span


@dataclass(frozen=True, slots=True)
class Node:
    """Anything that was written somewhere."""

    span: Span = field(compare=False, repr=False)


# --- words and literals -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A word or code as written; codes keep their dots, quoted ones lose their quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class NumberLiteral(Node):
    """A number with its unit word in the singular, `%` for percent, or an empty unit."""

    value: Fraction
    unit: str = ""


@dataclass(frozen=True, slots=True)
class DateLiteral(Node):
    """A calendar date."""

    value: date


@dataclass(frozen=True, slots=True)
class TextLiteral(Node):
    """Words in quotes."""

    value: str


# --- phrases ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WindowWords(Node):
    """`latest up to 3`, `best 2`, or `latest` alone (then count is none and one value is meant)."""

    which: str
    count: Expression | None
    up_to: bool


@dataclass(frozen=True, slots=True)
class Modifier(Node):
    """What narrows rows: `by project`, `within 60 days`, `that are mastered`, `where (...)`.

    `kind` is the modifier's word; which of the other fields are filled follows from it.
    """

    kind: str
    negated: bool = False
    names: tuple[Name, ...] = ()
    operands: tuple[Expression, ...] = ()
    predicate: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Phrase(Node):
    """A noun with what is said of it: `the latest up to 3 scores by project of the course`."""

    words: tuple[Name, ...]
    window: WindowWords | None = None
    modifiers: tuple[Modifier, ...] = ()
    of: PhraseLike | None = None


@dataclass(frozen=True, slots=True)
class Pronoun(Node):
    """`it`: the item that the rule is about. Modifiers after it belong to the noun before it."""

    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class CodePhrase(Node):
    """The code of an item. Modifiers after it belong to the noun before it."""

    code: Name
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True, slots=True)
class RuleValue(Node):
    """`the measure average of it`, `the flag attendance`."""

    kind: str
    name: Name
    of: PhraseLike | None = None


PhraseLike: TypeAlias = Phrase | Pronoun | CodePhrase | RuleValue


# --- predicates -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cut(Node):
    """`at least 3`, `before 2026-07-01`."""

    comparator: str
    operand: Expression


@dataclass(frozen=True, slots=True)
class Between(Node):
    """`between 3 and 4`, both included."""

    low: Expression
    high: Expression


@dataclass(frozen=True, slots=True)
class OneOf(Node):
    """`one of recovery, repeat`."""

    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class IsMissing(Node):
    """`missing`: nothing is known."""

    negated: bool = False


@dataclass(frozen=True, slots=True)
class InProgram(Node):
    """`in program IEP`."""

    program: Name


@dataclass(frozen=True, slots=True)
class InPopulation(Node):
    """`in late_entrants`, a declared population."""

    population: Name


@dataclass(frozen=True, slots=True)
class State(Node):
    """`mastered`, `failed`, `"P"`: a state, an adjective or a value."""

    words: tuple[Name, ...]
    negated: bool = False


Predicate: TypeAlias = Cut | Between | OneOf | IsMissing | InProgram | InPopulation | State


# --- expressions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Setting(Node):
    """A setting of a formula: `at 65%`, `prior 40%`."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """A formula over what a phrase names."""

    formula: str
    phrase: PhraseLike
    settings: tuple[Setting, ...] = ()
    ties: str = ""


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """Sums (`+`, `-`) or products (`*`, `/`) in one row, so that long ones do not nest."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(frozen=True, slots=True)
class Negative(Node):
    """A number with its sign turned."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Shifted(Node):
    """`60 days after 2026-01-31`."""

    duration: NumberLiteral
    direction: str
    base: Expression


@dataclass(frozen=True, slots=True)
class Extreme(Node):
    """`the larger of A and B`."""

    which: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Lookup(Node):
    """`required_ratings for (the skill, here)`: an answer of a table."""

    table: Phrase
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Rounded(Node):
    """`... rounded half up to 0.1`."""

    operand: Expression
    direction: str
    to: NumberLiteral


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """`X is at least Y`."""

    left: Expression
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Has(Node):
    """`the learner has a final failed attempt of the course`."""

    subject: Expression
    phrase: PhraseLike
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Includes(Node):
    """`roles of raters include advisor, mentor and peer`."""

    subject: Expression
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Quantified(Node):
    """`at least 80% of the competencies of the course are mastered`.

    `quantifier` is `all`, `any`, `none` or a comparator with its `amount`.
    """

    quantifier: str
    amount: Expression | None
    phrase: PhraseLike
    predicate: Predicate


@dataclass(frozen=True, slots=True)
class Junction(Node):
    """Conditions joined by `and` or by `or`, in one row."""

    operator: str
    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Node):
    """The opposite of a condition."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """`if A then X otherwise if B then Y otherwise Z`."""

    cases: tuple[tuple[Expression, Expression], ...]
    otherwise: Expression


@dataclass(frozen=True, slots=True)
class Pool(Node):
    """`for each skill of it, the best 2 scores`: what each one keeps, in one heap."""

    variable: Name
    items: PhraseLike
    rows: PhraseLike


Expression: TypeAlias = (
    NumberLiteral
    | DateLiteral
    | TextLiteral
    | PhraseLike
    | Aggregate
    | Chain
    | Negative
    | Shifted
    | Extreme
    | Lookup
    | Rounded
    | Comparison
    | Has
    | Includes
    | Quantified
    | Junction
    | Not
    | Choice
    | Pool
)


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
    """`in effect from 2026-07-01 until 2027-07-01`, half-open."""

    begins: DateLiteral
    ends: DateLiteral | None


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
class Requirement(Node):
    """`require breadth: ...`."""

    label: Name
    condition: Expression


@dataclass(frozen=True, slots=True)
class Scope(Node):
    """`for each competency in MATH`; `variable` is the word by which the rule speaks of the item."""

    variable: Name
    collection: Name


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


@dataclass(frozen=True, slots=True)
class ExceptionBlock(Node):
    """`except iep for learners in program IEP ... end`; `before` are the exceptions over which it prevails."""

    label: Name
    before: tuple[Name, ...]
    selector: Selector
    lines: tuple[Cites | Requirement | WaiveLine, ...]


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
    | TranscriptMark
    | CarnegieUnits
    | Limit
    | InEffect
    | VersionLine
    | Ordering
    | WhenMissing
)


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


@dataclass(frozen=True, slots=True)
class ScaleDeclaration(Node):
    """Named levels, or a range of numbers."""

    name: Name
    levels: tuple[tuple[Name, NumberLiteral | None], ...]
    range: tuple[NumberLiteral, NumberLiteral] | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary(Node):
    """`roles teacher, advisor`; `what` is roles, methods or programs."""

    what: str
    names: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class CatalogDeclaration(Node):
    """Courses, from tables or written here."""

    lines: tuple[ItemLine | Load | CatalogColumns, ...]


@dataclass(frozen=True, slots=True)
class Continuum(Node):
    """Levels in their order."""

    name: Name
    title: str
    lines: tuple[ItemLine | Load, ...]


@dataclass(frozen=True, slots=True)
class Calendar(Node):
    """Whose dates they are: time zone, and the day on which a school year begins (month, day)."""

    title: str
    time_zone: TextLiteral | None
    year_begins: tuple[Name, NumberLiteral] | None


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
    """A cell of a table row: any value (no cuts), or a value that meets all cuts; one value is `exactly`."""

    cuts: tuple[Cut, ...]


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
    """What an example expects: an outcome with its clauses, a value, or the items assigned."""

    outcome: str = ""
    because: tuple[Name, ...] = ()
    value: Expression | None = None
    assigned: tuple[Name, ...] = ()


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
    | Rule
    | Example
)


@dataclass(frozen=True, slots=True)
class RuleText:
    """One parsed file: its declarations in order, and its comments by place."""

    source: SourceText = field(compare=False, repr=False)
    declarations: tuple[Declaration, ...]
    comments: tuple[Name, ...] = field(compare=False, default=())
    skipped: tuple[Span, ...] = field(compare=False, default=())
    """declarations that could not be read"""
