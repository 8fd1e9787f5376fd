"""What is not so of an engine is marked with a reason; a mark that is not true any more fails."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).with_name("conftest.py")
OPTIONS = (
    "[pytest]\nxfail_strict = true\nmarkers =\n  notyet(engine, reason): not yet\n  never(engine, reason): never\n"
)


def run(folder: Path, mark: str, body: str) -> str:
    """What pytest says of one test under a mark."""
    (folder / "pytest.ini").write_text(OPTIONS)
    (folder / "conftest.py").write_text(CONFTEST.read_text(encoding="utf-8"), encoding="utf-8")
    text = f"import pytest\n\n@pytest.mark.{mark}\ndef test_it(engine):\n    {body}\n"
    (folder / "test_marked.py").write_text(text, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-rA",
        "-k",
        "duckdb or not engine",
        str(folder),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return done.stdout + done.stderr


def test_what_is_marked_has_to_fail(tmp_path: Path) -> None:
    said = run(tmp_path, 'notyet("duckdb", reason="it cannot")', "assert False")
    assert "1 xfailed" in said
    assert "duckdb: it cannot" in said


def test_what_is_marked_and_passes_fails_the_run(tmp_path: Path) -> None:
    said = run(tmp_path, 'notyet("duckdb", reason="it cannot")', "assert True")
    assert "1 failed" in said
    assert "[XPASS(strict)] duckdb: it cannot" in said


def test_what_never_holds_is_skipped_with_the_reason(tmp_path: Path) -> None:
    said = run(tmp_path, 'never("duckdb", reason="it has none")', "assert False")
    assert "1 skipped" in said
    assert "duckdb: it has none" in said


def test_a_mark_speaks_of_its_engine_alone(tmp_path: Path) -> None:
    assert "1 passed" in run(tmp_path, 'never("spark", reason="it has none")', "assert True")


@pytest.mark.parametrize(
    ("mark", "message"),
    [
        ('never("duckdb")', 'takes an engine, and a reason in words as `reason="..."`'),
        ('notyet("duckdb", reason=" ")', 'takes an engine, and a reason in words as `reason="..."`'),
        ('notyet("oracle", reason="it cannot")', "`notyet` names `oracle`; the engines are duckdb, spark"),
    ],
)
def test_a_mark_that_does_not_say_why_or_of_what_is_an_error(tmp_path: Path, mark: str, message: str) -> None:
    said = run(tmp_path, mark, "assert True")
    assert message in said
    assert "1 passed" not in said
