"""A file is there whole or not at all, and what killed runs left behind is cleared up."""

import os
from pathlib import Path

import pytest

from competency.interchange import replace_file
from competency.services.replace_file import check_output


def test_a_folder_without_the_right_to_write_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    (refused,) = check_output(tmp_path / "out.csv", "--out", (".csv",))
    assert "cannot be written in" in refused.message


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    gone = 2**22 + 1  # above the largest number of a process
    left = tmp_path / f".out.csv.{gone}.unfinished"
    left.write_text("half")
    other = tmp_path / f".other.csv.{gone}.unfinished"
    other.write_text("half")
    with replace_file.replace_file(tmp_path / "out.csv") as unfinished:
        unfinished.write_text("whole")
    assert (tmp_path / "out.csv").read_text() == "whole"
    assert not left.exists()
    assert other.exists()


def test_a_run_that_goes_on_keeps_its_file(tmp_path: Path) -> None:
    mine = tmp_path / f".out.csv.{os.getppid()}.unfinished"
    mine.write_text("half")
    with replace_file.replace_file(tmp_path / "out.csv") as unfinished:
        unfinished.write_text("whole")
    assert mine.exists()


def test_a_run_that_fails_leaves_the_older_file(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("older")

    def fails() -> None:
        with replace_file.replace_file(out) as unfinished:
            unfinished.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]
    assert out.read_text() == "older"
