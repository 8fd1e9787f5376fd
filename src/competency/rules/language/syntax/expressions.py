"""Words, phrases, values and conditions, as they were written."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TypeAlias

from competency.source import Span


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
    """`one of recovery, repeat`, `one of 6, 7 or 8`."""

    values: tuple[Name | TextLiteral | NumberLiteral, ...]


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
    """A formula over what a phrase names; `value` is what is worked out of each row, where it is no column."""

    formula: str
    phrase: PhraseLike
    settings: tuple[Setting, ...] = ()
    ties: str = ""
    value: Expression | None = None


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
class WeightedAverage(Node):
    """`weighted average of A at 60% and B at 40%`."""

    parts: tuple[tuple[Expression, NumberLiteral], ...]


@dataclass(frozen=True, slots=True)
class Drawn(Node):
    """`at least 4 credits from courses with subject "English"`: a requirement that uses up what it counts."""

    quantifier: str
    amount: NumberLiteral
    counted: str
    """a unit, or the plural of the items themselves"""
    phrase: PhraseLike


@dataclass(frozen=True, slots=True)
class Approved(Node):
    """`panel makeup approves the course`."""

    panel: Name
    item: PhraseLike | None


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
    | WeightedAverage
    | Approved
    | Drawn
    | Choice
    | Pool
)
