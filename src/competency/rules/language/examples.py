"""Examples: the facts of a made-up learner, what is taken for granted, and what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn

from competency.diagnostics import Fix, Label, kinds
from competency.model.facts import Column, ColumnType, Fact, FactType, FactValue
from competency.rules.language import syntax
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env
from competency.rules.language.resolved import ResolvedExample, ResolvedExpectation, Signature
from competency.rules.language.syntax import Name
from competency.rules.language.vocabulary import STATES
from competency.rules.program import ir
from competency.source import Span

if TYPE_CHECKING:
    from competency.rules.language.expressions import Resolver

# Columns whose cells are words, even if they look like numbers.
_WORDS = {
    ColumnType.METHOD,
    ColumnType.ROLE,
    ColumnType.PROGRAM,
    ColumnType.CHOICE,
    ColumnType.TEXT,
    ColumnType.IDENTIFIER,
    ColumnType.SCHOOL,
}
LEARNER = "example"  # the made-up learner of every example


def resolve_example(example: syntax.Example, resolver: Resolver) -> ResolvedExample:
    """An example as facts and expectations; what does not fit is reported."""
    signature = _signature(example, resolver)
    resolver.scale = resolver.scale_of(signature)
    about = _about(example, signature, resolver)
    facts: list[Fact] = []
    given: list[tuple[str, tuple[str, ...], bool]] = []
    for line in example.given:
        if isinstance(line, syntax.GivenConclusion):
            given.extend(given_of(line, signature.scope, about, resolver))
        else:
            by_kind = {variable.kind: code for variable, code in zip(signature.scope, about, strict=True)}
            facts.append(fact_of(line, LEARNER, len(facts) + 1, resolver, by_kind))
    labels = {line.label.text for line in signature.rule.lines if isinstance(line, syntax.Requirement)}
    return ResolvedExample(
        title=example.title,
        span=example.span,
        kind=example.kind,
        rule=example.rule.text,
        about=about,
        as_of=example.as_of.value,
        known_on=example.known_on.value if example.known_on else None,
        facts=tuple(facts),
        given=tuple(given),
        expect=tuple(_expectation(line, labels, signature, resolver) for line in example.expect),
    )


def _signature(example: syntax.Example, resolver: Resolver) -> Signature:
    named = resolver.named.get((example.kind, example.rule.text))
    if not named and (example.kind, example.rule.text) in resolver.unsigned:
        raise Unresolved
    if not named:
        known = [name for kind, name in resolver.named if kind == example.kind]
        resolver.findings.unknown(
            kinds.UNKNOWN_NAME, f"{example.kind} rule", example.rule.text, example.rule.span, known
        )
    return named[0]


def _about(example: syntax.Example, signature: Signature, resolver: Resolver) -> tuple[str, ...]:
    if len(example.items) != len(signature.scope):
        wanted = " and ".join(variable.kind for variable in signature.scope) or "the learner alone"
        resolver.findings.fail(
            kinds.MISPLACED_PHRASE,
            f"the rule `{example.rule.text}` is about {wanted}",
            Label(example.rule.span, f"{len(example.items)} items are named for it"),
            fixes=(Fix(f"write `of {', '.join(v.kind.upper() for v in signature.scope)}` after the rule's name"),)
            if signature.scope
            else (Fix("leave `of ...` out"),),
        )
    codes = []
    for name, variable in zip(example.items, signature.scope, strict=True):
        resolver.item_constant(name, variable.kind)
        codes.append(name.text)
    about = tuple(codes)
    if about not in signature.about:
        if any(about in s.about for s in resolver.signatures if s.group == signature.group):
            return about  # a rule for a named item overrides the general one
        resolver.findings.fail(
            kinds.MISPLACED_PHRASE,
            f"the rule `{example.rule.text}` does not decide {', '.join(about)}",
            Label(example.items[0].span, "not one of its items"),
            fixes=(Fix("name an item that the rule is about"),),
        )
    return about


def given_of(
    line: syntax.GivenConclusion,
    own: tuple[ir.ScopeVariable, ...],
    about: tuple[str, ...],
    resolver: Resolver,
) -> list[tuple[str, tuple[str, ...], bool]]:
    """What is taken for granted: conclusions about items, the rule's other items being those of the example."""
    kind = STATES.get(line.state.text)
    if kind is None:
        resolver.findings.unknown(kinds.UNKNOWN_PHRASE, "state", line.state.text, line.state.span, STATES)
    taken: list[tuple[str, tuple[str, ...], bool]] = []
    for code in line.codes:
        if kind in {"flag", "diploma"}:
            taken.append((f"{kind} {code.text}", (), not line.negated))
            continue
        item = resolver.any_item(code)
        fitting = [s for s in resolver.signatures if s.rule.kind == kind]
        scope = next((s.scope for s in fitting if any(v.kind == item.type.of for v in s.scope)), None)
        if scope is None and any(kind == unread for unread, _ in resolver.unsigned):
            raise Unresolved
        if scope is None:
            resolver.findings.fail(
                kinds.MISSING_RULE,
                f"no {kind} rule concludes anything about a {item.type.of}",
                Label(code.span, "taken for granted here"),
                fixes=(Fix(f"write a `{kind}` rule for it, or leave this out"),),
            )
        by_kind = {variable.kind: other for variable, other in zip(own, about, strict=True)}
        codes = tuple(code.text if v.kind == item.type.of else by_kind.get(v.kind, "") for v in scope)
        taken.append((kind, codes, not line.negated))
    return taken


def _expectation(
    line: syntax.Expectation, labels: set[str], signature: Signature, resolver: Resolver
) -> ResolvedExpectation:
    known = labels | {
        "-".join(["limit", *(word.text for word in limit.limited), *limit.period.split()])
        for limit in signature.rule.lines
        if isinstance(limit, syntax.Limit)
    }
    if signature.rule.kind in ir.AWARDED_KINDS:
        known |= {ir.AWARD, ir.REVOKED, ir.NO_LONGER_SUPPORTED, ir.SUPPORTED_AGAIN}
    for name in (*line.because, *(line.reported or ())):
        if name.text not in known:
            resolver.findings.unknown(kinds.UNKNOWN_CLAUSE, "clause of this rule", name.text, name.span, known)
    value = resolver.expression(line.value, Env({}, None)) if line.value is not None else None
    assigned = tuple(name.text for name in line.assigned) if line.assigned else None
    reported = tuple(name.text for name in line.reported) if line.reported is not None else None
    return ResolvedExpectation(line.span, line.outcome, tuple(n.text for n in line.because), value, assigned, reported)


# --- facts ------------------------------------------------------------------------------------------------------------


def fact_of(
    line: syntax.GivenFact,
    learner: str,
    number: int,
    resolver: Resolver,
    by_kind: Mapping[str, str] = MappingProxyType({}),
) -> Fact:
    """A row of a learner; identifiers are numbered, and items that are not named are those that the example is about."""
    table = _table(line, resolver)
    values: dict[str, FactValue] = {column.name: None for column in table.columns}
    if "learner" in values:
        values["learner"] = learner
    _defaults(table, values, by_kind, number)
    for assignment in line.assignments:
        column = table.column(assignment.name.text)
        if column is None:
            resolver.findings.unknown(
                kinds.UNKNOWN_NAME,
                f"column of {table.plural}",
                assignment.name.text,
                assignment.name.span,
                [column.name for column in table.columns],
            )
        values[column.name] = _value(assignment, column, resolver)
    identity = "|".join(str(values[name]) for name in table.key)
    return Fact(table.plural, identity, values)


def _table(line: syntax.GivenFact, resolver: Resolver) -> FactType:
    if line.type == "score":
        return resolver.declared.fact_types["evidence"]
    for table in resolver.declared.fact_types.values():
        if line.type.replace(" ", "_") in {table.singular.replace(" ", "_"), table.plural}:
            return table
    known = [table.singular for table in resolver.declared.fact_types.values()]
    span = Span(line.span.source, line.span.start, line.span.start + len("given ") + len(line.type))
    resolver.findings.unknown(kinds.UNKNOWN_NAME, "fact type", line.type, span, known)


def _defaults(table: FactType, values: dict[str, FactValue], by_kind: Mapping[str, str], number: int) -> None:
    """An example says only what matters: identifiers are numbered, and items are those it is about."""
    for column in table.columns:
        match column.type:
            case ColumnType.IDENTIFIER:
                values[column.name] = f"{table.singular} {number:04d}"
            case ColumnType.COMPETENCY:
                values[column.name] = by_kind.get("competency") or by_kind.get("skill")
            case ColumnType.COURSE if table.plural in {"attempts", "awards", "approvals"}:
                values[column.name] = by_kind.get("course")
            case ColumnType.LEVEL if table.plural in {"awards", "approvals"}:
                values[column.name] = by_kind.get("level")
            case ColumnType.DATE if column.required and table.begins == column.name:
                values[column.name] = date.min
            case _:
                pass


def _value(assignment: syntax.Assignment, column: Column, resolver: Resolver) -> FactValue:
    value = assignment.value
    if isinstance(value, syntax.NumberLiteral) and column.type in _WORDS and not value.unit:
        value = Name(value.span, value.span.text)  # a program or an identifier may be a number
    match column.type, value:
        case ColumnType.SCORE, Name():
            return _named_score(value, resolver)
        case ColumnType.SCORE, syntax.NumberLiteral():
            return _score(value, resolver)
        case (
            (ColumnType.NUMBER | ColumnType.WHOLE | ColumnType.CREDITS | ColumnType.MONEY | ColumnType.SCHOOL_YEAR),
            syntax.NumberLiteral(),
        ):
            return value.value
        case ColumnType.SHARE, syntax.NumberLiteral():
            return value.value / 100 if value.unit == "%" else value.value
        case ColumnType.DATE, syntax.DateLiteral():
            return value.value
        case ColumnType.MOMENT, syntax.DateLiteral():
            return datetime.combine(value.value, time())
        case ColumnType.INSTANT, syntax.DateLiteral():
            return datetime.combine(value.value, time(), UTC)
        case ColumnType.BOOLEAN, Name(text="yes" | "no"):
            return value.text == "yes"
        case ((ColumnType.COMPETENCY | ColumnType.COURSE | ColumnType.LEVEL), _):
            return _item(value, column, resolver)
        case ((ColumnType.METHOD | ColumnType.ROLE | ColumnType.PROGRAM), (Name() | syntax.TextLiteral())):
            what = {ColumnType.METHOD: "method", ColumnType.ROLE: "role"}.get(column.type, "program")
            resolver.declared_word(what, Name(value.span, _text(value)))
            return _text(value)
        case ColumnType.PANEL, (Name() | syntax.TextLiteral()):
            resolver.declared_panel(Name(value.span, _text(value)))
            return _text(value)
        case ColumnType.CHOICE, (Name() | syntax.TextLiteral()):
            return _choice(value, column, resolver)
        case (
            (ColumnType.TEXT | ColumnType.IDENTIFIER | ColumnType.SCHOOL | ColumnType.LEARNER),
            (Name() | syntax.TextLiteral()),
        ):
            return _text(value)
        case _:
            _wrong(assignment, column, resolver)


def _named_score(value: Name, resolver: Resolver) -> Fraction:
    """The value of a level of a scale."""
    for scale in resolver.declared.scales.values():
        level = scale.level(value.text)
        if level is not None:
            return scale.value(level)
    names = [level.name for scale in resolver.declared.scales.values() for level in scale.levels]
    resolver.findings.unknown(kinds.UNKNOWN_NAME, "level of a scale", value.text, value.span, names)


def _choice(value: Name | syntax.TextLiteral, column: Column, resolver: Resolver) -> str:
    text = _text(value)
    if text not in column.choices:
        resolver.findings.unknown(kinds.UNKNOWN_NAME, f"value of {column.name}", text, value.span, column.choices)
    return text


def _text(value: Name | syntax.TextLiteral) -> str:
    return value.text if isinstance(value, Name) else value.value


def _item(
    value: syntax.NumberLiteral | syntax.DateLiteral | syntax.TextLiteral | Name, column: Column, resolver: Resolver
) -> str:
    text = str(value.value) if isinstance(value, syntax.NumberLiteral) else _text(value)  # type: ignore[arg-type]
    kind = {ColumnType.COURSE: "course", ColumnType.LEVEL: "level"}.get(column.type, "competency")
    resolver.item_constant(Name(value.span, text), kind)
    return text


def _score(value: syntax.NumberLiteral, resolver: Resolver) -> Fraction:
    scales = [scale for scale in resolver.declared.scales.values() if scale.lowest is not None]
    if len(scales) == 1 and not scales[0].lowest <= value.value <= scales[0].highest:  # type: ignore[operator]
        scale = scales[0]
        resolver.findings.fail(
            kinds.TYPE_MISMATCH,
            f"{value.value} is off the scale `{scale.name}` ({scale.lowest} to {scale.highest})",
            Label(value.span, "this score"),
            Label(resolver.declared.spans["scale", scale.name], "the scale"),
            fixes=(Fix(f"write a score from {scale.lowest} to {scale.highest}"),),
        )
    return value.value


def _wrong(assignment: syntax.Assignment, column: Column, resolver: Resolver) -> NoReturn:
    resolver.findings.fail(
        kinds.TYPE_MISMATCH,
        f"`{column.name}` holds a {column.type.value}",
        Label(assignment.value.span, "this is something else"),
        fixes=(Fix(f"write a {column.type.value}"),),
    )
