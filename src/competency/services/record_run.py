"""Decides by the facts in records and records what changed: every learner, or those whom one act touches."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from competency.records.fault import RecordsFault
from competency.records.read import (
    Knowledge,
    Stored,
    names_of,
    newest_decisions,
    newest_entry,
    subjects_with_facts_after,
)
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
from competency.services.published_books import PublishedBook, still_in_force
from competency.services.read_book_facts import unknown_learner
from competency.services.recorded_facts import RecordedFacts, Tables, facts_of
from competency.services.versions import engine_version, plugin_versions
from competency.services.write_decisions import outcome_text

# Learners whose decisions are committed together: few enough that other writers hardly wait.
LEARNERS_AT_ONCE = 200

ENGINE = "interpreter"

_BROKEN_OFF = "The run was broken off: what it recorded until then stands. The next run goes on from there."


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


@dataclass(frozen=True, slots=True)
class _Begun:
    """A run that has begun."""

    run: int
    published: PublishedBook
    program: ir.Program
    as_of: date
    by: str
    now: Callable[[], datetime]


class _Superseded(Exception):
    """Another book was put in force while a run went on."""

    def __init__(self, published: PublishedBook) -> None:
        super().__init__(f"revision {published.bundle.revision}")
        self.published = published


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
    anew: what it recorded stands, and is not recorded twice. It breaks off by itself where another book is put in force.
    """
    with records.writing(now) as appender:
        today = day_of(appender.recorded_at, program.time_zone)
        day = as_of or today
        knowledge = Knowledge(appender.position_at_start)
        wrong = _wrong_day(appender.connection, day, today)
        in_force = still_in_force(appender.connection, published, day)
        if in_force.position != published.position:
            wrong += (_superseded(in_force),)
        if learners is not None:
            known = RecordedFacts(appender.connection, (), knowledge)
            wrong += tuple(unknown_learner(learner, known) for learner in learners if learner not in known)
        if wrong:
            appender.discard()
            return None, wrong
        run = begin_run(appender, published, day, by)
    begun = _Begun(run, published, program, day, by, now)
    try:
        return _carry_out(records, begun, knowledge, learners, progress), ()
    except _Superseded as other:
        return None, (_superseded(other.published),)
    except RecordsFault as fault:
        raise RecordsFault(replace(fault.diagnostic, notes=(_BROKEN_OFF,))) from fault


def _carry_out(
    records: Records,
    begun: _Begun,
    knowledge: Knowledge,
    learners: Sequence[str] | None,
    progress: Callable[[int], None] | None,
) -> RunReport:
    outcomes: Counter[tuple[str, str]] = Counter()
    failed: list[Decision] = []
    changed = number = 0
    program, day = begun.program, begun.as_of
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
                    outcomes[f"{decision.kind} {decision.rule}", outcome_text(decision)] += 1
                    failed += [decision] if decision.error else []
            changed += _commit(records, begun, knowledge, decided)
            number += len(some)
            if progress is not None:
                progress(len(some))
    with records.writing(begun.now) as appender:
        body = {"changed": changed, "decisions": sum(outcomes.values()), "failed": len(failed), "learners": number}
        appender.append(Kind.RUN_ENDED, {"run": begun.run, **body})
    return RunReport(begun.run, number, changed, tuple(failed), outcomes)


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


def redecide(
    appender: Appender,
    published: PublishedBook,
    program: ir.Program,
    subjects: Iterable[int],
    as_of: date,
    by: str,
    touched: Touched | None = None,
) -> tuple[Change, ...]:
    """Decide some subjects anew by what is known now, and record what changed; a run is begun only if anything did.

    `touched`: only these decisions can have changed (none: any).
    """
    appender.flush()
    connection = appender.connection
    knowledge = Knowledge(appender.head.position)
    wanted = sorted(set(subjects))
    names = names_of(connection, wanted)
    before = newest_decisions(connection, wanted)
    tables = Tables(program.fact_types)
    found: list[tuple[int, tuple[Change, ...]]] = []
    for subject in wanted:
        facts = facts_of(connection, tables, knowledge, names[subject], subject)
        explained = decide_known(program, facts, as_of, touched)
        changes = changes_of(names[subject], explained, before.get(subject, {}), as_of, is_partial=touched is not None)
        found += [(subject, told)] if (told := tuple(changes)) else []
    if found:
        run = begin_run(appender, published, as_of, by)
        for subject, told in found:
            append_changes(appender, run, subject, told)
    return tuple(change for _, changed in found for change in changed)


def _commit(
    records: Records, begun: _Begun, knowledge: Knowledge, decided: Sequence[tuple[str, int, list[Explained]]]
) -> int:
    """Record what changed; how much. Of whom more became known since the run began is decided by that."""
    subjects = [subject for _, subject, _ in decided]
    with records.reading() as connection:
        before = newest_decisions(connection, subjects)
    if not any(
        next(changes_of(learner, explained, before.get(subject, {}), begun.as_of), None)
        for learner, subject, explained in decided
    ):
        return 0
    number = 0
    with records.writing(begun.now) as appender:
        connection = appender.connection
        in_force = still_in_force(connection, begun.published, begun.as_of)
        if in_force.position != begun.published.position:
            appender.discard()
            raise _Superseded(in_force)
        before = newest_decisions(connection, subjects)
        late = subjects_with_facts_after(connection, subjects, knowledge.through)
        names = names_of(connection, subjects)
        for learner, subject, explained in decided:
            recorded = before.get(subject, {})
            if subject in late or subject not in names:
                continue  # who is not named any more was erased meanwhile
            if any(json.loads(each.body)["run"] > begun.run for each in recorded.values()):
                continue  # a later run, which knew more, has decided this learner meanwhile
            changes = changes_of(learner, explained, recorded, begun.as_of)
            number += append_changes(appender, begun.run, subject, changes)
        known = late & names.keys()
        number += len(redecide(appender, begun.published, begun.program, known, begun.as_of, begun.by))
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


def _superseded(published: PublishedBook) -> Diagnostic:
    return Diagnostic(
        kinds.BOOK_UNPUBLISHED,
        f"revision {published.bundle.revision} was put in force meanwhile, and it is decided by no other",
        notes=(_BROKEN_OFF,),
        fixes=(Fix("give the command again: it decides by the book that is in force now"),),
        data={"revision": published.bundle.revision, "fingerprint": published.bundle.fingerprint},
    )


def last_run_day(connection: Connection) -> date | None:
    """The day as of which decisions were recorded last."""
    entry = newest_entry(connection, Kind.RUN)
    return None if entry is None else date.fromisoformat(json.loads(entry.body)["as_of"])
