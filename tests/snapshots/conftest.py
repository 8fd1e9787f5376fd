"""What the tests of snapshots share: a book, and the comparison of a snapshot with the reading row by row."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from competency.interchange.fact_set import Facts
from competency.interchange.read_facts import read_facts
from competency.model.facts import FactType, LearnerFacts
from competency.rules.population.facts import FactsAtHand, Holds
from competency.rules.population.lay_out import LaidOut, lay_out
from competency.rules.population.needs import interpreted_columns
from competency.rules.program import ir
from competency.services.read_book import read_book
from competency.snapshots.lay_out_folder import FolderLaidOut, lay_out_folder
from competency.snapshots.open_snapshot import Snapshot, open_snapshot

RIVERBEND = Path(__file__).resolve().parents[2] / "policies" / "riverbend"

Rows = list[tuple[Any, ...]]


@pytest.fixture(scope="session")
def program() -> ir.Program:
    """The program of the book of the demonstration."""
    book, _ = read_book(RIVERBEND)
    assert book is not None
    assert book.rules.program is not None
    return book.rules.program


def read_of(program: ir.Program, learner: LearnerFacts) -> dict[str, set[tuple[Any, ...]]]:
    """What a program reads of a learner: by table, the identities and values of the rows."""
    interpreted = interpreted_columns(program)
    found = {
        plural: {(row.id, *[(name, row.values.get(name)) for name in sorted(interpreted[plural])]) for row in rows}
        for plural, rows in learner.tables.items()
        if plural in interpreted
    }
    return {plural: rows for plural, rows in found.items() if rows}


def values_of(laid_out: LaidOut, plural: str, without: Collection[str]) -> Rows:
    """The rows of a table by names of learners, with words as texts and numbers in their own units, but for some columns."""
    described, table = laid_out.at_hand.tables[plural], laid_out.rows[plural]
    texts = laid_out.at_hand.words.texts

    def value(name: str, cell: Any) -> Any:
        column = described.columns.get(name)
        if name == "learner":
            return laid_out.learners[cell]
        if column is None or column.holds in (Holds.TRUTH, Holds.DAY):
            return cell
        return texts[cell] if column.holds is Holds.WORD else Fraction(cell, column.scale)

    rows = [
        tuple(
            (name, value(name, cell)) for name, cell in sorted(row.items()) if cell is not None and name not in without
        )
        for row in table.to_pylist()
    ]
    return sorted(rows, key=repr)


def assert_holds(known: FactsAtHand, of_fewer: FactsAtHand) -> None:
    """Asserts that what is known of facts, those of rejected rows included, holds for those that were taken."""
    assert set(known.words.texts) >= set(of_fewer.words.texts)
    assert known.tables.keys() == of_fewer.tables.keys()
    for plural, wide in known.tables.items():
        narrow = of_fewer.tables[plural]
        assert (wide.rows_max, wide.rows_max_by) == (narrow.rows_max, narrow.rows_max_by)
        assert wide.has_corrections == narrow.has_corrections
        for name, column in wide.columns.items():
            other = narrow.columns[name]
            assert column.holds is other.holds
            if column.reason or other.is_blank:
                continue
            assert not other.reason
            assert column.has_blanks or not other.has_blanks
            assert column.has_times or not other.has_times
            assert other.is_uniform or not column.is_uniform
            if column.holds is Holds.WORD:
                among = {known.words.texts[number] for number in column.among}
                assert not among or among >= {of_fewer.words.texts[number] for number in other.among}
            elif column.holds is not Holds.TRUTH:
                assert Fraction(column.low, column.scale) <= Fraction(other.low, other.scale)
                assert Fraction(column.high, column.scale) >= Fraction(other.high, other.scale)


def assert_laid_out_alike(program: ir.Program, facts: Facts, snapshot: Snapshot, *, is_exact: bool = True) -> None:
    """Asserts that a snapshot holds facts as `lay_out` makes columns of them, bucket for bucket, and as facts."""
    assert snapshot.learners == facts.learners
    everybody = [facts.for_learner(learner) for learner in facts.learners]
    whole = lay_out(program, everybody)
    at_hand = snapshot.at_hand()
    assert_holds(at_hand, whole.at_hand)
    assert not is_exact or at_hand == whole.at_hand
    rows: dict[str, Rows] = {plural: [] for plural in whole.rows}
    left = {
        plural: [name for name, column in table.columns.items() if column.reason]
        for plural, table in at_hand.tables.items()
    }
    entangled: set[str] = set()
    told: list[LearnerFacts] = []
    for number in range(snapshot.buckets):
        bucket = snapshot.bucket(number)
        assert bucket.learners == snapshot.learners_of(number)
        entangled.update(bucket.learners[one] for one in bucket.entangled)
        told += snapshot.facts(number, range(len(bucket.learners)))
        for plural, found in rows.items():
            assert not is_exact or set(bucket.rows[plural].column_names) == set(whole.rows[plural].column_names)
            found.extend(values_of(bucket, plural, left[plural]))
    for plural, found in rows.items():
        assert sorted(found, key=repr) == values_of(whole, plural, left[plural])
    assert entangled == {whole.learners[one] for one in whole.entangled}
    assert [facts.learner for facts in told] == list(facts.learners)
    assert [read_of(program, one) for one in told] == [read_of(program, one) for one in everybody]
    assert snapshot.shared == facts.shared


Compare = Callable[..., tuple[FolderLaidOut, Snapshot | None]]


@pytest.fixture(scope="session")
def reads_alike(program: ir.Program) -> Compare:
    """Reads a folder both ways, and asserts that nothing differs: facts, diagnostics, counts, rejects."""

    def compare(
        folder: Path, work: Path, fact_types: Iterable[FactType], bucket: int, **options: Any
    ) -> tuple[FolderLaidOut, Snapshot | None]:
        fact_types = tuple(fact_types)
        one, other = work / "one.csv", work / "other.csv"
        facts, diagnostics, counts = read_facts(folder, fact_types, rejects=one, **options)
        out = work / "snapshot"
        made = lay_out_folder(program, fact_types, folder, out, rejects=other, bucket=bucket, **options)
        assert made.diagnostics == diagnostics
        assert made.counts == counts
        assert one.exists() == other.exists()
        assert not one.exists() or one.read_bytes() == other.read_bytes()
        assert made.is_written == (facts is not None) == out.exists()
        assert [path.name for path in work.iterdir() if "unfinished" in path.name] == []
        if facts is None:
            return made, None
        snapshot = open_snapshot(out, program)
        is_exact = not any(each.rejected for each in counts.values())
        assert_laid_out_alike(program, facts, snapshot, is_exact=is_exact)
        return made, snapshot

    return compare


@pytest.fixture(scope="session")
def laid_out_alike() -> Callable[[ir.Program, Facts, Snapshot], None]:
    """Asserts that a snapshot holds facts as `lay_out` makes columns of them."""
    return assert_laid_out_alike
