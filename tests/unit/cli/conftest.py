"""Runs commands in this process, and makes a small book with facts to run them on."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from competency.cli import run
from competency.services.new_book import new_book


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command ended with and what it wrote."""

    status: int
    out: str
    err: str


Command: TypeAlias = Callable[..., Ran]
MakeFacts: TypeAlias = Callable[[Mapping[str, str]], Path]

NOBODY = 65_534

EVIDENCE = """\
evidence_id,learner,competency,score,assessed_on,recorded_at,method,role,excused,withdrawn_at,supersedes
E1,L1,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher,,,
E2,L1,SCI.DATA,Extending,2026-10-12,2026-10-12T12:00:00Z,project,teacher,,,
E3,L1,SCI.DATA,1,2026-10-13,2026-10-13T12:00:00Z,test,teacher,yes,,
E4,L1,SCI.DATA,2,2026-10-14,2026-10-14T12:00:00Z,test,teacher,,2026-10-15,
E5,L1,SCI.INQ,3,2026-10-14,2026-10-14T12:00:00Z,test,teacher,,,
E6,L1,SCI.INQ,3,2026-10-15,2026-11-20T12:00:00Z,project,peer,,,
E7,L2,SCI.DATA,3,2026-10-15,2026-10-15T12:00:00Z,project,peer,,,
E8,L1,SCI.DATA,4,2026-12-15,2026-12-15T12:00:00Z,test,peer,,,
"""
PROGRAMS = "learner,program,begins_on\nL2,IEP,2026-08-01\n"
LEARNERS = "learner\nL1\nL2\nL3\n"


@pytest.fixture
def competency(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs the command line with arguments."""

    def command(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        return Ran(status, written.out, written.err)

    return command


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter and write in, as the folders of tests are not."""
    folder = Path(tempfile.mkdtemp(prefix="rights-"))
    folder.chmod(0o777)
    yield folder
    folder.chmod(0o777)
    shutil.rmtree(folder)


@pytest.fixture
def without_rights(competency: Command) -> Command:
    """Runs a command that ran before, now as somebody to whom rights apply: they do not apply to root.

    All modules of the command must be there by then: that user may not read them.
    """

    def command(*arguments: object) -> Ran:
        if os.geteuid() != 0:
            return competency(*arguments)
        os.setresuid(NOBODY, NOBODY, 0)
        try:
            return competency(*arguments)
        finally:
            os.setresuid(0, 0, 0)

    return command


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A new book."""
    folder = tmp_path / "book"
    _files, diagnostics = new_book(folder)
    assert not diagnostics
    return folder


@pytest.fixture
def make_facts(tmp_path: Path) -> MakeFacts:
    """Makes a folder of facts out of the text of each table."""

    def make(tables: Mapping[str, str]) -> Path:
        folder = tmp_path / "facts"
        folder.mkdir(exist_ok=True)
        for name, text in tables.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.fixture
def facts(make_facts: MakeFacts) -> Path:
    """Facts about three learners of the new book."""
    return make_facts({"learners": LEARNERS, "programs": PROGRAMS, "evidence": EVIDENCE})
