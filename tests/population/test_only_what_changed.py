"""A run that keeps its decisions: the next one decides whose facts have changed, and writes what a full run would."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from competency.interchange.fact_set import FactSet, Row, fact_set
from competency.model.facts import FactValue
from competency.rules.program import ir
from competency.services.decide_learners import DecisionsReport, decide_learners
from competency.services.demo import AS_OF, MANY_RECOVERIES, demo_book, demo_facts
from competency.services.engines import DUCKDB, EngineChoice
from competency.services.kept_label import read_label
from competency.services.read_book import read_book

FILES = ("decisions", "exceptions", "assigned")
Tables = dict[str, list[Row]]
Run = Callable[..., DecisionsReport]


@pytest.fixture(scope="module")
def program() -> ir.Program:
    book, _ = read_book(demo_book())
    assert book is not None
    assert book.rules.program is not None
    return book.rules.program


@pytest.fixture(scope="module")
def facts(program: ir.Program) -> FactSet:
    return demo_facts(program.catalog)[0]


@pytest.fixture
def tables(facts: FactSet) -> Tables:
    """The rows about a few learners, to be changed."""
    chosen = {*facts.learners[::20], MANY_RECOVERIES}
    found: Tables = {}
    for plural, fact_type in facts.fact_types.items():
        names = [column.name for column in fact_type.columns]
        rows = [row for row in facts.rows(plural) if "learner" not in names or row[names.index("learner")] in chosen]
        found[plural] = rows
    return found


@pytest.fixture
def run(program: ir.Program, facts: FactSet, tmp_path: Path) -> Run:
    """Decides rows into a folder; with `keep`, by what was kept before."""

    def decide(
        tables: Tables, name: str, ending: str = ".csv", *, keep: bool = True, as_of: date = AS_OF, **further: object
    ) -> DecisionsReport:
        folder = tmp_path / name
        folder.mkdir()
        out, exceptions, assigned = (folder / f"{file}{ending}" for file in FILES)
        return decide_learners(
            program,
            fact_set(facts.fact_types.values(), tables),
            out,
            exceptions=exceptions,
            assigned=assigned,
            as_of=as_of,
            engine=EngineChoice(DUCKDB, workers=2),
            keep=tmp_path / "kept" if keep else None,
            **further,  # type: ignore[arg-type]
        )

    return decide


def same_files(folder: Path, other: Path) -> bool:
    return {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def changed(tables: Tables, facts: FactSet) -> Tables:
    """One learner has a better score, one is new, one is gone, and of one a piece of evidence is withdrawn."""
    columns = [column.name for column in facts.fact_types["evidence"].columns]
    whose, score, withdrawn = (columns.index(name) for name in ("learner", "score", "withdrawn_at"))
    names = sorted({row[whose] for row in tables["evidence"] if row[whose] != MANY_RECOVERIES}, key=str)
    better, gone, taken_back = names[0], names[2], names[-1]
    found = {
        plural: [row for row in rows if gone not in row] if plural != "schools" else rows
        for plural, rows in tables.items()
    }
    evidence = found["evidence"] = [*found["evidence"]]
    new: tuple[tuple[FactValue, int, FactValue], ...] = (
        (better, score, Fraction(4)),
        (taken_back, withdrawn, datetime(2026, 10, 30, tzinfo=UTC)),
    )
    for learner, place, value in new:
        at = next(number for number, row in enumerate(evidence) if row[whose] == learner)
        evidence[at] = (*evidence[at][:place], value, *evidence[at][place + 1 :])
    blank = (None,) * (len(facts.fact_types["learners"].columns) - 1)
    found["learners"] = [*found["learners"], ("L-0041-new", *blank)]
    return found


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_who_is_changed_new_or_gone_makes_the_file_of_a_full_run(
    run: Run, facts: FactSet, tables: Tables, tmp_path: Path, ending: str
) -> None:
    first = run(tables, "first", ending)
    assert (first.decided_anew, first.why_all) == (first.learners, "nothing is kept yet")
    later = changed(tables, facts)
    some, full = run(later, "some", ending), run(later, "full", ending, keep=False)
    assert same_files(tmp_path / "some", tmp_path / "full")
    assert not same_files(tmp_path / "some", tmp_path / "first")
    assert (some.decided_anew, some.why_all) == (3, "")
    assert some.outcomes == full.outcomes
    assert list(some.outcomes) == list(full.outcomes)
    assert (some.reported, some.learners) == (full.reported, full.learners)
    assert some.reported > 0
    nobody = run(later, "nobody", ending)
    assert nobody.decided_anew == 0
    assert same_files(tmp_path / "nobody", tmp_path / "full")


def test_neither_the_order_of_rows_nor_a_row_sent_twice_is_a_change(run: Run, tables: Tables) -> None:
    run(tables, "first")
    again = {plural: [*reversed(rows), *rows[:1]] for plural, rows in tables.items()}
    assert run(again, "again").decided_anew == 0


def test_another_day_or_knowledge_decides_everybody_anew(run: Run, tables: Tables) -> None:
    run(tables, "first")
    day = run(tables, "later", as_of=date(2026, 11, 3))
    why = "a rule reads the day itself, as for a school year, an age or how long an award lasts"
    assert (day.decided_anew, day.why_all) == (day.learners, f"what is kept is for another day, and {why}")
    known = run(tables, "known", as_of=date(2026, 11, 3), known_on=datetime(2026, 11, 1, tzinfo=UTC))
    assert known.why_all == "what is kept is by what was known at another time"


def test_facts_about_schools_are_shared_by_all(run: Run, tables: Tables) -> None:
    run(tables, "first")
    tables["schools"] = [("S1", "A new school", None, None)]
    assert run(tables, "again").why_all == "facts that are about no learner have changed"


def test_a_kept_file_that_is_damaged_gives_no_row(run: Run, facts: FactSet, tables: Tables, tmp_path: Path) -> None:
    few = {*[row[0] for row in tables["learners"]][:6], MANY_RECOVERIES}
    tables = {plural: [row for row in rows if few & {*row} or plural == "schools"] for plural, rows in tables.items()}
    run(tables, "first")
    later = changed(tables, facts)
    run(later, "full")
    kept, whole = tmp_path / "kept", tmp_path / "whole"
    kept.rename(whole)
    names = sorted(path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file())
    # an older part has rows alone: where they are is said by the last
    assert [name for name in names if name.endswith("learners.parquet")] == ["run-2/learners.parquet"]
    assert len(names) == 8
    for number, name in enumerate(names):
        content = (whole / name).read_bytes()
        for place in (0, len(content) // 2, len(content) - 1):
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(whole, kept)
            flip(kept / name, content, place)
            found = run(later, f"{number} {place}")
            assert found.why_all == f"what is kept is damaged: `{name}` is not as it was written"
            assert same_files(tmp_path / f"{number} {place}", tmp_path / "full")
    assert run(later, "again").decided_anew == 0
    assert same_files(tmp_path / "again", tmp_path / "full")


def flip(path: Path, content: bytes, place: int) -> None:
    path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])


def test_whatever_is_damaged_in_the_label_is_found(run: Run, tables: Tables, tmp_path: Path) -> None:
    run(tables, "first")
    label = tmp_path / "kept" / "kept.json"
    content = label.read_bytes()
    assert read_label(label.parent)[0] is not None
    for place in range(len(content)):
        flip(label, content, place)
        assert read_label(label.parent) == (None, "what is kept is damaged: `kept.json` is not as it was written")


def test_a_kept_file_that_is_missing_decides_everybody_anew(run: Run, tables: Tables, tmp_path: Path) -> None:
    run(tables, "first")
    names = ["kept.json", *(f"run-1/{name}.parquet" for name in ("learners", *FILES))]
    for name in names:
        shutil.copytree(tmp_path / "kept", tmp_path / "whole", dirs_exist_ok=True)
        (tmp_path / "kept" / name).unlink()
        found = run(tables, name.replace("/", " "))
        assert found.why_all == f"what is kept is damaged: `{name}` is missing"
        assert same_files(tmp_path / name.replace("/", " "), tmp_path / "first")
        shutil.rmtree(tmp_path / "kept")
        (tmp_path / "whole").rename(tmp_path / "kept")


def test_a_kept_file_that_cannot_be_read_decides_everybody_anew(run: Run, tables: Tables, tmp_path: Path) -> None:
    run(tables, "first")
    decisions, label = tmp_path / "kept" / "run-1" / "decisions.parquet", tmp_path / "kept" / "kept.json"
    decisions.unlink()
    decisions.mkdir()
    assert run(tables, "second").why_all == "what is kept is damaged: `run-1/decisions.parquet` cannot be read"
    label.unlink()
    label.mkdir()
    assert read_label(label.parent) == (None, "what is kept is damaged: `kept.json` cannot be read")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ('{"label": {"version": "0.1.0"}, "last": "run-1"}', "what is kept has the format of an older version"),
        ("{}", "what is kept is damaged: `kept.json` is not as it was written"),
        ("[]", "what is kept is damaged: `kept.json` is not as it was written"),
    ],
)
def test_a_label_that_says_something_else_decides_everybody_anew(
    run: Run, tables: Tables, tmp_path: Path, content: str, why: str
) -> None:
    run(tables, "first")
    (tmp_path / "kept" / "kept.json").write_text(content)
    assert run(tables, "second").why_all.startswith(why)
    assert run(tables, "third").decided_anew == 0
    # the label, the run that decided everybody, and the last, which says where the rows are
    assert len(list((tmp_path / "kept").iterdir())) == 3
    assert run(tables, "fourth").decided_anew == 0
    assert len(list((tmp_path / "kept").iterdir())) == 3


def test_a_label_of_another_format_decides_everybody_anew(
    run: Run, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tables, "first")
    monkeypatch.setattr("competency.services.kept_label.FORMAT_VERSION", 3)
    assert run(tables, "second").why_all == "what is kept has the format of another version of this program"


def test_what_changes_again_and_again_is_written_together_in_the_end(
    run: Run, facts: FactSet, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("competency.services.decide_changed.PARTS_MAX", 3)
    columns = [column.name for column in facts.fact_types["evidence"].columns]
    whose, score = columns.index("learner"), columns.index("score")
    names = sorted({str(row[whose]) for row in tables["evidence"] if row[score] != 1})
    run(tables, "first")
    parts: list[int] = []
    for name in (names[0], names[-1], names[1], names[0], names[2]):
        tables["evidence"] = [
            (*row[:score], Fraction(1), *row[score + 1 :]) if row[whose] == name else row for row in tables["evidence"]
        ]
        tables["learners"] = [row for row in tables["learners"] if row[0] != names[3] or name != names[1]]
        folder = f"{len(parts)}"
        anew = run(tables, folder).decided_anew
        assert anew == (0 if name == names[0] and parts else 1)
        run(tables, f"full {folder}", keep=False)
        assert same_files(tmp_path / folder, tmp_path / f"full {folder}")
        parts.append(len(list((tmp_path / "kept").glob("run-*"))))
    assert parts == [2, 3, 1, 2, 2]


def test_a_run_that_fails_leaves_what_was_kept(
    run: Run, tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tables, "first")
    before = {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    with monkeypatch.context() as fault:
        fault.setattr("competency.services.kept_run.parquet.write_table", _refuse)
        tables["learners"] = [row for row in tables["learners"] if row[0] != MANY_RECOVERIES]
        assert not run(tables, "fails").is_written
    assert {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()} == before


def _refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")
