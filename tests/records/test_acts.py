"""Acts of people on records: awards that stand, waivers that are shown, corrections, erasures, and who looked."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from competency.cli.sources import source_of
from competency.model.facts import BUILT_IN
from competency.records.entries import Kind
from competency.records.read import (
    Knowledge,
    entries_of_kind,
    head_position,
    newest_decisions,
    payloads_of,
    stored_of_type,
    subjects_of,
)
from competency.records.schema import METADATA
from competency.rules.interpreter.decide import decide
from competency.services.decision_content import decision_content, decision_key, is_same_decision, says_something
from competency.services.erase_learner import erase_learner
from competency.services.late_facts import LateFact, late_facts
from competency.services.learner_history import Told, learner_history, record_access, record_disclosure
from competency.services.record_act import read_book_in_force
from competency.services.record_award import record_award
from competency.services.record_run import record_run
from competency.services.recorded_facts import RecordedFacts
from competency.services.replay_decisions import replay_decisions
from competency.services.verify_everything import verify_everything

from .conftest import EVIDENCE_COLUMNS, District, evidence
from .lived import EASIER, EVIDENCE_ROWS, LEARNERS, award, change_book, correct, live, revoke, waive

# What does not depend on the kind of database is tried on one.
in_a_file = pytest.mark.parametrize("where", ["sqlite"], indirect=True)

CREDIT = "credit course|SCI1"
BREADTH = "mastery standard|SCI.ARG"


@pytest.fixture
def decided(district: District) -> District:
    """A district whose first decisions are recorded: Ana has the credit."""
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)})
    district.run()
    return district


def newest(district: District, learner: str) -> dict[str, dict[str, Any]]:
    """The newest decisions about a learner."""
    subject = district.subject(learner)
    with district.records.reading() as connection:
        found = newest_decisions(connection, [subject]).get(subject, {})
    return {key: json.loads(stored.content) for key, stored in found.items()}


def entries(district: District, *kinds: Kind) -> int:
    """How many entries there are, of some kinds or of all."""
    with district.records.reading() as connection:
        return len(list(entries_of_kind(connection, *(kinds or tuple(Kind)))))


def sentences(told: Iterable[Told]) -> str:
    return "\n".join(f"{each.kind} {each.what} {each.by} {each.reason}" for each in told)


def history(district: District, learner: str) -> str:
    subject = district.subject(learner)
    with district.records.reading() as connection:
        return sentences(learner_history(connection, subject))


def is_sound(district: District) -> bool:
    verified = verify_everything(district.records)
    assert verified.is_sound, verified.faults
    with district.records.reading() as connection:
        replayed = replay_decisions(connection)
    assert not replayed.differences
    assert not replayed.unreadable
    return True


def test_everything_that_records_can_hold_is_sound_and_comes_out_again(district: District) -> None:
    live(district)
    assert is_sound(district)
    with district.records.reading() as connection:
        told = {kind for kind in Kind if list(entries_of_kind(connection, kind))}
    assert told == set(Kind)


def test_what_a_rule_decides_is_awarded_and_announced(decided: District) -> None:
    acted = award(decided, "Ana", "SCI1")
    assert acted.is_recorded, acted.diagnostics
    content = newest(decided, "Ana")[CREDIT]
    assert content["outcome"] == "met"
    with decided.records.reading() as connection:
        topics = [topic for (topic,) in connection.execute(text("SELECT topic FROM outbox"))]
    assert "award" in topics
    assert acted.name in history(decided, "Ana")
    assert "principal the board so decided" in history(decided, "Ana")
    assert is_sound(decided)


@in_a_file
def test_an_award_stands_although_the_evidence_does_not_support_it_any_more(decided: District) -> None:
    acted = award(decided, "Ana", "SCI1")
    decided.clock.pass_days(3)
    for fact in ("E1", "E2"):
        assert correct(decided, fact, score="1").is_recorded
    content = newest(decided, "Ana")[CREDIT]
    assert (content["outcome"], content["reported"]) == ("met", ["no-longer-supported"])
    assert newest(decided, "Ana")["mastery standard|SCI.DATA"]["outcome"] == "not met"
    assert f"award {acted.name}" in content["sentence"]
    assert is_sound(decided)


@in_a_file
def test_an_award_that_was_revoked_does_not_stand(decided: District) -> None:
    acted = award(decided, "Ana", "SCI1")
    for fact in ("E1", "E2"):
        correct(decided, fact, score="1")
    decided.clock.pass_days(1)
    revoked = revoke(decided, acted.name)
    assert revoked.is_recorded, revoked.diagnostics
    assert [(change.key, change.outcome) for change in revoked.changes] == [(CREDIT, "not met")]
    assert entries(decided, Kind.REVOCATION) == 1
    assert is_sound(decided)


@in_a_file
def test_what_was_never_awarded_is_not_revoked(decided: District) -> None:
    before = entries(decided)
    for what in ("award-1", "award-17", "", "E1"):
        revoked = revoke(decided, what)
        assert not revoked.is_recorded
        assert "was never awarded" in revoked.diagnostics[0].message
        assert revoked.diagnostics[0].kind.code == "CBE857"
    assert entries(decided) == before


@in_a_file
def test_an_award_is_revoked_once_and_not_before_it_was_made(decided: District) -> None:
    acted = award(decided, "Ana", "SCI1")
    early = revoke(decided, acted.name, on=date(2026, 11, 1))
    assert "after the day of its revocation" in early.diagnostics[0].message
    assert revoke(decided, acted.name).is_recorded
    again = revoke(decided, acted.name)
    assert "is over already" in again.diagnostics[0].message
    assert entries(decided, Kind.REVOCATION) == 1


@in_a_file
def test_a_revocation_of_a_later_day_leaves_the_award_until_then(decided: District) -> None:
    acted = award(decided, "Ana", "SCI1")
    for fact in ("E1", "E2"):
        correct(decided, fact, score="1")
    assert revoke(decided, acted.name, on=date(2026, 11, 10)).is_recorded
    assert newest(decided, "Ana")[CREDIT]["outcome"] == "met"
    decided.clock.pass_days(8)
    decided.run()
    assert newest(decided, "Ana")[CREDIT]["outcome"] == "not met"
    assert is_sound(decided)


@in_a_file
def test_what_the_rules_do_not_say_is_awarded_by_an_override_alone(decided: District) -> None:
    before = entries(decided)
    refused = award(decided, "Cleo", "SCI1")
    assert "the rules do not say so" in refused.diagnostics[0].message
    needless = award(decided, "Ana", "SCI1", overrides=True)
    assert "nothing to override" in needless.diagnostics[0].message
    assert entries(decided) == before
    acted = award(decided, "Cleo", "SCI1", overrides=True)
    assert acted.is_recorded, acted.diagnostics
    assert newest(decided, "Cleo")[CREDIT]["outcome"] == "met"
    with decided.records.reading() as connection:
        note = next(stored.value() for stored in stored_of_type(connection, "fact awards"))
    assert note["overrides"] == "not yet known"
    assert is_sound(decided)


@in_a_file
def test_nothing_is_awarded_twice(decided: District) -> None:
    award(decided, "Ana", "SCI1")
    for overrides in (False, True):
        again = award(decided, "Ana", "SCI1", overrides=overrides)
        assert "is not awarded twice" in again.diagnostics[0].message
    assert entries(decided, Kind.AWARD) == 1


@in_a_file
def test_an_award_of_a_day_that_is_past_leaves_today_to_the_book_of_today(decided: District) -> None:
    decided.clock.pass_days(1)
    change_book(decided, "at least 60% of the competencies", "at least 100% of the competencies")
    path = decided.book / "policy.rules"
    path.write_text(path.read_text(encoding="utf-8").replace("2026-07-01", "2026-11-03"), encoding="utf-8")
    decided.publish("Amended")
    decided.run()
    assert newest(decided, "Ana")[CREDIT]["outcome"] == "not yet known"
    of_that_day, _ = read_book_in_force(decided.records, date(2026, 11, 2), now=decided.clock)
    assert of_that_day is not None
    assert of_that_day.published.bundle.revision == 1
    acted = record_award(
        decided.records,
        of_that_day,
        learner="Ana",
        rule="credit course",
        item="SCI1",
        on=date(2026, 11, 2),
        ends=None,
        overrides=False,
        by="principal",
        reason="earned then",
        now=decided.clock,
    )
    assert acted.is_recorded, acted.diagnostics
    before = newest(decided, "Ana")
    assert before[CREDIT]["outcome"] == "met"
    assert decided.run().changed == 0  # what the act recorded of today is what today's book says
    assert is_sound(decided)


@in_a_file
def test_an_award_until_a_day_is_over_then(decided: District) -> None:
    acted = record_award(
        decided.records,
        decided.in_force(),
        learner="Cleo",
        rule="credit course",
        item="SCI1",
        on=None,
        ends=date(2026, 11, 5),
        overrides=True,
        by="principal",
        reason="for a term",
        now=decided.clock,
    )
    assert acted.is_recorded
    assert newest(decided, "Cleo")[CREDIT]["outcome"] == "met"
    decided.clock.pass_days(4)
    decided.run()
    assert newest(decided, "Cleo")[CREDIT]["outcome"] != "met"


def test_a_clause_that_is_waived_is_still_evaluated_and_shown(decided: District) -> None:
    before = newest(decided, "Cleo")[BREADTH]
    assert before["outcome"] == "not met"
    decided.bring({"learners": LEARNERS, "evidence": evidence("E6,Cleo,SCI.ARG,3,2026-10-15,,project,peer")})
    decided.run()
    acted = waive(decided, "Cleo", "breadth", "SCI.ARG")
    assert acted.is_recorded, acted.diagnostics
    content = newest(decided, "Cleo")[BREADTH]
    assert content["outcome"] == "waived"
    clause = next(each for each in content["clauses"] if each["label"] == "breadth")
    assert clause["outcome"] == "not met"
    assert clause["waiver"] == acted.name
    assert "a long illness" in history(decided, "Cleo")
    assert is_sound(decided)


@in_a_file
def test_a_waiver_counts_from_its_first_day_until_its_last(decided: District) -> None:
    decided.bring({"learners": LEARNERS, "evidence": evidence("E6,Cleo,SCI.ARG,3,2026-10-15,,project,peer")})
    decided.run()
    assert waive(decided, "Cleo", "breadth", begins=date(2026, 11, 5), ends=date(2026, 11, 8)).is_recorded
    outcomes = []
    for _ in range(4):
        outcomes.append(newest(decided, "Cleo")[BREADTH]["outcome"])
        decided.clock.pass_days(2)
        decided.run()
    assert outcomes == ["not met", "not met", "waived", "not met"]


@in_a_file
def test_a_waiver_of_what_is_not_there_is_refused(decided: District) -> None:
    before = entries(decided)
    for learner, rule, clause, item, code, because in (
        ("Nobody", "mastery standard", "breadth", None, "CBE803", "there is no learner `Nobody`"),
        ("Ana", "mastery standards", "breadth", None, "CBE202", "there is no rule `mastery standards`"),
        ("Ana", "mastery standard", "breath", None, "CBE857", "has no clause `breath`"),
        ("Ana", "mastery standard", "breadth", "SCI.DAT", "CBE857", "is not about `SCI.DAT`"),
    ):
        acted = waive(decided, learner, clause, item, rule=rule)
        assert [each.kind.code for each in acted.diagnostics] == [code]
        assert because in acted.diagnostics[0].message
        assert acted.diagnostics[0].fixes
    assert entries(decided) == before


@in_a_file
def test_a_waiver_that_ends_before_it_begins_is_refused(decided: District) -> None:
    acted = waive(decided, "Ana", "breadth", begins=date(2026, 11, 5), ends=date(2026, 11, 5))
    assert "before it begins" in acted.diagnostics[0].message


@in_a_file
def test_a_correction_shows_what_it_would_change_and_then_changes_just_that(decided: District) -> None:
    before = entries(decided)
    preview = correct(decided, "E2", is_preview=True, score="1")
    assert entries(decided) == before
    assert {change.key for change in preview.changes} == {"mastery standard|SCI.DATA", CREDIT}
    acted = correct(decided, "E2", score="1")
    assert acted.changes == preview.changes
    assert newest(decided, "Ana")[CREDIT]["outcome"] == "not met"
    told = history(decided, "Ana")
    assert "score 4" in told
    assert "score 1" in told
    assert "a slip of the pen" in told
    assert is_sound(decided)


def test_a_correction_stands_when_the_source_says_again_what_it_said(decided: District) -> None:
    assert correct(decided, "E2", score="1").is_recorded
    assert correct(decided, "E7", removes=True).is_recorded
    report = decided.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)})
    assert (report.total.accepted, report.total.unchanged) == (0, len(EVIDENCE_ROWS) + 4)
    assert decided.run().changed == 0
    other = EVIDENCE_ROWS[1].replace(",4,", ",2,")
    assert decided.bring({"learners": LEARNERS, "evidence": evidence(other)}).total.accepted == 1


@in_a_file
def test_what_a_correction_removed_comes_back_with_a_row_of_its_own_and_with_no_import(decided: District) -> None:
    cells = dict(zip(EVIDENCE_COLUMNS.split(","), EVIDENCE_ROWS[0].split(","), strict=True))
    before = newest(decided, "Ana")
    assert correct(decided, "E1", removes=True).is_recorded
    assert decided.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)}).total.accepted == 0
    assert decided.send("evidence", **cells).name == "recorded"
    assert newest(decided, "Ana")[CREDIT]["outcome"] == before[CREDIT]["outcome"] == "met"
    assert is_sound(decided)


@in_a_file
def test_a_correction_can_be_corrected_back(decided: District) -> None:
    before = newest(decided, "Ana")
    assert correct(decided, "E2", score="1").is_recorded
    assert correct(decided, "E2", score="4").is_recorded
    after = newest(decided, "Ana")
    assert {key: content["outcome"] for key, content in after.items()} == {
        key: content["outcome"] for key, content in before.items()
    }
    assert not correct(decided, "E2", score="4").is_recorded
    assert is_sound(decided)


@in_a_file
def test_a_correction_that_cannot_be_is_refused(decided: District) -> None:
    before = entries(decided)
    refusals: tuple[tuple[str, dict[str, Any], str, str], ...] = (
        ("E99", {"score": "1"}, "CBE857", "there is no piece of evidence `E99`"),
        ("E1", {"scor": "1"}, "CBE857", "have no column `scor`"),
        ("E1", {"score": "7"}, "CBE702", "off the scale"),
        ("E1", {"score": "three"}, "CBE702", "neither a number nor a level"),
        ("E1", {"competency": "SCI.DAT"}, "CBE702", "SCI.DAT"),
        ("E1", {"assessed_on": ""}, "CBE702", "blank"),
        ("E1", {"learner": "Ben"}, "CBE857", "whom it is about"),
        ("E1", {"evidence_id": "E77"}, "CBE857", "what names a fact"),
        ("E1", {"score": "3"}, "CBE857", "says so already"),
    )
    for fact, cells, code, because in refusals:
        acted = correct(decided, fact, **cells)
        assert [each.kind.code for each in acted.diagnostics] == [code], acted.diagnostics
        assert because in acted.diagnostics[0].message
    assert entries(decided) == before


@in_a_file
def test_a_fact_whose_name_holds_its_learner_is_corrected_by_that_name(decided: District) -> None:
    decided.bring({"learners": LEARNERS, "programs": "learner,program,begins_on\nBen,IEP,2026-08-01\n"})
    assert correct(decided, "Ben|IEP|2026-08-01", table="programs", ends_on="2026-09-01").is_recorded
    assert "ends_on 2026-09-01" in history(decided, "Ben")
    assert correct(decided, "Ben|IEP|2026-08-01", table="programs", removes=True).is_recorded
    gone = correct(decided, "Ben|IEP|2026-08-01", table="programs", removes=True)
    assert "there is no program `Ben|IEP|2026-08-01`" in gone.diagnostics[0].message


@in_a_file
def test_a_learner_who_is_removed_is_decided_no_more_and_told_so(decided: District) -> None:
    assert correct(decided, "Dan", table="learners", removes=True).is_recorded
    force = decided.in_force()
    run, wrong = record_run(
        decided.records,
        force.published,
        force.program,
        as_of=None,
        by="registrar",
        now=decided.clock,
        learners=("Dan",),
    )
    assert run is None
    assert [each.kind.code for each in wrong] == ["CBE803"]
    assert decided.run().learners == 3


def test_after_an_erasure_the_payloads_are_gone_and_the_chain_is_whole(decided: District) -> None:
    award(decided, "Ana", "SCI1")
    before = verify_everything(decided.records).checkpoint
    subject = decided.subject("Ana")
    with decided.records.reading() as connection:
        payloads = len(list(payloads_of(connection, subject)))
    number, wrong = erase_learner(decided.records, "Ana", by="registrar", authority="34 CFR 99.20", now=decided.clock)
    assert (number, wrong) == (payloads, ())
    verified = verify_everything(decided.records, before)
    assert verified.is_sound, verified.faults
    assert verified.erased == payloads
    with decided.records.reading() as connection:
        assert list(payloads_of(connection, subject)) == []
        assert subjects_of(connection, ["Ana"]) == {}
        facts = RecordedFacts(connection, BUILT_IN, Knowledge(head_position(connection)))
        assert "Ana" not in facts
        rows = [
            value for table in METADATA.sorted_tables for row in connection.execute(table.select()) for value in row
        ]
    assert not any("Ana" in str(value) for value in rows)
    number, wrong = erase_learner(decided.records, "Ana", by="registrar", authority="again", now=decided.clock)
    assert number == 0
    assert "there is no learner `Ana`" in wrong[0].message
    assert decided.run().learners == 3
    assert is_sound(decided)


def test_who_comes_back_after_an_erasure_is_somebody_new(decided: District) -> None:
    erase_learner(decided.records, "Ana", by="registrar", authority="34 CFR 99.20", now=decided.clock)
    decided.bring({"learners": LEARNERS, "evidence": evidence(EVIDENCE_ROWS[0])})
    told = history(decided, "Ana")
    assert "E1" in told
    assert "E2" not in told
    decided.run()
    assert is_sound(decided)


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_the_database_itself_refuses_to_change_or_remove_a_row(decided: District, table: Any) -> None:
    name = table.name
    first = f"position = (SELECT min(position) FROM {name})"
    statements = [f"UPDATE {name} SET position = position WHERE {first}", f"DELETE FROM {name} WHERE {first}"]
    column = "topic" if name == "outbox" else "kind" if name == "ledger" else "content"
    statements += [f"UPDATE {name} SET {column} = 'x'", f"DELETE FROM {name}"]
    if decided.records.engine.dialect.name == "sqlite":
        statements += [
            f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}",
            f"REPLACE INTO {name} SELECT * FROM {name} WHERE {first}",
            f"INSERT INTO {name} SELECT * FROM {name} WHERE {first} ON CONFLICT DO UPDATE SET {column} = 'x'",
        ]
    else:
        statements += [
            f"TRUNCATE {name} CASCADE",
            f"INSERT INTO {name} SELECT * FROM {name} WHERE {first} ON CONFLICT (position) DO UPDATE SET {column} = 'x'",
        ]
    before = verify_everything(decided.records)
    for statement in statements:
        with (
            pytest.raises(DBAPIError, match="only grows"),
            decided.records.engine.connect().execution_options(writes=True) as connection,
            connection.begin(),
        ):
            connection.execute(text(statement))
    assert verify_everything(decided.records) == before


def test_payloads_of_others_are_not_removed_under_cover_of_an_erasure(decided: District) -> None:
    erase_learner(decided.records, "Dan", by="registrar", authority="34 CFR 99.20", now=decided.clock)
    with (
        pytest.raises(DBAPIError, match="the payloads only grows: no DELETE"),
        decided.records.engine.connect().execution_options(writes=True) as connection,
        connection.begin(),
    ):
        connection.execute(text(f"DELETE FROM payloads WHERE subject = {decided.subject('Ana')}"))
    assert is_sound(decided)


@in_a_file
def test_who_looked_and_to_whom_it_was_given_stands_in_the_history(decided: District) -> None:
    subject = decided.subject("Ana")
    with decided.records.writing(decided.clock) as appender:
        record_access(appender, subject, by="counselor", command="explain")
        record_disclosure(appender, subject, by="registrar", to="State college", purpose="admission")
    told = history(decided, "Ana")
    assert "access looked at with `explain` counselor" in told
    assert "disclosure given to State college for admission registrar" in told
    assert "State college" not in history(decided, "Ben")


def late(district: District, days: int = 30, since: str = "") -> list[LateFact]:
    with district.records.reading() as connection:
        return list(late_facts(connection, BUILT_IN, days=days, since=since))


def test_what_was_recorded_long_after_it_happened_is_told_with_what_it_changed(decided: District) -> None:
    assert {each.fact for each in late(decided)} == {"E1", "E3", "E4"}  # they happened in September
    decided.clock.pass_days(60)
    since = decided.clock().isoformat()
    sent = decided.send(
        "evidence",
        evidence_id="E9",
        learner="Ana",
        competency="SCI.DATA",
        score="1",
        assessed_on="2026-10-30",
        method="test",
        role="teacher",
    )
    assert sent.is_recorded, sent.diagnostics
    (told,) = late(decided, since=since)
    assert (told.learner, told.fact, told.days) == ("Ana", "E9", 63)
    assert ("mastery standard|SCI.DATA", "met", "not met") in told.changed
    assert late(decided, days=64, since=since) == []


@in_a_file
def test_facts_taken_at_their_time_are_not_late(district: District) -> None:
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)}, takes_their_time=True)
    assert late(district, days=1) == []


def recorded_then(district: District, learner: str, through: int) -> dict[str, str]:
    """The decisions about a learner that stood when the ledger had so many entries."""
    subject = district.subject(learner)
    with district.records.reading() as connection:
        stored = stored_of_type(connection, Kind.DECISION.value, subject=subject, through=through)
        return {each.key: each.content for each in stored}


def test_what_would_have_been_decided_then_is_what_was_recorded_then(district: District) -> None:
    days: list[tuple[date, int]] = []

    def run_and_pass() -> None:
        district.run()
        with district.records.reading() as connection:
            days.append((district.clock().date(), head_position(connection)))
        district.clock.pass_days(1)

    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS[:4])})
    run_and_pass()
    district.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)})
    run_and_pass()
    correct(district, "E2", score="1")
    run_and_pass()
    change_book(district, *EASIER)
    district.publish("Amended")
    run_and_pass()
    waive(district, "Cleo", "breadth")
    award(district, "Cleo", "SCI1", overrides=True)
    run_and_pass()
    correct(district, "E6", removes=True)
    run_and_pass()
    where = str(district.records.engine.url.render_as_string(hide_password=False))
    where = where if "sqlite" not in where else str(district.records.engine.url.database)
    compared = 0
    for day, through in days:
        with source_of(None, None, where, day, day.isoformat()) as source:
            for learner in source.facts.learners:
                recorded = recorded_then(district, learner, through)
                facts = source.facts.for_learner(learner)
                for one in decide(source.program, facts, day, source.known_on, keeps_going=True):
                    key = decision_key(one.decision)
                    if key in recorded or says_something(one):
                        assert is_same_decision(decision_content(one), recorded[key]), (day, learner, key)
                        compared += 1
    assert compared > 20


@in_a_file
def test_an_award_is_made_again_after_a_revocation_without_an_override(decided: District) -> None:
    first = award(decided, "Ana", "SCI1")
    assert revoke(decided, first.name).is_recorded
    again = award(decided, "Ana", "SCI1")
    assert again.is_recorded, again.diagnostics
    assert newest(decided, "Ana")[CREDIT]["outcome"] == "met"


@in_a_file
def test_a_waiver_is_ended_as_an_award_is(decided: District) -> None:
    waived = waive(decided, "Ben", "breadth")
    assert revoke(decided, waived.name).is_recorded
    assert "is over already" in revoke(decided, waived.name).diagnostics[0].message
