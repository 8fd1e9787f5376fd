"""Exceptions of a rule, and overlays: changes of rules for a time by somebody's authority. Both replace or waive clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.effect import check_period, conditions_of
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env
from competency.rules.program import ir, types
from competency.source import Span

if TYPE_CHECKING:
    from competency.rules.language.resolve import BookResolver


@dataclass(frozen=True, slots=True)
class _Changes:
    """What an exception puts in place of which clauses (none: waived), and the documents that it cites."""

    replaces: tuple[tuple[str, ir.Clause | None], ...]
    citations: tuple[ir.Citation, ...]


def read_exception(
    block: syntax.ExceptionBlock, rule: syntax.Rule, resolver: BookResolver, env: Env
) -> ir.RuleException:
    """To whom an exception applies, and what it puts in place of which clauses."""
    applies = resolver.selector(block.selector, Env({}, None))
    changes = _changes(block.lines, rule, resolver, env, [rule])
    if not changes.replaces:
        _changes_nothing(f"the exception `{block.label.text}`", block.label.span, resolver)
    before = tuple(name.text for name in block.before)
    return ir.RuleException(block.label.text, applies, changes.replaces, before, changes.citations, span=block.span)


def read_overlay(
    overlay: syntax.Overlay,
    change: syntax.Change,
    rule: syntax.Rule,
    own: Sequence[str],
    resolver: BookResolver,
    env: Env,
) -> ir.RuleException | None:
    """An overlay's change of one rule, as an exception that prevails over the rule's own ones (`own` are their labels).

    Of several versions of a rule it changes those that have the clauses; none where this version has none of them.
    """
    name = overlay.name.text
    if name in own:
        resolver.findings.fail(
            kinds.DUPLICATE_NAME,
            f"`{name}` is an overlay, and an exception of {rule.kind} {rule.name.text} that it changes",
            Label(overlay.name.span, "the overlay"),
            fixes=(Fix("give one of them another name, so that explanations can tell them apart"),),
        )
    if overlay.period is None:
        raise Unresolved  # told once, with the overlay
    conditions = conditions_of(overlay.period, (), resolver, env)
    conditions += [resolver.selector(line.selector, Env({}, None)) for line in overlay.governs]
    applies = ir.Apply("and", tuple(conditions), types.TRUTH, overlay.heading)
    changes = _changes(change.lines, rule, resolver, env, resolver.versions_of(rule))
    if not changes.replaces:
        if not any(isinstance(line, syntax.Requirement | syntax.WaiveLine) for line in change.lines):
            _changes_nothing(f"the overlay `{name}`", overlay.name.span, resolver)
        return None
    citations = (*(resolver.citation(line) for line in overlay.cites), *changes.citations)
    before = (*own, *(other.text for other in overlay.before))
    return ir.RuleException(name, applies, changes.replaces, before, citations, overlay.authority, change.span)


def _changes(
    lines: Sequence[syntax.ExceptionLine],
    rule: syntax.Rule,
    resolver: BookResolver,
    env: Env,
    versions: Sequence[syntax.Rule],
) -> _Changes:
    """What the lines change in a rule; what only another of its versions has is left to that version."""
    citations: list[ir.Citation] = []
    replaces: list[tuple[str, ir.Clause | None]] = []
    own, all_labels = _labels([rule]), _labels(versions)
    seen: dict[str, tuple[Span, bool]] = {}
    for line in lines:
        match line:
            case syntax.Cites():
                citations.append(resolver.citation(line))
            case syntax.Requirement() | syntax.WaiveLine():
                label = line.label.text
                if label not in all_labels:
                    resolver.findings.unknown(
                        kinds.UNKNOWN_CLAUSE, "clause of this rule", label, line.label.span, all_labels
                    )
                always = isinstance(line, syntax.WaiveLine) or not line.applies
                if label in seen and (always or seen[label][1]):
                    resolver.label_twice(line.span, seen[label][0], label, "change")
                seen[label] = (line.span, always)
                if label in own:
                    clause = resolver.clause(line, env) if isinstance(line, syntax.Requirement) else None
                    replaces.append((label, clause))
    return _Changes(tuple(replaces), tuple(citations))


def _labels(rules: Sequence[syntax.Rule]) -> list[str]:
    lines = (line for rule in rules for line in rule.lines)
    return list(dict.fromkeys(line.label.text for line in lines if isinstance(line, syntax.Requirement)))


def _changes_nothing(what: str, span: Span, resolver: BookResolver) -> None:
    resolver.findings.fail(
        kinds.EMPTY_RULE,
        f"{what} changes nothing",
        Label(span, "it changes nothing"),
        fixes=(Fix("add a `require LABEL: ...` that replaces a clause, or `waive LABEL`"),),
    )


def check_overlay(overlay: syntax.Overlay, rules: frozenset[tuple[str, str]], resolver: BookResolver) -> None:
    """An overlay has an end and an authority, and changes rules that are there."""
    period, name = overlay.period, overlay.name.text
    if period is not None:
        check_period(period, (), resolver)
    if period is None or period.begins is None or period.ends is None:
        resolver.findings.add(
            kinds.OVERLAY_OPEN,
            f"the overlay `{name}` does not say from when until when it is in effect",
            Label(overlay.name.span, "for how long?"),
            notes=("A change without an end is a new version of the rule, and is written as one.",),
            fixes=(Fix("add a line `in effect from DATE until DATE`"),),
        )
    if not overlay.authority:
        resolver.findings.add(
            kinds.OVERLAY_OPEN,
            f"the overlay `{name}` does not say by whose authority it changes rules",
            Label(overlay.name.span, "by whom?"),
            fixes=(Fix('add a line such as `by "Executive Order 26"`'),),
        )
    for other in overlay.before:
        if other.text not in resolver.declared.overlays:
            resolver.findings.unknown(kinds.UNKNOWN_NAME, "overlay", other.text, other.span, resolver.declared.overlays)
    changed: dict[tuple[str, str], syntax.Change] = {}
    for change in overlay.changes:
        key = (change.kind, change.rule.text)
        if key in changed:
            resolver.findings.add(
                kinds.DUPLICATE_NAME,
                f"the overlay `{name}` changes {change.kind} {change.rule.text} twice",
                Label(change.rule.span, "the second time"),
                Label(changed[key].rule.span, "the first time"),
                fixes=(Fix("write all its changes of one rule together"),),
            )
        changed[key] = change
        if (change.kind, change.rule.text) not in rules:
            known = [rule for kind, rule in rules if kind == change.kind]
            resolver.findings.unknown(
                kinds.UNKNOWN_NAME, f"{change.kind} rule", change.rule.text, change.rule.span, known
            )
