"""The files of many learners at once are those of the interpreter, byte for byte, however learners are spread over buckets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from competency.interchange.fact_set import FactSet, Row, fact_set
from competency.model.facts import BUILT_IN, Column, ColumnType, FactType, FactValue
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services import buckets
from competency.services.decide_learners import DecisionsReport, decide_learners
from competency.services.demo import AS_OF, demo_book, demo_facts
from competency.services.engines import DUCKDB, INTERPRETER, EngineChoice
from competency.services.read_book import read_book
from competency.source import SourceText

DecideInto = Callable[..., DecisionsReport]

# A measure of each kind of value, and a rule that a recorded waiver can name.
OF_EACH_KIND = """language 1
policy district "A policy, with commas"
  version "1"
  in effect from 2026-07-01
  evidence ordered by date assessed, ties highest first
  when evidence is missing: not yet known
end
scale Proficiency
  Beginning = 1
  Developing = 2
  Proficient = 3
  Extending = 4
end
methods test, project
framework SCI "Science"
  competency SCI.INQ "Asks"
  competency SCI.DATA "Reads"
end
measure average "A fraction"
  for each competency in SCI
  value average of the scores
end
measure word "A text"
  value latest mark of attempts
end
measure day "A date"
  value latest ended_on of attempts
end
measure truth "A truth"
  value number of attempts is at least 1
end
mastery standard "Mastery"
  for each competency in SCI
  require recent: average of the scores is at least Proficient
  require methods: number of different methods is at least 2
end
"""


@pytest.fixture
def decide_into(tmp_path: Path) -> DecideInto:
    """Decides facts into a folder with an ending of files."""

    def decide(
        program: ir.Program,
        facts: FactSet,
        name: str,
        ending: str,
        engine: EngineChoice,
        keep: Path | None = None,
        as_of: date = AS_OF,
    ) -> DecisionsReport:
        folder = tmp_path / name
        folder.mkdir()
        out, exceptions, assigned = (folder / f"{one}{ending}" for one in ("out", "exceptions", "assigned"))
        return decide_learners(
            program, facts, out, as_of=as_of, exceptions=exceptions, assigned=assigned, engine=engine, keep=keep
        )

    return decide


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def summary(report: DecisionsReport) -> tuple[object, ...]:
    return (list(report.outcomes.items()), report.failed, report.reported, report.learners, report.diagnostics)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_the_files_of_the_example_district(
    decide_into: DecideInto, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    book, _ = read_book(demo_book())
    assert book is not None
    program = book.rules.program
    assert program is not None
    facts, _ = demo_facts(program.catalog)
    wanted = decide_into(program, facts, "wanted", ending, EngineChoice(INTERPRETER))
    assert wanted.reported > 0
    for learners, workers in ((200, 1), (47, 3)):
        monkeypatch.setattr(buckets, "LEARNERS_A_BUCKET", learners)
        name = f"{learners} by {workers}"
        found = decide_into(program, facts, name, ending, EngineChoice(DUCKDB, workers=workers))
        assert contents(tmp_path / name) == contents(tmp_path / "wanted")
        assert summary(found) == summary(wanted)


def table_rows(plural: str, *rows: Mapping[str, FactValue]) -> list[Row]:
    columns = next(one.columns for one in BUILT_IN if one.plural == plural)
    return [tuple(row.get(column.name) for column in columns) for row in rows]


def awkward_facts() -> FactSet:
    """Learners and marks with what CSV must quote; one learner has a waiver, and a score that no rule can reckon with."""
    learners = ('B, "the second"', "A\nlines", "", "C;#", "Z waived")
    evidence = [
        {
            "evidence_id": f"E{number} {learner}",
            "learner": learner,
            "competency": "SCI.INQ",
            "score": Fraction(score),
            "assessed_on": datetime(2026, 9, number + 1),  # noqa: DTZ001 - a local time
            "method": method,
        }
        for learner in learners[:4]
        for number, (score, method) in enumerate((("3", "test"), ("4", "project"), ("4", "test")))
    ]
    evidence.append({**evidence[0], "evidence_id": "E9", "learner": "Z waived", "score": "three"})
    marks = ("P, with honours", 'so "called"', "", "A\nB")
    attempts = [
        {
            "attempt_id": f"T{number}",
            "learner": learner,
            "course": "C1",
            "mark": mark,
            "ended_on": date(2026, 6, number),
        }
        for number, (learner, mark) in enumerate(zip(learners, marks, strict=False), start=1)
    ]
    waiver = {"waiver_id": "W1", "learner": "Z waived", "rule": "mastery standard", "clause": "methods"}
    rows = {
        "learners": table_rows("learners", *[{"learner": learner} for learner in learners]),
        "evidence": table_rows("evidence", *evidence),  # type: ignore[arg-type]
        "attempts": table_rows("attempts", *attempts),  # type: ignore[arg-type]
        "waivers": table_rows("waivers", {**waiver, "begins_on": date(2026, 1, 1), "authority": "P", "reason": "R"}),
    }
    return fact_set(BUILT_IN, rows)


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_values_of_each_kind_texts_that_are_quoted_and_a_decision_that_fails(
    decide_into: DecideInto, tmp_path: Path, ending: str
) -> None:
    program = read_rules(parse_texts([SourceText("kinds.rules", OF_EACH_KIND)])[0], {})[0].program
    assert program is not None
    facts = awkward_facts()
    wanted = decide_into(program, facts, "wanted", ending, EngineChoice(INTERPRETER))
    found = decide_into(program, facts, "found", ending, EngineChoice(DUCKDB, workers=2), tmp_path / "kept")
    assert contents(tmp_path / "found") == contents(tmp_path / "wanted")
    assert summary(found) == summary(wanted)
    assert found.failed > 0
    if ending == ".csv":
        text = contents(tmp_path / "found")["out.csv"].decode()
        for value in (
            ",11/3,",
            ',"P, with honours",',
            ',"so ""called""",',
            ",2026-06-01,",
            ",yes,",
            ",no,",
            "\n,average,",
        ):
            assert value in text
    # what failed is tried again
    again = decide_into(program, facts, "again", ending, EngineChoice(DUCKDB), tmp_path / "kept")
    assert again.decided_anew == 1
    assert contents(tmp_path / "again") == contents(tmp_path / "wanted")
    assert summary(again) == summary(wanted)


def test_a_later_day_decides_anew_those_of_whom_a_fact_begins_to_count(decide_into: DecideInto, tmp_path: Path) -> None:
    program = read_rules(parse_texts([SourceText("kinds.rules", OF_EACH_KIND)])[0], {})[0].program
    assert program is not None
    learners: list[Mapping[str, FactValue]] = [{"learner": f"L{number}"} for number in range(5)]
    attempts: list[Mapping[str, FactValue]] = [
        {"attempt_id": f"T{number}", "learner": f"L{number}", "course": "C1", "mark": "P", "ended_on": day}
        for number, day in enumerate(
            (date(2026, 6, 1), AS_OF, date(2026, 11, 3), date(2026, 11, 9), date(2026, 11, 10))
        )
    ]
    rows = {"learners": table_rows("learners", *learners), "attempts": table_rows("attempts", *attempts)}
    facts, keep = fact_set(BUILT_IN, rows), tmp_path / "kept"
    duckdb, later = EngineChoice(DUCKDB), date(2026, 11, 9)
    decide_into(program, facts, "first", ".csv", duckdb, keep)
    found = decide_into(program, facts, "later", ".csv", duckdb, keep, later)
    assert (found.decided_anew, found.why_all) == (2, "")
    decide_into(program, facts, "wanted", ".csv", EngineChoice(INTERPRETER), None, later)
    assert contents(tmp_path / "later") == contents(tmp_path / "wanted")
    earlier = decide_into(program, facts, "earlier", ".csv", duckdb, keep)
    assert earlier.why_all == "what is kept is for another day, and that day is later"
    assert contents(tmp_path / "earlier") == contents(tmp_path / "first")


@pytest.mark.parametrize(
    ("begins", "term", "why"),
    [
        (date(2026, 7, 1), None, ""),
        (date(2026, 11, 5), None, "what is kept is for another day, and a rule names a date from then to now"),
        (
            date(2026, 7, 1),
            date(2026, 11, 5),
            "what is kept is for another day, and a fact that is about no learner has a date in between",
        ),
    ],
)
def test_it_is_said_why_another_day_decides_everybody_anew(
    decide_into: DecideInto, tmp_path: Path, begins: date, term: date | None, why: str
) -> None:
    text = OF_EACH_KIND.replace("2026-07-01", begins.isoformat())
    program = read_rules(parse_texts([SourceText("kinds.rules", text)])[0], {})[0].program
    assert program is not None
    columns = (Column("term", ColumnType.IDENTIFIER, "Its name."), Column("begins_on", ColumnType.DATE, "First day."))
    terms = FactType("terms", "term", "Terms of all schools.", columns, key=("term",))
    rows: dict[str, list[Row]] = {
        "learners": table_rows("learners", {"learner": "L1"}),
        "terms": [("T1", term)],
    }
    facts, keep = fact_set((*BUILT_IN, terms), rows), tmp_path / "kept"
    decide_into(program, facts, "first", ".csv", EngineChoice(DUCKDB), keep)
    found = decide_into(program, facts, "later", ".csv", EngineChoice(DUCKDB), keep, date(2026, 11, 9))
    assert found.why_all == why
