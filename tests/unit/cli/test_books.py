"""new, check, format, test and show on a small book, and on books with faults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Command = Callable[..., Any]


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


# --- new --------------------------------------------------------------------------------------------------------------


def test_a_new_book_has_nothing_wrong_is_laid_out_and_passes_its_examples(competency: Command, tmp_path: Path) -> None:
    book = tmp_path / "district" / "book"
    assert competency("new", book).status == 0
    checked = competency("check", book, "--strict")
    assert (checked.status, checked.err) == (0, "")
    assert checked.out == "1 file, 2 rules, 4 items, 6 examples: no errors, no warnings\n"
    assert competency("format", book, "--check").status == 0
    tested = competency("test", book)
    assert (tested.status, tested.out) == (0, "6 of 6 examples passed\n")


def test_a_new_book_goes_into_an_empty_folder_and_into_no_other(competency: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert competency("new", tmp_path / "empty").status == 0
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    refused = competency("new", tmp_path / "full")
    assert refused.status == 2
    assert "CBE006" in refused.err
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]
    assert competency("new", tmp_path / "full" / "mine.txt").status == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "full"]


# --- check ------------------------------------------------------------------------------------------------------------


def test_warnings_are_findings_only_when_asked(competency: Command, book: Path) -> None:
    change(book / "policy.rules", '  cites BOARD section "3"\n', "")
    assert competency("check", book).status == 0
    strict = competency("check", book, "--strict")
    assert strict.status == 1
    assert "CBE902" in strict.err


def test_a_lint_that_the_book_allows_is_not_shown(competency: Command, book: Path) -> None:
    change(book / "policy.rules", '  cites BOARD section "3"\n', "")
    (book / "competency.toml").write_text('title = "T"\n[allow]\nuncited-rule = "the board has not voted yet"\n')
    checked = competency("check", book, "--strict")
    assert (checked.status, checked.err) == (0, "")


@pytest.mark.parametrize(("format_", "start"), [("json", "{"), ("sarif", "{"), ("github", "::error file=")])
def test_diagnostics_come_in_the_format_asked_for(competency: Command, book: Path, format_: str, start: str) -> None:
    change(book / "policy.rules", "is at least Proficient", "is at least Profficient")
    checked = competency("check", book, "--format", format_)
    assert checked.status == 1
    assert checked.err == ""
    assert checked.out.startswith(start)
    assert "CBE204" in checked.out
    if format_ == "json":
        shown = json.loads(checked.out)
        assert (shown["errors"], shown["rules"]) == (1, 2)
        assert [each["code"] for each in shown["diagnostics"]] == ["CBE204"]


def test_one_look_shows_errors_of_grammar_and_of_names_alike(competency: Command, book: Path) -> None:
    change(book / "policy.rules", "is at least Proficient", "is at least Profficient")
    (book / "second.rules").write_text("language 1\nflag late\n  require x: days present at least\nend\n")
    checked = competency("check", book)
    assert checked.status == 1
    assert "did you mean `Proficient`" in checked.err
    assert "second.rules:" in checked.err


def test_names_declared_in_a_text_that_cannot_be_read_are_not_called_unknown(competency: Command, book: Path) -> None:
    change(book / "policy.rules", "  Beginning = 1\n", "  Beginning = = 1\n")
    checked = competency("check", book, "--format", "json")
    assert [each["code"] for each in json.loads(checked.out)["diagnostics"]] == ["CBE101"]


# --- books that are none ----------------------------------------------------------------------------------------------


def damage_utf16(book: Path) -> None:
    text = (book / "policy.rules").read_text(encoding="utf-8")
    (book / "policy.rules").write_bytes(text.encode("utf-16"))


def damage_nul(book: Path) -> None:
    with (book / "policy.rules").open("ab") as file:
        file.write(b"# a\0b\n")


def damage_size(book: Path) -> None:
    with (book / "policy.rules").open("ab") as file:
        file.truncate(50_000_000)


def damage_nesting(book: Path) -> None:
    deep = "(" * 20_000 + "1" + ")" * 20_000 + " is at least 1"
    change(book / "policy.rules", "average of the latest up to 3 scores is at least Proficient", deep)


def damage_framework(book: Path) -> None:
    (book / "science.json").write_text("<!doctype html><html><body>Log in</body></html>")
    change(book / "policy.rules", "catalog\n  courses", 'framework MORE from "science.json"\n\ncatalog\n  courses')


def damage_header(book: Path) -> None:
    (book / "catalog" / "courses.csv").write_text("kode,title,credits\nSCI1,Science 1,1\n")


def damage_catalog(book: Path) -> None:
    (book / "catalog" / "courses.csv").unlink()


def damage_settings(book: Path) -> None:
    (book / "competency.toml").write_text("titel = 'x'\n")


def damage_by_leaving_settings_out(book: Path) -> None:
    (book / "competency.toml").unlink()


def damage_by_leaving_rules_out(book: Path) -> None:
    (book / "policy.rules").unlink()


@pytest.mark.parametrize(
    ("damage", "code", "place"),
    [
        (damage_utf16, "CBE002", "policy.rules"),
        (damage_nul, "CBE004", "policy.rules, line 89"),
        (damage_size, "CBE003", "policy.rules"),
        (damage_nesting, "CBE104", "policy.rules:38"),
        (damage_framework, "CBE601", "science.json"),
        (damage_header, "CBE604", "courses.csv, line 1"),
        (damage_catalog, "CBE001", "policy.rules:31"),
        (damage_settings, "CBE005", "competency.toml"),
        (damage_by_leaving_settings_out, "CBE001", "competency.toml"),
        (damage_by_leaving_rules_out, "CBE001", "book"),
    ],
)
def test_a_book_at_fault_is_told_once_with_place_and_remedy_by_every_command(
    competency: Command, book: Path, facts: Path, tmp_path: Path, damage: Callable[[Path], None], code: str, place: str
) -> None:
    damage(book)
    out = tmp_path / "decisions.csv"
    commands = (
        ("check", book),
        ("test", book),
        ("show", book, "program"),
        ("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out),
    )
    for command in commands:
        ran = competency(*command)
        assert ran.status == 1, command
        assert f"error[{code}]" in ran.err
        assert ran.err.count("error[") == 1, ran.err
        assert place in ran.err
        assert "to do: " in ran.err
    assert not out.exists()


@pytest.mark.parametrize("name", ["nowhere", "notes.txt", "empty"])
def test_what_is_no_book_is_refused_with_a_remedy(competency: Command, tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.txt").write_text("language 1\n")
    (tmp_path / "empty").mkdir()
    for command in (("check",), ("format",), ("test",)):
        ran = competency(*command, tmp_path / name)
        assert ran.status == 1
        assert "error[CBE001]" in ran.err
        assert "to do: " in ran.err


# --- format -----------------------------------------------------------------------------------------------------------


def test_format_writes_what_check_names_and_then_has_nothing_to_do(competency: Command, book: Path) -> None:
    file = book / "policy.rules"
    wanted = file.read_text(encoding="utf-8")
    change(file, "\n  require recent:", "\n       require   recent:")
    untidy = file.read_text(encoding="utf-8")
    looked = competency("format", book, "--check")
    assert (looked.status, looked.out) == (1, f"would write {file}\n")
    assert file.read_text(encoding="utf-8") == untidy
    assert competency("format", book).status == 0
    assert file.read_text(encoding="utf-8") == wanted
    assert competency("format", book, "--check").status == 0
    assert sorted(path.name for path in book.iterdir()) == ["catalog", "competency.toml", "policy.rules"]


def test_format_leaves_a_text_that_cannot_be_read_as_it_is(competency: Command, book: Path) -> None:
    file = book / "policy.rules"
    change(file, "  Beginning = 1\n", "      Beginning = = 1\n")
    before = file.read_bytes()
    ran = competency("format", book)
    assert ran.status == 1
    assert "error[CBE101]" in ran.err
    assert file.read_bytes() == before


# --- test -------------------------------------------------------------------------------------------------------------


def test_a_failing_example_shows_what_was_expected_and_the_decision_in_a_sentence(
    competency: Command, book: Path, tmp_path: Path
) -> None:
    change(
        book / "policy.rules", "number of different methods is at least 2", "number of different methods is at least 1"
    )
    report = tmp_path / "report.xml"
    ran = competency("test", book, "--junit", report)
    assert ran.status == 1
    assert "error[CBE801]" in ran.err
    assert "expected not met because breadth" not in ran.out
    assert "Learner example has mastered SCI.DATA, because `recent` is met" in ran.err
    assert ran.out == "5 of 6 examples passed\n"
    suites = ElementTree.parse(report).getroot()
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("6", "1", "0")
    (failure,) = suites.iter("failure")
    assert failure.get("type") == "CBE801"
    assert "has mastered SCI.DATA" in (failure.text or "")


def test_examples_can_be_chosen_by_words_of_their_title_or_rule(competency: Command, book: Path) -> None:
    assert competency("test", book, "-k", "BREADTH").out == "2 of 2 examples passed\n"
    assert competency("test", book, "-k", "credit course").out == "2 of 2 examples passed\n"
    none = competency("test", book, "-k", "zebra")
    assert (none.status, none.out) == (0, "no example has `zebra` in its title or rule\n")
    chosen = json.loads(competency("test", book, "-k", "core is needed", "--format", "json").out)
    assert [(each["title"], each["passed"]) for each in chosen["examples"]] == [("the core is needed", True)]


@pytest.mark.parametrize("name", ["report.txt", "missing/report.xml"])
def test_a_report_that_cannot_be_written_is_a_usage_error_before_anything_runs(
    competency: Command, book: Path, tmp_path: Path, name: str
) -> None:
    ran = competency("test", book, "--junit", tmp_path / name)
    assert (ran.status, ran.out) == (2, "")
    assert "error[CBE006]: --junit:" in ran.err


# --- show and explain-code --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", ["syntax", "resolved", "program"])
def test_a_stage_is_shown_the_same_every_time(competency: Command, book: Path, stage: str) -> None:
    shown = competency("show", book, stage)
    assert shown.status == 0
    assert "SCI.ARG" in shown.out
    assert competency("show", book, stage).out == shown.out
    record = competency("show", book, stage, "--format", "json").out
    assert record == json.dumps(json.loads(record), sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"


def test_the_json_of_a_program_is_what_its_fingerprint_is_of(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    shown = competency("show", book, "program", "--format", "json").out.removesuffix("\n")
    out = tmp_path / "decisions.csv"
    assert competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out).status == 0
    assert out.read_text().splitlines()[1].endswith(hashlib.sha256(shown.encode()).hexdigest())


def test_an_unknown_stage_is_a_usage_error(competency: Command, book: Path) -> None:
    assert competency("show", book, "assembly").status == 2


def test_a_code_or_its_name_is_explained(competency: Command) -> None:
    by_code = competency("explain-code", "cbe005")
    assert by_code.status == 0
    assert "book-settings" in by_code.out
    assert competency("explain-code", "book-settings").out == by_code.out
    assert json.loads(competency("explain-code", "CBE005", "--format", "json").out)["severity"] == "error"


def test_a_code_that_does_not_exist_is_a_usage_error_with_the_nearest(competency: Command) -> None:
    ran = competency("explain-code", "CBE00S")
    assert ran.status == 2
    assert "did you mean `CBE00" in ran.err
