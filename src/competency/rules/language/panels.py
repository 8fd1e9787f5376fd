"""Panels that decide together: from the votes of their roles to whether they approve. Lowers to the nodes there are."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env
from competency.rules.program import ir, types
from competency.rules.program.types import Kind, Type
from competency.source import Span

if TYPE_CHECKING:
    from competency.rules.language.expressions import Resolver

_VOTES = "approvals"
_ORDER = ir.Order("decided_on")
_ROW = Type(Kind.ROW, _VOTES)
_ITEMS = ("course", "competency", "level")


@dataclass(frozen=True, slots=True)
class _Votes:
    """What the latest vote of each role is: whether there is one, whether it approves, whether it refuses."""

    cast: tuple[ir.Node, ...]
    approved: tuple[ir.Node, ...]
    refused: tuple[ir.Node, ...]


def read_approval(node: syntax.Approved, resolver: Resolver, env: Env) -> ir.Node:
    """Whether a panel approves, of an item or of the learner alone.

    Until as many roles have voted as its quorum asks, it is not known. Then the votes that were cast decide; who
    abstains has voted, and is neither for nor against.
    """
    span = node.span
    panel = resolver.declared_panel(node.panel)
    item = resolver.expression(node.item, env) if node.item is not None else None
    votes = _votes(panel, item, resolver, span)
    quorum = panel.quorum.value if panel.quorum is not None else Fraction(len(panel.members))
    enough = _compared("at least", _number(votes.cast, span), ir.Constant(quorum, types.PLAIN, span), span)
    unknown = ir.Constant(None, types.TRUTH, span)
    return ir.Choose(((enough, _decided(panel, votes, span)),), unknown, types.TRUTH, span)


def check_panel(panel: syntax.Panel, resolver: Resolver) -> None:
    """A panel has members, declared as roles; no more of them are asked for than there are."""
    roles = [name.text for name in panel.members]
    if not roles:
        resolver.findings.fail(
            kinds.EMPTY_RULE,
            f"the panel `{panel.name.text}` has no members",
            Label(panel.name.span, "who decides?"),
            fixes=(Fix("add a line `members ROLE, ...`"),),
        )
    for name in panel.members:
        resolver.declared_word("role", name)
    if isinstance(panel.tie, syntax.Name) and panel.tie.text not in roles:
        resolver.findings.unknown(kinds.UNKNOWN_NAME, "member of the panel", panel.tie.text, panel.tie.span, roles)
    for number in (panel.quorum, panel.needed):
        if isinstance(number, syntax.NumberLiteral) and not 1 <= number.value <= len(roles):
            resolver.findings.fail(
                kinds.PARAMETER_RANGE,
                f"the panel `{panel.name.text}` has {len(roles)} members",
                Label(number.span, "so many of them?"),
                fixes=(Fix(f"write a number from 1 to {len(roles)}"),),
            )


def _votes(panel: syntax.Panel, item: ir.Node | None, resolver: Resolver, span: Span) -> _Votes:
    matches: list[tuple[str, ir.Node]] = [("panel", ir.Constant(panel.name.text, types.TEXT, span))]
    if item is not None:
        kind = "competency" if item.type.of == "skill" else item.type.of
        if item.type.kind is not Kind.ITEM or kind not in _ITEMS:
            resolver.mismatch(item, item.span or span, "a course, a competency or a level")
            raise Unresolved
        matches.append((kind, item))
    cast: list[ir.Node] = []
    approved: list[ir.Node] = []
    refused: list[ir.Node] = []
    for role in panel.members:
        of_role = (*matches, ("role", ir.Constant(role.text, types.TEXT, span)))
        facts: ir.Node = ir.Facts(_VOTES, of_role, _ORDER, types.rows(_VOTES), span)
        if item is None:  # a vote on an item says nothing of the learner
            facts = _about_nothing_else(facts, resolver, span)
        one = ir.Constant(Fraction(1), types.PLAIN, span)
        latest = ir.Window(facts, "latest", resolver.fresh(), None, one, False, facts.type, span=span)
        row = resolver.fresh()
        said = ir.Field(ir.Variable(row, _ROW, span), "vote", types.TEXT, span)
        vote = ir.Aggregate("the", latest, row, said, (), types.TEXT, span)
        known = ir.Apply("known", (vote,), types.TRUTH, span)
        cast.append(known)
        for found, word in ((approved, "approved"), (refused, "refused")):
            same = _compared("exactly", vote, ir.Constant(word, types.TEXT, span), span)
            found.append(ir.Apply("and", (known, same), types.TRUTH, span))
    return _Votes(tuple(cast), tuple(approved), tuple(refused))


def _about_nothing_else(facts: ir.Node, resolver: Resolver, span: Span) -> ir.Node:
    """The votes that are about the learner alone: no column names an item."""
    name = resolver.fresh()
    row = ir.Variable(name, _ROW, span)
    named = [ir.Apply("known", (ir.Field(row, kind, types.item(kind), span),), types.TRUTH, span) for kind in _ITEMS]
    none = tuple(ir.Apply("not", (each,), types.TRUTH, span) for each in named)
    return ir.Where(facts, name, ir.Apply("and", none, types.TRUTH, span), facts.type, span)


def _decided(panel: syntax.Panel, votes: _Votes, span: Span) -> ir.Node:
    """What the votes that were cast say."""
    approving, refusing = _number(votes.approved, span), _number(votes.refused, span)
    if isinstance(panel.needed, syntax.NumberLiteral):
        return _compared("at least", approving, ir.Constant(panel.needed.value, types.PLAIN, span), span)
    if panel.needed == "unanimity":
        one, none = (ir.Constant(Fraction(number), types.PLAIN, span) for number in (1, 0))
        parts = (_compared("at least", approving, one, span), _compared("exactly", refusing, none, span))
        return ir.Apply("and", parts, types.TRUTH, span)
    yes, no = (ir.Constant(truth, types.TRUTH, span) for truth in (True, False))
    more, fewer = _compared("more than", approving, refusing, span), _compared("more than", refusing, approving, span)
    return ir.Choose(((more, yes), (fewer, no)), _tie(panel, votes, span), types.TRUTH, span)


def _tie(panel: syntax.Panel, votes: _Votes, span: Span) -> ir.Node:
    if isinstance(panel.tie, syntax.Name):
        return votes.approved[[name.text for name in panel.members].index(panel.tie.text)]
    return ir.Constant(False if panel.tie == "refused" else None, types.TRUTH, span)


def _number(conditions: tuple[ir.Node, ...], span: Span) -> ir.Node:
    return ir.Apply("how many hold", conditions, types.PLAIN, span)


def _compared(operator: str, left: ir.Node, right: ir.Node, span: Span) -> ir.Node:
    return ir.Apply(operator, (left, right), types.TRUTH, span)
