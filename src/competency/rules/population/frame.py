"""A relation while it grows: rows of one meaning, to which values are added as columns and groups below as joins."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.facts import FactsAtHand
from competency.rules.population.values import Single, Value, mapped
from competency.rules.program import ir

if TYPE_CHECKING:
    import pyarrow

LEARNER = "learner"

# The learners who are decided together.
LEARNERS_AT_HAND = "learners_at_hand"

# An expression of so many parts becomes a column of its own: texts of queries would else grow without bound.
PARTS_MAX = 8


def code_name(place: int) -> str:
    """The column of a decision's item at a place."""
    return f"code_{place}"


@dataclass(frozen=True, slots=True)
class Concluded:
    """What a group of rules has concluded: a table with the learner, the codes, and these columns.

    Where only items that are `touched` (a table of them) were decided, a table says what is so of the others, `untouched`.
    """

    table: str
    codes: int
    is_there: Expression
    truth: Expression
    value: Single | None
    touched: str = ""
    untouched: str = ""


@dataclass(frozen=True, slots=True)
class Untouched:
    """A decision about a learner of whom nothing is known: the outcome's number, labels of clauses.

    `is_plain`: nothing else is said, no value and no report.
    """

    outcome: int
    determining: tuple[str, ...]
    is_plain: bool


@dataclass(slots=True)
class Space:
    """What all frames of a run share: program, facts at hand, clocks, conclusions so far, tables of the program's data.

    `untouched` are decisions about a learner of whom nothing is known, by their places in the program's schedule, if they are
    known. `lower` is how a node becomes a value in a frame; `given` are tables that must be put before anything is read;
    `parameters` are columns of items beside those of the catalog, by name and code.
    """

    program: ir.Program
    at_hand: FactsAtHand
    as_of: date
    known_on: datetime | None
    lower: Callable[[ir.Node, Frame], Value]
    concluded: dict[str, Concluded] = field(default_factory=dict)
    given: dict[str, pyarrow.Table] = field(default_factory=dict)
    described: dict[str, Mapping[str, Single]] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, ir.Scalar]] = field(default_factory=dict)
    untouched: Mapping[int, Untouched] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def name(self, stem: str) -> str:
        """A name that nothing else has."""
        return f"{stem}_{next(self.numbers)}"


@dataclass(frozen=True, slots=True, eq=False)
class _Define:
    name: str
    expression: Expression


@dataclass(frozen=True, slots=True, eq=False)
class _Attach:
    """A join whose right side is made when the frame is put together."""

    right: Callable[[], r.Relation | None]
    on: tuple[tuple[str, str], ...]
    taken: Callable[[], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Number:
    make: Callable[[r.Relation], r.Relation]


class Frame:
    """Rows with a learner each, told apart by `keys`; `table` are facts, if they are facts.

    `scope` is what variables stand for, `own` are those that differ from row to row below `parent`, and `outside` holds
    what was worked out above before the rows were joined to it. `items` are the codes that a column of keys can have.
    Nothing is put together before all is lowered, so that a group below may still be asked for more.
    """

    def __init__(
        self,
        space: Space,
        core: Callable[[], r.Relation],
        scope: Mapping[str, Value],
        *,
        parent: Frame | None = None,
        own: frozenset[str] = frozenset(),
        table: str = "",
        keys: tuple[str, ...] = (),
    ) -> None:
        self.space = space
        self.scope = dict(scope)
        self.parent = parent
        self.own = set(own)
        self.table = table
        self.keys = keys
        self.scope_at_first = dict(scope)
        self.outside: dict[ir.Node, Value] = {}
        self.renamed: dict[str, str] = {}
        self.items: dict[str, r.Relation] = {}
        self.lifted: Frame | None = None
        self.carried: dict[str, str] = {}
        self.values: dict[ir.Node, Value] = {}
        self.joined: dict[tuple[str, ...], Mapping[str, Single]] = {}
        self.concluded: dict[ir.Conclusion, Mapping[str, Single]] = {}
        self.gatherings: dict[object, Gathering] = {}
        self.steps: list[_Define | _Attach | _Number] = []
        self._core = core
        self._made: dict[int, r.Relation] = {}

    def own_name(self, column: str) -> str:
        """The name here of a column of the relation that leads to the items of the rows."""
        return self.own_name_of(self.renamed[column])

    def own_name_of(self, name: str) -> str:
        """The name here of a column that the rows had where they were first found."""
        return name if self.lifted is None else self.carried_name(self.lifted.own_name_of(name))

    def carried_name(self, name: str) -> str:
        """The name here of a column of the frame whose rows stand here with more beside them."""
        return self.carried.setdefault(name, self.space.name("c"))

    # --- growing ---

    def value(self, node: ir.Node) -> Value:
        """What a node comes to for each row; NoSetForm where it has no form over columns."""
        found = self.values.get(node)
        if found is None:
            found = self.values[node] = self.space.lower(node, self)
        return found

    def column(self, expression: Expression) -> Expression:
        """The expression as a column."""
        if expression.is_column:
            return expression
        name = self.space.name("v")
        self.steps.append(_Define(name, expression))
        return c.as_column(name, expression)

    def tidy(self, value: Single) -> Single:
        """The value with its large expressions as columns."""
        return mapped(value, self.tidied)

    def tidied(self, expression: Expression) -> Expression:
        """The expression, as a column if it is large."""
        return self.column(expression) if expression.size > PARTS_MAX else expression

    def attach(
        self, table: str, columns: Mapping[str, Expression], on: Mapping[str, Expression]
    ) -> dict[str, Expression]:
        """Columns of a table whose columns `on` are equal to values; blank where it has no such row."""
        keys = tuple((self.column(value).name, name) for name, value in on.items())
        renamed = {name: self.space.name("t") for name in columns}
        wanted = (*((name, Kind.WHOLE) for name in on), *((name, one.kind) for name, one in columns.items()))
        scan = r.Scan(table, wanted)
        self.steps.append(_Attach(lambda: scan, keys, lambda: tuple(renamed.items())))
        return {name: c.as_column(renamed[name], one, is_nullable=True) for name, one in columns.items()}

    def number(
        self,
        function: str,
        within: tuple[Expression, ...],
        order: tuple[tuple[Expression, bool], ...] = (),
        of_value: Expression | None = None,
        *,
        low: int = 0,
        high: int = 0,
    ) -> Expression:
        """A column over the rows that share `within`, as `Numbered` has it."""
        of_value = None if of_value is None else self.column(of_value)
        name = self.space.name("w")

        def make(of: r.Relation) -> r.Relation:
            return r.Numbered(of, name, function, of_value, within, order)  # type: ignore[arg-type]

        self.steps.append(_Number(make))
        nullable = of_value is not None and of_value.is_nullable and function != "count"
        return c.column(name, Kind.WHOLE, is_nullable=nullable, low=low, high=high)

    def gather(self, below: Frame, on: tuple[tuple[str, str], ...]) -> Gathering:
        """Groups of rows below, one for each row here; `on` are names of columns here and below."""
        gathering = Gathering(self, below, on)
        self.steps.append(
            _Attach(gathering.grouped, on, lambda: tuple((one.name, one.name) for one in gathering.measures))
        )
        return gathering

    # --- putting together ---

    def relation(self, steps: int | None = None) -> r.Relation:
        """The relation after so many steps, or all of them."""
        steps = len(self.steps) if steps is None else steps
        begun = max((done for done in self._made if done <= steps), default=-1)
        if begun < 0:
            self._made[0] = self._core()
            begun = 0
        made = self._made[begun]
        pending: list[_Define] = []
        for step in self.steps[begun:steps]:
            if isinstance(step, _Define):
                pending.append(step)
                continue
            made = _extended(made, pending)
            pending = []
            if isinstance(step, _Number):
                made = step.make(made)
            else:
                right = step.right()
                if right is not None:
                    made = r.Join(made, right, step.on, step.taken(), "left")
        made = self._made[steps] = _extended(made, pending)
        return made


def _extended(relation: r.Relation, defined: list[_Define]) -> r.Relation:
    """The relation with further columns, each after those that it reads."""
    levels: dict[str, int] = {}
    by_level: dict[int, list[tuple[str, Expression]]] = {}
    for one in defined:
        level = max((levels[name] + 1 for name in c.columns_of(one.expression) if name in levels), default=0)
        levels[one.name] = level
        by_level.setdefault(level, []).append((one.name, one.expression))
    for level in sorted(by_level):
        relation = r.Extend(relation, tuple(by_level[level]))
    return relation


class Gathering:
    """The rows below each row of a frame, and what is measured of them."""

    def __init__(self, above: Frame, below: Frame, on: tuple[tuple[str, str], ...]) -> None:
        self.above = above
        self.below = below
        self.on = on
        self.measures: list[r.Measure] = []
        self._known: dict[tuple[str, int, int], Expression] = {}
        self._kept: list[Expression] = []

    @property
    def within(self) -> tuple[Expression, ...]:
        """The columns below that rows of one group share."""
        return tuple(c.column(name, Kind.WHOLE, is_nullable=False) for _, name in self.on)

    def measure(
        self,
        function: str,
        value: Expression | None,
        where: Expression,
        *,
        low: int,
        high: int,
        default: Expression | None = None,
        by: Expression | None = None,
    ) -> Expression:
        """A measure of the rows below that meet a condition, as an expression above; `default` where there are none."""
        if value is not None and value.is_constant:
            value = self.below.column(value)
        key = (function, id(value), id(where))
        if key not in self._known:
            name = self.above.space.name("m")
            kind = c.kind_of(low, high)
            most = high if low >= 0 else None
            self.measures.append(r.Measure(name, function, value, where, kind, by, most))  # type: ignore[arg-type]
            self._kept += [where] if value is None else [value, where]  # their identities are the keys
            self._known[key] = c.column(name, kind, low=low, high=high)
        found = self._known[key]
        return found if default is None else c.filled(found, default)

    def grouped(self) -> r.Relation | None:
        """The measures by group; none where nothing was measured."""
        if not self.measures:
            return None
        return r.Group(self.below.relation(), tuple(name for _, name in self.on), tuple(self.measures))
