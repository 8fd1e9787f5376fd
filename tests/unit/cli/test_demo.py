"""The demonstration: what it plants it finds, and what it keeps can be gone on with."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import pytest

from competency.cli import run


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def shown(kept: Path) -> dict[str, Any]:
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        assert run(["demo", "--format", "json", "--keep", str(kept)]) == 0
    record: dict[str, Any] = json.loads(written.getvalue())
    return record


def test_the_district_stands_on_the_whole_framework(shown: dict[str, Any]) -> None:
    assert shown["competencies"] == 471 + 5
    assert shown["prerequisites"] == 729 + 2
    assert shown["learners"] == 200
    assert shown["examples_passed"] == shown["examples"] > 0


def test_every_decision_is_in_the_summary(shown: dict[str, Any]) -> None:
    assert sum(sum(counts.values()) for counts in shown["summary"].values()) == shown["decisions"]
    assert shown["summary"]["credit course"]["met"] > 0


def test_the_three_planted_problems_are_found(shown: dict[str, Any]) -> None:
    missed, rounding, cap = shown["planted"]
    assert "has not earned credit for MATH-101, because `core` is not met" in missed["decision"]
    assert "49.5, needed is at least 50" in rounding["decision"]
    assert "may recover credit" in cap["decision"]


def test_what_is_kept_can_be_explained(shown: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    book, facts = shown["kept"]
    arguments = ["explain", book, "--facts", facts, "--learner", "L-0041", "--rule", "mastery standard"]
    assert run([*arguments, "--item", "7.RP.A.3", "--as-of", "2026-11-02"]) == 0
    assert "`breadth` is not met" in capsys.readouterr().out


def test_a_folder_that_is_there_is_not_written_into(kept: Path, shown: dict[str, Any]) -> None:
    before = sorted(path.name for path in kept.iterdir())
    assert run(["demo", "--keep", str(kept)]) == 2
    assert sorted(path.name for path in kept.iterdir()) == before
    assert shown["kept"]
