"""The page for authors of connectors runs: its files are written, its code is executed, its plugin is found."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"
FILE = re.compile(r"^```\w+ title=(?P<name>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for found in FILE.finditer(PAGE.read_text(encoding="utf-8")):
        (tmp_path / found["name"]).write_text(found["text"], encoding="utf-8")
    return tmp_path


def run(folder: Path, *arguments: str) -> str:
    # Warnings are errors here as in every test.
    ran = subprocess.run(
        [sys.executable, "-W", "error", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.parametrize("name", ["test_gradebook.py", "meetings.py"])
def test_the_code_of_the_page_runs(folder: Path, name: str) -> None:
    run(folder, name)


def test_the_plugin_of_the_page_is_found_once_it_is_installed(folder: Path) -> None:
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = folder / "competency_gradebook-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["competency"].items())
    (metadata / "entry_points.txt").write_text(f"[competency]\n{points}")
    code = "from competency.plugin_api.loading import find_connector; print(find_connector('gradebook')[0].title)"
    assert run(folder, "-c", code) == "The gradebook\n"
