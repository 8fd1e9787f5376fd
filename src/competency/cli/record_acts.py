"""`competency award`, `revoke`, `waive`, `correct`, `erase`: recorded acts of people, each with its reason."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from competency.cli.arguments import unusable
from competency.cli.over_records import (
    By,
    Stop,
    a_day,
    actor,
    clock,
    confirmed,
    in_force,
    needed,
    opened,
    over_records,
    show_changes,
    told_act,
)
from competency.cli.quantity import quantity
from competency.cli.render import report, write

if TYPE_CHECKING:
    from competency.services.record_act import ActReport


@over_records
def award(
    learner: str,
    /,
    *,
    rule: str,
    reason: str,
    item: str | None = None,
    on: str | None = None,
    until: str | None = None,
    override: bool = False,
    credits: str | None = None,  # noqa: A002 - the option is called so
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Award a learner what a rule decides. The award stands until a recorded act revokes it.

    Parameters
    ----------
    learner: str
        The learner's identifier.
    rule: str
        The rule, as 'credit course'.
    reason: str
        Why it is awarded, for the auditor.
    item: str
        The course, competency or level.
    on: str
        The day of the award; without it, today.
    until: str
        The first day on which it is over; without it, it lasts.
    override: bool
        Award it although the rules do not say so: somebody may decide that, and answers for it.
    credits: str
        The credits that it carries; without it, what the rule says, which says nothing of an override.
    """
    from competency.services.record_award import record_award

    who = actor(at.by)
    day, end = a_day(on, "--on"), a_day(until, "--until")
    why = needed(reason, "--reason", "say why it is awarded")
    with opened(at.db, at.book) as records:
        acted = record_award(
            records,
            in_force(records, day),
            learner=learner,
            rule=rule,
            item=item,
            on=day,
            ends=end,
            overrides=override,
            carries=_number(credits),
            by=who,
            reason=why,
            now=clock,
        )
    return told_act(acted, at.format, f"awarded to {learner}: {acted.name}")


@over_records
def revoke(
    act: str,
    /,
    *,
    reason: str,
    on: str | None = None,
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Revoke an award, or end a waiver. It stays in history, and no longer counts.

    Parameters
    ----------
    act: str
        The identity of the award or waiver, as `competency history` shows it.
    reason: str
        Why it is revoked, for the auditor.
    on: str
        The first day on which it is revoked; without it, today.
    """
    from competency.services.record_act import read_book_in_force
    from competency.services.record_award import revoke_award

    who = actor(at.by)
    day = a_day(on, "--on")
    why = needed(reason, "--reason", "say why it is revoked")
    with opened(at.db, at.book) as records:
        found, _ = read_book_in_force(records, now=clock)
        acted = revoke_award(records, found, act=act, on=day, by=who, reason=why, now=clock)
    return told_act(acted, at.format, f"revoked: {acted.name}")


@over_records
def waive(
    learner: str,
    /,
    *,
    rule: str,
    clause: str,
    authority: str,
    reason: str,
    item: str | None = None,
    begins: str | None = None,
    until: str | None = None,
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Waive a clause of a rule for one learner. The clause is still evaluated and shown.

    Parameters
    ----------
    learner: str
        The learner's identifier.
    rule: str
        The rule, as 'mastery standard'.
    clause: str
        The label of the clause.
    authority: str
        Who may decide so and did, as 'Superintendent'.
    reason: str
        Why it is waived, for the auditor.
    item: str
        The item; without it, every item of the rule.
    begins: str
        The first day; without it, today.
    until: str
        The first day on which it is over; without it, it stays.
    """
    from competency.services.record_award import waive_clause

    who = actor(at.by)
    first, end = a_day(begins, "--begins"), a_day(until, "--until")
    why = needed(reason, "--reason", "say why it is waived")
    power = needed(authority, "--authority", "say who decided")
    with opened(at.db, at.book) as records:
        acted = waive_clause(
            records,
            in_force(records),
            learner=learner,
            rule=rule,
            clause=clause,
            item=item,
            begins=first,
            ends=end,
            authority=power,
            reason=why,
            by=who,
            now=clock,
        )
    return told_act(acted, at.format, f"waived for {learner}: {acted.name}")


@over_records
def correct(
    table: str,
    fact: str,
    /,
    *,
    reason: str,
    cells: Annotated[list[str] | None, Parameter(name="--set", negative="")] = None,
    remove: bool = False,
    confirm: bool = False,
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Correct a recorded fact: first the decisions that would change are listed, then it is confirmed.

    Parameters
    ----------
    table: str
        The table, as evidence.
    fact: str
        The identity of the fact, as explanations show it.
    reason: str
        Why it is corrected, for the auditor.
    cells: list[str]
        A cell and its right value, as score=3; may be given several times. Nothing behind = empties the cell.
    remove: bool
        Remove the fact; it stays in history.
    confirm: bool
        Record it without being asked.
    """
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.services.correct_fact import correct_fact
    from competency.services.intake import Intake
    from competency.services.record_act import read_book_in_force

    who = actor(at.by)
    why = needed(reason, "--reason", "say why it is corrected")
    texts = _cells(cells or [], remove)
    with opened(at.db, at.book) as records:
        found, _ = read_book_in_force(records, now=clock)
        intake = Intake(found)
        if table not in intake.fact_types:
            remedy = f"name one of: {', '.join(intake.fact_types)}"
            raise Stop(unusable("TABLE", f"there is no table `{table}`", remedy))

        def attempt(is_preview: bool) -> ActReport:
            return correct_fact(
                records,
                intake,
                table,
                fact=fact,
                cells=texts,
                removes=remove,
                by=who,
                reason=why,
                now=clock,
                is_preview=is_preview,
            )

        if not confirm:
            preview = attempt(is_preview=True)
            if preview.diagnostics:
                raise Stop(*preview.diagnostics)
            if at.format == "text":
                write("These decisions would change:\n")
                show_changes(preview)
            if not confirmed("Record the correction?", is_confirmed=False):
                question = Diagnostic(
                    kinds.ACT_UNCONFIRMED,
                    "the correction was not confirmed, and nothing was recorded",
                    fixes=(Fix("give the command again with --confirm"),),
                )
                if at.format == "json":
                    return told_act(type(preview)(False, preview.name, preview.changes, (question,)), at.format, "")
                raise Stop(question)
        acted = attempt(is_preview=False)
    return told_act(acted, at.format, f"corrected: {table} {acted.name}")


@over_records
def erase(
    learner: str,
    /,
    *,
    authority: str,
    confirm: bool = False,
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Erase everything about a learner, where the law demands it. The chain of entries still verifies.

    Parameters
    ----------
    learner: str
        The learner's identifier.
    authority: str
        By whose authority, and under which law.
    confirm: bool
        Erase without being asked. It cannot be undone.
    """
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.services.erase_learner import erase_learner

    who = actor(at.by)
    power = needed(authority, "--authority", "say by whose authority, and under which law")
    if not confirmed(f"Erase everything about {learner}? It cannot be undone.", confirm):
        fix = Fix("give the command again with --confirm")
        raise Stop(Diagnostic(kinds.ACT_UNCONFIRMED, "it was not confirmed, and nothing was erased", fixes=(fix,)))
    with opened(at.db, at.book) as records:
        number, diagnostics = erase_learner(records, learner, by=who, authority=power, now=clock)
    if diagnostics:
        raise Stop(*diagnostics)
    report((), at.format, erased=number)
    if at.format == "text":
        write(f"erased {quantity(number, 'payload')} about {learner}; backups made before still hold them\n")
    return 0


def _number(text: str | None) -> Fraction | None:
    from competency.interchange.cell_fault import CellFault
    from competency.interchange.exact_numbers import read_number

    try:
        return None if text is None else read_number(text)
    except CellFault as fault:
        raise Stop(unusable("--credits", f"the number {fault.reason}", "write a number, as 0.5")) from fault


def _cells(cells: list[str], remove: bool) -> dict[str, str]:
    texts: dict[str, str] = {}
    for cell in cells:
        name, equals, value = cell.partition("=")
        if not equals or not name.strip():
            raise Stop(unusable("--set", f"`{cell}` is no cell", "write the column and the value, as score=3"))
        texts[name.strip()] = value.strip()
    if bool(texts) is remove:
        remedy = "give the right cells with --set, or --remove, and not both"
        raise Stop(unusable("--set", "it is not said what is right", remedy))
    return texts
