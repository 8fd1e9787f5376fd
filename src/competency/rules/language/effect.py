"""When a rule or clause is in effect: its dates, by which event, and what was enacted, delayed or repealed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from competency.diagnostics import Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.findings import Unresolved
from competency.rules.language.reading import Env
from competency.rules.program import ir, types
from competency.source import Span

if TYPE_CHECKING:
    from competency.rules.language.expressions import Resolver
    from competency.rules.language.resolve import BookResolver


def governing(rule: syntax.Rule, resolver: BookResolver, env: Env) -> list[ir.Node]:
    """What must hold for a rule to govern a learner on a day. `env` has its items alone: nothing is worked out before.

    Raises Unresolved after all its lines are read, if one of them could not be.
    """
    acts = [line for line in rule.lines if isinstance(line, syntax.Act)]
    conditions: list[ir.Node] = []
    is_broken = False
    for line in rule.lines:
        try:
            match line:
                case syntax.Governs():
                    conditions.append(resolver.selector(line.selector, Env({}, None)))
                case syntax.InEffect():
                    check_period(line, acts, resolver)
                    conditions += conditions_of(line, acts, resolver, env)
        except Unresolved:
            is_broken = True
    if is_broken:
        raise Unresolved
    period = without_dates(acts)
    if period is not None and not any(isinstance(line, syntax.InEffect) for line in rule.lines):
        conditions += conditions_of(period, acts, resolver, env)
    return conditions


def conditions_of(line: syntax.InEffect, acts: Sequence[syntax.Act], resolver: Resolver, env: Env) -> list[ir.Node]:
    """What must hold for a rule or clause to be in effect. Half-open; a later delay takes the place of an earlier one.

    The event's date or school year counts, where there is one; where it has not happened yet, the as-of date stands in.
    """
    begins, ends = effective(line, acts)
    conditions: list[ir.Node] = []
    for operator, bound in (("at least", begins), ("less than", ends)):
        if bound is not None:
            span = next((act.span for act in acts if act.day is bound), line.span)  # explanations say what made it so
            when = _when(line, span, resolver, env)
            constant = resolver.expression(bound, env)
            resolver.same(when, constant, "cannot compare")
            conditions.append(ir.Apply(operator, (when, constant), types.TRUTH, span))
    return conditions


def _when(line: syntax.InEffect, span: Span, resolver: Resolver, env: Env) -> ir.Node:
    """The date or school year that counts."""
    bound = line.begins or line.ends
    is_year = isinstance(bound, syntax.NumberLiteral)
    today: ir.Node = resolver.as_of(span)
    if is_year:
        today = resolver.school_year(today, span)
    if line.by is None:
        return today
    event = resolver.expression(line.by, env)
    resolver.same(event, today, "cannot compare")
    happened = ir.Apply("known", (event,), types.TRUTH, line.by.span)
    return ir.Choose(((happened, event),), today, today.type, line.by.span)


def effective(
    line: syntax.InEffect, acts: Sequence[syntax.Act]
) -> tuple[syntax.DateLiteral | syntax.NumberLiteral | None, syntax.DateLiteral | syntax.NumberLiteral | None]:
    """The first day or year, and the first one no longer, after all acts."""
    begins, ends = line.begins, line.ends
    for act in acts:
        if act.what == "delayed":
            begins = act.day
        if act.what == "repealed" and (ends is None or act.day.value < ends.value):  # type: ignore[operator]
            ends = act.day
    return begins, ends


def check_period(line: syntax.InEffect, acts: Sequence[syntax.Act], resolver: Resolver) -> None:
    """A period that ends before it begins is reported, unless a repeal ended it."""
    bounds = [bound for bound in (line.begins, line.ends) if bound is not None]
    if len({type(bound) for bound in bounds}) > 1 or (acts and isinstance(bounds[0], syntax.NumberLiteral)):
        resolver.findings.fail(
            kinds.TYPE_MISMATCH,
            "dates and school years do not mix",
            Label(line.span, "a date beside a school year, or an act on a date beside school years"),
            fixes=(Fix("write both as dates, or both as school years"),),
        )
    begins, ends = line.begins, line.ends
    for act in acts:
        if act.what == "delayed":
            if begins is not None and act.day.value <= begins.value:  # type: ignore[operator]
                _runs_backwards(
                    act.span,
                    f"until {_shown(act.day)} is not after {_shown(begins)}",
                    "a delay goes back in time",
                    resolver,
                )
            begins = act.day
    is_repealed = any(act.what == "repealed" for act in acts)
    if begins is not None and ends is not None and ends.value <= begins.value and not is_repealed:  # type: ignore[operator]
        _runs_backwards(
            line.span,
            f"until {_shown(ends)} is not after {_shown(begins)}",
            "the period ends before it begins",
            resolver,
        )


def _runs_backwards(span: Span, told: str, what: str, resolver: Resolver) -> None:
    resolver.findings.add(
        kinds.HOLE_IN_PERIODS,
        what,
        Label(span, told),
        notes=("`from` is the first day in effect and `until` the first day no longer in effect.",),
        fixes=(Fix("write a later date after `until`, or leave it out"),),
    )


def _shown(bound: syntax.DateLiteral | syntax.NumberLiteral) -> str:
    return str(bound.value)


def acts_of(acts: Sequence[syntax.Act]) -> tuple[ir.Act, ...]:
    """The acts in the order in which they were written."""
    return tuple(ir.Act(act.what, act.day.value, act.authority) for act in acts)


def without_dates(acts: Sequence[syntax.Act]) -> syntax.InEffect | None:
    """The period of a rule that acts delay or repeal though it states none itself."""
    dated = [act for act in acts if act.what != "enacted"]
    return syntax.InEffect(dated[0].span, None, None) if dated else None


def with_period(clause: ir.Clause, conditions: Sequence[ir.Node]) -> ir.Clause:
    """A clause that applies where all conditions hold."""
    if not conditions:
        return clause
    first = conditions[0]
    applies = first if len(conditions) == 1 else ir.Apply("and", tuple(conditions), types.TRUTH, first.span)
    return replace(clause, applies=applies)


def policy_governs(policy: ir.PolicyHeader) -> ir.Node | None:
    """The learners and days that a policy governs, as a condition."""
    today = ir.Variable("as of", types.DATE)
    node = policy.governs
    if policy.begins is not None:
        node = joined(node, ir.Apply("at least", (today, ir.Constant(policy.begins, types.DATE)), types.TRUTH))
    if policy.ends is not None:
        node = joined(node, ir.Apply("less than", (today, ir.Constant(policy.ends, types.DATE)), types.TRUTH))
    return node


def joined(left: ir.Node | None, right: ir.Node | None) -> ir.Node | None:
    """Both conditions; where one is missing, the other."""
    if left is None or right is None:
        return left or right
    return ir.Apply("and", (left, right), types.TRUTH, left.span or right.span)
