"""The last line of a run tells the truth about all environments together."""

import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "closing_line.py"

CORE = """<testsuites><testsuite time="1.5">
<testcase name="a"/><testcase name="b"><failure/></testcase><testcase name="c"><error/></testcase>
</testsuite></testsuites>"""
SLATE = """<testsuites><testsuite time="0.25">
<testcase name="d"/><testcase name="e"><skipped type="pytest.skip"/></testcase>
<testcase name="f"><skipped type="pytest.xfail"/></testcase>
</testsuite></testsuites>"""
CLEAN = """<testsuites><testsuite time="2"><testcase name="a"/></testsuite></testsuites>"""


def line(folder: Path, outcome: int, **reports: str) -> str:
    script: dict[str, Any] = runpy.run_path(str(SCRIPT))
    for name, text in reports.items():
        (folder / f"{name}.xml").write_text(text, encoding="utf-8")
    closing: str = script["closing_line"](script["counts"](folder), outcome)
    return closing.strip("= ")


def test_the_reports_of_all_environments_are_added_up(tmp_path: Path) -> None:
    assert line(tmp_path, 1, core=CORE, slate=SLATE) == "1 failed, 2 passed, 1 skipped, 1 xfailed, 1 error in 1.75s"


def test_a_run_in_which_all_is_well_says_only_what_passed(tmp_path: Path) -> None:
    assert line(tmp_path, 0, core=CLEAN) == "1 passed in 2.00s"


def test_a_check_that_is_no_test_shows_as_an_error(tmp_path: Path) -> None:
    assert line(tmp_path, 1, core=CLEAN) == "1 passed, 1 error in 2.00s"


@pytest.mark.parametrize("outcome", ["0", "1"])
def test_a_run_without_any_test_is_no_success(outcome: str, tmp_path: Path) -> None:
    command = [sys.executable, str(SCRIPT), outcome, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "passed" not in done.stdout
