"""`competency history`, `replay`, `verify`, `late`: what an auditor asks of records."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import (
    At,
    By,
    Stop,
    a_day,
    actor,
    clock,
    decision_words,
    moment_text,
    opened,
    over_records,
    told_that_seen,
)
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import report, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.records.checkpoint import Checkpoint
    from competency.records.connection import Connection
    from competency.services.replay_decisions import Difference

# Decisions that come out otherwise are listed up to so many.
DIFFERENCES_SHOWN_MAX = 20


@over_records
def history(
    learner: str,
    /,
    *,
    kind: list[str] | None = None,
    since: str | None = None,
    to: str | None = None,
    purpose: str = "",
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Show everything that is recorded about a learner, oldest first. That somebody looked is recorded too.

    Parameters
    ----------
    learner: str
        The learner's identifier.
    kind: list[str]
        Only entries of this kind, as decision, fact or award; may be given several times.
    since: str
        Only what was recorded on this date (UTC) or later.
    to: str
        To whom it is given, if it leaves the house: then that is recorded as a disclosure, and who else looked is left out.
    purpose: str
        For what it is given; needed with --to.
    """
    from competency.model.facts import BUILT_IN
    from competency.services.learner_history import SEEN, learner_history, record_access, record_disclosure
    from competency.services.record_act import read_book_in_force

    who = actor(at.by)
    first = a_day(since, "--since")
    if bool(to) is not bool(purpose.strip()):
        raise Stop(unusable("--to", "a disclosure has somebody to whom and a purpose", "give both --to and --purpose"))
    with opened(at.db, at.book) as records:
        with records.reading() as connection:
            subject = _subject(connection, learner)
        if to:
            with records.writing(clock) as appender:
                record_disclosure(appender, subject, by=who, to=to, purpose=purpose)
        else:
            told_that_seen(records, lambda appender: record_access(appender, subject, by=who, command="history"))
        found, _ = read_book_in_force(records, now=clock)
        types = found.program.fact_types if found is not None else BUILT_IN
        with records.reading() as connection:
            told = learner_history(connection, subject, types)
    told = tuple(
        each
        for each in told
        if (not kind or each.kind in kind)
        and (first is None or each.recorded_at >= first.isoformat())
        and not (to and each.kind in SEEN)
    )
    if at.format == "json":
        names = ("position", "recorded_at", "kind", "what", "by", "reason")
        report((), at.format, learner=learner, history=[{name: getattr(each, name) for name in names} for each in told])
        return 0
    for each in told:
        by_whom = f", by {each.by}" if each.by else ""
        write(f"{moment_text(each.recorded_at)}  {each.kind}{by_whom}\n    {each.what}\n")
        if each.reason:
            write(f"    Reason: {each.reason}\n")
    return 0


@over_records
def acts(
    *,
    kind: list[str] | None = None,
    since: str | None = None,
    overrides: bool = False,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Show what people did: awards, overrides, waivers, corrections, publications, keys, imports, runs, erasures.

    Parameters
    ----------
    kind: list[str]
        Only acts of this kind, as award, waiver, correction or publication; may be given several times.
    since: str
        Only what was recorded on this date (UTC) or later.
    overrides: bool
        Only awards that the rules did not support.
    """
    from competency.services.recorded_acts import recorded_acts

    first = a_day(since, "--since")
    with opened(at.db, at.book) as records, records.reading() as connection:
        found = recorded_acts(connection, since=first.isoformat() if first else "", kinds=frozenset(kind or ()))
    told = [act for act in found if act.overrides or not overrides]
    if at.format == "json":
        names = ("position", "recorded_at", "kind", "learner", "what", "by", "reason", "overrides", "from_source")
        report((), at.format, acts=[{name: getattr(act, name) for name in names} for act in told])
        return 0
    for act in told:
        about = f" about {act.learner}" if act.learner else ""
        by_whom = f", by {act.by}" if act.by else ", from a source" if act.from_source else ""
        write(f"{moment_text(act.recorded_at)}  entry {act.position}  {act.kind}{about}{by_whom}\n    {act.what}\n")
        if act.overrides:
            write(f"    By override: the rules said `{act.overrides}`\n")
        if act.reason:
            write(f"    Reason: {act.reason}\n")
    write(f"{quantity(len(told), 'act')}\n")
    return 0


@over_records
def replay(
    *,
    learner: str | None = None,
    run: int | None = None,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Recompute recorded decisions by the rules and the knowledge of their day, and compare byte for byte.

    Parameters
    ----------
    learner: str
        The decisions about this learner alone.
    run: int
        The decisions of this run alone, by its entry.
    """
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.records.entries import Kind
    from competency.records.read import entry_at
    from competency.services.replay_decisions import replay_decisions

    with opened(at.db, at.book) as records, records.reading() as connection:
        subject = _subject(connection, learner) if learner is not None else None
        entry = entry_at(connection, run) if run is not None else None
        if run is not None and (entry is None or entry.kind != Kind.RUN):
            remedy = "name the entry of a run; `competency acts --kind run` lists them"
            raise Stop(unusable("--run", f"entry {run} is no run", remedy))
        with progress("replaying") as told:
            runs = None if run is None else frozenset({run})
            replayed = replay_decisions(connection, subject=subject, runs=runs, progress=told)
    found = list(replayed.unreadable)
    found += [
        Diagnostic(
            kinds.REPLAY_DIFFERS,
            f"entry {each.position}, {each.learner}, {decision_words(each.key)}: {_differing(each)}",
            fixes=(Fix("verify the records; if they are sound, ask which version of the program was at work"),),
            data={"position": each.position, "recorded": each.recorded, "replayed": each.replayed},
        )
        for each in replayed.differences[:DIFFERENCES_SHOWN_MAX]
    ]
    number = len(replayed.differences)
    report(tuple(found), at.format, compared=replayed.compared, different=number)
    if at.format == "text":
        equal = "all the same" if not number else f"{number:,} different"
        write(f"{quantity(replayed.compared, 'decision')} replayed: {equal}\n")
    return status(found)


@over_records
def verify(
    *,
    against: Path | None = None,
    keep: Path | None = None,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Prove that nothing was altered: every entry, payload, published book and guard, and a checkpoint kept elsewhere.

    Parameters
    ----------
    against: Path
        A checkpoint of before, which the auditor kept: the entries that it covers must still be those.
    keep: Path
        Write the checkpoint of now to this file, to be kept where nobody of the house can change it.
    """
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.records.checkpoint import checkpoint_text
    from competency.services.replace_file import replace_file, unwritable
    from competency.services.verify_everything import verify_everything

    kept = _checkpoint(against) if against is not None else None
    with opened(at.db, at.book) as records, progress("verifying") as told:
        verified = verify_everything(records, kept, told)
    found: list[Diagnostic] = [
        Diagnostic(
            kinds.RECORDS_ALTERED,
            f"entry {fault.position}: {fault.what}" if fault.position else fault.what,
            fixes=(Fix("keep this database as it is for the auditor, and restore a backup beside it"),),
            data={"position": fault.position},
        )
        for fault in verified.faults
    ]
    if keep is not None and verified.is_sound:
        try:
            with replace_file(keep) as unfinished:
                unfinished.write_text(checkpoint_text(verified.checkpoint), encoding="utf-8", newline="\n")
        except OSError as error:
            found.append(unwritable(keep, error))
    size = verified.checkpoint.size
    report(
        tuple(found),
        at.format,
        entries=size,
        payloads=verified.payloads,
        erased=verified.erased,
        faults=len(verified.faults) + verified.faults_untold,
        root=verified.checkpoint.root.hex(),
    )
    if at.format == "text":
        if verified.faults_untold:
            write(f"{verified.faults_untold:,} more faults are not listed\n")
        sound = "nothing was altered" if verified.is_sound else "these are not the records that were entered"
        erased = f", {verified.erased:,} erased" if verified.erased else ""
        write(f"{quantity(size, 'entry', 'entries')}, {quantity(verified.payloads, 'payload')}{erased}: {sound}\n")
        if kept is not None and verified.is_sound:
            write(f"the first {kept.size:,} are those that the checkpoint covers\n")
        elif verified.is_sound:
            write("without a checkpoint of before, entries cut off at the end and a chain written anew go unnoticed\n")
    return status(found)


@over_records
def late(
    *,
    days: int = 30,
    since: str | None = None,
    learner: str | None = None,
    changed: bool = False,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Show the facts that were recorded long after they happened, and the decisions that they changed.

    Parameters
    ----------
    days: int
        How many days later counts as long.
    since: str
        Only what was recorded on this date (UTC) or later; without it, the first import of an older system is all of it.
    learner: str
        Only facts about this learner.
    changed: bool
        Only facts that changed a decision.
    """
    from competency.model.facts import BUILT_IN
    from competency.services.late_facts import late_facts
    from competency.services.record_act import read_book_in_force

    first = a_day(since, "--since")
    if days < 0:
        raise Stop(unusable("--days", f"{days} is less than none", "write a number of days, as 30"))
    with opened(at.db, at.book) as records:
        found, _ = read_book_in_force(records, now=clock)
        types = found.program.fact_types if found is not None else BUILT_IN
        with records.reading() as connection:
            subject = _subject(connection, learner) if learner is not None else None
            begins = first.isoformat() if first else ""
            late = late_facts(connection, types, days=days, since=begins, subject=subject)
            told = [each for each in late if each.changed or not changed]
    if at.format == "json":
        plain = [
            {
                "learner": each.learner,
                "table": each.table,
                "fact": each.fact,
                "kind": each.kind,
                "happened_on": each.happened_on.isoformat(),
                "recorded_at": each.recorded_at,
                "days": each.days,
                "changed": [
                    {"decision": key, "before": before, "outcome": after} for key, before, after in each.changed
                ],
            }
            for each in told
        ]
        report((), at.format, late=plain)
        return 0
    for each in told:
        write(f"{each.learner}  {each.table} {each.fact}: happened {each.happened_on}, recorded {each.known_at[:10]}, ")
        write(f"{quantity(each.days, 'day')} later ({each.kind})\n")
        for key, before, after in each.changed:
            write(f"    changed {decision_words(key)}: {before} -> {after}\n")
    number = sum(1 for each in told if each.changed)
    write(
        f"{quantity(len(told), 'fact')} recorded more than {quantity(days, 'day')} later; {number:,} changed a decision\n"
    )
    return 0


def _subject(connection: Connection, learner: str) -> int:
    from competency.records.read import subjects_of
    from competency.services.read_book_facts import not_in_records

    subject = subjects_of(connection, [learner]).get(learner)
    if subject is None:
        raise Stop(not_in_records(learner))
    return subject


def _checkpoint(path: Path) -> Checkpoint:
    from competency.records.checkpoint import read_checkpoint

    try:
        return read_checkpoint(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror.lower() if isinstance(error, OSError) and error.strerror else str(error)
        raise Stop(
            unusable(
                "--against", f"`{path}` cannot be used: {reason}", "name a file that `competency verify --keep` wrote"
            )
        ) from error


def _differing(difference: Difference) -> str:
    """What was recorded and what comes out: the parts that differ."""
    from competency.services.decision_content import outcome_of

    if not difference.replayed:
        return f"it was recorded as `{outcome_of(difference.recorded)}`, and the rules of its day cannot be had"
    recorded, replayed = json.loads(difference.recorded), json.loads(difference.replayed)
    names = [name for name in sorted(recorded.keys() | replayed.keys()) if recorded.get(name) != replayed.get(name)]
    parts = [
        f"{name} {recorded.get(name, 'nothing')!r} comes out as {replayed.get(name, 'nothing')!r}" for name in names
    ]
    return "; ".join(parts) or "its text is not written as it comes out"
