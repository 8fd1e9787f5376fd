"""Decides by the facts in records and records what changed: every learner, or those whom one act touches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.model.decisions import Decision
from competency.model.facts import LearnerFacts
from competency.records.append import Appender
from competency.records.connection import Connection
from competency.records.database import Records
from competency.records.entries import Kind, Payload, read_time
from competency.records.read import Knowledge, Stored, newest_decisions, newest_entry, subjects_of
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.program import ir
from competency.rules.program.reach import Touched
from competency.services.decision_content import (
    closing_content,
    decision_content,
    decision_key,
    is_same_decision,
    outcome_of,
    says_something,
)
from competency.services.published_books import PublishedBook
from competency.services.read_book_facts import unknown_learner
from competency.services.recorded_facts import RecordedFacts
from competency.services.versions import engine_version, plugin_versions

# Learners whose decisions are committed together: few enough that other writers hardly wait.
LEARNERS_AT_ONCE = 200

ENGINE = "interpreter"


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that was recorded: what it says now, and what the one before said (empty: there was none)."""

    learner: str
    key: str
    outcome: str
    before: str
    content: str


@dataclass(frozen=True, slots=True)
class RunReport:
    """A run. `outcomes` counts every decision by (rule, outcome), `changed` those that were recorded."""

    run: int
    learners: int = 0
    changed: int = 0
    failed: tuple[Decision, ...] = ()
    outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)


def record_run(
    records: Records,
    published: PublishedBook,
    program: ir.Program,
    *,
    as_of: date | None,
    by: str,
    now: Callable[[], datetime],
    learners: Sequence[str] | None = None,
    progress: Callable[[int], None] | None = None,
) -> tuple[RunReport | None, tuple[Diagnostic, ...]]:
    """Decide the learners (none: all) by what is known at the start, and record the decisions that changed.

    `as_of`: the day for which is decided; none: today.
    The decisions about some learners are committed together, each learner's all at once. A run that is broken off is begun
    anew: what it recorded stands, and is not recorded twice.
    """
    with records.writing(now) as appender:
        today = day_of(appender.recorded_at, program.time_zone)
        day = as_of or today
        knowledge = Knowledge(appender.position_at_start)
        wrong = _wrong_day(appender.connection, day, today)
        for learner in learners or ():
            known = subjects_of(appender.connection, [learner])
            wrong += (
                ()
                if learner in known
                else (unknown_learner(learner, RecordedFacts(appender.connection, (), knowledge)),)
            )
        if wrong:
            appender.discard()
            return None, wrong
        run = begin_run(appender, published, day, by)
    outcomes: Counter[tuple[str, str]] = Counter()
    failed: list[Decision] = []
    changed = number = 0
    with records.reading() as connection:
        facts = RecordedFacts(connection, program.fact_types, knowledge)
        chosen = iter(facts.learners if learners is None else sorted(learners))
        while some := list(islice(chosen, LEARNERS_AT_ONCE)):
            decided = [
                (learner, facts.subjects[learner], decide_known(program, facts.for_learner(learner), day))
                for learner in some
            ]
            for _, _, explained in decided:
                for one in explained:
                    decision = one.decision
                    outcome = decision.outcome.value if decision.outcome is not None else "error"
                    outcomes[f"{decision.kind} {decision.rule}", outcome] += 1
                    failed += [decision] if decision.error else []
            changed += _commit(records, run, decided, day, now)
            number += len(some)
            if progress is not None:
                progress(len(some))
    with records.writing(now) as appender:
        body = {"changed": changed, "decisions": sum(outcomes.values()), "failed": len(failed), "learners": number}
        appender.append(Kind.RUN_ENDED, {"run": run, **body})
    return RunReport(run, number, changed, tuple(failed), outcomes), ()


def begin_run(appender: Appender, published: PublishedBook, as_of: date, by: str) -> int:
    """The entry to which the decisions of a run refer: by what was decided, for which day, by whom, with which program."""
    bundle = published.bundle
    return appender.append(
        Kind.RUN,
        {
            "as_of": as_of.isoformat(),
            "book": published.position,
            "by": by,
            "engine": ENGINE,
            "fingerprint": bundle.fingerprint,
            "plugins": plugin_versions(),
            "revision": bundle.revision,
            "through": appender.head.position,
            "version": engine_version(),
        },
    )


def decide_known(
    program: ir.Program, facts: LearnerFacts, as_of: date, touched: Touched | None = None
) -> list[Explained]:
    """The touched decisions about a learner (none: all); one that fails has an error in place of an outcome."""
    if touched is None:
        return decide(program, facts, as_of, keeps_going=True)
    made = decide(program, facts, as_of, keys=touched.needed, keeps_going=True)
    return [one for one in made if (one.rule.group, one.decision.item) in touched.keys]


def changes_of(
    learner: str,
    explained: Iterable[Explained],
    before: Mapping[str, Stored],
    as_of: date,
    *,
    is_partial: bool = False,
) -> Iterator[Change]:
    """The decisions that are not those recorded before, by key; and the end of those that no rule draws any more.

    `is_partial`: only some were made anew, and of the others nothing is said.
    """
    drawn = set()
    for one in explained:
        key = decision_key(one.decision)
        drawn.add(key)
        if one.decision.error:
            continue
        old = before.get(key)
        if old is None and not says_something(one):
            continue
        content = decision_content(one)
        if old is None or not is_same_decision(content, old.content):
            yield Change(learner, key, outcome_of(content), outcome_of(old.content) if old is not None else "", content)
    for key in [] if is_partial else sorted(set(before) - drawn):
        content = closing_content(key, as_of.isoformat())
        if not is_same_decision(content, before[key].content):
            yield Change(learner, key, outcome_of(content), outcome_of(before[key].content), content)


def append_changes(appender: Appender, run: int, subject: int, changes: Iterable[Change]) -> int:
    """Record decisions of a run; how many."""
    number = 0
    for change in changes:
        payload = Payload(Kind.DECISION.value, change.key, change.content)
        appender.append(Kind.DECISION, {"run": run}, subject=subject, payload=payload)
        number += 1
    return number


def _commit(
    records: Records,
    run: int,
    decided: Sequence[tuple[str, int, list[Explained]]],
    as_of: date,
    now: Callable[[], datetime],
) -> int:
    subjects = [subject for _, subject, _ in decided]
    with records.reading() as connection:
        before = newest_decisions(connection, subjects)
    if not any(
        next(changes_of(learner, explained, before.get(subject, {}), as_of), None)
        for learner, subject, explained in decided
    ):
        return 0
    number = 0
    with records.writing(now) as appender:
        before = newest_decisions(appender.connection, subjects)
        for learner, subject, explained in decided:
            recorded = before.get(subject, {})
            if any(json.loads(each.body)["run"] > run for each in recorded.values()):
                continue  # a later run, which knew more, has decided this learner meanwhile
            number += append_changes(appender, run, subject, changes_of(learner, explained, recorded, as_of))
    return number


def day_of(recorded_at: str, time_zone: str) -> date:
    """The day of a time of the ledger, in the time zone of a book (UTC where it names none)."""
    return read_time(recorded_at).astimezone(ZoneInfo(time_zone or "UTC")).date()


def _wrong_day(connection: Connection, as_of: date, today: date) -> tuple[Diagnostic, ...]:
    """Recorded decisions go forward in time, and not into the future."""
    reason = remedy = ""
    last = last_run_day(connection)
    if as_of > today:
        reason = f"{as_of} has not come yet, and a decision that is recorded is made on facts, not on expectations"
        remedy = "record decisions as of today; leave --record out to see what would be decided"
    elif last is not None and as_of < last:
        reason = f"decisions are recorded as of {last} already, and they do not go back"
        remedy = "name that day or a later one; leave --record out to see what would have been decided"
    if not reason:
        return ()
    return (Diagnostic(kinds.ACT_REFUSED, f"--as-of: {reason}", fixes=(Fix(remedy),)),)


def last_run_day(connection: Connection) -> date | None:
    """The day as of which decisions were recorded last."""
    entry = newest_entry(connection, Kind.RUN)
    return None if entry is None else date.fromisoformat(json.loads(entry.body)["as_of"])
