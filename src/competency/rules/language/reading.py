"""What the resolver has in hand while it reads an expression: rows, names in reach, and the small questions it asks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NoReturn, TypeAlias

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Findings
from competency.rules.language.resolved import Declared, Signature
from competency.rules.language.syntax import Name
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows or items that a phrase names.

    `variable` stands for one of them; `value` is what is meant of each (a column), none for the row or item itself;
    `single` when a window without a number asks for one.
    """

    node: ir.Node
    variable: str
    row_type: Type
    value: ir.Node | None
    single: bool = False


Found: TypeAlias = Rows | ir.Node


@dataclass(frozen=True, slots=True)
class Env:
    """The names in reach: variables of the rule, `it`, and the row of which a condition speaks."""

    names: dict[str, ir.Node | None]
    """none for a named value that could not be read"""
    it: ir.Node | None
    row: ir.Node | None = None

    def with_row(self, rows: Rows) -> Env:
        """Inside a condition about rows, their columns are names; an item of which it speaks is `it`, if no other is."""
        row = ir.Variable(rows.variable, rows.row_type)
        is_it = self.it is None and rows.row_type.kind is Kind.ITEM and rows.row_type.of != "learner"
        return replace(self, row=row, it=row if is_it else self.it)

    def with_item(self, name: str, item: ir.Node) -> Env:
        """Inside `for each NAME of ..., `, the name and `it` are that item."""
        return Env({**self.names, name: item}, item, self.row)


@dataclass
class Reading(ABC):
    """The part of the resolver that reads phrases; expressions.py adds the rest."""

    declared: Declared
    findings: Findings
    signatures: Sequence[Signature] = ()
    used: set[tuple[str, str]] = field(default_factory=set)
    order: ir.Order = field(default_factory=lambda: ir.Order("assessed_on"))
    open_populations: list[str] = field(default_factory=list)
    rows_seen: int = 0
    unsigned: frozenset[tuple[str, str]] = frozenset()
    """(kind, name) of rules whose items could not be read, which is reported: who relies on them says nothing more"""
    scale: str = ""
    """the scale of the framework that the rule is about; empty where there is none or more than one"""
    is_about_a_group: bool = False
    """whether a value about a group of learners is read: `learners` are its members"""
    groups: frozenset[str] = frozenset()
    """the columns by which an indicator's groups are told apart"""
    named: dict[tuple[str, str], list[Signature]] = field(default_factory=dict)
    """the rules of each kind and name, in order of text"""

    def __post_init__(self) -> None:
        for signature in self.signatures:
            self.named.setdefault((signature.rule.kind, signature.rule.name.text), []).append(signature)

    @abstractmethod
    def expression(self, node: syntax.Expression, env: Env) -> ir.Node:
        """One value."""

    @abstractmethod
    def condition(self, node: syntax.Expression, env: Env) -> ir.Node:
        """Something that is so or not."""

    @abstractmethod
    def predicate(self, left: ir.Node, predicate: syntax.Predicate, env: Env, span: Span) -> ir.Node:
        """What is said of a value."""

    @abstractmethod
    def moved(self, base: ir.Node, length: syntax.NumberLiteral, direction: str, span: Span) -> ir.Node:
        """A date so long after or before another."""

    @abstractmethod
    def cut(self, left: ir.Node, comparator: str, right: ir.Node, span: Span) -> ir.Node:
        """A comparison."""

    @abstractmethod
    def measure_type(self, name: Name) -> Type:
        """The type of the value of a measure."""

    # --- small things ---

    def use(self, what: str, name: str) -> None:
        """Notes that a declared name is used."""
        self.used.add((what, name))

    def fresh(self) -> str:
        """A name for the row of a condition; counted within a rule, so that a program does not depend on its file."""
        self.rows_seen += 1
        return f"row {self.rows_seen}"

    def learner(self, span: Span) -> ir.Node:
        """The learner whom a rule decides."""
        return ir.Variable("learner", types.item("learner"), span)

    def as_of(self, span: Span) -> ir.Node:
        """The date as of which a rule decides."""
        return ir.Variable("as of", types.DATE, span)

    def school_year(self, day: ir.Node, span: Span) -> ir.Node:
        """The school year of a date, by the book's calendar."""
        begins = tuple(ir.Constant(Fraction(part), types.PLAIN, span) for part in self.declared.year_begins)
        return ir.Apply("school year", (day, *begins), types.PLAIN, span)

    def at_least_one(self, rows: ir.Node, variable: str, span: Span) -> ir.Node:
        """Whether there is any of the rows."""
        number = ir.Aggregate("number", rows, variable, None, (), types.PLAIN, span)
        return ir.Apply("at least", (number, ir.Constant(Fraction(1), types.PLAIN, span)), types.TRUTH, span)

    def one(self, found: Found, span: Span) -> ir.Node:
        """One value, where one is needed."""
        if not isinstance(found, Rows):
            return found
        if found.single and found.value is not None:
            return ir.Aggregate("the", found.node, found.variable, found.value, (), found.value.type, span)
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            "one value is needed, and this may be many",
            Label(span, f"all {found.node.type.described}"),
            fixes=(Fix("say which or how: `the latest score`, `average of ...`, `number of ...`"),),
        )

    @abstractmethod
    def phrase(self, node: syntax.PhraseLike, env: Env) -> Found:
        """What a phrase names."""

    def rows(self, node: syntax.PhraseLike, env: Env) -> Rows:
        """Rows or items, where several are needed."""
        found = self.phrase(node, env)
        if isinstance(found, Rows):
            return found
        self.findings.fail(
            kinds.TYPE_MISMATCH,
            f"several things are needed, and this is {found.type.described}",
            Label(node.span, found.type.described),
            fixes=(Fix("name scores, attempts, competencies or other rows"),),
        )

    def misplaced(self, span: Span, message: str) -> NoReturn:
        """Reports a phrase in the wrong place."""
        self.findings.fail(
            kinds.MISPLACED_PHRASE,
            message,
            Label(span, "this part"),
            fixes=(Fix("remove it, or name the rows that it is about"),),
        )
