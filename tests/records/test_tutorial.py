"""The page on records is true: its commands run in the order in which they stand there."""

from __future__ import annotations

import io
import re
import shlex
from pathlib import Path

import pytest

from competency.cli import run

PAGE = Path(__file__).resolve().parents[2] / "docs" / "records.md"


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_every_command_of_the_page_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(commands()) > 15
    for line in commands():
        if line.startswith("cd "):
            monkeypatch.chdir(line.removeprefix("cd "))
            continue
        sent, _, command = line.rpartition(" | ")
        if sent:
            monkeypatch.setattr("sys.stdin", io.StringIO(shlex.split(sent)[1] + "\n"))
        program, *arguments = shlex.split(command)
        assert program == "competency"
        assert run(arguments) == 0, (line, capsys.readouterr())
    assert Path("then.csv").is_file()
