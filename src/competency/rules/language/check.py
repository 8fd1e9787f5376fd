"""A resolved book as a whole: circles, overlaps, conflicting exceptions, conclusions that no rule draws; then lints."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

from competency.diagnostics import Diagnostic, Fix, Label, kinds
from competency.rules.language.dependencies import check_circles, covered, reliances
from competency.rules.language.effect import policy_governs
from competency.rules.language.findings import Findings
from competency.rules.language.lints import LINTS
from competency.rules.language.resolved import ResolvedBook, Signature
from competency.rules.language.witness import hole_between, witness
from competency.rules.program import ir, types


def check(book: ResolvedBook) -> tuple[Diagnostic, ...]:
    """What is wrong with the book as a whole, and what a reader should look at."""
    findings = Findings()
    _overlaps(book, findings)
    if check_circles(book.rules, findings):
        _missing(book, findings)
    for rule in book.rules:
        told = len(findings.diagnostics)
        _exceptions(rule, findings)
        _clause_versions(rule.clauses, findings)
        for exception in rule.exceptions:
            _clause_versions([clause for _, clause in exception.replaces if clause is not None], findings)
        if len(findings.diagnostics) == told:  # else it may be for the same reason
            _asks_nothing(book, rule, findings)
    if not findings.diagnostics:
        for lint in LINTS:
            findings.diagnostics.extend(lint(book))
    return tuple(findings.diagnostics)


def _overlaps(book: ResolvedBook, findings: Findings) -> None:
    """Each conclusion is drawn in one place. A rule for a named item overrides the general one, and says so."""
    seen: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    told: set[tuple[int, int]] = set()
    named_first = sorted(range(len(book.signatures)), key=lambda index: not book.signatures[index].named)
    for index in named_first:
        signature = book.signatures[index]
        for codes in signature.about:
            others = seen.setdefault((signature.group, codes), [])
            for other in others:
                if (other, index) in told:
                    continue
                told.add((other, index))
                if book.signatures[other].named and not signature.named:
                    _override(book.signatures[other], signature, findings)
                else:
                    _versions(book, other, index, codes, findings)
            others.append(index)


def _versions(book: ResolvedBook, one: int, other: int, codes: tuple[str, ...], findings: Findings) -> None:
    """Two rules about one item are versions of each other if no learner is governed by both on one day."""
    left, right = book.rules[one], book.rules[other]
    if left.governs is not None and right.governs is not None:
        learner = witness((left.governs, right.governs))
        if learner is None:
            _no_hole(left, right, _beside(book, one, other, codes), findings)
            return
    else:
        learner = []
    _overlap(book.signatures[one], book.signatures[other], codes, learner, findings)


def _beside(book: ResolvedBook, one: int, other: int, codes: tuple[str, ...]) -> tuple[ir.Node, ...]:
    """Whom the other versions of a rule govern, beside two of them."""
    rule = book.rules[one]
    return tuple(
        version.governs
        for index, version in enumerate(book.rules)
        if index not in {one, other}
        and (version.group, version.name) == (rule.group, rule.name)
        and version.governs is not None
        and codes in book.signatures[index].about
    )


def _no_hole(left: ir.Rule, right: ir.Rule, beside: Sequence[ir.Node], findings: Findings) -> None:
    """Between two versions of a rule there is no learner, and no day, that no version governs."""
    if left.name != right.name or left.governs is None or right.governs is None:
        return
    learner = hole_between(left.governs, right.governs, beside)
    if learner is not None and left.span is not None and right.span is not None:
        findings.add(
            kinds.HOLE_BETWEEN_VERSIONS,
            f"no version of {left.reference} governs a learner {_and(learner)}",
            Label(right.span, "this version"),
            Label(left.span, "and this one leave a hole between them"),
            fixes=(Fix("let one version begin where the other ends: `from` is included, `until` is not"),),
            witness=learner,
        )


def _override(named: Signature, general: Signature, findings: Findings) -> None:
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


def _overlap(
    one: Signature, other: Signature, codes: tuple[str, ...], learner: Sequence[str], findings: Findings
) -> None:
    item = " at ".join(codes) or "the learner"
    who = f" for a learner {_and(learner)}" if learner else ""
    findings.add(
        kinds.OVERLAPPING_RULES,
        f"two {one.rule.kind} rules conclude something about {item}{who}",
        Label(other.rule.heading, "this rule"),
        Label(one.rule.heading, "and this one"),
        fixes=(
            Fix(
                "narrow one of them, make it a rule for named items (`for competency CODE`), or say which learners and "
                "dates each version governs"
            ),
        ),
        witness=[*codes, *learner],
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
                (
                    pair
                    for pair in covered(rule, reliance, book.declared.catalog)
                    if (reliance.group, (pair[1],)) not in decided
                ),
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


def _asks_nothing(book: ResolvedBook, rule: ir.Rule, findings: Findings) -> None:
    """Whomever a rule governs, on each day, there is a clause; else everybody would meet it."""
    required = [clause.applies for clause in rule.clauses if clause.effect == "require"]
    absent = [ir.Apply("not", (applies,), types.TRUTH) for applies in required if applies is not None]
    if rule.kind == "measure" or not required or len(absent) < len(required):
        return
    governs = [node for node in (policy_governs(book.policy), rule.governs) if node is not None]
    learner = witness([*governs, *absent])
    if learner is not None and rule.span is not None:
        findings.add(
            kinds.ASKS_NOTHING,
            f"{rule.reference} asks nothing of a learner {_and(learner)}",
            Label(rule.span, "none of its clauses is there then, and everybody would meet it"),
            fixes=(
                Fix(
                    "add a clause that is always there, or say of the rule itself when and whom it governs "
                    "(`in effect ...`, `for learners ...`)"
                ),
            ),
            witness=learner,
        )


def _clause_versions(clauses: Sequence[ir.Clause], findings: Findings) -> None:
    """Clauses of one label are versions: no learner and day has two of them, and none falls between two."""
    for one, other in combinations(clauses, 2):
        if one.label != other.label or one.applies is None or other.applies is None:
            continue
        if one.span is None or other.span is None:
            continue
        both = witness((one.applies, other.applies))
        beside = [clause.applies for clause in clauses if clause.label == one.label and clause.applies is not None]
        beside = [applies for applies in beside if applies not in (one.applies, other.applies)]
        neither = hole_between(one.applies, other.applies, beside) if both is None else None
        if both is not None:
            findings.add(
                kinds.OVERLAPPING_RULES,
                f"two versions of the clause `{one.label}` are there for a learner {_and(both)}",
                Label(other.span, "this version"),
                Label(one.span, "and this one"),
                fixes=(Fix("let one end where the other begins: `until` is the first day no longer"),),
                witness=both,
            )
        elif neither is not None:
            findings.add(
                kinds.HOLE_BETWEEN_VERSIONS,
                f"no version of the clause `{one.label}` is there for a learner {_and(neither)}",
                Label(other.span, "this version"),
                Label(one.span, "and this one leave a hole between them"),
                fixes=(Fix("let one version begin where the other ends: `from` is included, `until` is not"),),
                witness=neither,
            )


def _exceptions(rule: ir.Rule, findings: Findings) -> None:
    """Two exceptions that touch one clause and can both apply need a declared order; so do two overlays."""
    for one, other in combinations(rule.exceptions, 2):
        if other.label in one.prevails_over or one.label in other.prevails_over:
            continue
        clash = _clash(one, other)
        if clash is None or one.span is None or other.span is None:
            continue
        label, learner = clash
        what, order = "exceptions", f"except {one.label} before {other.label} for learners ..."
        if one.authority:
            what, order = "overlays", f"overlay {one.label} before {other.label}"
        findings.add(
            kinds.CONFLICTING_EXCEPTIONS,
            f"the {what} `{one.label}` and `{other.label}` can both apply to one learner, and both change `{label}`",
            Label(other.span, f"this one applies to a learner {_and(learner)}"),
            Label(one.span, "and so does this one"),
            fixes=(Fix(f"say which prevails: `{order}`"),),
            witness=learner,
        )


def _clash(one: ir.RuleException, other: ir.RuleException) -> tuple[str, list[str]] | None:
    """A clause that two exceptions change, with a learner to whom both apply; none where there is no such learner."""
    for (label, left), (same, right) in product(sorted(one.replaces, key=_label), other.replaces):
        if label != same:
            continue
        periods = [clause.applies for clause in (left, right) if clause is not None and clause.applies is not None]
        learner = witness([one.applies, other.applies, *periods])
        if learner is not None:
            return label, learner
    return None


def _label(replaced: tuple[str, ir.Clause | None]) -> str:
    return replaced[0]


def _and(parts: Sequence[str]) -> str:
    return " and ".join(parts)
