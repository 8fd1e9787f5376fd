"""One learner, all decisions of a program in the order in which they rely on each other, each with its reasons."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from competency.model.decisions import Decision, Outcome
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.allot import Relief, allotted
from competency.rules.interpreter.evaluate import Learner, evaluate
from competency.rules.interpreter.order_next import in_order
from competency.rules.interpreter.reasons import Award, ClauseReason, Explained, Placement, Reason
from competency.rules.interpreter.stand import standing
from competency.rules.interpreter.visible import awards, visible
from competency.rules.program import ir, types
from competency.rules.program.operators import Interval, both

Given = Mapping[tuple[str, tuple[str, ...]], bool]

_OUTCOMES = {True: Outcome.MET, False: Outcome.NOT_MET, None: Outcome.NOT_YET_KNOWN}


def decide(
    program: ir.Program,
    facts: LearnerFacts,
    as_of: date,
    known_on: datetime | None = None,
    *,
    given: Given | None = None,
    only: Container[int] | None = None,
    keys: Container[tuple[str, tuple[str, ...]]] | None = None,
    presume_governed: bool = False,
    keeps_going: bool = False,
) -> list[Explained]:
    """Every decision about a learner as of a date, as known at a time.

    `given` are conclusions taken for granted in place of the program's own; `only` are the indexes of the rules wanted
    (with those they rely on), `keys` the conclusions wanted, by group and items (with those they rely on). With `presume_governed`, a learner of whom it is not known is taken to be governed: an
    example says only what matters. With `keeps_going`, an exception ends that one decision: it has an error in place of an
    outcome, and to those that rely on it its conclusion is unknown.
    """
    return decide_and_remember(
        program,
        facts,
        as_of,
        known_on,
        given=given,
        only=only,
        keys=keys,
        presume_governed=presume_governed,
        keeps_going=keeps_going,
    )[0]


def decide_and_remember(
    program: ir.Program,
    facts: LearnerFacts,
    as_of: date,
    known_on: datetime | None = None,
    *,
    given: Given | None = None,
    only: Container[int] | None = None,
    keys: Container[tuple[str, tuple[str, ...]]] | None = None,
    presume_governed: bool = False,
    keeps_going: bool = False,
) -> tuple[list[Explained], Learner]:
    """As `decide`, and the learner with all conclusions drawn: what an indicator reads of its members."""
    tables = visible(facts, program.fact_types, as_of, known_on)
    learner = Learner(program, facts.learner, tables, as_of)
    learner.conclusions.update({key: (truth, None) for key, truth in (given or {}).items()})
    known_awards = awards(facts, as_of, known_on)
    decided: dict[tuple[str, tuple[str, ...]], list[Explained]] = {}
    governs: dict[int, Reason | None] = {}
    by_item: dict[int, bool] = {}
    for index, codes in program.schedule:
        if only is not None and index not in only:
            continue
        rule = program.rules[index]
        if keys is not None and (rule.group, codes) not in keys:
            continue
        try:
            env = _scope(rule, codes)
            if index not in by_item:
                by_item[index] = _speaks_of_items(rule)
            if index not in governs or by_item[index]:
                governs[index] = evaluate(rule.governs, env, learner) if rule.governs is not None else None
            award = standing(rule, codes, known_awards, as_of, program.year_begins)
            one = _decide(rule, env, governs[index], award, learner, known_on, presume_governed)
        except Exception as error:
            if not keeps_going:
                raise
            failed = _decision(rule, codes, learner, known_on, None)
            one = Explained(replace(failed, error=f"{type(error).__name__}: {error}"), rule, ())
        key = (rule.group, codes)
        if key not in (given or {}) and (_governs(one) or key not in decided):
            learner.conclusions[key] = (_truth(one.decision.outcome), one.value.value if one.value else None)
        decided.setdefault(key, []).append(one)
    return [one for ones in decided.values() for one in _governing(ones)], learner


def _governing(versions: list[Explained]) -> list[Explained]:
    """Of several versions of a rule, those that govern; where none does, the first says so."""
    return [one for one in versions if _governs(one)] or versions[:1]


def _governs(one: Explained) -> bool:
    return one.governs is None or one.governs.value is not False


def _truth(outcome: Outcome | None) -> bool | None:
    match outcome:
        case Outcome.MET | Outcome.WAIVED:
            return True
        case Outcome.NOT_MET | Outcome.NOT_APPLICABLE:
            return False
        case _:
            return None


def _scope(rule: ir.Rule, codes: tuple[str, ...]) -> dict[str, Reason]:
    """The items of a decision by the names that the rule gives them."""
    return {
        variable.name: Reason(ir.Constant(code, types.item(variable.kind)), code)
        for variable, code in zip(rule.scope, codes, strict=True)
    }


def _speaks_of_items(rule: ir.Rule) -> bool:
    """Whether it depends on the item whom a rule governs: on the date of an event. Else one answer serves all items."""
    names = {variable.name for variable in rule.scope}
    return rule.governs is not None and any(
        isinstance(node, ir.Variable) and node.name in names for node in ir.walk(rule.governs)
    )


def _decide(
    rule: ir.Rule,
    env: dict[str, Reason],
    governs: Reason | None,
    award: Award | None,
    learner: Learner,
    known_on: datetime | None,
    presume_governed: bool,
) -> Explained:
    codes = tuple(str(reason.value) for reason in env.values())
    stands = award is not None and not award.is_revoked
    if governs is not None and governs.value is False:
        outcome = Outcome.MET if stands else Outcome.NOT_APPLICABLE
        decision = _decision(rule, codes, learner, known_on, outcome, (ir.AWARD,) if stands else ())
        return Explained(decision, rule, (), governs=governs, award=award if stands else None)
    waivers = _waivers(rule, codes, learner)
    is_missing = award is None and _has_no_evidence(rule, env, learner)
    if is_missing and not waivers:
        return _missing(rule, codes, governs, learner, known_on)
    lets = []
    for let in rule.lets:
        env[let.name] = evaluate(let.value, env, learner)
        lets.append((let.name, env[let.name]))
    placements: tuple[Placement, ...] = ()
    if rule.allotment is not None:
        reliefs = _reliefs(rule, rule.allotment, waivers, env, learner)
        placed, placements = allotted(rule.allotment, env, learner, reliefs)
        env.update(placed)
    clauses = tuple(
        _clause(clause, applies, rule, env, learner, waivers.get(clause.label, ""))
        for clause, applies in _applying(rule, env, learner)
    )
    required = [clause for clause in clauses if clause.clause.effect == "require" and clause.counts]
    truth = both(*(clause.value for clause in required))
    if governs is not None and governs.value is None and not presume_governed:
        truth = None
    if is_missing and truth is not True:  # what is waived does not say that anything is known of the rest
        return _missing(rule, codes, governs, learner, known_on)
    value = evaluate(rule.value, env, learner) if rule.value is not None else None
    determining = _determining(required, truth)
    outcome = _OUTCOMES[truth]
    freed = tuple(clause.clause.label for clause in clauses if clause.waiver and clause.value is not True)
    if truth is True and freed:
        outcome, determining = Outcome.WAIVED, freed
    if rule.kind == "measure" and truth is True and (value is None or _unsettled(value.value)):
        outcome = Outcome.NOT_YET_KNOWN
    holds = truth is True if award is None else stands
    reported = _reported(clauses) if holds else ()
    if award is not None:
        outcome, determining, reported = _by_award(award, truth, reported)
    if not holds and value is not None:  # what is not met is worth nothing
        value = Reason(value.node, None, value.parts)
    assigned = evaluate(rule.assigns, env, learner) if rule.assigns is not None and truth is True else None
    decision = Decision(
        learner=learner.learner,
        kind=rule.kind,
        rule=rule.name,
        item=codes,
        outcome=outcome,
        value=None if value is None or _unsettled(value.value) else value.value,
        determining=determining,
        as_of=learner.as_of,
        known_on=known_on,
        reported=reported,
        assigned=_assigned(assigned, rule, learner),
        evidence=_evidence(clauses, [reason for _, reason in lets], value),
        policy_version=rule.version or learner.program.policy.version,
    )
    return Explained(decision, rule, clauses, tuple(lets), value, governs, placements=placements, award=award)


def _missing(
    rule: ir.Rule, codes: tuple[str, ...], governs: Reason | None, learner: Learner, known_on: datetime | None
) -> Explained:
    """What the rule says where there is no evidence at all."""
    decision = _decision(rule, codes, learner, known_on, Outcome(rule.missing))
    return Explained(decision, rule, (), governs=governs, missing=True)


def _by_award(
    award: Award, truth: bool | None, reported: tuple[str, ...]
) -> tuple[Outcome, tuple[str, ...], tuple[str, ...]]:
    """What a recorded award makes of a decision; where the clauses say otherwise, that is reported and changes nothing."""
    if award.is_revoked:
        return Outcome.NOT_MET, (ir.REVOKED,), (ir.SUPPORTED_AGAIN,) if truth is True else ()
    return Outcome.MET, (ir.AWARD,), (*reported, ir.NO_LONGER_SUPPORTED) if truth is False else reported


def _waivers(rule: ir.Rule, codes: tuple[str, ...], learner: Learner) -> dict[str, str]:
    """Labels of the clauses from which a recorded waiver frees the learner, each with the waiver's identity."""
    item = " at ".join(codes)
    return {
        str(waiver.values["clause"]): waiver.id
        for waiver in learner.tables.get("waivers", ())
        if waiver.values["rule"] in {rule.reference, rule.name}
        and waiver.values.get("item") in {None, item}
        and waiver.values.get("policy_version") in {None, rule.version or learner.program.policy.version}
    }


def _unsettled(value: Any) -> bool:
    return value is None or isinstance(value, Interval)


def _has_no_evidence(rule: ir.Rule, env: Mapping[str, Reason], learner: Learner) -> bool:
    if not rule.evidence or not rule.missing:
        return False
    rows = [evaluate(node, env, learner).value for node in rule.evidence]
    return all(found is not None and not found.certain and not found.possible for found in rows)


def _applying(rule: ir.Rule, env: Mapping[str, Reason], learner: Learner) -> Iterator[tuple[ir.Clause, bool | None]]:
    """The clauses that are there for the learner on the day, and those of which it is not known."""
    for clause in rule.clauses:
        applies = evaluate(clause.applies, env, learner).value if clause.applies is not None else True
        if applies is not False:
            yield clause, applies


def _clause(
    clause: ir.Clause,
    applies: bool | None,
    rule: ir.Rule,
    env: Mapping[str, Reason],
    learner: Learner,
    waiver: str,
) -> ClauseReason:
    """A clause, or what an exception puts in its place. The first exception that applies counts.

    A clause of which it is not known whether it is there is met if it would be, and else not yet known.
    """
    branches: list[tuple[ir.Clause | None, str]] = []
    changes = _changes(clause.label, rule, env, learner)
    branches += [(replacement, exception.label) for exception, replacement, _ in changes]
    if not changes or changes[-1][2] is None:
        branches.append((clause, ""))
    reasons = [
        (branch, label, evaluate(branch.condition, env, learner) if branch is not None else None)
        for branch, label in branches
    ]
    branch, label, reason = reasons[0]
    values = {True if found is None else found.value for _, _, found in reasons}
    value = values.pop() if len(values) == 1 else None
    value = None if applies is None and value is False else value
    if branch is None:  # waived by the exception: still evaluated and shown
        reason = evaluate(clause.condition, env, learner)
    waived = branch is None and value is True
    authority = next((exception.authority for exception in rule.exceptions if exception.label == label), "")
    return ClauseReason(branch or clause, value, reason, label, waived, waiver, authority)


def _changes(
    label: str, rule: ir.Rule, env: Mapping[str, Reason], learner: Learner
) -> list[tuple[ir.RuleException, ir.Clause | None, bool | None]]:
    """The exceptions that change a clause for the learner, with what each puts in its place and whether it applies.

    In order of precedence: first those of which it is not known, up to the one that applies, if one does.
    """
    found: list[tuple[ir.RuleException, ir.Clause | None, bool | None]] = []
    for exception in rule.exceptions:
        for changed, replacement in exception.replaces:
            if changed != label:
                continue
            applies = evaluate(exception.applies, env, learner).value
            if replacement is not None and replacement.applies is not None:
                applies = both(applies, evaluate(replacement.applies, env, learner).value)
            if applies is not False:
                found.append((exception, replacement, applies))
            if applies is True:
                return found
    return found


def _reliefs(
    rule: ir.Rule, allotment: ir.Allotment, waivers: Mapping[str, str], env: Mapping[str, Reason], learner: Learner
) -> dict[str, Relief]:
    """Of requirements that draw on a pool, those that are waived or replaced for the learner, or perhaps are."""
    found: dict[str, Relief] = {}
    for label in {slot.label for slot in allotment.slots}:
        changes = _changes(label, rule, env, learner)
        if changes and changes[-1][2] is True:
            is_replaced = all(replacement is not None for _, replacement, _ in changes)
            found[label] = Relief.REPLACED if is_replaced else Relief.WAIVED
        elif label in waivers:
            found[label] = Relief.WAIVED
        elif changes:
            found[label] = Relief.PERHAPS
    return found


def _reported(clauses: Sequence[ClauseReason]) -> tuple[str, ...]:
    """Caps that were passed where the learner goes on all the same."""
    return tuple(each.clause.label for each in clauses if each.clause.effect == "report" and each.value is False)


def _determining(required: list[ClauseReason], truth: bool | None) -> tuple[str, ...]:
    """The clauses that made the outcome: all of a met one, the failing or unknown ones of another."""
    return tuple(clause.clause.label for clause in required if clause.value is truth)


def _assigned(reason: Reason | None, rule: ir.Rule, learner: Learner) -> tuple[str, ...]:
    if reason is None or reason.value is None:
        return ()
    codes = tuple(str(item) for item in (*reason.value.certain, *reason.value.possible))
    if rule.kind != "pathway":
        return codes
    ordered = in_order(reason.node.type.of, codes, learner.tables.get("goals", ()), learner.program.catalog)
    return ordered[: rule.assigns_most]


def _evidence(clauses: Sequence[ClauseReason], lets: Sequence[Reason], value: Reason | None) -> tuple[str, ...]:
    found: set[str] = set()
    for clause in clauses:
        if clause.reason is not None:
            found.update(clause.reason.facts())
    for reason in (*lets, *((value,) if value else ())):
        found.update(reason.facts())
    return tuple(sorted(found))


def _decision(
    rule: ir.Rule,
    codes: tuple[str, ...],
    learner: Learner,
    known_on: datetime | None,
    outcome: Outcome | None,
    determining: tuple[str, ...] = (),
) -> Decision:
    return Decision(
        learner.learner,
        rule.kind,
        rule.name,
        codes,
        outcome,
        None,
        determining,
        learner.as_of,
        known_on,
        policy_version=rule.version or learner.program.policy.version,
    )
