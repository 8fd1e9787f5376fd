"""A resolved book as a whole: circles, overlaps, conflicting exceptions, conclusions that no rule draws; then lints."""

from __future__ import annotations

from collections.abc import Sequence

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.dependencies import check_circles, covered, reliances
from competency.rules.language.findings import Findings
from competency.rules.language.lints import LINTS
from competency.rules.language.resolved import ResolvedBook, Signature
from competency.rules.language.witness import witness
from competency.rules.program import ir


def check(book: ResolvedBook) -> tuple[Diagnostic, ...]:
    """What is wrong with the book as a whole, and what a reader should look at."""
    findings = Findings()
    _overlaps(book, findings)
    if check_circles(book.rules, findings):
        _missing(book, findings)
    for rule in book.rules:
        _exceptions(rule, findings)
    if not findings.diagnostics:
        for lint in LINTS:
            findings.diagnostics.extend(lint(book))
    return tuple(findings.diagnostics)


def _overlaps(book: ResolvedBook, findings: Findings) -> None:
    """Each conclusion is drawn in one place. A rule for a named item overrides the general one, and says so."""
    seen: dict[tuple[str, tuple[str, ...]], Signature] = {}
    told: set[tuple[str, str]] = set()
    named_first = sorted(book.signatures, key=lambda signature: not signature.named)
    for signature in named_first:
        for codes in signature.about:
            other = seen.setdefault((signature.group, codes), signature)
            if other is signature:
                continue
            pair = (other.rule.name.text, signature.rule.name.text)
            if pair in told:
                continue
            told.add(pair)
            if other.named and not signature.named:
                _override(other, signature, codes, findings)
            else:
                _overlap(other, signature, codes, findings)


def _override(named: Signature, general: Signature, codes: tuple[str, ...], findings: Findings) -> None:
    findings.add(
        kinds.OVERRIDES,
        f"{named.rule.kind} {named.rule.name.text} decides {_items(named)} in place of the general rule "
        f"{general.rule.name.text}",
        Label(named.rule.heading, "this rule"),
        Label(general.rule.heading, "the general rule"),
        items=[list(one) for one in named.about],
        general=general.rule.name.text,
    )


def _items(signature: Signature) -> str:
    shown = [" at ".join(codes) for codes in signature.about[:3]]
    more = len(signature.about) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _overlap(one: Signature, other: Signature, codes: tuple[str, ...], findings: Findings) -> None:
    item = " at ".join(codes) or "the learner"
    findings.add(
        kinds.OVERLAPPING_RULES,
        f"two {one.rule.kind} rules conclude something about {item}",
        Label(other.rule.heading, "this rule"),
        Label(one.rule.heading, "and this one"),
        fixes=(Fix("narrow one of them, or make it a rule for named items (`for competency CODE`)"),),
        witness=list(codes),
    )


def _missing(book: ResolvedBook, findings: Findings) -> None:
    """A rule must not rely on a conclusion that no rule draws."""
    decided = {(signature.group, codes) for signature in book.signatures for codes in signature.about}
    groups = {signature.group for signature in book.signatures}
    for rule in book.rules:
        for reliance in reliances(rule):
            if reliance.group not in groups or len(reliance.node.items) != 1 or reliance.node.span is None:
                continue
            gap = next(
                (pair for pair in covered(rule, reliance, book.declared.catalog) if (reliance.group, (pair[1],)) not in decided),
                None,
            )
            if gap is None:
                continue
            findings.add(
                kinds.MISSING_RULE,
                f"no {reliance.group} rule decides {gap[1]}, on which {rule.reference} relies for {gap[0]}",
                Label(reliance.node.span, "relies on it here"),
                fixes=(Fix(f"write a {reliance.group} rule for {gap[1]}"),),
                item=gap[1],
                kind=reliance.group,
            )
            break


def _exceptions(rule: ir.Rule, findings: Findings) -> None:
    """Two exceptions that touch one clause and can both apply need a declared order."""
    ranked = list(rule.exceptions)
    for index, one in enumerate(ranked):
        for other in ranked[index + 1 :]:
            shared = {label for label, _ in one.replaces} & {label for label, _ in other.replaces}
            if not shared or other.label in one.prevails_over or one.label in other.prevails_over:
                continue
            learner = witness((one.applies, other.applies))
            if learner is None or one.span is None or other.span is None:
                continue
            findings.add(
                kinds.CONFLICTING_EXCEPTIONS,
                f"the exceptions `{one.label}` and `{other.label}` can both apply to one learner, "
                f"and both change `{sorted(shared)[0]}`",
                Label(other.span, f"this one applies to a learner {_and(learner)}"),
                Label(one.span, "and so does this one"),
                fixes=(Fix(f"say which prevails: `except {one.label} before {other.label} for learners ...`"),),
                witness=learner,
            )


def _and(parts: Sequence[str]) -> str:
    return " and ".join(parts)
