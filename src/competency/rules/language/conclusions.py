"""Conclusions of other rules: mastered, credited, reached, the value of a measure, a raised flag."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Unresolved
from competency.rules.language.names import NameReading
from competency.rules.language.reading import Env, Found, Rows
from competency.rules.program import ir, types
from competency.rules.program.types import Kind
from competency.source import Span


@dataclass
class ConclusionReading(NameReading, ABC):
    """The part of the resolver that reads what other rules conclude."""

    def conclusion(self, kind: str, item: ir.Node, env: Env, span: Span) -> ir.Node:
        """The outcome of the rule of a kind about an item; the rule's other items are those of this rule."""
        return ir.Conclusion(kind, "", self._about(kind, "", item, env, span), types.TRUTH, span)

    def _about(self, kind: str, name: str, item: ir.Node | None, env: Env, span: Span) -> tuple[ir.Node, ...]:
        fitting = (
            signature
            for signature in (self.named.get((kind, name), ()) if name else self.signatures)
            if signature.rule.kind == kind
            and (item is None or any(_fits(variable.kind, item.type.of) for variable in signature.scope))
        )
        first = next(fitting, None)
        if first is None and any(kind == unread for unread, _ in self.unsigned):
            raise Unresolved
        if first is None:
            what = f"{kind} {name}".strip()
            about = f" about a {item.type.of}" if item is not None else ""
            self.findings.fail(
                kinds.MISSING_RULE,
                f"no {what} rule concludes anything{about}",
                Label(span, "this relies on one"),
                fixes=(Fix(f"write a `{kind}` rule for it"),),
                kind=kind,
            )
        asked: list[ir.Node] = []
        for variable in first.scope:
            if item is not None and _fits(variable.kind, item.type.of):
                asked.append(item)
                continue
            same = [known for known in env.names.values() if known and known.type == types.item(variable.kind)]
            if not same:
                self.findings.fail(
                    kinds.MISPLACED_PHRASE,
                    f"{kind} is concluded about a {variable.kind} too, and this rule is about none",
                    Label(span, f"of which {variable.kind}?"),
                    fixes=(Fix(f"let the rule go `for each {variable.kind} in ...`"),),
                )
            asked.append(same[0])
        return tuple(asked)

    def rule_value(self, node: syntax.RuleValue, env: Env) -> Found:
        """The value of a measure, or whether a flag is raised; of items, the value for each."""
        if (node.kind, node.name.text) in self.unsigned:
            raise Unresolved
        if (node.kind, node.name.text) not in self.named:
            names = [name for kind, name in self.named if kind == node.kind]
            self.findings.unknown(kinds.UNKNOWN_NAME, node.kind, node.name.text, node.name.span, names)
        value_type = types.TRUTH if node.kind in {"flag", "diploma"} else self.measure_type(node.name)
        of = self.phrase(node.of, env) if node.of is not None else None
        if isinstance(of, Rows) and of.value is None and of.row_type.kind is Kind.ITEM:
            each = ir.Variable(of.variable, of.row_type, node.span)
            about = self._about(node.kind, node.name.text, each, env, node.span)
            return replace(of, value=ir.Conclusion(node.kind, node.name.text, about, value_type, node.span))
        item = self.one(of, node.span) if of is not None else None
        about = self._about(node.kind, node.name.text, item, env, node.span)
        return ir.Conclusion(node.kind, node.name.text, about, value_type, node.span)

    @abstractmethod
    def required_by(self, name: syntax.Name, counted: str, span: Span) -> ir.Node:
        """What all requirements of a diploma need together: `credits required by diploma standard`."""


def _fits(scope_kind: str, item_kind: str) -> bool:
    return scope_kind == item_kind or {scope_kind, item_kind} == {"competency", "skill"}
