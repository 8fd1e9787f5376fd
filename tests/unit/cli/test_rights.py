"""Files and folders that a command may not read or write: the message names that one, and says which of the two it is."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv, parquet

Command = Callable[..., Any]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="rights are others on this system")

DAY = "2026-11-02"


@pytest.fixture
def place(open_folder: Path, book: Path, facts: Path) -> Path:
    """A folder with the book, the facts, and a folder for what is written, in which everybody may write."""
    shutil.copytree(book, open_folder / "book")
    shutil.copytree(facts, open_folder / "facts")
    (open_folder / "out").mkdir()
    (open_folder / "out").chmod(0o777)
    return open_folder


def deciding(place: Path, facts: str, engine: str) -> tuple[object, ...]:
    out = place / "out" / "decisions.csv"
    return "decide", place / "book", "--facts", place / facts, "--as-of", DAY, "--out", out, "--engine", engine


def told(ran: Any) -> str:
    return " ".join(ran.err.split())


def load(competency: Command, *arguments: object) -> None:
    """Has a command's modules there: it ends well, and with a message."""
    assert competency(*arguments).status == 0
    assert competency("explain-code", "CBE0").status != 0


@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("name", ["learners", "evidence"])
def test_a_table_that_may_not_be_read_is_named(
    competency: Command, without_rights: Command, place: Path, engine: str, suffix: str, name: str
) -> None:
    table = place / "facts" / f"{name}.csv"
    if suffix == ".parquet":
        options = csv.ConvertOptions(column_types={"score": "string"})
        parquet.write_table(csv.read_csv(table, convert_options=options), table.with_suffix(suffix))
        table.unlink()
        table = table.with_suffix(suffix)
    load(competency, *deciding(place, "facts", engine))
    before = (place / "out" / "decisions.csv").read_bytes()
    table.chmod(0)
    ran = without_rights(*deciding(place, "facts", engine))
    assert ran.status == 1
    assert "error[CBE704]" in ran.err
    assert f"`{table.name}` cannot be read: permission denied" in told(ran)
    assert "See to it that it is there and that you may read it" in told(ran)
    assert "written" not in ran.err
    assert [path.name for path in (place / "out").iterdir()] == ["decisions.csv"]
    assert (place / "out" / "decisions.csv").read_bytes() == before


@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
@pytest.mark.parametrize("rights", [0o000, 0o444, 0o111])
def test_a_folder_that_may_not_be_read_is_named(
    competency: Command, without_rights: Command, place: Path, engine: str, rights: int
) -> None:
    load(competency, *deciding(place, "facts", engine))
    (place / "facts").chmod(rights)
    ran = without_rights(*deciding(place, "facts", engine))
    assert ran.status == 1
    assert "cannot be read: permission denied" in told(ran)
    assert str(place / "facts") in told(ran)
    assert "written" not in ran.err


@pytest.mark.parametrize("engine", ["interpreter", "duckdb"])
def test_a_folder_below_that_may_not_be_read_keeps_nobody_from_the_tables(
    competency: Command, without_rights: Command, place: Path, engine: str
) -> None:
    load(competency, *deciding(place, "facts", engine))
    (place / "facts" / "private").mkdir()
    (place / "facts" / "private").chmod(0)
    ran = without_rights(*deciding(place, "facts", engine))
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize(
    ("engine", "name"),
    [
        ("interpreter", "snapshot.json"),
        ("interpreter", "learners.parquet"),
        ("interpreter", "000000/evidence.texts.parquet"),
        ("duckdb", "snapshot.json"),
        ("duckdb", "000000/evidence.parquet"),
    ],
)
def test_a_file_of_a_snapshot_that_may_not_be_read_is_named(
    competency: Command, without_rights: Command, place: Path, engine: str, name: str
) -> None:
    made = competency("snapshot", place / "book", "--facts", place / "facts", "--out", place / "laid out")
    assert made.status == 0
    load(competency, *deciding(place, "laid out", engine))
    (place / "laid out" / name).chmod(0)
    ran = without_rights(*deciding(place, "laid out", engine))
    assert ran.status == 2
    file = Path(name).name
    assert f"`{file}` of the snapshot `{place / 'laid out'}` cannot be read: permission denied" in told(ran)
    assert "see to it that you may read the folder and every file in it" in told(ran)
    assert "anew" not in ran.err


def test_a_folder_in_which_no_snapshot_may_be_written_is_named(
    competency: Command, without_rights: Command, place: Path
) -> None:
    laying = ("snapshot", place / "book", "--facts", place / "facts", "--out")
    load(competency, *laying, place / "laid out")
    (place / "read only").mkdir(mode=0o555)
    ran = without_rights(*laying, place / "read only" / "s")
    assert ran.status == 2
    assert f"--out: the folder `{place / 'read only'}` cannot be written in" in told(ran)
    assert "rejected" not in ran.err


@pytest.mark.parametrize("name", ["s.1.unfinished", ".s.rejected.csv.1.unfinished"])
def test_what_a_disk_refuses_is_named(
    competency: Command, place: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def refuse(*_given: object, **_options: object) -> None:
        raise OSError(28, "No space left on device", str(place / name))

    monkeypatch.setattr("competency.services.lay_out_book_facts.lay_out_book_facts", refuse)
    ran = competency("snapshot", place / "book", "--facts", place / "facts", "--out", place / "s")
    assert ran.status == 1
    named = place / ("s.rejected.csv" if "rejected" in name else "s")
    assert f"`{named}` cannot be written: no space left on device" in told(ran)
