"""An import merges what a connector gives into a folder of facts, counts every row, and never stops half way."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from competency.interchange.counts import Counts
from competency.interchange.fact_set import FactSet
from competency.interchange.read_facts import read_facts
from competency.interchange.write_facts import TableFormat, write_facts
from competency.model.facts import BUILT_IN, LEARNERS, Column, ColumnType, FactType
from competency.plugin_api import Place, RawRow, RejectedRow, SourceUnusable
from competency.services.import_facts import import_facts
from competency.source import Place as SourcePlace


@dataclass(frozen=True, slots=True)
class Given:
    """A connector that gives what it was made with, and raises what is no row."""

    rows: Sequence[object]
    fact_types: tuple[FactType, ...] = ()
    name: str = "given"
    title: str = "Rows as they are"
    source_help: str = "Nothing."

    def read(self, source: Path | str) -> Iterator[RawRow | RejectedRow]:
        assert source is not None
        for row in self.rows:
            if isinstance(row, Exception):
                raise row
            yield row  # type: ignore[misc]


def learner(name: str) -> RawRow:
    return RawRow("learners", {"learner": name}, Place("people.csv", 1))


def evidence(number: str, learner: str = "Ana", score: str = "3", line: int = 2) -> RawRow:
    values = {"evidence_id": number, "learner": learner, "competency": "M", "score": score, "assessed_on": "2026-09-01"}
    return RawRow("evidence", values, Place("marks.csv", line), {"score": "Mark"})


def facts_of(folder: Path, fact_types: Sequence[FactType] = BUILT_IN) -> FactSet:
    facts, diagnostics, _ = read_facts(folder, fact_types)
    assert facts is not None
    assert diagnostics == ()
    return facts


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def rejected(folder: Path) -> list[dict[str, str]]:
    with (folder / "rejected.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_first_import_fills_the_folder(tmp_path: Path) -> None:
    report = import_facts(Given([evidence("e1"), learner("Ana")]), "anywhere", tmp_path / "out")
    assert report.is_written
    assert report.diagnostics == ()
    assert report.counts == {"learners": Counts(1, 1), "evidence": Counts(1, 1)}
    assert report.total == Counts(2, 2)
    assert rejected(tmp_path / "out") == []
    assert [fact.id for fact in facts_of(tmp_path / "out").for_learner("Ana").of("evidence")] == ["e1"]


def test_a_second_import_changes_nothing(tmp_path: Path) -> None:
    rows = [learner("Ana"), evidence("e1"), evidence("e2", score="1/3")]
    import_facts(Given(rows), "", tmp_path)
    before = bytes_of(tmp_path)
    report = import_facts(Given(rows), "", tmp_path)
    assert report.total == Counts(read=3, unchanged=3)
    assert bytes_of(tmp_path) == before


def test_a_row_of_the_same_key_replaces_the_old_one_and_the_others_stay(tmp_path: Path) -> None:
    import_facts(Given([learner("Ana"), evidence("e1"), evidence("e2")]), "", tmp_path)
    report = import_facts(Given([evidence("e1", score="4"), evidence("e2"), evidence("e3")]), "", tmp_path)
    assert report.counts["evidence"] == Counts(read=3, accepted=2, unchanged=1, replaced=1)
    scores = {fact.id: fact.values["score"] for fact in facts_of(tmp_path).for_learner("Ana").of("evidence")}
    assert scores == {"e1": 4, "e2": 3, "e3": 3}


def test_within_one_import_the_first_of_two_different_rows_is_kept(tmp_path: Path) -> None:
    rows = [learner("Ana"), evidence("e1", line=2), evidence("e1", line=3), evidence("e1", score="4", line=4)]
    report = import_facts(Given(rows), "", tmp_path)
    assert report.counts["evidence"] == Counts(read=3, accepted=1, unchanged=1, rejected=1)
    assert "line 4" in rejected(tmp_path)[0]["reason"]
    assert "line 2" in rejected(tmp_path)[0]["reason"]


def test_every_rejected_row_stands_in_the_file_in_the_words_of_the_source(tmp_path: Path) -> None:
    rows = [
        learner("Ana"),
        evidence("e1", score="good", line=7),
        evidence("e2", learner="Cy", line=8),
        RejectedRow("evidence", Place("marks.csv", 9, "Skill"), "there is no such skill", "x9"),
        RawRow("marks", {"a": "b"}, Place("marks.csv", 10)),
        RejectedRow("marks", Place("marks.csv", 11), "not this either"),
        RawRow("evidence", {"evidence_id": "e5", "mark": "3"}, Place("marks.csv", 12)),
    ]
    report = import_facts(Given(rows), "", tmp_path)
    assert report.is_written
    assert report.counts == {
        "learners": Counts(1, 1),
        "evidence": Counts(read=4, rejected=4),
        "marks": Counts(read=2, rejected=2),
    }
    written = sorted(rejected(tmp_path), key=lambda row: int(row["line"]))
    assert [(row["file"], row["line"], row["field"], row["value"]) for row in written] == [
        ("marks.csv", "7", "Mark", "good"),
        ("marks.csv", "8", "learner", "Cy"),
        ("marks.csv", "9", "Skill", "x9"),
        ("marks.csv", "10", "", ""),
        ("marks.csv", "11", "", ""),
        ("marks.csv", "12", "learner", ""),
    ]
    assert "also mark: evidence have no such column" in written[-1]["reason"]
    codes = {
        d.labels[0].where.line: d.kind.code for d in report.diagnostics if isinstance(d.labels[0].where, SourcePlace)
    }
    assert (codes[7], codes[8]) == ("CBE702", "CBE703")


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    ("stop", "code", "told"),
    [
        (ZeroDivisionError("oh"), "CBE705", "`given` stopped after 2 rows: ZeroDivisionError: oh"),
        (
            SourceUnusable(Place("marks.csv", 1), "`marks.csv` is missing", "Add it."),
            "CBE704",
            "`marks.csv` is missing",
        ),
        (RawRow("evidence", {"score": 3}, Place("marks.csv", 1)), "CBE705", "type int where text is expected"),  # type: ignore[dict-item]
        ("no row", "CBE705", "not str"),
    ],
)
def test_a_connector_that_stops_leaves_the_folder_as_it_was(
    tmp_path: Path, stop: object, code: str, told: str, is_new: bool
) -> None:
    out = tmp_path / "out"
    if not is_new:
        import_facts(Given([learner("Ana"), evidence("e1")]), "", out)
    before = bytes_of(out)
    report = import_facts(Given([learner("Bo"), evidence("bad", score="x"), stop]), "", out)
    assert not report.is_written
    assert report.total == Counts()
    (diagnostic,) = report.diagnostics
    assert diagnostic.kind.code == code
    assert told in diagnostic.message
    assert diagnostic.fixes
    assert bytes_of(out) == before
    assert out.exists() is not is_new


def test_a_folder_whose_rows_cannot_all_be_read_is_not_touched(tmp_path: Path) -> None:
    import_facts(Given([learner("Ana"), evidence("e1")]), "", tmp_path)
    with (tmp_path / "evidence.csv").open("a") as file:
        file.write("broken\n")
    before = bytes_of(tmp_path)
    report = import_facts(Given([learner("Bo")]), "", tmp_path)
    assert not report.is_written
    assert [diagnostic.kind.code for diagnostic in report.diagnostics] == ["CBE702", "CBE704"]
    assert bytes_of(tmp_path) == before


def test_a_connector_may_bring_fact_types_of_its_own(tmp_path: Path) -> None:
    badges = FactType(
        "badges",
        "badge",
        "Badges.",
        (Column("learner", ColumnType.LEARNER, "Whose.", required=True), Column("title", ColumnType.TEXT, "Which.")),
        key=("learner", "title"),
    )
    rows = [learner("Ana"), RawRow("badges", {"learner": "Ana", "title": "Helper"}, Place("b.csv", 2))]
    report = import_facts(Given(rows, (badges,)), "", tmp_path)
    assert report.counts["badges"] == Counts(1, 1)
    assert facts_of(tmp_path, (*BUILT_IN, badges)).for_learner("Ana").of("badges")[0].values["title"] == "Helper"


def test_a_connector_may_not_declare_a_known_table_otherwise(tmp_path: Path) -> None:
    other = FactType("learners", "learner", "Other ones.", LEARNERS.columns[:1], key=("learner",))
    report = import_facts(Given([learner("Ana")], (other,)), "", tmp_path / "out")
    assert not report.is_written
    assert report.diagnostics[0].kind.code == "CBE705"
    assert not (tmp_path / "out").exists()


def test_a_folder_of_parquet_stays_one(tmp_path: Path) -> None:
    import_facts(Given([learner("Ana"), evidence("e1")]), "", tmp_path / "csv")
    write_facts(tmp_path / "out", facts_of(tmp_path / "csv"), table_format=TableFormat.PARQUET)
    report = import_facts(Given([learner("Ana"), evidence("e1"), evidence("e2")]), "", tmp_path / "out")
    assert report.total == Counts(read=3, accepted=1, unchanged=2)
    assert sorted(bytes_of(tmp_path / "out")) == ["evidence.parquet", "learners.parquet", "rejected.csv"]


def test_progress_is_told_of_every_row(tmp_path: Path) -> None:
    told: list[int] = []
    import_facts(Given([learner(f"L{number}") for number in range(1_200)]), "", tmp_path, progress=told.append)
    assert told == [1000, 200]


def test_a_row_that_is_rejected_before_the_learners_are_known_keeps_no_other_row_out(tmp_path: Path) -> None:
    rows = [RejectedRow("evidence", Place("marks.csv", 1), "no such skill"), evidence("e1"), learner("Ana")]
    report = import_facts(Given(rows), "", tmp_path)
    assert report.counts["evidence"] == Counts(read=2, accepted=1, rejected=1)
