"""Corrections: what a row supersedes no longer counts; a circle of corrections never makes everything vanish."""

from datetime import UTC, date, datetime
from fractions import Fraction

from competency.model.facts import BUILT_IN, Fact, FactValue, LearnerFacts
from competency.rules.interpreter.visible import visible


def _row(identity: str, supersedes: str | None = None, recorded: int = 1, **more: FactValue) -> Fact:
    values: dict[str, FactValue] = {
        "evidence_id": identity,
        "learner": "L1",
        "competency": "M.A",
        "score": Fraction(3),
        "assessed_on": datetime(2026, 10, 1),  # noqa: DTZ001 - local to the calendar
        "recorded_at": datetime(2026, 10, recorded, tzinfo=UTC),
        "supersedes": supersedes,
    }
    return Fact("evidence", identity, {**values, **more})


def _counting(*rows: Fact, known_on: datetime | None = None) -> set[str]:
    facts = LearnerFacts("L1", {"evidence": rows})
    return {row.id for row in visible(facts, BUILT_IN, date(2026, 11, 2), known_on)["evidence"]}


def test_a_corrected_row_no_longer_counts() -> None:
    assert _counting(_row("a"), _row("b", supersedes="a", recorded=2)) == {"b"}


def test_before_the_correction_is_known_the_first_row_counts() -> None:
    then = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert _counting(_row("a"), _row("b", supersedes="a", recorded=2), known_on=then) == {"a"}


def test_a_chain_of_corrections_leaves_the_last() -> None:
    chain = (_row("a"), _row("b", supersedes="a", recorded=2), _row("c", supersedes="b", recorded=3))
    assert _counting(*chain) == {"c"}


def test_what_was_corrected_stays_so_when_the_correction_is_withdrawn() -> None:
    withdrawn = _row("b", supersedes="a", recorded=2, withdrawn_at=datetime(2026, 10, 5, tzinfo=UTC))
    assert _counting(_row("a"), withdrawn) == set()


def test_a_row_that_corrects_itself_counts() -> None:
    assert _counting(_row("a", supersedes="a")) == {"a"}


def test_of_two_rows_that_correct_each_other_the_one_recorded_last_counts() -> None:
    assert _counting(_row("a", supersedes="b", recorded=3), _row("b", supersedes="a", recorded=2)) == {"a"}


def test_a_correction_of_what_is_not_there_is_a_row_of_its_own() -> None:
    assert _counting(_row("a"), _row("b", supersedes="zzz")) == {"a", "b"}
