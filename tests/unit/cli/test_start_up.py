"""The command line as a process of its own: how it starts, what it imports, how it ends."""

import subprocess
import sys

import pytest

from competency.cli.application import COMMANDS

HEAVY = {"lark", "pyarrow", "marshmallow", "sqlalchemy", "pluggy", "alembic", "rfc8785", "pytest", "ibis", "duckdb"}


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("arguments", [["--help"], ["decide", "--help"], ["check", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    code = (
        "import sys\nfrom competency.cli import run\nstatus = run(sys.argv[1:])\n"
        "print(status, *sorted({name.split('.')[0] for name in sys.modules}), file=sys.stderr)"
    )
    ended = python(code, *arguments)
    status, *modules = ended.stderr.split()
    assert status == "0"
    assert not HEAVY & set(modules)
    assert "competency" in ended.stdout


def test_help_names_every_command() -> None:
    ended = python("from competency.cli import main; main()", "--help")
    assert ended.returncode == 0
    for name, _place, _description in COMMANDS:
        assert f" {name} " in ended.stdout


@pytest.mark.parametrize("name", [name for name, _place, _description in COMMANDS])
def test_every_command_explains_its_arguments(name: str) -> None:
    ended = python("from competency.cli import main; main()", name, "--help")
    assert ended.returncode == 0
    assert f"Usage: competency {name}" in ended.stdout


def test_an_unknown_command_is_a_usage_error_that_names_the_nearest() -> None:
    ended = python("from competency.cli import main; main()", "chekc")
    assert ended.returncode == 2
    assert "check" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pipes of this kind on this system")
def test_a_reader_who_has_enough_of_the_output_causes_no_traceback() -> None:
    command = f"{sys.executable} -c 'from competency.cli import main; main()' explain-code CBE005 | true"
    ended = subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)
    assert "Traceback" not in ended.stderr
    assert "BrokenPipe" not in ended.stderr
