"""A book with every name resolved and every expression typed: declarations, rules as nodes, examples as facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from competency.model.facts import Fact, FactType
from competency.model.items import Catalog
from competency.model.scales import Scale
from competency.rules.language import syntax
from competency.rules.program import ir
from competency.rules.program.types import Type
from competency.source import Span


@dataclass(frozen=True, slots=True)
class Signature:
    """What other rules must know of a rule before its lines are read."""

    rule: syntax.Rule
    scope: tuple[ir.ScopeVariable, ...]
    about: tuple[tuple[str, ...], ...]
    named: bool
    group: str
    """What is concluded: the kind, and for measures and flags the name as well."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything a book declares besides rules and examples. Names map to what they mean."""

    policy: syntax.Policy | None
    sources: Mapping[str, str]
    scales: Mapping[str, Scale]
    scored_on: Mapping[str, str]
    """framework to scale"""
    words: Mapping[str, tuple[str, ...]]
    """the declared roles, methods and programs"""
    catalog: Catalog
    item_fields: Mapping[tuple[str, str], Type]
    """(kind of item, field) to type"""
    fact_types: Mapping[str, FactType]
    """by plural"""
    parameters: Mapping[str, syntax.Parameter]
    tables: Mapping[str, ir.TableRows]
    populations: Mapping[str, syntax.Population]
    panels: Mapping[str, syntax.Panel]
    overlays: Mapping[str, syntax.Overlay]
    order: ir.Order
    missing: str
    months_round: str
    time_zone: str
    year_begins: tuple[int, int]
    periods: tuple[tuple[str, int, int], ...] = ()
    """parts of each year: name, first day and first day no longer, each as month * 100 + day"""
    spans: Mapping[tuple[str, str], Span] = field(default_factory=dict)
    """(kind of name, name) to where it is declared"""


@dataclass(frozen=True, slots=True)
class ResolvedExpectation:
    """What an example expects. `value` is compared exactly; `because` are labels of clauses."""

    span: Span
    outcome: str = ""
    because: tuple[str, ...] = ()
    value: ir.Node | None = None
    assigned: tuple[str, ...] | None = None
    reported: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ResolvedExample:
    """An example as facts of a made-up learner, conclusions taken for granted, and expectations."""

    title: str
    span: Span
    kind: str
    rule: str
    about: tuple[str, ...]
    as_of: date
    known_on: date | None
    facts: tuple[Fact, ...]
    given: tuple[tuple[str, tuple[str, ...], bool], ...]
    expect: tuple[ResolvedExpectation, ...]


@dataclass(frozen=True, slots=True)
class IndicatorExpected:
    """What an example of an indicator expects."""

    span: Span
    value: ir.Node | None = None
    counted: tuple[int, int] | None = None
    is_hidden: bool = False
    place: tuple[int, str] | None = None
    is_unknown: bool = False


@dataclass(frozen=True, slots=True)
class ResolvedIndicatorExample:
    """An example of an indicator: facts and conclusions learner by learner, and facts about schools."""

    title: str
    span: Span
    indicator: str
    group: tuple[str, ...]
    as_of: date
    known_on: date | None
    facts: Mapping[str, tuple[Fact, ...]]
    """by learner; those about schools stand under an empty name"""
    given: Mapping[str, tuple[tuple[str, tuple[str, ...], bool], ...]]
    expect: tuple[IndicatorExpected, ...]


@dataclass(frozen=True, slots=True)
class ResolvedBook:
    """The book after resolution. Rules are in order of text."""

    declared: Declared
    policy: ir.PolicyHeader
    rules: tuple[ir.Rule, ...]
    signatures: tuple[Signature, ...]
    examples: tuple[ResolvedExample, ...]
    used: frozenset[tuple[str, str]] = frozenset()
    indicators: tuple[ir.Indicator, ...] = ()
    indicator_examples: tuple[ResolvedIndicatorExample, ...] = ()
