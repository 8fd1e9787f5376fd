"""A small district that has lived through everything that records can hold, for tests of what becomes of it."""

from __future__ import annotations

from datetime import date

from competency.model.facts import EVIDENCE
from competency.records.signing import new_key
from competency.services.correct_fact import correct_fact
from competency.services.erase_learner import erase_learner
from competency.services.intake import Intake
from competency.services.learner_history import record_access, record_disclosure
from competency.services.published_books import publish_book, trust_key
from competency.services.record_act import ActReport
from competency.services.record_award import record_award, revoke_award, waive_clause

from .conftest import District, evidence

LEARNERS = "learner\nAna\nBen\nCleo\nDan\n"
PROGRAMS = "learner,program,begins_on\nBen,IEP,2026-08-01\n"
EVIDENCE_ROWS = (
    "E1,Ana,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher,LMS,71",
    "E2,Ana,SCI.DATA,4,2026-10-12,2026-10-12T12:00:00Z,test,teacher,LMS,72",
    "E3,Ana,SCI.INQ,3,2026-09-14,2026-09-14T12:00:00Z,test,teacher",
    "E4,Ana,SCI.INQ,3,2026-09-15,2026-09-15T12:00:00Z,project,peer",
    "E5,Ben,SCI.DATA,3,2026-10-15,2026-10-15T12:00:00Z,project,peer",
    "E6,Cleo,SCI.ARG,2,2026-10-15,2026-10-15T12:00:00Z,project,peer",
    "E7,Dan,SCI.ARG,4,2026-10-15,2026-10-15T12:00:00Z,test,teacher",
)
EASIER = ("at least Proficient", "at least Developing")


def change_book(district: District, before: str, after: str) -> None:
    """Write something else in the book's rules."""
    path = district.book / "policy.rules"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8", newline="\n")


def award(district: District, learner: str, item: str, *, overrides: bool = False, on: date | None = None) -> ActReport:
    """Award credit."""
    return record_award(
        district.records,
        district.in_force(),
        learner=learner,
        rule="credit course",
        item=item,
        on=on,
        ends=None,
        overrides=overrides,
        by="principal",
        reason="the board so decided",
        now=district.clock,
    )


def revoke(district: District, name: str, on: date | None = None) -> ActReport:
    """Revoke an award."""
    return revoke_award(
        district.records,
        district.in_force(),
        act=name,
        on=on,
        by="principal",
        reason="it was a mistake",
        now=district.clock,
    )


def waive(
    district: District,
    learner: str,
    clause: str,
    item: str | None = None,
    *,
    rule: str = "mastery standard",
    begins: date | None = None,
    ends: date | None = None,
) -> ActReport:
    """Waive a clause."""
    return waive_clause(
        district.records,
        district.in_force(),
        learner=learner,
        rule=rule,
        clause=clause,
        item=item,
        begins=begins,
        ends=ends,
        authority="Superintendent",
        reason="a long illness",
        by="registrar",
        now=district.clock,
    )


def correct(
    district: District, fact: str, *, removes: bool = False, is_preview: bool = False, table: str = "", **cells: str
) -> ActReport:
    """Correct a fact, a piece of evidence where no other table is named."""
    return correct_fact(
        district.records,
        Intake(district.in_force()),
        table or EVIDENCE.plural,
        fact=fact,
        cells=cells,
        removes=removes,
        by="registrar",
        reason="a slip of the pen",
        now=district.clock,
        is_preview=is_preview,
    )


def live(district: District) -> None:
    """Facts, two books (the second one signed), decisions, acts of every kind, and an erasure."""
    district.publish()
    district.bring({"learners": LEARNERS, "programs": PROGRAMS, "evidence": evidence(*EVIDENCE_ROWS)})
    district.run()
    district.clock.pass_days(1)
    private, public = new_key()
    identity, wrong = trust_key(
        district.records, public, by="registrar", reason="ours", withdraws=False, now=district.clock
    )
    assert identity, wrong
    change_book(district, *EASIER)
    published = publish_book(
        district.records,
        district.book,
        by="registrar",
        reason="Amended",
        begins=None,
        private_key=private,
        now=district.clock,
    )
    assert published.bundle is not None, published.diagnostics
    district.run()
    district.clock.pass_days(1)
    awarded = award(district, "Ana", "SCI1")
    overridden = award(district, "Cleo", "SCI1", overrides=True)
    for act in (awarded, overridden, revoke(district, overridden.name), waive(district, "Ben", "breadth", "SCI.ARG")):
        assert act.is_recorded, act.diagnostics
    assert correct(district, "E6", score="3").is_recorded
    assert correct(district, "E3", removes=True).is_recorded
    rows = [*EVIDENCE_ROWS[:3], *EVIDENCE_ROWS[4:6], EVIDENCE_ROWS[6].replace("E7", "E70")]
    brought = district.bring({"learners": LEARNERS, "evidence": evidence(*rows)}, is_complete=True)
    assert brought.removed == {"evidence": 2}, brought
    sent = district.send(
        "evidence",
        evidence_id="E8",
        learner="Dan",
        competency="SCI.ARG",
        score="3",
        assessed_on="2026-10-20",
        method="project",
        role="teacher",
    )
    assert sent.is_recorded, sent.diagnostics
    with district.records.writing(district.clock) as appender:
        subjects = {name: district.subject(name) for name in ("Ana", "Ben")}
        record_access(appender, subjects["Ana"], by="counselor", command="history")
        record_disclosure(appender, subjects["Ben"], by="registrar", to="State college", purpose="admission")
    number, wrong = erase_learner(district.records, "Dan", by="registrar", authority="34 CFR 99", now=district.clock)
    assert number, wrong
    district.clock.pass_days(1)
    district.run()
