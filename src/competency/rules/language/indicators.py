"""Indicators: numbers about groups of learners, and their examples, to nodes and facts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.model.facts import LEARNERS, ColumnType, Fact
from competency.rules.language import syntax
from competency.rules.language.examples import fact_of, given_of
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env
from competency.rules.language.resolved import IndicatorExpected, ResolvedIndicatorExample
from competency.rules.program import ir, types

if TYPE_CHECKING:
    from competency.rules.language.resolve import BookResolver


def read_indicator(indicator: syntax.Indicator, resolver: BookResolver) -> ir.Indicator:
    """An indicator as nodes. What is said of one learner is read as a rule about the learner would be."""
    resolver.rows_seen, resolver.scale, resolver.order = 0, "", resolver.declared.order
    groups = tuple(_column(name, resolver) for name in indicator.groups)
    among: ir.Node | None = None
    for selector in indicator.among:
        condition = resolver.selector(selector, Env({}, None))
        among = condition if among is None else ir.Apply("and", (among, condition), types.TRUTH, condition.span)
    # a group has a name, where that is a text; a date or a year is said of its learners
    names: dict[str, ir.Node | None] = {
        name.text: ir.Variable(column, types.TEXT, name.span)
        for name, column in zip(indicator.groups, groups, strict=True)
        if _is_text(column, resolver)
    }
    if (indicator.value is None) is (indicator.rank is None):
        resolver.findings.fail(
            kinds.EMPTY_RULE,
            f"the indicator `{indicator.name.text}` says neither a value nor a rank, or both",
            Label(indicator.name.span, "this indicator"),
            fixes=(Fix("add `value ...`, or `rank learners by ...`"),),
        )
    resolver.groups = frozenset(groups)
    resolver.is_about_a_group = True
    try:
        value = resolver.expression(indicator.value, Env(names, None)) if indicator.value is not None else None
    finally:
        resolver.is_about_a_group = False
    ranking: ir.Ranking | None = None
    if indicator.rank is not None:
        by = resolver.numeric(indicator.rank.by, Env({}, None))
        ranking = ir.Ranking(by, indicator.rank.first == "highest", indicator.rank.place == "better")
    hide = _hide(indicator.hide, resolver)
    citations = tuple(resolver.citation(cites) for cites in indicator.cites)
    return ir.Indicator(
        indicator.name.text, indicator.title, groups, among, value, hide, ranking, citations, indicator.heading
    )


def _column(name: syntax.Name, resolver: BookResolver) -> str:
    """A column of `learners` by which they are told apart."""
    known = [
        column.name for column in resolver.declared.fact_types[LEARNERS.plural].columns if column.name != "learner"
    ]
    if name.text not in known:
        resolver.findings.unknown(kinds.UNKNOWN_NAME, "column of learners", name.text, name.span, known)
    return name.text


def _is_text(name: str, resolver: BookResolver) -> bool:
    column = resolver.declared.fact_types[LEARNERS.plural].column(name)
    return column is not None and column.type not in {ColumnType.DATE, ColumnType.SCHOOL_YEAR}


def _hide(number: syntax.NumberLiteral | None, resolver: BookResolver) -> int | None:
    if number is None:
        return None
    if number.value.denominator != 1 or number.value < 2:
        resolver.findings.fail(
            kinds.PARAMETER_RANGE,
            "small groups are hidden below a whole number, at least 2",
            Label(number.span, "so few"),
            fixes=(Fix("write a whole number, such as 10"),),
        )
    return int(number.value)


def read_indicator_example(
    example: syntax.IndicatorExample, indicators: Sequence[ir.Indicator], resolver: BookResolver
) -> ResolvedIndicatorExample:
    """An example of an indicator as facts and conclusions of made-up learners."""
    found = next((one for one in indicators if one.name == example.indicator.text), None)
    if found is None:
        names = [one.name for one in indicators]
        resolver.findings.unknown(
            kinds.UNKNOWN_NAME, "indicator", example.indicator.text, example.indicator.span, names
        )
    if len(example.group) != len(found.groups):
        resolver.findings.fail(
            kinds.MISPLACED_PHRASE,
            f"the indicator `{found.name}` is about each {' and '.join(found.groups) or 'learner together'}",
            Label(example.indicator.span, f"{len(example.group)} names are given for it"),
            fixes=(Fix("write `of` and one name for each of them, or leave `of ...` out"),),
        )
    facts: dict[str, tuple[Fact, ...]] = {}
    given: dict[str, tuple[tuple[str, tuple[str, ...], bool], ...]] = {}
    for number, (learner, lines) in enumerate(
        [("", example.given), *((one.learner, one.given) for one in example.members)]
    ):
        taken: list[tuple[str, tuple[str, ...], bool]] = []
        rows: list[Fact] = []
        for line in lines:
            if isinstance(line, syntax.GivenConclusion):
                taken.extend(given_of(line, (), (), resolver))
            else:
                rows.append(fact_of(line, learner, number * 1000 + len(rows) + 1, resolver))
        if learner and not any(row.type == LEARNERS.plural for row in rows):
            values = {column.name: None for column in LEARNERS.columns} | {"learner": learner}
            rows.append(Fact(LEARNERS.plural, learner, values))
        facts[learner], given[learner] = tuple(rows), tuple(taken)
    return ResolvedIndicatorExample(
        example.title,
        example.span,
        found.name,
        tuple(name.text for name in example.group),
        example.as_of.value,
        example.known_on.value if example.known_on else None,
        facts,
        given,
        tuple(_expected(line, example, resolver) for line in example.expect),
    )


def _expected(
    line: syntax.IndicatorExpectation, example: syntax.IndicatorExample, resolver: BookResolver
) -> IndicatorExpected:
    value = resolver.expression(line.value, Env({}, None)) if line.value is not None else None
    counted = (int(line.counted[0].value), int(line.counted[1].value)) if line.counted is not None else None
    place = (int(line.place[0].value), line.place[1]) if line.place is not None else None
    if place is not None and place[1] not in {member.learner for member in example.members}:
        resolver.findings.unknown(
            kinds.UNKNOWN_NAME, "learner of the example", place[1], line.span, [one.learner for one in example.members]
        )
        raise Unresolved
    return IndicatorExpected(line.span, value, counted, line.is_hidden, place, line.is_unknown)
