"""try on formulas and scores; import through a connector."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from competency.model.facts import FactType
from competency.plugin_api import Place, RawRow, RejectedRow, SourceUnusable

Command = Callable[..., Any]


def test_a_formula_gives_its_exact_and_its_rounded_value(competency: Command) -> None:
    ran = competency("try", "average of the latest 3 scores", "--scores", "3, 1, 5, 4")
    assert ran.status == 0
    assert "exactly  10/3" in ran.out
    assert "rounded  3.33" in ran.out
    assert "3 (left out), 1, 5, 4" in ran.out
    shown = json.loads(competency("try", "average", "--scores", "3, 4", "--format", "json").out)
    assert (shown["exact"], shown["rounded"]) == ("3.5", "3.5")


@pytest.mark.parametrize(
    ("formula", "scores"), [("averge", "3, 4"), ("average", "3, x"), ("average", "3, 4@2026-02-30")]
)
def test_a_formula_or_scores_that_cannot_be_read_are_diagnostics(
    competency: Command, formula: str, scores: str
) -> None:
    ran = competency("try", formula, "--scores", scores)
    assert ran.status == 1
    assert "error[CBE" in ran.err
    assert "to do: " in ran.err


class Office:
    """A connector to a made-up office: one good row a table, one row at fault, or nothing at all."""

    name = "office"
    title = "The office"
    source_help = "A folder."
    fact_types: Sequence[FactType] = ()

    def read(self, source: Path | str) -> Iterator[RawRow | RejectedRow]:
        place = Place(f"{source}/office.txt", 1)
        if not Path(source).is_dir():
            raise SourceUnusable(place, "the office is closed", "Come back tomorrow.")
        yield RawRow("learners", {"learner": "L1"}, place)
        evidence = {"evidence_id": "E1", "learner": "L1", "competency": "SCI.DATA", "score": "9"}
        yield RawRow("evidence", evidence | {"assessed_on": "2026-09-01"}, place)


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("competency.plugin_api.loading.find_connector", lambda _name, **_also: (Office(), ()))


@pytest.mark.usefixtures("office")
def test_an_import_ends_with_where_every_row_went(competency: Command, tmp_path: Path) -> None:
    ran = competency("import", "office", tmp_path, "--out", tmp_path / "out")
    assert (ran.status, ran.err) == (0, "")
    assert "2 read = 2 accepted + 0 unchanged + 0 rejected" in ran.out
    again = competency("import", "office", tmp_path, "--out", tmp_path / "out")
    assert "2 read = 0 accepted + 2 unchanged + 0 rejected" in again.out


@pytest.mark.usefixtures("office")
def test_a_book_says_what_a_row_may_hold(competency: Command, book: Path, tmp_path: Path) -> None:
    ran = competency("import", "office", tmp_path, "--out", tmp_path / "out", "--book", book)
    assert ran.status == 1
    assert "error[CBE702]" in ran.err
    assert "2 read = 1 accepted + 0 unchanged + 1 rejected" in ran.out
    assert str(tmp_path / "out" / "rejected.csv") in ran.out
    shown = json.loads(
        competency("import", "office", tmp_path, "--out", tmp_path / "o2", "--book", book, "--format", "json").out
    )
    assert shown["total"] == {"read": 2, "accepted": 1, "unchanged": 0, "rejected": 1, "replaced": 0}


@pytest.mark.usefixtures("office")
def test_a_source_that_cannot_be_read_writes_nothing(competency: Command, tmp_path: Path) -> None:
    ran = competency("import", "office", tmp_path / "none", "--out", tmp_path / "out")
    assert ran.status == 1
    assert "error[CBE704]" in ran.err
    assert "nothing was imported" in ran.out
    assert not (tmp_path / "out").exists()


def test_an_unknown_connector_is_a_diagnostic_that_names_those_there_are(competency: Command, tmp_path: Path) -> None:
    ran = competency("import", "nobody", tmp_path, "--out", tmp_path / "out")
    assert ran.status == 1
    assert "error[CBE706]" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_table_that_is_not_read_because_of_its_name_is_counted_by_an_import(
    competency: Command, facts: Path, tmp_path: Path
) -> None:
    (facts / "evidence.csv").rename(facts / "evidence.csv.gz")
    ran = competency("import", "tables", facts, "--out", tmp_path / "imported", "--format", "json")
    assert ran.status == 1
    shown = json.loads(ran.out)
    assert shown["tables"]["evidence"] == {"read": 1, "accepted": 0, "unchanged": 0, "rejected": 1, "replaced": 0}
    assert "`evidence.csv.gz` is packed; it was not read" in (tmp_path / "imported" / "rejected.csv").read_text()
    assert competency("import", "tables", facts / "learners.csv", "--out", tmp_path / "other").status == 1
