"""What decide and explain tell of recorded acts: awards, overlays, delays and repeals, each with its authority."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
MakeFacts = Callable[[dict[str, str]], Path]

RULES = """
policy district "District"
  cites BOARD "Board policy"
end
catalog
  course ALG "Algebra" worth 1 credit
end
credit course
  for each course in catalog
  cites BOARD section "2"
  require grade: best grade of attempts of the course is at least 70
  require minutes: minutes attended of the course is at least 7200 minutes
  report many_tries cites BOARD section "5": number of attempts of the course is more than 1
end
overlay closures "School closures"
  in effect from 2026-03-18 until 2027-07-01
  by "Executive Order 26"
  changes credit course
    waive minutes
  end
end
flag proficiency
  enacted on 2016-04-01 by "PL 2015 c.489"
  in effect from 2021-07-01
  delayed until 2022-07-01 by "LD 1666"
  repealed on 2020-07-18 by "PL 2017 c.466"
  require shown: number of attempts is at least 0
end
"""
ATTEMPTS = """\
attempt_id,learner,course,ended_on,grade
A1,Ana,ALG,2026-01-20,50
A2,Ana,ALG,2026-06-20,60
A3,Ben,ALG,2026-06-20,75
"""
ATTENDANCE = """\
learner,course,begins_on,ends_on,days_enrolled,days_present,minutes_attended
Ben,ALG,2025-08-15,2026-06-20,100,80,5000
"""
AWARDS = "award_id,learner,award,course,awarded_on\nW1,Ana,credit,ALG,2026-02-01\n"
DECIDED = ("--as-of", "2026-11-02")


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """A book whose rules were changed by acts."""
    folder = tmp_path / "school"
    folder.mkdir()
    (folder / "competency.toml").write_text('title = "School"\n', encoding="utf-8")
    (folder / "policy.rules").write_text(RULES, encoding="utf-8")
    return folder


@pytest.fixture
def recorded(make_facts: MakeFacts) -> Path:
    learners = "learner\nAna\nBen\n"
    return make_facts({"learners": learners, "attempts": ATTEMPTS, "attendance": ATTENDANCE, "awards": AWARDS})


def test_each_thing_reported_is_a_row_with_its_words_and_source(
    competency: Command, school: Path, recorded: Path, tmp_path: Path
) -> None:
    out, exceptions = tmp_path / "decisions.csv", tmp_path / "exceptions.csv"
    ran = competency("decide", school, "--facts", recorded, *DECIDED, "--out", out, "--exceptions", exceptions)
    assert ran.status == 0
    assert "1 decision with something to report" in ran.out
    with exceptions.open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    assert [(row["learner"], row["rule"], row["item"], row["outcome"], row["reported"]) for row in found] == [
        ("Ana", "course", "ALG", "met", "many_tries"),
        ("Ana", "course", "ALG", "met", "no-longer-supported"),
    ]
    assert [(row["words"], row["source"]) for row in found] == [
        ("number of attempts of the course is more than 1", "Board policy, section 5"),
        ("award W1 of 2026-02-01 stands", "Board policy, section 2"),
    ]


def explain(competency: Command, school: Path, facts: Path, learner: str, rule: str) -> str:
    ran = competency("explain", school, "--facts", facts, *DECIDED, "--learner", learner, "--rule", rule)
    assert ran.status == 0
    return " ".join(ran.out.split())


def test_an_explanation_names_the_overlay_and_its_authority(competency: Command, school: Path, recorded: Path) -> None:
    told = explain(competency, school, recorded, "Ben", "credit course")
    assert "waived by the overlay `closures` (by Executive Order 26); shown all the same" in told
    assert "minutes attended of the course is 5000 minutes, needed is at least 7200 minutes" in told


def test_an_explanation_names_the_award_that_stands_and_the_clauses_it_no_longer_meets(
    competency: Command, school: Path, recorded: Path
) -> None:
    told = explain(competency, school, recorded, "Ana", "credit course")
    assert "award W1 of 2026-02-01 stands" in told
    assert "the clauses do not support it any more: reported, and nothing is changed" in told
    assert "best grade of attempts of the course is 60, needed is at least 70" in told


def test_an_explanation_names_the_acts_on_a_rule_that_never_was_in_effect(
    competency: Command, school: Path, recorded: Path
) -> None:
    told = explain(competency, school, recorded, "Ana", "flag proficiency")
    assert "not applicable" in told
    assert 'because `repealed on 2020-07-18 by "PL 2017 c.466"` is not so' in told
    for act in (
        "enacted on 2016-04-01 by PL 2015 c.489",
        "delayed until 2022-07-01 by LD 1666",
        "repealed on 2020-07-18 by PL 2017 c.466",
    ):
        assert act in told


def test_show_tells_the_acts(competency: Command, school: Path) -> None:
    ran = competency("show", school, "program")
    assert ran.status == 0
    assert "authority: PL 2017 c.466" in ran.out
