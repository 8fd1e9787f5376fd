"""Awards what a rule decides, revokes an award, waives a clause: recorded acts of people, each with its reason."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.fact_set import Row
from competency.interchange.recorded_rows import row_of
from competency.model.decisions import Outcome
from competency.model.facts import AWARDS, WAIVERS, FactType, FactValue
from competency.records.append import Appender
from competency.records.database import Records
from competency.records.entries import Kind
from competency.records.read import FACT, Kept, Knowledge, names_of, newest_by_key, newest_of_type, subjects_of
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.wording import sentence
from competency.rules.program import ir
from competency.services.explain_decision import find_rule, is_about
from competency.services.read_book_facts import not_in_records
from competency.services.record_act import Acted, ActReport, BookInForce, record_act
from competency.services.record_run import day_of, decide_known
from competency.services.recorded_facts import Tables, facts_of, kept_cells
from competency.services.row_recorder import RowRecorder
from competency.services.write_decisions import outcome_text


def record_award(
    records: Records,
    book: BookInForce,
    *,
    learner: str,
    rule: str,
    item: str | None,
    on: date | None,
    ends: date | None,
    overrides: bool,
    carries: Fraction | None = None,
    by: str,
    reason: str,
    now: Callable[[], datetime],
) -> ActReport:
    """Award a learner what a rule concludes, on a day (none: today), until a day (none: until it is revoked).

    Refused where the rule does not decide so; with `overrides` it is awarded all the same, for the reason given. `carries`:
    its credits; none: what the rule says, which says nothing where it is overridden.
    """

    def act(appender: Appender) -> Acted:
        today = day_of(appender.recorded_at, book.program.time_zone)
        day = on or today
        if day > today:
            return Acted(refused=(refusal(f"{day} has not come yet", "award it on that day"),))
        if ends is not None and ends <= day:
            return Acted(refused=(refusal(f"it would end on {ends}, before it begins", "name a later day"),))
        subject = subjects_of(appender.connection, [learner]).get(learner)
        if subject is None:
            return Acted(refused=(not_in_records(learner),))
        found, wrong = _decided(appender, book.program, learner, subject, rule, item, day)
        if found is None:
            return Acted(refused=wrong)
        refused = _not_to_be_awarded(found, overrides)
        if refused is not None:
            return Acted(refused=(refused,))
        award = f"award-{appender.head.position + 1}"
        values: dict[str, FactValue] = {
            "award_id": award,
            "learner": learner,
            "award": found.rule.reference,
            "awarded_on": day,
            "revoked_on": ends,
            "mark": found.rule.mark or None,
        }
        for variable, code in zip(found.rule.scope, found.decision.item, strict=True):
            values["competency" if variable.kind == "skill" else variable.kind] = code
        if found.rule.kind == "credit":
            worth = found.decision.value
            values["credits"] = carries if carries is not None else worth if isinstance(worth, Fraction) else None
        note = {"by": by, "reason": reason, **({"overrides": outcome_text(found.decision)} if overrides else {})}
        RowRecorder(appender, {"by": by}, kind=Kind.AWARD).put(AWARDS, [_row(AWARDS, values)], note)
        return Acted((subject,), award)

    return record_act(records, act, book=book, by=by, now=now)


def revoke_award(
    records: Records,
    book: BookInForce | None,
    *,
    act: str,
    on: date | None,
    by: str,
    reason: str,
    now: Callable[[], datetime],
) -> ActReport:
    """End an award or a waiver from a day on (none: today). Refused where there is none of that name, or it is over."""

    def end(appender: Appender) -> Acted:
        day = on or day_of(appender.recorded_at, book.program.time_zone if book is not None else "")
        for fact_type in (AWARDS, WAIVERS):
            stored = newest_by_key(appender.connection, FACT + fact_type.plural, [act]).get(act)
            if stored is not None and kept_cells(stored) is not None:
                return _end(appender, fact_type, stored, day, by, reason)
        return Acted(refused=(_unknown_award(appender, act),))

    return record_act(records, end, book=book, by=by, now=now)


def _end(appender: Appender, fact_type: FactType, stored: Kept, day: date, by: str, reason: str) -> Acted:
    cells = kept_cells(stored) or {}
    begins, ends = cells[str(fact_type.happened or fact_type.begins)], str(fact_type.ends)
    what = f"the {fact_type.singular} `{stored.key}`"
    if cells.get(ends, "9999") <= day.isoformat():
        over = f"{what} is over already, since {cells[ends]}"
        return Acted(refused=(refusal(over, "look at the learner's history: `competency history`"),))
    if day.isoformat() < begins:
        before = f"{what} was made for {begins}, after the day of its revocation"
        return Acted(refused=(refusal(before, "revoke it from that day on, or later"),))
    subject = stored.subject or 0
    learner = names_of(appender.connection, [subject])[subject]
    row = row_of(fact_type, {**cells, ends: day.isoformat()}, learner)
    RowRecorder(appender, {"by": by}, kind=Kind.REVOCATION).put(fact_type, [row], {"by": by, "reason": reason})
    return Acted((subject,), stored.key)


def waive_clause(
    records: Records,
    book: BookInForce,
    *,
    learner: str,
    rule: str,
    clause: str,
    item: str | None,
    begins: date | None,
    ends: date | None,
    authority: str,
    reason: str,
    by: str,
    now: Callable[[], datetime],
) -> ActReport:
    """Waive a clause of a rule for a learner, on one item or on all, from a day (none: today) until a day (none: open)."""

    def act(appender: Appender) -> Acted:
        day = begins or day_of(appender.recorded_at, book.program.time_zone)
        subject = subjects_of(appender.connection, [learner]).get(learner)
        if subject is None:
            return Acted(refused=(not_in_records(learner),))
        reference, wrong = find_rule(rule, _references(book.program))
        if reference is None:
            return Acted(refused=wrong)
        wrong = _wrong_clause(book.program, reference, clause, item)
        if wrong:
            return Acted(refused=wrong)
        if ends is not None and ends <= day:
            return Acted(refused=(refusal(f"it would end on {ends}, before it begins", "name a later day"),))
        waiver = f"waiver-{appender.head.position + 1}"
        values: dict[str, FactValue] = {
            "waiver_id": waiver,
            "learner": learner,
            "rule": reference,
            "clause": clause,
            "item": item,
            "authority": authority,
            "reason": reason,
            "begins_on": day,
            "ends_on": ends,
        }
        RowRecorder(appender, {"by": by}, kind=Kind.WAIVER).put(WAIVERS, [_row(WAIVERS, values)], {"by": by})
        return Acted((subject,), waiver)

    return record_act(records, act, book=book, by=by, now=now)


def refusal(reason: str, remedy: str) -> Diagnostic:
    """An act that does not fit what is recorded."""
    return Diagnostic(
        kinds.ACT_REFUSED,
        f"nothing was recorded: {reason}",
        fixes=(Fix(remedy),),
    )


def _decided(
    appender: Appender, program: ir.Program, learner: str, subject: int, rule: str, item: str | None, day: date
) -> tuple[Explained | None, tuple[Diagnostic, ...]]:
    reference, wrong = find_rule(rule, _references(program))
    if reference is None:
        return None, wrong
    if reference.split(" ", 1)[0] not in ir.AWARDED_KINDS:
        return None, (refusal(f"{reference} concludes nothing that is awarded", "name another rule"),)
    tables = Tables(program.fact_types)
    facts = facts_of(appender.connection, tables, Knowledge(appender.head.position), learner, subject)
    decided = [one for one in decide_known(program, facts, day) if one.rule.reference == reference]
    found = [one for one in decided if item is None or is_about(one, item)]
    if len(found) == 1:
        return found[0], ()
    items = sorted({" at ".join(one.decision.item) for one in decided})
    nearest = difflib.get_close_matches(item or "", items, n=1)
    if item is not None:
        remedy = f"did you mean `{nearest[0]}`?" if nearest else "name an item of the rule"
        return None, (refusal(f"{reference} is not about `{item}`", remedy),)
    return None, (refusal(f"{reference} is about {len(items)} items", "say which with --item"),)


def _not_to_be_awarded(found: Explained, overrides: bool) -> Diagnostic | None:
    if found.award is not None and not found.award.is_revoked:
        return refusal(f"{found.award.words}, and is not awarded twice", "revoke that award first, if it is wrong")
    # after a revocation the decision stays `not met`, and reports that the clauses are met again
    is_met = found.decision.outcome in {Outcome.MET, Outcome.WAIVED} or ir.SUPPORTED_AGAIN in found.decision.reported
    if not is_met and not overrides:
        remedy = "record what is missing, or, where somebody may decide so, add --override and the reason"
        return refusal(f"the rules do not say so. {sentence(found)}", remedy)
    if is_met and overrides:
        return refusal("the rules say so: there is nothing to override", "leave --override out")
    return None


def _wrong_clause(program: ir.Program, reference: str, clause: str, item: str | None) -> tuple[Diagnostic, ...]:
    rules = [rule for rule in program.rules if rule.reference == reference]
    labels = sorted({each.label for rule in rules for each in rule.clauses})
    if clause not in labels:
        nearest = difflib.get_close_matches(clause, labels, n=1)
        remedy = f"did you mean `{nearest[0]}`?" if nearest else f"its clauses are: {', '.join(labels)}"
        return (refusal(f"{reference} has no clause `{clause}`", remedy),)
    items = sorted({" at ".join(codes) for rule in rules for codes in rule.about})
    if item is not None and item not in items:
        nearest = difflib.get_close_matches(item, items, n=1)
        remedy = f"did you mean `{nearest[0]}`?" if nearest else "name an item of the rule, or leave --item out"
        return (refusal(f"{reference} is not about `{item}`", remedy),)
    return ()


def _references(program: ir.Program) -> Sequence[str]:
    return list(dict.fromkeys(rule.reference for rule in program.rules))


def _row(fact_type: FactType, values: dict[str, Any]) -> Row:
    return tuple(values.get(column.name) for column in fact_type.columns)


def _unknown_award(appender: Appender, award: str) -> Diagnostic:
    known = [
        *newest_of_type(appender.connection, FACT + AWARDS.plural),
        *newest_of_type(appender.connection, FACT + WAIVERS.plural),
    ]
    nearest = difflib.get_close_matches(award, known, n=1)
    remedy = f"did you mean `{nearest[0]}`?" if nearest else "find it with `competency history LEARNER`"
    return refusal(f"`{award}` was never awarded", remedy)
