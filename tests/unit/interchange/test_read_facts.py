"""Reading a folder of facts: what is taken, what is rejected and where it then stands."""

# ruff: noqa: DTZ001 - moments are local time
from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from competency.diagnostics import Diagnostic
from competency.interchange.counts import Counts
from competency.interchange.fact_set import FactSet
from competency.interchange.read_facts import read_facts
from competency.interchange.read_table import TABLE_BYTES_MAX
from competency.interchange.references import References
from competency.interchange.rejects import REJECTS_SHOWN_MAX
from competency.interchange.text_lines import LINE_BYTES_MAX
from competency.model.facts import BUILT_IN, Column, ColumnType, FactType
from competency.model.scales import Scale
from competency.source import Place

TWO_LEARNERS = "learner,entered_on\nAna,2024-08-15\nBo,\n"
EVIDENCE = "evidence_id,learner,competency,score,assessed_on\n"


CELL = csv.field_size_limit() + 1


def folder_with(folder: Path, **tables: str | bytes) -> Path:
    for name, content in {"learners": TWO_LEARNERS, **tables}.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{name}.csv").write_bytes(data)
    return folder


def read(folder: Path, **options: Any) -> tuple[FactSet, tuple[Diagnostic, ...], Mapping[str, Counts]]:
    facts, diagnostics, counts = read_facts(folder, options.pop("fact_types", BUILT_IN), **options)
    assert facts is not None, [diagnostic.message for diagnostic in diagnostics]
    return facts, diagnostics, counts


def only_fault(folder: Path) -> Diagnostic:
    """The one diagnostic of a folder that cannot be read."""
    facts, (diagnostic,), _counts = read_facts(folder, BUILT_IN)
    assert facts is None
    assert diagnostic.fixes
    return diagnostic


def place_of(diagnostic: Diagnostic) -> Place:
    place = diagnostic.labels[0].where
    assert isinstance(place, Place)
    return place


def rejected(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_learners_come_in_sorted_order_with_their_rows(tmp_path: Path) -> None:
    evidence = EVIDENCE + "e2,Bo,MATH.1,3,2026-09-01\ne1,Ana,MATH.1,2.5,2026-09-02T08:00\n"
    facts, diagnostics, counts = read(
        folder_with(tmp_path, learners="learner\nBo\nAna\n", evidence=evidence, schools="school,title\nS1,North\n")
    )
    assert diagnostics == ()
    assert facts.learners == ("Ana", "Bo")
    (piece,) = facts.for_learner("Ana").of("evidence")
    assert (piece.type, piece.id, piece.values["score"]) == ("evidence", "e1", Fraction(5, 2))
    assert piece.values["assessed_on"] == datetime(2026, 9, 2, 8)
    assert piece.values["method"] is None
    assert [fact.values["title"] for fact in facts.shared["schools"]] == ["North"]
    assert counts == {"learners": Counts(2, 2), "evidence": Counts(2, 2), "schools": Counts(1, 1)}


def test_an_unknown_learner_is_not_silently_empty(tmp_path: Path) -> None:
    facts, _, _ = read(folder_with(tmp_path))
    assert "Ana" in facts
    assert "Cy" not in facts
    with pytest.raises(KeyError):
        facts.for_learner("Cy")


def test_rejected_rows_stand_in_the_file_and_keep_no_other_row_out(tmp_path: Path) -> None:
    evidence = EVIDENCE + (
        "e1,Ana,MATH.1,3,2026-02-30\n"  # no such day
        'e2,Ana,"MATH\n.1",3,2026-09-01\n'  # a name over two lines
        "e3,Ana,MATH.1,3,2026-09-01\n"
        "e4,Cy,MATH.1,3,2026-09-01\n"  # an unknown learner
        "e5,Ana,MATH.1,3\n"  # a cell too few
        "e6,Ana,MATH.1,3,2026-09-01,x\n"  # a cell too many
        ",Ana,MATH.1,many,2026-09-01\n"  # two faults
    )
    facts, diagnostics, counts = read(folder_with(tmp_path, evidence=evidence), rejects=tmp_path / "rejected.csv")
    assert [fact.id for fact in facts.for_learner("Ana").of("evidence")] == ["e3"]
    assert counts["evidence"] == Counts(read=7, accepted=1, rejected=6)
    rows = rejected(tmp_path / "rejected.csv")
    assert [(row["line"], row["field"], row["value"]) for row in rows] == [
        ("2", "assessed_on", "2026-02-30"),
        ("3", "competency", "MATH\n.1"),
        ("6", "learner", "Cy"),
        ("7", "", ""),
        ("8", "", ""),
        ("9", "evidence_id", ""),
    ]
    assert "February 2026 has 28 days" in rows[0]["reason"]
    assert "fewer cells" in rows[3]["reason"]
    assert "more cells" in rows[4]["reason"]
    assert "also score: `many` is not a number" in rows[5]["reason"]
    assert {row["file"] for row in rows} == {str(tmp_path / "evidence.csv")}
    codes = [diagnostic.kind.code for diagnostic in diagnostics]
    assert codes == ["CBE702", "CBE702", "CBE703", "CBE702", "CBE702", "CBE702"]
    assert place_of(diagnostics[0]) == Place(str(tmp_path / "evidence.csv"), 2, "assessed_on")


def test_only_the_first_rejects_are_shown_and_the_rest_is_counted(tmp_path: Path) -> None:
    rows = "".join(f"e{number},Ana,MATH.1,bad,2026-09-01\n" for number in range(REJECTS_SHOWN_MAX + 5))
    folder = folder_with(tmp_path, evidence=EVIDENCE + rows)
    _, diagnostics, _ = read(folder, rejects=tmp_path / "rejected.csv")
    assert len(diagnostics) == REJECTS_SHOWN_MAX
    assert "5 more rows" in diagnostics[-1].notes[-1]
    assert len(rejected(tmp_path / "rejected.csv")) == REJECTS_SHOWN_MAX + 5


def test_an_equal_row_is_unchanged_and_a_different_one_is_rejected_with_both_lines(tmp_path: Path) -> None:
    evidence = EVIDENCE + (
        "e1,Ana,MATH.1,3,2026-09-01\n"
        "e1,Ana,MATH.1,3.0,2026-09-01\n"  # the same number, written otherwise
        "e1,Ana,MATH.1,4,2026-09-01\n"
    )
    facts, (diagnostic,), counts = read(folder_with(tmp_path, evidence=evidence))
    assert counts["evidence"] == Counts(read=3, accepted=1, unchanged=1, rejected=1)
    assert "line 4 has the evidence_id of line 2 and differs from it in score" in diagnostic.message
    assert facts.for_learner("Ana").of("evidence")[0].values["score"] == 3


def test_a_name_that_the_book_does_not_know_is_rejected_with_the_nearest(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, evidence=EVIDENCE + "e1,Ana,MATH.ALG3,3,2026-09-01\n")
    references = References(competencies=frozenset({"MATH.ALG.3", "ELA.1"}))
    _, (diagnostic,), counts = read(folder, references=references)
    assert diagnostic.kind.code == "CBE703"
    assert "did you mean `MATH.ALG.3`?" in diagnostic.message
    assert counts["evidence"].rejected == 1
    assert read(folder)[2]["evidence"].accepted == 1


def test_a_score_off_the_scale_is_rejected(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, evidence=EVIDENCE + "e1,Ana,MATH.1,5,2026-09-01\n")
    _, (diagnostic,), _ = read(folder, scale=Scale("Points", lowest=Fraction(1), highest=Fraction(4)))
    assert "from 1 to 4" in diagnostic.message


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("evidence_id,learner,competency,scor,assessed_on", "Did you mean `score`?"),
        ("evidence_id,learner,competency,score,assessed_on,score", "Keep one"),
        ("evidence_id,learner,competency,score", "assessed_on"),
        ("evidence_id;learner;competency", "by commas"),
        ("evidence_id,learner,competency,,assessed_on", "The columns of evidence are"),
    ],
)
def test_a_wrong_header_is_told_and_nothing_of_the_file_is_read(tmp_path: Path, header: str, told: str) -> None:
    folder = folder_with(tmp_path, evidence=f"{header}\ne1,Ana,MATH.1,3,2026-09-01\n")
    facts, (diagnostic,), counts = read_facts(folder, BUILT_IN)
    assert facts is None
    assert (diagnostic.kind.code, place_of(diagnostic).line) == ("CBE701", 1)
    assert told in diagnostic.message + diagnostic.fixes[0].text
    assert "evidence" not in counts


@pytest.mark.parametrize(
    ("content", "code", "line", "told"),
    [
        (EVIDENCE.encode() + b"e1,Ana,MA\0TH,3,2026-09-01\n", "CBE704", 2, "NUL"),
        (EVIDENCE.encode("utf-16"), "CBE002", 1, "UTF-16"),
        (EVIDENCE.encode() + b"e1,Ana,M\xe4,3,2026-09-01\n", "CBE002", 2, "UTF-8"),
        (EVIDENCE.encode() + b'e1,"Ana,MATH.1,3,2026-09-01\ne2,Bo,M,3,2026-09-01\n', "CBE704", 2, "never closed"),
        (EVIDENCE.encode() + b'e1,"Ana"x,MATH.1,3,2026-09-01\n', "CBE704", 2, "quotation mark"),
        (EVIDENCE.encode() + b"e1,Ana,%s,3,2026-09-01\n" % (b"x" * CELL), "CBE704", 2, "a cell is longer than 131,072"),
        (
            EVIDENCE.encode() + b'e1,Ana,"M,3,2026\n' + b"e2,Bo,M,3,2026-09-01\n" * CELL,
            "CBE704",
            2,
            "perhaps a quotation",
        ),
        (EVIDENCE.encode() + b"e1,Ana,MA\rTH,3,2026-09-01\n", "CBE704", 2, "a carriage return that does not stand"),
        (EVIDENCE.encode() + b'e1,Ana,"M\nA",3,20\r26\n', "CBE704", 3, "a carriage return that does not stand"),
        (EVIDENCE.encode() + b"x" * (LINE_BYTES_MAX + 1), "CBE003", 2, "longer"),
        (b"", "CBE701", 1, "no header"),
        (b"<!doctype html><html><body>Sign in</body></html>", "CBE701", 1, "nothing of the file was read"),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_leaves_nothing_half_done(
    tmp_path: Path, content: bytes, code: str, line: int, told: str
) -> None:
    before = EVIDENCE.encode() + b"".join(b"g%d,Cy,MATH.1,3,2026-09-01\n" % number for number in range(3))
    if content.startswith(EVIDENCE.encode()):
        content, line = before + content.removeprefix(EVIDENCE.encode()), line + 3
    rejects = tmp_path / "rejects" / "rejected.csv"
    folder = folder_with(tmp_path, evidence=content)
    facts, (diagnostic,), counts = read_facts(folder, BUILT_IN, rejects=rejects)
    assert facts is None
    assert (diagnostic.kind.code, place_of(diagnostic).line) == (code, line)
    assert told in diagnostic.message
    assert "evidence" not in counts
    assert rejected(rejects) == []
    assert [path.name for path in rejects.parent.iterdir()] == ["rejected.csv"]


def test_a_cell_that_is_too_long_or_a_stray_return_is_not_blamed_on_quotation_marks(tmp_path: Path) -> None:
    for cell in (b"x" * CELL, b"MA\rTH"):
        folder = folder_with(tmp_path, evidence=EVIDENCE.encode() + b"e1,Ana,%s,3,2026-09-01\n" % cell)
        assert "quotation" not in only_fault(folder).message


def test_a_file_over_the_limit_is_not_opened(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    with (folder / "evidence.csv").open("wb") as file:
        file.truncate(TABLE_BYTES_MAX + 1)
    assert only_fault(folder).kind.code == "CBE003"


def test_a_byte_order_mark_blank_lines_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, learners=b"\xef\xbb\xbflearner,school\r\nAna,S1\r\n\r\nBo,\r\n\r\n")
    facts, diagnostics, counts = read(folder)
    assert (facts.learners, diagnostics, counts["learners"]) == (("Ana", "Bo"), (), Counts(2, 2))


def test_a_folder_or_its_learners_may_be_missing(tmp_path: Path) -> None:
    assert only_fault(tmp_path / "nowhere").kind.code == "CBE001"
    assert "learners.csv" in only_fault(tmp_path).message


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    fault = only_fault(folder_with(tmp_path) / "learners.csv")
    assert (fault.kind.code, fault.fixes[0].text) == ("CBE001", "Name the folder that holds the fact tables.")
    assert fault.message == f"`{tmp_path / 'learners.csv'}` is a file, and a folder is wanted."


def test_without_readable_learners_no_other_row_is_rejected_for_want_of_one(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, learners="lerner\nAna\n", evidence=EVIDENCE + "e1,Ana,M,3,2026-09-01\n")
    assert only_fault(folder).kind.code == "CBE701"


def test_a_table_that_stands_twice_is_told(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    pq.write_table(pa.table({"learner": ["Ana"]}), folder / "learners.parquet")
    assert "are the same table" in only_fault(folder).message


def test_a_file_with_a_misspelt_name_is_told_and_not_silently_left_out(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, evidnce=EVIDENCE, rejected="file,line,field,value,reason\n")
    _, (diagnostic,), _ = read(folder)
    assert (diagnostic.kind.code, diagnostic.is_error) == ("CBE707", False)
    assert "evidence.csv" in diagnostic.fixes[0].text


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("Evidence.csv", "is not written as the table `evidence.csv` is", "Rename it to `evidence.csv`."),
        ("evidence.CSV", "is not written as the table `evidence.csv` is", "Rename it to `evidence.csv`."),
        ("EVIDENCE.Parquet", "the table `evidence.parquet` is", "Rename it to `evidence.parquet`."),
        ("Evidance.CSV", "is no table of facts that is declared", "Did you mean `evidence.csv`?"),
        ("evidence.txt", "does not end in .csv or .parquet", "Rename it to `evidence.csv` if"),
        ("evidence.tsv", "does not end in .csv or .parquet", "else save it so"),
        ("Evidence", "does not end in .csv or .parquet", "Rename it to `evidence.csv` if"),
        ("evidence.csv.bak", "does not end in .csv or .parquet", "Rename it to `evidence.csv` if"),
        ("evidence.csv.gz", "is packed", "Unpack it to `evidence.csv` in the same folder."),
        ("evidence.zip", "is packed", "Unpack it to `evidence.csv` in the same folder."),
        ("sub/evidence.csv", "`sub/evidence.csv` stands in a folder of its own", "Move it up"),
        ("evidence/evidence.parquet", "stands in a folder of its own", "Move it up"),
        ("evidence.csv/part.csv", "is a folder and no table", "as one file, `evidence.csv`"),
        ("Evidence/part.csv", "is a folder and no table", "as one file, `evidence.csv`"),
    ],
)
def test_a_table_under_a_name_that_is_not_quite_right_is_told(
    tmp_path: Path, name: str, said: str, remedy: str
) -> None:
    path = folder_with(tmp_path) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(EVIDENCE, encoding="utf-8")
    _, (diagnostic,), counts = read(tmp_path)
    assert (diagnostic.kind.code, diagnostic.is_error) == ("CBE707", False)
    assert said in diagnostic.message
    assert diagnostic.message.endswith("was not read.")
    assert remedy in diagnostic.fixes[0].text
    assert Path(place_of(diagnostic).name) in {path, path.parent}
    assert "evidence" not in counts


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (folder_with(tmp_path) / "evidence.csv").symlink_to(tmp_path / "gone")
    _, (diagnostic,), _ = read(tmp_path)
    assert "a link that leads to none; it was not read" in diagnostic.message


def test_what_stands_beside_a_table_that_is_read_is_told_only_where_it_is_really_odd(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, evidence=EVIDENCE + "e1,Ana,MATH.1,3,2026-09-01\n")
    (folder / "archive").mkdir()
    for name in (
        "evidence.txt",
        "evidence.csv.gz",
        "evidence.xlsx",
        "archive/evidence.csv",
        "README.md",
        ".Evidence.csv",
    ):
        (folder / name).write_text("")
    for name in ("rejected.csv", "decisions.rejected.csv", "evidence.rejected.csv"):
        (folder / name).write_text("")
    assert read(folder)[1] == ()
    (folder / "Evidence.csv").write_text("")
    (folder / "evidence.parquet").mkdir()
    told = [place_of(diagnostic).name for diagnostic in read(folder)[1]]
    assert told == [str(folder / "Evidence.csv"), str(folder / "evidence.parquet")]


def test_a_declared_fact_type_is_read_like_a_built_in_one(tmp_path: Path) -> None:
    meetings = FactType(
        "mentor_meetings",
        "mentor meeting",
        "Meetings with a mentor.",
        (
            Column("learner", ColumnType.LEARNER, "Who met.", required=True),
            Column("met_on", ColumnType.DATE, "When.", required=True),
            Column("minutes", ColumnType.WHOLE, "How long.", unit="minutes"),
        ),
        key=("learner", "met_on"),
        happened="met_on",
    )
    folder = folder_with(tmp_path, mentor_meetings="met_on,learner,minutes\n2026-09-01,Ana,30\n2026-09-01,Cy,30\n")
    facts, _, counts = read(folder, fact_types=(*BUILT_IN, meetings))
    (meeting,) = facts.for_learner("Ana").of("mentor_meetings")
    assert meeting.id == "Ana|2026-09-01"
    assert meeting.values == {"learner": "Ana", "met_on": date(2026, 9, 1), "minutes": Fraction(30)}
    assert counts["mentor_meetings"] == Counts(2, 1, 0, 1)


def test_parquet_columns_may_be_native_where_they_are_exact(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    table = pa.table(
        {
            "evidence_id": pa.array([1, 2]),
            "learner": pa.array(["Ana", "Bo"]).dictionary_encode(),
            "competency": ["MATH.1", "MATH.1"],
            "score": pa.array([Decimal("2.50"), None], pa.decimal128(5, 2)),
            "assessed_on": pa.array([datetime(2026, 9, 1, 8), datetime(2026, 9, 2)], pa.timestamp("ns")),
            "recorded_at": pa.array([datetime(2026, 9, 1, tzinfo=UTC), None], pa.timestamp("ms", tz="UTC")),
            "excused": [True, None],
            "hints": pa.array([2.0, None], pa.float64()),
        }
    )
    pq.write_table(table, folder / "evidence.parquet")
    facts, diagnostics, _ = read(folder)
    assert diagnostics == ()
    values = facts.for_learner("Ana").of("evidence")[0].values
    assert (values["evidence_id"], values["score"], values["excused"], values["hints"]) == (
        "1",
        Fraction(5, 2),
        True,
        2,
    )
    assert values["assessed_on"] == datetime(2026, 9, 1, 8)
    assert values["recorded_at"] == datetime(2026, 9, 1, tzinfo=UTC)
    assert facts.for_learner("Bo").of("evidence")[0].values["score"] is None


def test_binary_scores_in_parquet_are_rejected_row_by_row(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    columns = {"evidence_id": ["a", "b"], "learner": ["Ana", "Bo"], "competency": ["M", "M"], "score": [0.1, None]}
    pq.write_table(pa.table({**columns, "assessed_on": ["2026-09-01"] * 2}), folder / "evidence.parquet")
    _, (diagnostic,), counts = read(folder)
    assert "binary floating-point" in diagnostic.message
    assert place_of(diagnostic).line == 1
    assert counts["evidence"] == Counts(2, 1, 0, 1)


@pytest.mark.parametrize("content", [b"<html>", b"PAR1 but then nothing of the kind PAR1", b""])
def test_a_parquet_file_that_is_none_is_told(tmp_path: Path, content: bytes) -> None:
    folder = folder_with(tmp_path)
    (folder / "evidence.parquet").write_bytes(content)
    assert only_fault(folder).kind.code == "CBE704"


def test_times_finer_than_a_microsecond_are_told_and_not_cut(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    columns = {"evidence_id": ["a"], "learner": ["Ana"], "competency": ["M"]}
    table = pa.table({**columns, "assessed_on": pa.array([1], pa.timestamp("ns"))})
    pq.write_table(table, folder / "evidence.parquet")
    assert only_fault(folder).kind.code == "CBE704"


def test_progress_is_told_of_every_row(tmp_path: Path) -> None:
    learners = "learner\n" + "".join(f"L{number}\n" for number in range(2_500))
    told: list[int] = []
    read(folder_with(tmp_path, learners=learners), progress=told.append)
    assert told == [1000, 1000, 500]


def test_fact_types_without_learners_are_a_mistake_of_the_program(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="learners"):
        read_facts(tmp_path, [each for each in BUILT_IN if each.plural != "learners"])
