"""Learners decided from a snapshot as by the interpreter, however its buckets are joined and parted; and only who has changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from competency.interchange.fact_set import FactSet, Row, fact_set
from competency.interchange.write_facts import write_facts
from competency.model.facts import BUILT_IN
from competency.rules.language.resolved import Declared
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.decide_learners import DecisionsReport, decide_learners
from competency.services.demo import AS_OF, demo_book, demo_facts
from competency.services.engines import DUCKDB, INTERPRETER, EngineChoice
from competency.services.lay_out_book_facts import lay_out_book_facts, lay_out_known_facts, open_book_snapshot
from competency.services.read_book import read_book
from competency.services.snapshot_buckets import SnapshotBuckets
from competency.services.snapshot_facts import SnapshotFacts
from competency.snapshots.lay_out_facts import lay_out_facts
from competency.snapshots.open_snapshot import open_snapshot
from competency.source import SourceText

Book = tuple[ir.Program, Declared]
Decide = Callable[..., DecisionsReport]


@pytest.fixture(scope="module")
def book() -> Book:
    read, _ = read_book(demo_book())
    assert read is not None
    assert read.rules.program is not None
    assert read.rules.resolved is not None
    return read.rules.program, read.rules.resolved.declared


@pytest.fixture(scope="module")
def facts(book: Book) -> FactSet:
    """Sixty learners of the example district."""
    found = demo_facts(book[0].catalog)[0]
    chosen = frozenset(found.learners[::10]) | frozenset(found.learners[-40:])
    tables: dict[str, list[Row]] = {}
    for plural, fact_type in found.fact_types.items():
        names = [column.name for column in fact_type.columns]
        whose = names.index("learner") if "learner" in names else None
        tables[plural] = [row for row in found.rows(plural) if whose is None or row[whose] in chosen]
    return fact_set(found.fact_types.values(), tables)


@pytest.fixture
def decide(book: Book, tmp_path: Path) -> Decide:
    def into(
        name: str, given: FactSet | SnapshotFacts, engine: EngineChoice, keep: Path | None = None
    ) -> DecisionsReport:
        folder = tmp_path / name
        folder.mkdir()
        out, exceptions, assigned = (folder / f"{one}.csv" for one in ("out", "exceptions", "assigned"))
        return decide_learners(
            book[0], given, out, as_of=AS_OF, exceptions=exceptions, assigned=assigned, engine=engine, keep=keep
        )

    return into


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def of_snapshot(book: Book, facts: FactSet, path: Path, bucket: int) -> SnapshotFacts:
    lay_out_facts(book[0], facts, path, bucket=bucket)
    return open_book_snapshot(path, *book)


def test_however_buckets_are_joined_and_parted_and_from_either_engine(
    book: Book, facts: FactSet, decide: Decide, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = decide("wanted", facts, EngineChoice(INTERPRETER))
    given = of_snapshot(book, facts, tmp_path / "laid out", 16)
    decide("one by one", given, EngineChoice(INTERPRETER))
    assert contents(tmp_path / "one by one") == contents(tmp_path / "wanted")
    for size, workers in ((7, 3), (16, 2), (40, 1), (1000, 2)):
        monkeypatch.setattr("competency.services.buckets.LEARNERS_A_BUCKET", size)
        found = decide(f"{size}", given, EngineChoice(DUCKDB, workers=workers))
        assert contents(tmp_path / f"{size}") == contents(tmp_path / "wanted")
        assert found.outcomes == wanted.outcomes
        assert (found.reported, found.failed) == (wanted.reported, wanted.failed)


def test_some_learners_have_their_own_facts_and_numbers(
    book: Book, facts: FactSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = of_snapshot(book, facts, tmp_path / "laid out", 9)
    monkeypatch.setattr("competency.services.buckets.LEARNERS_A_BUCKET", 5)
    everybody = SnapshotBuckets(given.snapshot, EngineChoice(DUCKDB, workers=1))
    some = given.learners[1::4]
    buckets = everybody.some_of(some)
    assert len(buckets) > 1
    digests = dict(zip(everybody.learners, everybody.digests, strict=True))
    assert list(buckets.digests) == [digests[one] for one in some]
    seen: list[str] = []
    for number in range(len(buckets)):
        laid_out = buckets.bucket(number)
        assert laid_out.at_hand is everybody.bucket(0).at_hand
        seen += laid_out.learners
        places = range(len(laid_out.learners))
        assert [one.learner for one in buckets.facts(number, places)] == list(laid_out.learners)
        evidence = laid_out.rows["evidence"].column("learner").to_pylist()
        for place, learner in enumerate(laid_out.learners):
            assert evidence.count(place) == len(given.for_learner(learner).of("evidence"))
        assert evidence == sorted(evidence)
    assert seen == list(some)


def test_a_second_run_decides_who_has_changed(book: Book, facts: FactSet, decide: Decide, tmp_path: Path) -> None:
    keep, engine = tmp_path / "kept", EngineChoice(DUCKDB, workers=2)
    decide("first", of_snapshot(book, facts, tmp_path / "before", 16), engine, keep)
    evidence = [column.name for column in facts.fact_types["evidence"].columns]
    whose, score = evidence.index("learner"), evidence.index("score")
    rows = {plural: list(facts.rows(plural)) for plural in facts.fact_types}
    better = sorted({str(row[whose]) for row in rows["evidence"] if row[score] != 1})
    changed = {better[0], better[17], better[18], better[-1]}
    gone, new = better[30], "L-0000"
    rows = {plural: [row for row in of_table if gone not in row] for plural, of_table in rows.items()}
    rows["evidence"] = [
        (*row[:score], Fraction(1), *row[score + 1 :]) if row[whose] in changed else row for row in rows["evidence"]
    ]
    rows["learners"].append((new, *[None] * (len(facts.fact_types["learners"].columns) - 1)))
    later = fact_set(facts.fact_types.values(), rows)
    found = decide("second", of_snapshot(book, later, tmp_path / "after", 16), engine, keep)
    assert (found.decided_anew, found.why_all) == (5, "")
    full = decide("full", later, EngineChoice(INTERPRETER))
    assert contents(tmp_path / "second") == contents(tmp_path / "full")
    assert (found.outcomes, found.reported) == (full.outcomes, full.reported)
    again = decide("again", of_snapshot(book, later, tmp_path / "again laid out", 20), engine, keep)
    assert again.decided_anew == 0
    assert contents(tmp_path / "again") == contents(tmp_path / "full")


def test_digests_that_were_made_another_way_are_not_compared(
    book: Book, facts: FactSet, decide: Decide, tmp_path: Path
) -> None:
    keep, engine = tmp_path / "kept", EngineChoice(DUCKDB, workers=2)
    decide("first", facts, engine, keep)
    found = decide("second", of_snapshot(book, facts, tmp_path / "laid out", 16), engine, keep)
    assert found.decided_anew == found.learners
    assert contents(tmp_path / "second") == contents(tmp_path / "first")


def test_a_folder_and_what_was_read_of_it_have_the_same_digests(book: Book, facts: FactSet, tmp_path: Path) -> None:
    program, declared = book
    write_facts(tmp_path / "facts", facts)
    made = lay_out_book_facts(program, declared, tmp_path / "facts", tmp_path / "one")
    assert made.is_written
    lay_out_known_facts(program, facts, tmp_path / "other")
    engine = EngineChoice(DUCKDB)
    one, other = (
        SnapshotBuckets(open_book_snapshot(tmp_path / name, *book).snapshot, engine) for name in ("one", "other")
    )
    assert one.learners == other.learners
    assert one.digests == other.digests


# Days that engines read, and of the table of awards days that the interpreter alone does.
DATED = """language 1
policy district "A policy"
  version "1"
  evidence ordered by date assessed
end
methods test
framework SCI "Science"
  competency SCI.INQ "Asks"
end
mastery standard "Mastery"
  for each competency in SCI
  require enough: number of scores is at least 1
end
"""


def table(plural: str, rows: Sequence[dict[str, object]]) -> list[Row]:
    columns = next(one.columns for one in BUILT_IN if one.plural == plural)
    return [tuple(row.get(column.name) for column in columns) for row in rows]  # type: ignore[misc]


def test_whose_facts_have_a_date_within_some_days(tmp_path: Path) -> None:
    program = read_rules(parse_texts([SourceText("dated.rules", DATED)])[0], {})[0].program
    assert program is not None
    east = timezone(timedelta(hours=9))
    days: tuple[object, ...] = (
        date(2026, 9, 1),
        date(2026, 9, 2),
        datetime(2026, 9, 3, 23, 59),  # noqa: DTZ001 - a local time
        date(2026, 9, 4),
        None,
    )
    recorded = (None, datetime(2026, 9, 9, tzinfo=UTC), None, None, datetime(2026, 9, 3, 8, tzinfo=east))
    evidence = [
        {
            "evidence_id": f"E{number}",
            "learner": f"L{number}",
            "competency": "SCI.INQ",
            "score": Fraction(1),
            "assessed_on": day,
            "recorded_at": at,
        }
        for number, (day, at) in enumerate(zip(days, recorded, strict=True))
    ]
    awards = [{"award_id": "A", "learner": "L5", "award": "credit", "course": "C", "awarded_on": date(2026, 9, 2)}]
    learners: list[dict[str, object]] = [{"learner": f"L{number}"} for number in range(7)]
    learners[6]["entered_on"] = date(2026, 9, 3)
    rows = {"learners": learners, "evidence": evidence, "awards": awards}
    facts = fact_set(BUILT_IN, {plural: table(plural, some) for plural, some in rows.items()})
    lay_out_facts(program, facts, tmp_path / "laid out", bucket=3)
    buckets = SnapshotBuckets(open_snapshot(tmp_path / "laid out", program), EngineChoice(DUCKDB))
    assert buckets.dated(date(2026, 9, 1), date(2026, 9, 3)) == {"L1", "L2", "L4", "L5", "L6"}
    assert buckets.dated(date(2026, 9, 9), date(2026, 9, 30)) == frozenset()
