"""The program: what checked text means, in fourteen kinds of nodes. Frozen; spans do not count for equality.

A node's fields are its type rule: each says in its docstring of which type its parts are and what comes out.
Rows are always in total order: the stated clock, then the stated tie rule, then the evidence id, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias

from competency.model.facts import FactType
from competency.model.items import Catalog
from competency.model.scales import Scale
from competency.rules.program.types import Type
from competency.source import Span

# Labels beside those of clauses: a recorded award decides, or the clauses say now what a recorded act does not.
AWARD, REVOKED, NO_LONGER_SUPPORTED, SUPPORTED_AGAIN = "award", "revoked", "no-longer-supported", "supported-again"

# Kinds of rules of which awards are recorded, and stand.
AWARDED_KINDS = frozenset({"mastery", "credit", "progression", "diploma"})
# Kinds of rules whose conclusions go by the name of the rule as well.
NAMED_KINDS = frozenset({"measure", "flag", "diploma", "pathway"})

Scalar: TypeAlias = Fraction | str | bool | date | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Order:
    """How rows of evidence follow each other: by a column, ties by score (or by id alone when none is stated)."""

    clock: str
    ties: Literal["highest", "lowest", ""] = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that stands in the text. -> `type`"""

    value: Scalar
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """The learner, the rule's item, a row, a named value, the as-of date. -> `type`"""

    name: str
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Field:
    """A column of a fact, or of an item's data. ROW or ITEM -> `type`; blank is unknown."""

    of: Node
    name: str
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Facts:
    """The learner's facts of a type that count, with the stated columns equal to the stated values. -> ROWS"""

    table: str
    matches: tuple[tuple[str, Node], ...]
    order: Order
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Items:
    """Items to which a relation leads from one item, or (of none) those of the collection of that name. -> ITEMS"""

    relation: str
    of: Node | None
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Where:
    """The rows or items for which a condition holds; those for which it is unknown stay as possible. -> as `rows`"""

    rows: Node
    variable: str
    condition: Node
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Window:
    """The latest, first or best (by `by`, ties to the newest) `count` rows. -> as `rows`

    With fewer rows than `count` the window is unknown, unless `up_to`; then one row is enough, or none with
    `none_is_empty` (a pool may take nothing from a child).
    """

    rows: Node
    which: Literal["latest", "first", "best"]
    variable: str
    by: Node | None
    count: Node
    up_to: bool
    type: Type
    none_is_empty: bool = False
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Pool:
    """What each item keeps, in one heap, in total order. ITEMS, and ROWS for each -> ROWS"""

    items: Node
    variable: str
    rows: Node
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Apply:
    """An operator on values (operators.py has each once). -> `type`"""

    operator: str
    arguments: tuple[Node, ...]
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A formula over rows or items, of `value` for each (`variable` is the row). -> `type`"""

    formula: str
    rows: Node
    variable: str
    value: Node | None
    settings: tuple[tuple[str, Node], ...]
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Quantify:
    """All, any, none, or so many of rows or items meet a condition; bounded by what is unknown. -> TRUTH

    `amount` is a number of them or a share of all. `all` and shares of an empty set are not met; `all before`, which
    is `all` of what must come before an item, is met where nothing must.
    """

    quantifier: str
    amount: Node | None
    rows: Node
    variable: str
    condition: Node
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The outcome (TRUTH) or the value of another rule about items; `rule` is empty where the items decide which."""

    kind: str
    rule: str
    items: tuple[Node, ...]
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def group(self) -> str:
        """The group of the rules that conclude it."""
        return f"{self.kind} {self.rule}" if self.rule else self.kind


@dataclass(frozen=True, slots=True)
class Choose:
    """The first value whose condition is met. TRUTH and `type`, ... -> `type`

    Where a condition is unknown, the answer is known only if every branch that is possible gives the same.
    """

    cases: tuple[tuple[Node, Node], ...]
    otherwise: Node
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer of a table to its inputs; unknown where no row answers. -> `type`"""

    table: str
    arguments: tuple[Node, ...]
    type: Type
    span: Span | None = field(default=None, compare=False, repr=False)


Node: TypeAlias = (
    Constant
    | Variable
    | Field
    | Facts
    | Items
    | Where
    | Window
    | Pool
    | Apply
    | Aggregate
    | Quantify
    | Conclusion
    | Choose
    | Lookup
)

# --- what holds the nodes ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a rule or clause comes from: the source's name and title, and the part of it."""

    source: str
    title: str
    part: str = ""
    number: str = ""

    @property
    def words(self) -> str:
        """As it is read aloud: `Board Policy IKF, section 4(b)`."""
        return f"{self.title}, {self.part} {self.number}" if self.number else self.title


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody above did to a rule: `enacted`, `delayed` (until `day`) or `repealed`, and by which act."""

    what: str
    day: date
    authority: str

    @property
    def words(self) -> str:
        """As it is read aloud: `delayed until 2021-07-01 by PL 2015 c.489`."""
        return f"{self.what} {'until' if self.what == 'delayed' else 'on'} {self.day} by {self.authority}"


@dataclass(frozen=True, slots=True)
class Clause:
    """A labelled condition. `effect` is `require`, or `report` where the rule goes on and says that it does not hold.

    Where `applies` does not hold, the clause is not there; clauses of one label are its versions. `options` are the
    labelled parts of a menu, in the order in which its condition holds them.
    """

    label: str
    condition: Node
    effect: Literal["require", "report"] = "require"
    citations: tuple[Citation, ...] = ()
    options: tuple[Clause, ...] = ()
    applies: Node | None = None
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RuleException:
    """One labelled exception: to whom it applies, and the clauses it replaces (none: waived).

    A clause that it puts in place of another may have dates and learners of its own, on which alone it does so.
    `authority` is by whom it was made where it is an overlay, a change for a time.
    """

    label: str
    applies: Node
    replaces: tuple[tuple[str, Clause | None], ...]
    prevails_over: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    authority: str = ""
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ScopeVariable:
    """What a rule is about: a variable, the kind of item, the collection it comes from."""

    name: str
    kind: str
    collection: str


@dataclass(frozen=True, slots=True)
class Let:
    """A named value of a rule."""

    name: str
    value: Node


@dataclass(frozen=True, slots=True)
class Awards:
    """That recorded awards of what a rule concludes hold, whatever later evidence says.

    `length` is for how long, counted in `unit` (month, day, school year); without it, until they are revoked.
    """

    length: int | None = None
    unit: str = ""
    months_round: str = "down"


@dataclass(frozen=True, slots=True)
class Slot:
    """A requirement that draws on a pool: so much of these items. It needs nothing where `unless` holds.

    `label` is that of its clause, which its versions share; `name` is its own.
    """

    label: str
    name: str
    items: Node
    need: Fraction
    unless: Node | None = None


@dataclass(frozen=True, slots=True)
class Allotment:
    """The requirements of a rule that draw on one pool, in which each item counts once (allocation.py says how).

    `worth` is what one item (`variable`) brings, of type `type`. `together` are the names of pairs of slots in which
    one item may count at once. `whole`: an item goes to one slot as a whole. What a slot gets is the variable
    `placed NAME` of the rule, and what all of them get is `placed`.
    """

    pool: Node
    variable: str
    worth: Node
    slots: tuple[Slot, ...]
    together: tuple[tuple[str, str], ...]
    whole: bool
    type: Type


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, ready to be decided.

    `about` are the items it decides, one tuple of codes a decision (one empty tuple for a rule about the learner).
    `assigns_most`: of what a pathway assigns, in its order, the first so many. `exceptions` stand in order of precedence. `evidence` are the facts whose absence `missing` speaks of.
    """

    kind: str
    name: str
    title: str
    scope: tuple[ScopeVariable, ...]
    about: tuple[tuple[str, ...], ...]
    clauses: tuple[Clause, ...]
    exceptions: tuple[RuleException, ...] = ()
    version: str = ""
    governs: Node | None = None
    lets: tuple[Let, ...] = ()
    value: Node | None = None
    assigns: Node | None = None
    assigns_most: int | None = None
    allotment: Allotment | None = None
    evidence: tuple[Node, ...] = ()
    missing: str = ""
    mark: str = ""
    in_gpa: bool | None = None
    awards: Awards | None = None
    carnegie_units: Node | None = None
    citations: tuple[Citation, ...] = ()
    acts: tuple[Act, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def reference(self) -> str:
        """How people name it: `mastery standard`."""
        return f"{self.kind} {self.name}"

    @property
    def group(self) -> str:
        """What it concludes: the kind, and for the named kinds the name as well."""
        return group_of(self.kind, self.name)


@dataclass(frozen=True, slots=True)
class TableRows:
    """A decision table: rows of cells (lowest, highest, each with whether it is included; or exact values)."""

    name: str
    inputs: tuple[Type, ...]
    result: Type
    rows: tuple[tuple[tuple[Range, ...], Scalar], ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A cell: an exact value, or numbers or dates between bounds; no bounds at all admits anything but `none_of`."""

    exact: Scalar = None
    low: Fraction | date | None = None
    low_included: bool = True
    high: Fraction | date | None = None
    high_included: bool = True
    none_of: tuple[Scalar, ...] = ()

    def admits(self, value: Scalar) -> bool:
        """Whether a known value falls into the cell."""
        if self.exact is not None:
            return value == self.exact
        if self.none_of:
            return value not in self.none_of
        if self.low is not None and (value < self.low or (value == self.low and not self.low_included)):  # type: ignore[operator]
            return False
        return not (
            self.high is not None and (value > self.high or (value == self.high and not self.high_included))  # type: ignore[operator]
        )


@dataclass(frozen=True, slots=True)
class PolicyHeader:
    """The policy that a program carries out, with the dates between which it is in effect (half-open)."""

    name: str
    title: str
    version: str = ""
    begins: date | None = None
    ends: date | None = None
    governs: Node | None = None
    citations: tuple[Citation, ...] = ()
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Ranking:
    """An order of learners by a value, the highest or the lowest first; who ties shares the better or the worse place."""

    by: Node
    highest_first: bool
    is_better_place: bool


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number about groups of learners, worked out after all learners are decided.

    `groups` are the columns of `learners` by which they are told apart (none: one group). `among` says of each learner
    whether it is looked at. In `value`, the items of the collection `members` are the learners of the group: what is said
    of one of them is evaluated with the facts and conclusions of that learner. `hide`: a group in which fewer are counted,
    or are not, is not shown.
    """

    name: str
    title: str
    groups: tuple[str, ...]
    among: Node | None
    value: Node | None
    hide: int | None = None
    ranking: Ranking | None = None
    citations: tuple[Citation, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Program:
    """A book's rules in an order in which each comes after those it relies on, with all the data they read."""

    policy: PolicyHeader
    rules: tuple[Rule, ...]
    tables: Mapping[str, TableRows]
    catalog: Catalog
    scales: Mapping[str, Scale]
    fact_types: tuple[FactType, ...]
    time_zone: str
    year_begins: tuple[int, int]
    months_round: str
    schedule: tuple[tuple[int, tuple[str, ...]], ...]
    """(index of the rule, codes) of every decision, each after those it relies on"""
    indicators: tuple[Indicator, ...] = ()

    def rule(self, kind: str, name: str) -> tuple[Rule, ...]:
        """The rules of that kind and name."""
        return tuple(rule for rule in self.rules if rule.kind == kind and rule.name == name)


# The collection of the learners of an indicator's group.
MEMBERS = "members"


def group_of(kind: str, name: str) -> str:
    """What a rule of a kind and name concludes: the kind, and for the named kinds the name as well."""
    return f"{kind} {name}" if kind in NAMED_KINDS else kind


def parts(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case Constant() | Variable():
            return ()
        case Field():
            return (node.of,)
        case Facts():
            return tuple(value for _, value in node.matches)
        case Items():
            return (node.of,) if node.of is not None else ()
        case Where():
            return (node.rows, node.condition)
        case Window():
            return (node.rows, *((node.by,) if node.by is not None else ()), node.count)
        case Pool():
            return (node.items, node.rows)
        case Apply() | Lookup():
            return node.arguments
        case Aggregate():
            value = (node.value,) if node.value is not None else ()
            return (node.rows, *value, *(setting for _, setting in node.settings))
        case Quantify():
            amount = (node.amount,) if node.amount is not None else ()
            return (*amount, node.rows, node.condition)
        case Conclusion():
            return node.items
        case Choose():
            return (*(part for case in node.cases for part in case), node.otherwise)


def walk(node: Node) -> Iterator[Node]:
    """A node and everything below it."""
    pending = [node]
    while pending:
        here = pending.pop()
        yield here
        pending.extend(reversed(parts(here)))


def needed_rules(program: Program, group: str) -> frozenset[int]:
    """Indexes of the rules that draw a conclusion, and of all on which those rely."""
    wanted, pending = {group}, [group]
    while pending:
        here = pending.pop()
        for rule in program.rules:
            if rule.group != here:
                continue
            for node in rule_nodes(rule):
                for part in walk(node):
                    if isinstance(part, Conclusion) and part.group not in wanted:
                        wanted.add(part.group)
                        pending.append(part.group)
    return frozenset(index for index, rule in enumerate(program.rules) if rule.group in wanted)


def rule_nodes(rule: Rule) -> Iterator[Node]:
    """Every expression of a rule: conditions, exceptions, named values, value, what is assigned."""
    if rule.governs is not None:
        yield rule.governs
    for let in rule.lets:
        yield let.value
    if rule.allotment is not None:
        yield rule.allotment.pool
        yield rule.allotment.worth
        for slot in rule.allotment.slots:
            yield slot.items
            if slot.unless is not None:
                yield slot.unless
    for clause in rule.clauses:
        if clause.applies is not None:
            yield clause.applies
        yield clause.condition
    for exception in rule.exceptions:
        yield exception.applies
        for _, replacement in exception.replaces:
            if replacement is not None:
                if replacement.applies is not None:
                    yield replacement.applies
                yield replacement.condition
    for node in (rule.value, rule.assigns, rule.carnegie_units):
        if node is not None:
            yield node
