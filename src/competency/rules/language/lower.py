"""A checked book to a program: overrides carried out, the policy's selectors joined to each rule, decisions ordered."""

from __future__ import annotations

from dataclasses import replace

from competency.rules.language.dependencies import schedule
from competency.rules.language.effect import joined, policy_governs
from competency.rules.language.resolved import ResolvedBook
from competency.rules.program import ir
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
        governs = joined(policy_governs(book.policy), rule.governs)
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
        indicators=tuple(sorted(book.indicators, key=lambda indicator: indicator.name)),
    )
    check_invariants(program)
    return program
