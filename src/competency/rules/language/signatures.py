"""What a rule is about, before its lines are read: its variables, its items, and what it overrides."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Findings, Unresolved
from competency.rules.language.resolved import Declared, Signature
from competency.rules.program import ir

DECISIONS_MAX = 200_000  # items of one rule for one learner: more is a mistaken product of two collections


def sign(rule: syntax.Rule, declared: Declared, findings: Findings) -> Signature | None:
    """The signature of a rule; none where its items cannot be read, which is reported."""
    try:
        return _sign(rule, declared, findings)
    except Unresolved:
        return None


def _sign(rule: syntax.Rule, declared: Declared, findings: Findings) -> Signature:
    scope: list[ir.ScopeVariable] = []
    codes: list[tuple[str, ...]] = []
    named = False
    for line in rule.lines:
        match line:
            case syntax.Scope():
                found = [_collection(line.variable, name, declared, findings) for name in line.collections]
                variable = replace(found[0][0], collection=", ".join(name.text for name in line.collections))
                items = tuple(dict.fromkeys(code for _, codes_of_one in found for code in codes_of_one))
            case syntax.Along():
                name = syntax.Name(line.continuum.span, "level")
                variable, items = _collection(name, line.continuum, declared, findings)
            case syntax.NamedItems():
                named = True
                variable, items = _named(line, declared, findings)
            case _:
                continue
        if any(known.name == variable.name for known in scope):
            findings.fail(
                kinds.DUPLICATE_NAME,
                f"the rule goes over each {variable.name} twice",
                Label(line.span, "the second time"),
                fixes=(Fix("name the items in one line"),),
            )
        scope.append(variable)
        codes.append(items)
    size = 1
    for items in codes:
        size *= len(items)
    if size > DECISIONS_MAX:
        findings.fail(
            kinds.CLAUSE_LIMIT,
            f"the rule decides {size:,} items for every learner; at most {DECISIONS_MAX:,} are allowed",
            Label(rule.heading, "this rule"),
            fixes=(Fix("narrow one of the collections"),),
        )
    group = ir.group_of(rule.kind, rule.name.text)
    return Signature(rule, tuple(scope), tuple(product(*codes)), named, group)


def _collection(
    variable: syntax.Name, collection: syntax.Name, declared: Declared, findings: Findings
) -> tuple[ir.ScopeVariable, tuple[str, ...]]:
    collections = declared.catalog.collections
    name = collection.text
    if variable.text == "skill" and f"{name} skills" in collections:
        name = f"{name} skills"
    known = collections.get(name)
    if known is None:
        findings.unknown(
            kinds.UNKNOWN_NAME,
            "framework, catalog or continuum",
            collection.text,
            collection.span,
            [name for name in collections if " " not in name],
        )
    kind, codes = known
    if kind != variable.text:
        findings.fail(
            kinds.TYPE_MISMATCH,
            f"`{collection.text}` holds items of kind {kind}, not {variable.text}",
            Label(variable.span, f"write `{kind}` here"),
            fixes=(Fix(f"write `for each {kind} in {collection.text}`"),),
        )
    return ir.ScopeVariable(variable.text, kind, collection.text), codes


def _named(line: syntax.NamedItems, declared: Declared, findings: Findings) -> tuple[ir.ScopeVariable, tuple[str, ...]]:
    kind = line.variable.text
    if kind not in declared.catalog.items:
        findings.unknown(kinds.UNKNOWN_NAME, "kind of item", kind, line.variable.span, declared.catalog.items)
    for code in line.codes:
        if declared.catalog.item(kind, code.text) is None:
            diagnostic = kinds.UNKNOWN_COMPETENCY if kind == "competency" else kinds.UNKNOWN_NAME
            findings.unknown(diagnostic, kind, code.text, code.span, declared.catalog.items[kind])
    return ir.ScopeVariable(kind, kind, ""), tuple(code.text for code in line.codes)
