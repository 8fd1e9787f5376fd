"""Facts laid out once: the command, decisions from a snapshot by either engine, and why one is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv, parquet

from competency.services import engines

Command = Callable[..., Any]
MakeFacts = Callable[[Mapping[str, str]], Path]

DAY = "2026-11-02"
WHO = ("--by", "registrar")
REJECTED = """evidence_id,learner,competency,score,assessed_on,recorded_at,method,role
E1,L1,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher
E2,L1,SCI.DATA,many,2026-10-12,2026-10-12T12:00:00Z,project,teacher
E3,L9,SCI.DATA,1,2026-10-13,2026-10-13T12:00:00Z,test,teacher
E4,L2,SCI.OTHER,2,2026-10-14,2026-10-14T12:00:00Z,test,teacher
E5,L2,SCI.DATA,4,2026-10-14,2026-10-14T12:00:00Z,test,teacher
E5,L2,SCI.DATA,4,2026-10-14,2026-10-14T12:00:00Z,test,teacher
E5,L2,SCI.DATA,3,2026-10-14,2026-10-14T12:00:00Z,test,teacher
"""


def decide(competency: Command, book: Path, out: Path, *further: object) -> Any:
    out.mkdir()
    files = ("--out", out / "decisions.csv", "--exceptions", out / "told.csv", "--assigned", out / "assigned.csv")
    return competency("decide", book, "--as-of", DAY, *files, *further)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.fixture(params=["csv", "parquet"])
def at_fault(request: pytest.FixtureRequest, make_facts: MakeFacts) -> Path:
    """A folder of facts of which some rows are rejected, and one was sent twice."""
    folder = make_facts({"learners": "learner\nL1\nL2\nL3\n", "evidence": REJECTED, "evidnce": "learner\n"})
    if request.param == "parquet":
        table = csv.read_csv(
            folder / "evidence.csv", convert_options=csv.ConvertOptions(column_types={"score": "string"})
        )
        parquet.write_table(table, folder / "evidence.parquet")
        (folder / "evidence.csv").unlink()
    return folder


@pytest.fixture
def laid_out(competency: Command, book: Path, facts: Path, tmp_path: Path) -> Path:
    """The facts about three learners of the new book, laid out for it."""
    assert competency("snapshot", book, "--facts", facts, "--out", tmp_path / "laid out").status == 0
    return tmp_path / "laid out"


@pytest.mark.parametrize("form", ["text", "json"])
def test_rows_at_fault_are_told_alike(
    competency: Command, book: Path, at_fault: Path, tmp_path: Path, form: str
) -> None:
    facts = ("--facts", at_fault, "--format", form)
    one = decide(competency, book, tmp_path / "one", *facts)
    other = decide(competency, book, tmp_path / "other", *facts, "--engine", "duckdb", "--memory", "200MB")
    assert texts(tmp_path / "one") == texts(tmp_path / "other")
    assert "decisions.rejected.csv" in texts(tmp_path / "one")
    assert (one.status, one.out, one.err) == (
        other.status,
        other.out.replace("/other/", "/one/"),
        other.err.replace("/other/", "/one/"),
    )
    assert one.status == 1


def test_a_table_that_breaks_off_is_told_alike(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    (facts / "evidence.csv").write_text("evidence_id,learner\nE1,L1\n")
    one = decide(competency, book, tmp_path / "one", "--facts", facts)
    other = decide(competency, book, tmp_path / "other", "--facts", facts, "--engine", "duckdb")
    assert (one.status, one.out, one.err) == (other.status, other.out, other.err)
    assert one.status == 1
    assert texts(tmp_path / "other") == {}


@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
@pytest.mark.parametrize("further", [(), ("--learner", "L2"), ("--known-on", "2026-10-14")])
def test_decisions_from_a_snapshot_are_those_from_the_folder(
    competency: Command, book: Path, facts: Path, laid_out: Path, tmp_path: Path, engine: str, further: tuple[str, ...]
) -> None:
    one = decide(competency, book, tmp_path / "one", "--facts", facts, *further)
    other = decide(competency, book, tmp_path / "other", "--facts", laid_out, *further, "--engine", engine)
    assert (one.status, other.status) == (0, 0)
    assert texts(tmp_path / "one") == texts(tmp_path / "other")
    assert one.out == other.out.replace("/other/", "/one/")


def test_indicators_are_told_from_a_snapshot(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    rules = next(book.glob("*.rules"))
    asking = "where (SCI1 is credited)"
    indicator = f'indicator credited "Credited"\n  for each school\n  value share of learners {asking}\nend\n'
    rules.write_text(f"{rules.read_text()}\n{indicator}")
    laid_out = tmp_path / "laid out"
    assert competency("snapshot", book, "--facts", facts, "--out", laid_out).status == 0
    for name, given in (("one", facts), ("other", laid_out)):
        indicators = ("--indicators", tmp_path / name / "indicators.csv")
        ran = decide(competency, book, tmp_path / name, "--facts", given, *indicators, "--engine", "duckdb")
        assert ran.status == 0
    assert texts(tmp_path / "one") == texts(tmp_path / "other")


@pytest.mark.parametrize("has_label", [True, False])
def test_what_tells_of_single_rows_needs_the_tables(
    competency: Command, book: Path, laid_out: Path, tmp_path: Path, has_label: bool
) -> None:
    if not has_label:
        (laid_out / "snapshot.json").unlink()
    asked = ("explain", book, "--learner", "L1", "--rule", "mastery standard", "--as-of", DAY, "--facts", laid_out)
    ran = competency(*asked)
    assert ran.status == 2
    assert "is a snapshot, which holds what decides and not all that is told" in " ".join(ran.err.split())
    ran = competency("snapshot", book, "--facts", laid_out, "--out", tmp_path / "again")
    assert ran.status == 2
    assert "is laid out already" in " ".join(ran.err.split())


def test_a_snapshot_is_planned_as_its_tables_are(competency: Command, book: Path, facts: Path, laid_out: Path) -> None:
    def planned(given: Path) -> Any:
        ran = competency("plan", book, "--facts", given, "--as-of", DAY, "--format", "json")
        assert ran.status == 0, ran.err
        found = json.loads(ran.out)
        return {name: found[name] for name in ("rules", "queries", "learners", "learners_apart")}

    assert planned(laid_out) == planned(facts)
    assert planned(laid_out)["learners"] > 0
    (laid_out / "snapshot.json").unlink()
    ran = competency("plan", book, "--facts", laid_out)
    assert ran.status == 2
    assert "looks like a snapshot of facts, but lacks its `snapshot.json`" in " ".join(ran.err.split())


def test_what_a_run_laid_out_that_was_killed_is_cleared_away(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / "one" / f".decisions.csv.{ended.pid}.facts"
    other = tmp_path / "one" / f".decisions.csv.{os.getppid()}.facts"
    unfinished = tmp_path / "one" / f"..decisions.csv.{ended.pid}.facts.{ended.pid}.unfinished"
    for folder in (left, other, unfinished):
        folder.mkdir(parents=True)
    files = ("--out", tmp_path / "one" / "decisions.csv", "--as-of", DAY)
    assert competency("decide", book, "--facts", facts, *files, "--engine", "duckdb").status == 0
    assert {path.name for path in (tmp_path / "one").iterdir()} == {"decisions.csv", other.name}


def test_the_command_says_what_it_laid_out(competency: Command, book: Path, at_fault: Path, tmp_path: Path) -> None:
    out = tmp_path / "laid out"
    ran = competency("snapshot", book, "--facts", at_fault, "--out", out)
    assert ran.status == 1
    assert f"3 learners, 10 rows: {out} (" in ran.out
    assert f"4 rows of 10 not taken: {out}.rejected.csv" in ran.out
    assert len((tmp_path / "laid out.rejected.csv").read_text().splitlines()) == 5
    told = json.loads(competency("snapshot", book, "--facts", at_fault, "--out", out, "--format", "json").out)
    assert (told["learners"], told["rows_read"], told["rows_rejected"]) == (3, 10, 4)
    assert told["bytes"] > 0


SCALE = ("Extending = 4", "Extending = 5")
ZONE = ("programs IEP", 'programs IEP\ncalendar "School"\n  time zone "America/Denver"\nend')
NAMES = ("methods ", "methods interview, ")
FACT_TYPES = ("programs IEP", 'programs IEP\nfact visit listed as visits "Visits"\n  column seen_on date required\nend')


@pytest.mark.parametrize(
    ("changes", "others"),
    [
        ([SCALE], "another score scale"),
        ([ZONE], "another time zone"),
        ([NAMES], "other names"),
        ([FACT_TYPES], "other fact types"),
        ([ZONE, FACT_TYPES], "another time zone and other fact types"),
        ([SCALE, ZONE, NAMES], "another score scale, another time zone and other names"),
    ],
)
def test_a_snapshot_for_another_book_is_refused_and_what_differs_is_named(
    competency: Command, book: Path, laid_out: Path, tmp_path: Path, changes: list[tuple[str, str]], others: str
) -> None:
    rules = book / "policy.rules"
    for one, other in changes:
        rules.write_text(rules.read_text().replace(one, other, 1))
    assert competency("check", book).status == 0
    for engine in ("interpreter", "duckdb"):
        ran = decide(competency, book, tmp_path / engine, "--facts", laid_out, "--engine", engine)
        assert ran.status == 2
        told = " ".join(ran.err.split())
        assert f"was laid out for another book, with {others}, by which other rows are taken" in told
        assert "lay the facts out again" in told


def test_a_damaged_snapshot_is_refused(competency: Command, book: Path, laid_out: Path, tmp_path: Path) -> None:
    (laid_out / "000000" / "evidence.parquet").write_text("no table")
    ran = decide(competency, book, tmp_path / "one", "--facts", laid_out, "--engine", "duckdb")
    assert ran.status == 2
    assert "its file `000000/evidence.parquet` is not the one that was laid out" in " ".join(ran.err.split())
    (laid_out / "snapshot.json").write_text("{}")
    ran = decide(competency, book, tmp_path / "other", "--facts", laid_out)
    assert ran.status == 2
    assert "is no snapshot of facts that can be opened" in " ".join(ran.err.split())


@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
def test_a_snapshot_without_its_label_is_not_taken_for_fact_tables(
    competency: Command, book: Path, laid_out: Path, tmp_path: Path, engine: str
) -> None:
    (laid_out / "snapshot.json").unlink()
    ran = decide(competency, book, tmp_path / "one", "--facts", laid_out, "--engine", engine)
    assert ran.status == 2
    told = " ".join(ran.err.split())
    assert "looks like a snapshot of facts, but lacks its `snapshot.json`" in told
    assert "lay the facts out anew" in told
    assert "is no table of facts" not in told


def test_rows_that_were_left_out_are_not_forgotten(
    competency: Command, book: Path, at_fault: Path, tmp_path: Path
) -> None:
    assert competency("snapshot", book, "--facts", at_fault, "--out", tmp_path / "laid out").status == 1
    ran = decide(competency, book, tmp_path / "one", "--facts", tmp_path / "laid out", "--engine", "duckdb")
    assert ran.status == 1
    assert "4 rows of the facts were not taken when" in " ".join(ran.err.split())


def test_what_an_engine_does_not_take_is_refused(
    competency: Command, book: Path, facts: Path, laid_out: Path, tmp_path: Path
) -> None:
    ran = decide(competency, book, tmp_path / "one", "--facts", facts, "--memory", "1GB")
    assert ran.status == 2
    assert "the engine `interpreter` does not take it" in " ".join(ran.err.split())
    ran = decide(competency, book, tmp_path / "other", "--facts", facts, "--engine", "duckdb", "--keep", laid_out)
    assert ran.status == 2
    assert "is a snapshot of facts" in " ".join(ran.err.split())


def test_where_a_snapshot_cannot_be_written(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    def refused(*further: object) -> str:
        ran = competency("snapshot", book, "--facts", facts, *further)
        assert ran.status == 2
        return " ".join(ran.err.split())

    assert "--out: it is missing" in refused()
    assert "is a folder with something else in it" in refused("--out", facts)
    assert "is a file" in refused("--out", facts / "learners.csv")
    assert "there is no folder" in refused("--out", tmp_path / "nowhere" / "laid out")
    assert "`much` is no amount of memory" in refused("--out", tmp_path / "laid out", "--memory", "much")
    little = refused("--out", tmp_path / "laid out", "--memory", "1KB")
    assert "does not fit in 1KB, even with the help of the disk" in little
    assert not (tmp_path / "laid out").exists()
    assert (facts / "learners.csv").exists()


def test_without_what_a_snapshot_needs_it_says_how_to_install_it(
    competency: Command, book: Path, facts: Path, laid_out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    for ran in (
        decide(competency, book, tmp_path / "one", "--facts", laid_out),
        competency("snapshot", book, "--facts", facts, "--out", tmp_path / "another"),
    ):
        assert ran.status == 2
        assert "a snapshot needs duckdb and ibis, not installed here" in " ".join(ran.err.split())


def test_a_snapshot_is_laid_out_again_in_its_place(
    competency: Command, book: Path, facts: Path, laid_out: Path
) -> None:
    (facts / "learners.csv").write_text("learner\nL1\n")
    again = competency("snapshot", book, "--facts", facts, "--out", laid_out)
    assert "1 learner" in again.out
    assert competency("snapshot", book, "--facts", laid_out, "--out", laid_out).status == 2


@pytest.mark.parametrize("name", ["kept.json", "run-1/decisions.parquet", "000000/notes.txt"])
def test_a_snapshot_is_not_replaced_where_something_else_would_be_lost(
    competency: Command, book: Path, facts: Path, laid_out: Path, name: str
) -> None:
    other = laid_out / name
    other.parent.mkdir(exist_ok=True)
    other.write_text("of value")
    ran = competency("snapshot", book, "--facts", facts, "--out", laid_out)
    assert ran.status == 2
    told = " ".join(ran.err.split())
    assert f"holds `{name}` too, which its `snapshot.json` does not name and which would be lost" in told
    assert "name another folder" in told
    assert other.read_text() == "of value"
    other.unlink()
    assert competency("snapshot", book, "--facts", facts, "--out", laid_out).status == 0


def test_of_a_snapshot_that_does_not_say_what_it_holds_nothing_is_lost(
    competency: Command, book: Path, facts: Path, laid_out: Path
) -> None:
    (laid_out / "snapshot.json").write_text("{}")
    ran = competency("snapshot", book, "--facts", facts, "--out", laid_out)
    assert ran.status == 2
    assert "which its `snapshot.json` does not name and which would be lost" in " ".join(ran.err.split())


def test_a_snapshot_of_an_older_format_may_be_replaced(
    competency: Command, book: Path, facts: Path, laid_out: Path
) -> None:
    label = laid_out / "snapshot.json"
    label.write_text(json.dumps({**json.loads(label.read_text()), "format": 2}))
    assert competency("snapshot", book, "--facts", facts, "--out", laid_out).status == 0


def test_records_are_laid_out_too(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    db = ("--db", tmp_path / "records.db")
    assert competency("import", "tables", facts, "--book", book, *db, *WHO).status == 0
    assert competency("publish", book, "--reason", "Adopted", *db, *WHO).status == 0
    laid_out = tmp_path / "laid out"
    assert "3 learners: " in competency("snapshot", *db, "--out", laid_out).out
    decide(competency, book, tmp_path / "one", *db)
    decide(competency, book, tmp_path / "other", *db, "--engine", "duckdb")
    decide(competency, book, tmp_path / "third", "--facts", laid_out, "--engine", "duckdb")
    assert texts(tmp_path / "one") == texts(tmp_path / "other") == texts(tmp_path / "third")
    ran = decide(competency, book, tmp_path / "fourth", "--facts", laid_out, "--known-on", "2026-10-14")
    assert ran.status == 2
    assert "decide from the records themselves, with --db" in " ".join(ran.err.split())
    for engine in ("interpreter", "duckdb"):
        decide(competency, book, tmp_path / engine, *db, "--learner", "L2", "--engine", engine)
    assert texts(tmp_path / "interpreter") == texts(tmp_path / "duckdb")
