"""Facts go into records once, whatever is sent again; what is corrected, removed or renamed stays in history."""

from __future__ import annotations

from datetime import date

from competency.records.entries import time_text
from competency.records.read import Knowledge, head_position, newest_decisions
from competency.rules.interpreter.decide import decide
from competency.services.decision_content import decision_key
from competency.services.recorded_facts import RecordedFacts

from .conftest import District, counts, evidence
from .lived import correct

LEARNERS = "learner\nL1\nL2\n"
FIRST = "E1,L1,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher"
SECOND = "E2,L1,SCI.DATA,4,2026-10-12,2026-10-12T12:00:00Z,test,teacher"


def known(district: District, through: int | None = None, known_by: str | None = None) -> dict[str, str]:
    """The scores of the first learner by evidence."""
    with district.records.reading() as connection:
        knowledge = Knowledge(through or head_position(connection), known_by)
        facts = RecordedFacts(connection, district.fact_types.values(), knowledge)
        return {fact.id: str(fact.values["score"]) for fact in facts.for_learner("L1").of("evidence")}


def entries(district: District) -> int:
    with district.records.reading() as connection:
        return head_position(connection)


def test_what_is_sent_again_changes_nothing(district: District) -> None:
    first = district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    number = entries(district)
    again = district.bring({"learners": LEARNERS, "evidence": evidence(SECOND, FIRST)})
    assert counts(first, "evidence").accepted == 2
    assert counts(again, "evidence").unchanged == 2
    assert entries(district) == number


def test_another_content_takes_the_place_and_the_first_stays_in_history(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    before = entries(district)
    report = district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace(",3,", ",2,"))})
    assert (counts(report, "evidence").accepted, counts(report, "evidence").replaced) == (1, 1)
    assert known(district) == {"E1": "2"}
    assert known(district, through=before) == {"E1": "3"}


def test_what_was_known_on_a_day_does_not_depend_on_what_came_later(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.clock.pass_days(1)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    assert known(district, known_by="2026-11-02T23:59:59.999999Z") == {"E1": "3"}
    assert known(district) == {"E1": "3", "E2": "4"}


def test_rows_count_since_now_unless_the_source_is_taken_at_its_word(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)}, takes_their_time=True)
    district.bring({"learners": LEARNERS, "evidence": evidence(SECOND)})
    with district.records.reading() as connection:
        knowledge = Knowledge(head_position(connection), "2026-10-31T00:00:00.000000Z")
        facts = RecordedFacts(connection, district.fact_types.values(), knowledge)
        assert facts.learners == ()  # the rows of `learners` say no time at which they were recorded
    district.bring({"learners": "learner,recorded_at\nL1,2026-09-01T12:00:00Z\n"}, takes_their_time=True)
    assert known(district) == {"E1": "3", "E2": "4"}


def test_a_row_that_takes_the_place_of_another_is_never_known_before_it_came(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)}, takes_their_time=True)
    district.clock.pass_days(1)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace(",3,", ",1,"))}, takes_their_time=True)
    assert known(district, known_by="2026-11-02T23:59:59.999999Z") == {"E1": "3"}
    assert known(district) == {"E1": "1"}


def test_what_a_complete_source_no_longer_has_is_removed_and_can_be_looked_up(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    before = entries(district)
    report = district.bring({"learners": LEARNERS, "evidence": evidence(SECOND)}, is_complete=True)
    assert report.removed == {"evidence": 1}
    assert known(district) == {"E2": "4"}
    assert known(district, through=before) == {"E1": "3", "E2": "4"}
    assert district.bring({"learners": LEARNERS, "evidence": evidence(SECOND)}, is_complete=True).removed == {}


def test_nothing_is_said_to_be_gone_from_a_table_of_which_a_row_was_rejected(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    report = district.bring(
        {"learners": LEARNERS, "evidence": evidence(FIRST.replace(",3,", ",three,"), SECOND)}, is_complete=True
    )
    assert counts(report, "evidence").rejected == 1
    assert known(district) == {"E1": "3", "E2": "4"}


def test_a_piece_of_evidence_that_its_source_calls_the_same_is_the_same_under_a_new_key(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST + ",LMS,77")})
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace("E1,", "E9,") + ",LMS,77")})
    assert known(district) == {"E9": "3"}


def test_a_row_that_comes_back_under_another_key_in_a_complete_source_is_known_by_that_key(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace("E1,", "E9,"))}, is_complete=True)
    assert known(district) == {"E9": "3"}
    with district.records.reading() as connection:
        from competency.records.entries import Kind
        from competency.records.read import entries_of_kind

        assert len(list(entries_of_kind(connection, Kind.REKEY))) == 1
        assert not list(entries_of_kind(connection, Kind.REMOVAL))


def test_a_row_that_was_another_learners_is_so_no_longer(district: District) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace("L1", "L2"))})
    assert known(district) == {}


def test_a_run_records_what_changed_and_nothing_twice(district: District) -> None:
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    first = district.run()
    assert first.changed > 0
    assert district.run().changed == 0
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    assert 0 < district.run().changed < first.changed
    district.clock.pass_days(1)
    assert district.run(date(2026, 11, 3)).changed == 0


def test_names_that_change_places_at_the_source_lose_nothing_in_any_order(district: District) -> None:
    swapped = (FIRST + ",LMS,72", SECOND + ",LMS,71")
    for rows in (swapped, swapped[::-1]):
        district.bring({"learners": LEARNERS, "evidence": evidence(FIRST + ",LMS,71", SECOND + ",LMS,72")})
        district.bring({"learners": LEARNERS, "evidence": evidence(*rows)})
        assert known(district) == {"E1": "3", "E2": "4"}
        again = district.bring({"learners": LEARNERS, "evidence": evidence(*rows)})
        assert again.total.accepted == 0


def test_a_name_that_was_given_up_at_the_source_and_taken_by_another_row_takes_nothing_away(
    district: District,
) -> None:
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST + ",LMS,71")})
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.bring({"learners": LEARNERS, "evidence": evidence(SECOND + ",LMS,71")})
    assert known(district) == {"E1": "3", "E2": "4"}


def test_a_name_is_followed_from_row_to_row_also_behind_a_row_that_was_removed(district: District) -> None:
    first, second = FIRST + ",LMS,71", SECOND.replace("L1", "L2") + ",LMS,72"
    district.bring({"learners": LEARNERS, "evidence": evidence(second)})
    # the name of one goes to another while it becomes another learner's
    district.bring(
        {"learners": LEARNERS, "evidence": evidence(first[:-1] + "2", second.replace("L2", "L1")[:-1] + "3")}
    )
    assert known(district) == {"E1": "3", "E2": "4"}
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST.replace("E1,", "E9,") + ",LMS,72")})
    assert known(district) == {"E9": "3", "E2": "4"}


def test_keys_that_go_round_in_a_circle_from_learner_to_learner_come_to_an_end(district: District) -> None:
    third = "E3,L1,SCI.DATA,2,2026-10-20,2026-10-20T12:00:00Z,test,teacher"
    header = evidence().strip() + ",supersedes"
    rows = f"{header}\n{third},,,E9\n"
    for row in (
        FIRST + ",LMS,71",
        FIRST.replace("E1,", "E9,") + ",LMS,71",
        FIRST.replace("L1", "L2") + ",LMS,71",
    ):
        district.bring({"learners": LEARNERS, "evidence": evidence(row)})
    district.bring({"learners": LEARNERS, "evidence": rows})
    assert known(district) == {"E3": "2"}


def test_what_was_corrected_here_and_is_gone_at_its_source_is_removed(district: District) -> None:
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    assert correct(district, "E1", score="1").is_recorded
    assert known(district) == {"E1": "1", "E2": "4"}
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)}, is_complete=True)
    assert known(district) == {"E1": "1", "E2": "4"}
    district.bring({"learners": LEARNERS, "evidence": evidence(SECOND)}, is_complete=True)
    assert known(district) == {"E2": "4"}


def test_what_was_recorded_here_was_known_whatever_later_time_its_source_writes(district: District) -> None:
    district.publish()
    late = FIRST.replace("2026-09-10T12:00:00Z", "2026-11-20T12:00:00Z")
    district.bring({"learners": LEARNERS, "evidence": evidence(late, SECOND)})
    district.run()
    known_on = district.clock()
    force = district.in_force()
    with district.records.reading() as connection:
        knowledge = Knowledge(head_position(connection), time_text(known_on))
        facts = RecordedFacts(connection, force.program.fact_types, knowledge).for_learner("L1")
        recorded = newest_decisions(connection, [district.subject("L1")])[district.subject("L1")]
    again = decide(force.program, facts, date(2026, 11, 2), known_on)
    outcomes = {decision_key(one.decision): one.decision.outcome for one in again}
    assert {key: outcomes[key].value for key in recorded} == {  # type: ignore[union-attr]
        key: stored.value()["outcome"] for key, stored in recorded.items()
    }
