"""`competency history`, `replay`, `verify`, `late`: what an auditor asks of records."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import At, By, Stop, a_day, actor, clock, opened, over_records
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import report, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.records.checkpoint import Checkpoint
    from competency.records.connection import Connection

# Decisions that come out otherwise are listed up to so many.
DIFFERENCES_SHOWN_MAX = 20


@over_records
def history(
    learner: str,
    /,
    *,
    to: str | None = None,
    purpose: str = "",
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Show everything that is recorded about a learner, oldest first. That somebody looked is recorded too.

    Parameters
    ----------
    learner: str
        The learner's identifier.
    to: str
        To whom it is given, if it leaves the house: then that is recorded as a disclosure.
    purpose: str
        For what it is given; needed with --to.
    """
    from competency.model.facts import BUILT_IN
    from competency.services.learner_history import learner_history, record_access, record_disclosure
    from competency.services.record_act import read_book_in_force

    who = actor(at.by)
    if bool(to) is not bool(purpose.strip()):
        raise Stop(unusable("--to", "a disclosure has somebody to whom and a purpose", "give both --to and --purpose"))
    with opened(at.db, at.book) as records:
        with records.writing(clock) as appender:
            subject = _subject(appender.connection, learner)
            if to:
                record_disclosure(appender, subject, by=who, to=to, purpose=purpose)
            else:
                record_access(appender, subject, by=who, command="history")
        found, _ = read_book_in_force(records, now=clock)
        types = found.program.fact_types if found is not None else BUILT_IN
        with records.reading() as connection:
            told = learner_history(connection, subject, types)
    if at.format == "json":
        names = ("position", "recorded_at", "kind", "what", "by", "reason")
        report((), at.format, learner=learner, history=[{name: getattr(each, name) for name in names} for each in told])
        return 0
    for each in told:
        by_whom = f", by {each.by}" if each.by else ""
        write(f"{each.recorded_at[:19].replace('T', ' ')}  {each.kind}{by_whom}\n    {each.what}\n")
        if each.reason:
            write(f"    Reason: {each.reason}\n")
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
    from competency.services.replay_decisions import replay_decisions

    with opened(at.db, at.book) as records, records.reading() as connection:
        subject = _subject(connection, learner) if learner is not None else None
        with progress("replaying") as told:
            runs = None if run is None else frozenset({run})
            replayed = replay_decisions(connection, subject=subject, runs=runs, progress=told)
    found = list(replayed.unreadable)
    found += [
        Diagnostic(
            kinds.REPLAY_DIFFERS,
            f"entry {each.position}, {each.learner}, {each.key.replace('|', ' of ')}: "
            f"it was recorded as {_outcome(each.recorded)}, and comes out as {_outcome(each.replayed)}",
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
    return status(found)


@over_records
def late(
    *,
    days: int = 30,
    since: str | None = None,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Show the facts that were recorded long after they happened, and the decisions that they changed.

    Parameters
    ----------
    days: int
        How many days later counts as long.
    since: str
        Only what was recorded on this date or later.
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
            told = list(late_facts(connection, types, days=days, since=first.isoformat() if first else ""))
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
            write(f"    changed {key.replace('|', ' of ')}: {before} -> {after}\n")
    changed = sum(1 for each in told if each.changed)
    write(
        f"{quantity(len(told), 'fact')} recorded more than {quantity(days, 'day')} later; {changed:,} changed a decision\n"
    )
    return 0


def _subject(connection: Connection, learner: str) -> int:
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.records.read import subjects_of

    subject = subjects_of(connection, [learner]).get(learner)
    if subject is None:
        fix = Fix("correct the identifier; it is the one in `learners`")
        raise Stop(Diagnostic(kinds.UNKNOWN_LEARNER, f"there is no learner `{learner}` in the records", fixes=(fix,)))
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


def _outcome(content: str) -> str:
    from competency.services.decision_content import outcome_of

    return f"`{outcome_of(content)}`" if content else "nothing"
