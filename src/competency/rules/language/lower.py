"""A checked book to a program: overrides carried out, the policy's selectors joined to each rule, decisions ordered."""

from __future__ import annotations

from dataclasses import replace

from competency.rules.language.dependencies import schedule
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir, types
from competency.rules.program.invariants import check_invariants


def lower(book: ResolvedBook) -> ir.Program:
    """The program of a book without errors. Neither the order of files nor that of declarations shows in it."""
    declared = book.declared
    named = {(signature.group, codes) for signature in book.signatures if signature.named for codes in signature.about}
    rules = []
    for rule, signature in zip(book.rules, book.signatures, strict=True):
        about = rule.about
        if not signature.named:
            about = tuple(codes for codes in about if (rule.group, codes) not in named)
        missing = rule.missing or (declared.missing if rule.evidence else "")
        governs = _joined(_policy(book.policy), rule.governs)
        rules.append(replace(rule, about=about, governs=governs, missing=missing))
    rules.sort(key=lambda rule: (rule.kind, rule.name, rule.version, rule.about, repr(rule.governs)))
    program = ir.Program(
        policy=book.policy,
        rules=tuple(rules),
        tables=declared.tables,
        catalog=declared.catalog,
        scales=declared.scales,
        fact_types=tuple(declared.fact_types[plural] for plural in sorted(declared.fact_types)),
        time_zone=declared.time_zone,
        year_begins=declared.year_begins,
        months_round=declared.months_round,
        schedule=schedule(rules, declared.catalog),
    )
    check_invariants(program)
    return program


def _policy(policy: ir.PolicyHeader) -> ir.Node | None:
    """The learners and days that a policy governs, as a condition."""
    today = ir.Variable("as of", types.DATE)
    node = policy.governs
    if policy.begins is not None:
        begins = ir.Constant(policy.begins, types.DATE)
        node = _joined(node, ir.Apply("at least", (today, begins), types.TRUTH))
    if policy.ends is not None:
        ends = ir.Constant(policy.ends, types.DATE)
        node = _joined(node, ir.Apply("less than", (today, ends), types.TRUTH))
    return node


def _joined(left: ir.Node | None, right: ir.Node | None) -> ir.Node | None:
    if left is None or right is None:
        return left or right
    return ir.Apply("and", (left, right), types.TRUTH, left.span or right.span)
