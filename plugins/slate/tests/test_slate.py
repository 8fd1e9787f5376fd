"""The Slate connector carries every figure of the tables, and says where a table is at fault."""

# ruff: noqa: DTZ001 - moments are local time
from __future__ import annotations

import csv
import shutil
from collections import Counter
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest

from competency.interchange.counts import Counts
from competency.interchange.fact_set import FactSet
from competency.interchange.read_facts import read_facts
from competency.model.facts import BUILT_IN
from competency.plugin_api.loading import find_connector, new_manager
from competency.services.import_facts import ImportReport, import_facts
from competency_slate import plugin
from competency_slate.connector import SlateConnector
from competency_slate.tables import TABLES

SLATE = Path(__file__).resolve().parents[4] / "shared" / "data" / "slate"

needs_slate = pytest.mark.skipif(not SLATE.is_dir(), reason="the tables of Slate are not at ../shared/data/slate")

SMALL = {
    "cbl_skills": "ID,Code\n1,ELA.1.1\n2,ELA.1.2\n",
    "cbl_competencies": "ID,Code\n1,ELA.1\n",
    "cbl_demonstrations": "ID,StudentID,Demonstrated\n1,10,2019-01-01 00:01:00\n2,9,2019-01-02 00:00:00\n",
    "cbl_demonstration_skills": (
        "ID,DemonstrationID,SkillID,TargetLevel,DemonstratedLevel,Override\n"
        "9,1,1,9,8,0\n10,1,2,9,0,0\n11,2,1,9,,1\n12,2,2,9,,0\n"
    ),
    "cbl_student_competencies": (
        "StudentID,CompetencyID,Level,EnteredVia,BaselineRating\n10,1,9,enrollment,8.50\n9,1,10,graduation,\n"
    ),
}


def small(folder: Path, **tables: str) -> Path:
    folder.mkdir()
    for name, text in {**SMALL, **tables}.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def imported(source: Path, out: Path) -> tuple[ImportReport, FactSet]:
    report = import_facts(SlateConnector(), source, out)
    facts, diagnostics, _ = read_facts(out, BUILT_IN)
    assert facts is not None
    assert diagnostics == ()
    return report, facts


def rejected(out: Path) -> list[tuple[str, str, str, str]]:
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(row["reason"] for row in rows)
    return [(Path(row["file"]).name, row["line"], row["field"], row["value"]) for row in rows]


def test_the_plugin_announces_its_connector() -> None:
    manager = new_manager()
    manager.register(plugin, "slate")
    manager.check_pending()
    connector, diagnostics = find_connector("slate", manager)
    assert connector == SlateConnector()
    assert diagnostics == ()


def test_ratings_become_evidence_and_levels_become_placements(tmp_path: Path) -> None:
    report, facts = imported(small(tmp_path / "slate"), tmp_path / "out")
    assert report.counts == {"learners": Counts(2, 2), "evidence": Counts(4, 4), "placements": Counts(2, 2)}
    pieces = {fact.id: fact.values for each in ("9", "10") for fact in facts.for_learner(each).of("evidence")}
    columns = ("learner", "competency", "score", "level", "method", "external_id", "source", "rater", "recorded_at")
    assert {key: tuple(values[column] for column in columns) for key, values in pieces.items()} == {
        "slate-0000000009": ("10", "ELA.1.1", 8, "9", "demonstration", "9", "slate", None, None),
        "slate-0000000010": ("10", "ELA.1.2", 0, "9", "demonstration", "10", "slate", None, None),
        "slate-0000000011": ("9", "ELA.1.1", 9, "9", "override", "11", "slate", None, None),
        "slate-0000000012": ("9", "ELA.1.2", None, "9", "demonstration", "12", "slate", None, None),
    }
    assert pieces["slate-0000000009"]["assessed_on"] == datetime(2019, 1, 1, 0, 1)
    placed = [facts.for_learner(each).of("placements")[0].values for each in ("10", "9")]
    placed_columns = ("competency", "level", "baseline", "entered_by", "placed_on")
    assert [tuple(values[column] for column in placed_columns) for values in placed] == [
        ("ELA.1", "9", Fraction(17, 2), "enrollment", None),
        ("ELA.1", "10", None, "graduation", None),
    ]


def test_learners_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    rows = list(SlateConnector().read(small(tmp_path / "slate")))
    assert [row.values["learner"] for row in rows if row.table == "learners"] == ["9", "10"]  # type: ignore[union-attr]


def test_rows_at_fault_are_rejected_with_file_line_and_field(tmp_path: Path) -> None:
    source = small(
        tmp_path / "slate",
        cbl_skills="ID,Code\n1,ELA.1.1\n2,\n1,ELA.9\n",
        cbl_demonstrations="ID,StudentID,Demonstrated\n1,10,2019-02-30 00:01:00\n2,,2019-01-02\n3,10,2019-01-03\n",
        cbl_demonstration_skills=(
            "ID,DemonstrationID,SkillID,TargetLevel,DemonstratedLevel,Override\n"
            "1,3,1,9,8,0\n2,3,99,9,8,0\n3,3,1,nine,8,0\n4,3,1,9,eight,0\n5,2,1,9,8,0\n6,3,1,9,8,maybe\n"
            "7,1,1,9,8,0\n8,3,1,9\n1,3,1,9,7,0\n"
        ),
        cbl_student_competencies=(
            "StudentID,CompetencyID,Level,EnteredVia,BaselineRating\n10,1,9,enrollment,high\n10,7,9,enrollment,\n"
            "10,1,ten,enrollment,\n"
        ),
    )
    report, facts = imported(source, tmp_path / "out")
    ratings, levels = "cbl_demonstration_skills.csv", "cbl_student_competencies.csv"
    assert sorted(rejected(tmp_path / "out")) == sorted(
        [
            ("cbl_skills.csv", "3", "Code", ""),
            ("cbl_skills.csv", "4", "ID", "1"),
            ("cbl_demonstrations.csv", "3", "StudentID", ""),
            (ratings, "3", "SkillID", "99"),
            (ratings, "4", "TargetLevel", "nine"),
            (ratings, "5", "DemonstratedLevel", "eight"),
            (ratings, "6", "DemonstrationID", "2"),
            (ratings, "7", "Override", "maybe"),
            (ratings, "8", "DemonstrationID", "2019-02-30 00:01:00"),
            (ratings, "9", "", ""),
            (ratings, "10", "ID", "slate-0000000001"),
            (levels, "2", "BaselineRating", "high"),
            (levels, "3", "CompetencyID", "7"),
            (levels, "4", "Level", "ten"),
        ]
    )
    assert report.total == Counts(read=16, accepted=2, rejected=14)
    assert [fact.id for fact in facts.for_learner("10").of("evidence")] == ["slate-0000000001"]


@pytest.mark.parametrize("name", TABLES)
def test_a_missing_table_or_column_stops_the_import_before_anything_is_written(tmp_path: Path, name: str) -> None:
    source = small(tmp_path / "slate", **{name: "ID\n1\n"})
    for told in ("has no column", "is missing in"):
        report = import_facts(SlateConnector(), source, tmp_path / "out")
        (diagnostic,) = report.diagnostics
        assert (diagnostic.kind.code, report.is_written) == ("CBE704", False)
        assert f"`{name}.csv` {told}" in diagnostic.message
        assert not (tmp_path / "out").exists()
        (source / f"{name}.csv").unlink(missing_ok=True)


@pytest.mark.parametrize("content", [b"ID,Code\n1,\xff\n", b'ID,Code\n1,"open\n', b""])
def test_a_table_that_is_no_csv_stops_the_import(tmp_path: Path, content: bytes) -> None:
    source = small(tmp_path / "slate")
    (source / "cbl_skills.csv").write_bytes(content)
    report = import_facts(SlateConnector(), source, tmp_path / "out")
    assert (report.diagnostics[0].kind.code, report.is_written) == ("CBE704", False)


@needs_slate
def test_the_real_tables_are_carried_whole(tmp_path: Path) -> None:
    report, facts = imported(SLATE, tmp_path / "out")
    assert report.diagnostics == ()
    assert report.counts == {"learners": Counts(15, 15), "evidence": Counts(2500, 2500), "placements": Counts(656, 656)}
    assert facts.learners == tuple(sorted(str(each) for each in (4, *range(6, 13), *range(23, 29), 34)))
    pieces = [fact.values for each in facts.learners for fact in facts.for_learner(each).of("evidence")]
    assert Counter(values["method"] for values in pieces) == {"demonstration": 2422, "override": 78}
    assert sum(values["score"] == 0 for values in pieces) == 190
    assert not any(values["score"] is None for values in pieces)
    assert all(values["score"] == Fraction(str(values["level"])) for values in pieces if values["method"] == "override")
    places = [fact.values for each in facts.learners for fact in facts.for_learner(each).of("placements")]
    assert sum(values["baseline"] is None for values in places) == 382
    assert sum(values["baseline"] == 0 for values in places) == 40


@needs_slate
def test_every_rating_of_the_real_tables_arrives_as_it_stands(tmp_path: Path) -> None:
    def table(name: str) -> list[dict[str, str]]:
        with (SLATE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    demonstrations = {row["ID"]: row for row in table("cbl_demonstrations")}
    skills = {row["ID"]: row["Code"] for row in table("cbl_skills")}
    expected = [
        (
            row["ID"],
            demonstrations[row["DemonstrationID"]]["StudentID"],
            skills[row["SkillID"]],
            Fraction(row["DemonstratedLevel"] or row["TargetLevel"]),
            row["TargetLevel"],
            datetime.fromisoformat(demonstrations[row["DemonstrationID"]]["Demonstrated"]),
        )
        for row in sorted(table("cbl_demonstration_skills"), key=lambda row: int(row["ID"]))
    ]
    _, facts = imported(SLATE, tmp_path / "out")
    pieces = [fact.values for each in facts.learners for fact in facts.for_learner(each).of("evidence")]
    pieces.sort(key=lambda values: str(values["evidence_id"]))
    columns = ("external_id", "learner", "competency", "score", "level", "assessed_on")
    assert [tuple(values[column] for column in columns) for values in pieces] == expected


@needs_slate
def test_a_second_import_of_the_real_tables_changes_nothing(tmp_path: Path) -> None:
    imported(SLATE, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    copy = shutil.copytree(SLATE, tmp_path / "copy")
    report, _ = imported(copy, tmp_path / "out")
    assert report.total == Counts(read=3171, unchanged=3171)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
