"""A learner who gets another identifier is the same learner: facts, decisions and replays go on."""

from __future__ import annotations

from competency.model.facts import LEARNERS
from competency.records.verify import verify_records
from competency.services.correct_fact import correct_fact
from competency.services.intake import Intake
from competency.services.record_act import ActReport
from competency.services.recorded_facts import RecordedFacts
from competency.services.replay_decisions import replay_decisions

from .conftest import District, counts, evidence
from .test_importing import FIRST, SECOND


def rename(district: District, old: str, new: str) -> ActReport:
    return correct_fact(
        district.records,
        Intake(district.in_force()),
        LEARNERS.plural,
        fact=old,
        cells={"learner": new},
        removes=False,
        by="registrar",
        reason="The state gave a new identifier",
        now=district.clock,
        is_preview=False,
    )


def test_a_learner_keeps_facts_and_decisions_under_another_identifier(district: District) -> None:
    district.publish()
    programs = "learner,program,begins_on\nL1,IEP,2026-08-01\n"
    district.bring({"learners": "learner\nL1\nL2\n", "programs": programs, "evidence": evidence(FIRST)})
    first = district.run()
    assert rename(district, "L1", "S-9").is_recorded
    report = district.bring(
        {"learners": "learner\nS-9\nL2\n", "evidence": evidence(FIRST, SECOND.replace("L1", "S-9"))}
    )
    assert (counts(report, "evidence").unchanged, counts(report, "evidence").accepted) == (1, 1)
    again = district.run()
    assert 0 < again.changed < first.changed
    with district.records.reading() as connection:
        from competency.records.read import Knowledge, head_position

        facts = RecordedFacts(connection, district.fact_types.values(), Knowledge(head_position(connection)))
        assert facts.learners == ("L2", "S-9")
        assert {row.id for row in facts.for_learner("S-9").of("evidence")} == {"E1", "E2"}
        assert [row.id for row in facts.for_learner("S-9").of("programs")] == ["S-9|IEP|2026-08-01"]
        replayed = replay_decisions(connection)
        assert (replayed.compared, replayed.differences) == (first.changed + again.changed, ())
        assert verify_records(connection).is_sound


def test_an_identifier_that_another_learner_has_is_refused(district: District) -> None:
    district.publish()
    district.bring({"learners": "learner\nL1\nL2\n"})
    refused = rename(district, "L1", "L2")
    assert not refused.is_recorded
    assert refused.diagnostics[0].kind.code == "CBE857"
