"""Writers, deciders and a publisher at once, each a process of its own: one history, and nothing in it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from competency.records.database import Records, open_records
from competency.records.entries import Kind
from competency.records.read import (
    Knowledge,
    all_entries,
    entries_of_kind,
    erased_subjects,
    head_position,
    newest_decisions,
    newest_entry,
    payloads_of,
    stored_of_type,
)
from competency.records.verify import verify_records
from competency.services import record_run
from competency.services.erase_learner import erase_learner
from competency.services.intake import Intake
from competency.services.published_books import published_books
from competency.services.record_event import record_event
from competency.services.record_run import changes_of, decide_known
from competency.services.recorded_facts import RecordedFacts, kept_cells
from competency.services.replay_decisions import replay_decisions
from competency.services.verify_everything import verify_everything

from .conftest import EVIDENCE_COLUMNS, IS_LONG, Clock, District, Measured, evidence
from .processes import LEARNERS, Ended, Order, Processes, revise

SEEDS = range(2) if IS_LONG else range(1)
TIMES = 15 if IS_LONG else 1
DAY = date(2026, 11, 2)
# By then every clock of the processes has stood before.
AFTERWARDS = datetime(2026, 11, 2, 15, 2, tzinfo=UTC)

# Eight writers, of which five send rows and three import tables; two deciders, a publisher, and an auditor who looks.
CREW = (*["send"] * 5, *["bring"] * 3, *["run often"] * 2, "publish often", "look often")


@pytest.mark.parametrize("seed", SEEDS)
def test_many_at_once_make_one_history_in_which_nothing_is_lost(
    seed: int, where: str, tmp_path: Path, processes: Processes, measured: Measured
) -> None:
    processes.carry_out(Order("book", where, str(tmp_path)))
    ended = processes.carry_out(
        *(
            Order(job, where, str(tmp_path), options={"name": f"P{n}", "seed": seed * 100 + n, "times": TIMES})
            for n, job in enumerate(CREW)
        )
    )
    acknowledged = [(name, score) for job, each in zip(CREW, ended, strict=True) for name, score in _sent(job, each)]
    with closing(open_records(where)) as records:
        assert_one_history(records)
        assert_nothing_is_lost(records, acknowledged)
        assert_books_follow_each_other(records, 1 + TIMES)
        backward = decisions_that_go_backward(records)
        District(records, Clock(AFTERWARDS), tmp_path / "book", tmp_path / "facts").run(DAY)
        stale = decisions_that_are_stale(records, tmp_path)
        with records.reading() as connection:
            replayed = replay_decisions(connection)
            entries = head_position(connection)
    assert not backward
    assert not stale
    assert not replayed.differences
    measured(
        "8 writers, 2 deciders, a publisher and an auditor at once",
        "postgresql" if "://" in where else "sqlite",
        seed,
        acknowledged=len(acknowledged),
        entries=entries,
        decisions=replayed.compared,
        lost=0,
        backward=len(backward),
        stale=len(stale),
    )


def test_many_who_make_the_same_records_at_once_make_them_once(
    where: str, tmp_path: Path, processes: Processes
) -> None:
    ended = processes.carry_out(*(Order("only make", where, str(tmp_path)) for _ in range(8)))
    assert not [each.fault for each in ended if each.fault]
    with closing(open_records(where)) as records:
        assert verify_everything(records).is_sound


# --- what comes between, in an order that is known

ROW = "E1,L2,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher"


def cells(row: str) -> dict[str, str]:
    return dict(zip(EVIDENCE_COLUMNS.split(","), row.split(","), strict=False))


def run_while(district: District, meanwhile: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> tuple[bool, str]:
    """A run during which, once its first learner is decided, something happens: whether it ended, and what it says."""
    monkeypatch.setattr(record_run, "LEARNERS_AT_ONCE", 1)
    waiting = [meanwhile]

    def told(_: int) -> None:
        if waiting:
            waiting.pop()()

    force = district.in_force()
    run, wrong = record_run.record_run(
        district.records,
        force.published,
        force.program,
        as_of=DAY,
        by="registrar",
        now=district.clock,
        progress=told,
    )
    return run is not None, "".join(each.message for each in wrong)


@pytest.fixture
def decided(district: District) -> District:
    """A district in which everybody is decided by the book in force."""
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(ROW)})
    district.run(DAY)
    return district


def test_a_run_does_not_overrule_what_became_known_while_it_went_on(
    decided: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = newest_contents(decided)
    decided.bring({"learners": LEARNERS, "evidence": evidence(ROW.replace(",3,", ",1,"))})
    # put right meanwhile: what was decided before is right again, so that nothing needs to be recorded
    run_while(decided, lambda: decided.send("evidence", **cells(ROW)), monkeypatch)
    assert newest_contents(decided) == before
    assert decided.run(DAY).changed == 0


def test_a_run_decides_by_what_became_known_while_it_went_on(
    decided: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided.bring({"learners": LEARNERS, "evidence": evidence(ROW.replace(",3,", ",1,"))})
    again = {"learners": LEARNERS, "evidence": evidence(ROW.replace(",3,", ",4,"))}
    run_while(decided, lambda: decided.bring(again), monkeypatch)
    assert decided.run(DAY).changed == 0
    with decided.records.reading() as connection:
        assert not replay_decisions(connection).differences


def test_a_run_ends_where_another_book_is_put_in_force(decided: District, monkeypatch: pytest.MonkeyPatch) -> None:
    decided.bring({"learners": LEARNERS, "evidence": evidence(ROW.replace(",3,", ",1,"))})
    revise(decided.book)
    is_ended, said = run_while(decided, lambda: decided.publish("Revised"), monkeypatch)
    assert not is_ended
    assert "revision 2" in said
    assert decided.run(DAY).changed > 0


def test_a_run_records_nothing_about_a_learner_who_was_erased_while_it_went_on(
    decided: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided.bring({"learners": LEARNERS, "evidence": evidence(ROW.replace(",3,", ",1,"))})

    def erase() -> None:
        number, _ = erase_learner(decided.records, "L2", by="registrar", authority="the law", now=decided.clock)
        assert number > 0

    run_while(decided, erase, monkeypatch)
    with decided.records.reading() as connection:
        (erased,) = erased_subjects(connection)
        assert not list(payloads_of(connection, erased))
        assert verify_everything(decided.records).is_sound


def test_a_row_is_decided_by_the_book_in_force_and_not_by_the_one_that_its_sender_read(decided: District) -> None:
    force = decided.in_force()
    revise(decided.book)
    decided.publish("Revised")
    report = record_event(
        decided.records,
        Intake(force),
        "evidence",
        cells(ROW.replace("E1", "E2").replace("project", "test")),
        by="registrar",
        now=decided.clock,
    )
    assert report.changes
    with decided.records.reading() as connection:
        newest = newest_entry(connection, Kind.RUN)
    assert newest is not None
    assert json.loads(newest.body)["revision"] == 2


def test_a_reader_sees_one_state_however_long_it_reads(decided: District) -> None:
    with decided.records.reading() as connection:
        before = head_position(connection)
        decided.send("evidence", **cells(ROW.replace("E1", "E2")))
        assert head_position(connection) == before
        assert verify_records(connection).is_sound


def newest_contents(district: District) -> dict[tuple[int | None, str], str]:
    with district.records.reading() as connection:
        stored = stored_of_type(connection, Kind.DECISION.value)
        return {(each.subject, each.key): each.content for each in stored}


def _sent(job: str, ended: Ended) -> Sequence[tuple[str, str]]:
    assert not ended.fault, f"{job}: {ended.fault}"
    return [(name, score) for name, score in ended.said] if job in {"send", "bring"} else []


def assert_one_history(records: Records) -> None:
    verified = verify_everything(records)
    assert verified.is_sound, verified.faults
    with records.reading() as connection:
        entries = list(all_entries(connection))
    assert [entry.position for entry in entries] == list(range(1, len(entries) + 1))
    assert all(one.recorded_at <= next_.recorded_at for one, next_ in pairwise(entries))


def assert_nothing_is_lost(records: Records, acknowledged: Sequence[tuple[str, str]]) -> None:
    """Everything that was acknowledged is there: the last of each name as it stands, and all of it in history."""
    with records.reading() as connection:
        versions: dict[str, list[str]] = {}
        for stored in stored_of_type(connection, "fact evidence"):
            versions.setdefault(stored.key, []).append((kept_cells(stored) or {}).get("score", ""))
    for name, score in acknowledged:
        assert score in versions.get(name, ()), f"{name} with {score} is lost"
    for name, score in dict(acknowledged).items():
        assert versions[name][-1] == score


def assert_books_follow_each_other(records: Records, number: int) -> None:
    with records.reading() as connection:
        revisions = [book.bundle.revision for book in published_books(connection)]
    assert revisions == list(range(number, 0, -1))


def decisions_that_go_backward(records: Records) -> list[str]:
    """Decisions that took the place of one that was made by more knowledge, or by a later book."""
    found: list[str] = []
    with records.reading() as connection:
        runs = {entry.position: json.loads(entry.body) for entry in entries_of_kind(connection, Kind.RUN)}
        newest: dict[tuple[int | None, str], tuple[int, int, int]] = {}
        for stored in stored_of_type(connection, Kind.DECISION.value):
            run = json.loads(stored.body)["run"]
            made_by = (run, runs[run]["through"], runs[run]["book"])
            before = newest.get((stored.subject, stored.key), made_by)
            if any(now < then for now, then in zip(made_by, before, strict=True)):
                found.append(f"{stored.position} {stored.key}: {made_by} after {before}")
            newest[stored.subject, stored.key] = made_by
    return found


def decisions_that_are_stale(records: Records, folder: Path) -> list[str]:
    """Decisions that the facts and the book of the end would change."""
    district = District(records, Clock(AFTERWARDS), folder / "book", folder / "facts")
    program = district.in_force().program
    with records.reading() as connection:
        facts = RecordedFacts(connection, program.fact_types, Knowledge(head_position(connection)))
        before = newest_decisions(connection, list(facts.subjects.values()))
        return [
            f"{learner} {change.key}"
            for learner in facts.learners
            for change in changes_of(
                learner,
                decide_known(program, facts.for_learner(learner), DAY),
                before.get(facts.subjects[learner], {}),
                DAY,
            )
        ]
