"""What is written is read back, in every format, whatever the facts; and a folder is never left half written."""

# ruff: noqa: DTZ001 - moments are local time
from __future__ import annotations

import string
import tempfile
from datetime import UTC, date, datetime, time
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competency.interchange.fact_set import FactSet, Row, fact_id, fact_set
from competency.interchange.read_facts import read_facts
from competency.interchange.replace_files import replace_files
from competency.interchange.write_facts import TableFormat, write_facts
from competency.model.facts import BUILT_IN, EVIDENCE, LEARNERS, Column, ColumnType, FactType, FactValue

EXACT = st.one_of(
    st.decimals(-(10**9), 10**9, places=6).map(Fraction),
    st.fractions(-(10**9), 10**9, max_denominator=10**6),
    st.builds(Fraction, st.integers(1, 10**29), st.integers(1, 2**60)),
)
NAMES = st.text(string.ascii_letters + string.digits + ".,;\"'|\\- äß学=", min_size=1).map(str.strip).filter(bool)
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).map(str.strip)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))


def values(column: Column) -> st.SearchStrategy[FactValue]:
    """Values of a column as the door gives them."""
    found: st.SearchStrategy[FactValue]
    match column.type:
        case ColumnType.NUMBER | ColumnType.CREDITS | ColumnType.MONEY | ColumnType.SCORE:
            found = EXACT
        case ColumnType.SHARE:
            found = EXACT.map(
                lambda percent: percent / 100
            )  # a cell holds the percentage, and that has a longest length
        case ColumnType.WHOLE:
            found = st.integers(-(10**9), 10**9).map(Fraction)
        case ColumnType.SCHOOL_YEAR:
            found = st.integers(1900, 2200).map(Fraction)
        case ColumnType.BOOLEAN:
            found = st.booleans()
        case ColumnType.DATE:
            found = st.dates(date(1, 1, 1), date(9999, 12, 31))
        case ColumnType.MOMENT:
            found = st.one_of(st.datetimes(), st.dates().map(lambda day: datetime.combine(day, time.min)))
        case ColumnType.INSTANT:
            found = INSTANTS
        case ColumnType.CHOICE:
            found = st.sampled_from(column.choices)
        case ColumnType.TEXT:
            found = st.one_of(NAMES, TEXTS.filter(lambda text: not any("\u202a" <= each <= "\u2069" for each in text)))
        case _:
            found = NAMES
    found = found.map(lambda value: value if value != "" else None) if not column.required else found.filter(bool)
    return found if column.required else st.one_of(st.none(), found)


@st.composite
def fact_sets(draw: st.DrawFn) -> FactSet:
    """A few learners, and rows of every table about them."""
    learners = draw(st.lists(NAMES, unique=True, max_size=3))
    tables: dict[str, list[Row]] = {}
    for fact_type in BUILT_IN:
        columns = [
            st.sampled_from(learners) if column.type is ColumnType.LEARNER and learners else values(column)
            for column in fact_type.columns
        ]
        rows = draw(st.lists(st.tuples(*columns), max_size=3)) if learners else []
        if fact_type is LEARNERS:
            rows = [(learner, *draw(st.tuples(*columns[1:]))) for learner in learners]
        tables[fact_type.plural] = list({_key(fact_type, row): row for row in rows}.values())
    return fact_set(BUILT_IN, tables)


def _key(fact_type: FactType, row: Row) -> str:
    return fact_id(fact_type, dict(zip((column.name for column in fact_type.columns), row, strict=True)))


def content(facts: FactSet) -> dict[str, frozenset[Row]]:
    return {plural: frozenset(facts.rows(plural)) for plural in facts.fact_types}


@settings(max_examples=60, deadline=None)
@given(facts=fact_sets(), table_format=st.sampled_from(TableFormat))
def test_facts_that_are_written_are_read_back(facts: FactSet, table_format: TableFormat) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_facts(Path(folder), facts, table_format=table_format)
        found, diagnostics, counts = read_facts(Path(folder), BUILT_IN)
    assert diagnostics == ()
    assert found is not None
    assert content(found) == content(facts)
    assert found.learners == facts.learners
    assert all(each.read == each.accepted for each in counts.values())
    for learner in facts.learners:
        ids = [fact.id for fact in found.for_learner(learner).of("evidence")]
        assert ids == sorted(ids)


def _facts(*evidence: str) -> FactSet:
    names = [column.name for column in EVIDENCE.columns]
    known: dict[str, FactValue] = {"learner": "Ana", "competency": "M", "assessed_on": datetime(2026, 9, 1)}
    rows: list[Row] = [tuple({**known, "evidence_id": each}.get(name) for name in names) for each in evidence]
    learner: Row = ("Ana", *[None] * (len(LEARNERS.columns) - 1))
    return fact_set(BUILT_IN, {"learners": [learner], "evidence": rows})


def test_equal_facts_give_equal_bytes_whatever_their_order(tmp_path: Path) -> None:
    write_facts(tmp_path / "one", _facts("b", "a"))
    write_facts(tmp_path / "other", _facts("a", "b"))
    for name in ("learners.csv", "evidence.csv"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "other" / name).read_bytes()
    assert (tmp_path / "one" / "evidence.csv").read_text().splitlines()[1].startswith("a,Ana,M,,2026-09-01,")


def test_a_table_changes_its_format_and_loses_its_rows_and_other_files_stay(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("kept")
    write_facts(tmp_path, _facts("a"))
    write_facts(tmp_path, _facts(), table_format=TableFormat.PARQUET)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence.parquet", "learners.parquet", "notes.txt"]
    found, _, _ = read_facts(tmp_path, BUILT_IN)
    assert found is not None
    assert list(found.rows("evidence")) == []


def _stop_half_way(folder: Path) -> None:
    with replace_files(folder) as unfinished:
        (unfinished / "evidence.csv").write_text("half of it")
        raise KeyboardInterrupt


def test_a_failure_before_the_end_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    write_facts(tmp_path / "old", _facts("a"))
    before = {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()}
    for folder in (tmp_path / "old", tmp_path / "new"):
        with pytest.raises(KeyboardInterrupt):
            _stop_half_way(folder)
    assert {path.name: path.read_bytes() for path in (tmp_path / "old").iterdir()} == before
    assert not (tmp_path / "new").exists()


def test_a_crash_while_files_are_put_in_place_is_told_to_readers_and_finished_by_the_next_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_facts(tmp_path, _facts("a"))
    real = Path.replace

    def crash_at_the_second_file(self: Path, target: Path) -> Path:
        if target.name == "learners.csv":
            raise OSError("the power went")
        return real(self, target)

    monkeypatch.setattr(Path, "replace", crash_at_the_second_file)
    with pytest.raises(OSError, match="power"):
        write_facts(tmp_path, _facts("a", "b"))
    monkeypatch.undo()
    facts, (diagnostic,), _ = read_facts(tmp_path, BUILT_IN)
    assert facts is None
    assert "interrupted" in diagnostic.message
    with replace_files(tmp_path):
        pass
    facts, _, _ = read_facts(tmp_path, BUILT_IN)
    assert facts is not None
    assert sorted(str(row[0]) for row in facts.rows("evidence")) == ["a", "b"]


def test_what_a_crash_left_unfinished_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / ".facts-unfinished").mkdir()
    (tmp_path / ".facts-unfinished" / "awards.csv").write_text("half")
    write_facts(tmp_path, _facts())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["learners.csv"]


def test_keys_of_several_columns_never_run_together() -> None:
    placements = next(each for each in BUILT_IN if each.plural == "placements")
    one = fact_id(placements, {"learner": "a|b", "competency": "c", "level": "d"})
    other = fact_id(placements, {"learner": "a", "competency": "b|c", "level": "d"})
    assert one != other
