"""decide and explain on a small book and facts, and on facts and arguments with faults."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

import competency.rules.interpreter.decide as interpreter
from competency.rules.interpreter.reasons import Explained
from competency.services.write_decisions import DECISION_COLUMNS

Command = Callable[..., Any]
MakeFacts = Callable[[dict[str, str]], Path]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def outcome(path: Path, learner: str, item: str) -> tuple[str, str]:
    (row,) = [row for row in rows(path) if row["learner"] == learner and row["item"] == item]
    return row["outcome"], row["determining_clauses"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "decisions.csv"


# --- decide -----------------------------------------------------------------------------------------------------------


def test_one_row_a_decision_in_order_of_learner_and_program(
    competency: Command, book: Path, facts: Path, out: Path
) -> None:
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out)
    assert (ran.status, ran.err) == (0, "")
    assert "12 decisions about 3 learners:" in ran.out
    found = rows(out)
    assert tuple(found[0]) == DECISION_COLUMNS
    assert [(row["learner"], row["item"]) for row in found] == [
        (learner, item) for learner in ("L1", "L2", "L3") for item in ("SCI.INQ", "SCI.DATA", "SCI.ARG", "SCI1")
    ]
    assert outcome(out, "L1", "SCI.DATA") == ("not met", "breadth")
    assert outcome(out, "L1", "SCI.INQ") == ("met", "recent; breadth")
    assert outcome(out, "L2", "SCI.DATA") == ("met", "recent; breadth")
    assert outcome(out, "L3", "SCI1") == ("not yet known", "share; core")
    first = found[0]
    assert (first["rule"], first["kind"], first["as_of"], first["known_on"]) == (
        "standard",
        "mastery",
        "2026-11-02",
        "",
    )
    assert (first["policy"], first["policy_version"]) == ("district", "1")
    assert names(out.parent) == ["decisions.csv"]


def test_parquet_holds_the_same_rows(competency: Command, book: Path, facts: Path, out: Path) -> None:
    other = out.with_suffix(".parquet")
    for path in (out, other):
        assert competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", path).status == 0
    assert pyarrow.parquet.read_table(other).to_pylist() == rows(out)


def test_what_was_recorded_later_was_not_known(competency: Command, book: Path, facts: Path, out: Path) -> None:
    arguments = ("decide", book, "--facts", facts, "--as-of", "2026-11-25", "--out", out, "--known-on")
    competency(*arguments, "2026-11-19")
    assert outcome(out, "L1", "SCI.INQ") == ("not met", "breadth")
    assert rows(out)[0]["known_on"] == "2026-11-19T23:59:59.999999Z"
    competency(*arguments, "2026-11-20")
    assert outcome(out, "L1", "SCI.INQ") == ("met", "recent; breadth")
    competency(*arguments, "2026-11-20T12:59:59+01:00")
    assert outcome(out, "L1", "SCI.INQ") == ("not met", "breadth")


def test_one_learner_can_be_decided_alone(competency: Command, book: Path, facts: Path, out: Path) -> None:
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out, "--learner", "L2")
    assert ran.status == 0
    assert {row["learner"] for row in rows(out)} == {"L2"}
    assert "4 decisions about 1 learner:" in ran.out


def test_the_summary_in_json_counts_outcomes_by_rule(competency: Command, book: Path, facts: Path, out: Path) -> None:
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out, "--format", "json")
    shown = json.loads(ran.out)
    assert shown["outcomes"]["mastery standard"] == {"met": 2, "not met": 1, "not yet known": 6}
    assert (shown["decisions"], shown["rows_rejected"], shown["failed"]) == (12, 0, 0)


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        ("E1,L1,SCI.DATA,9,2026-09-10", "CBE702", "off the scale Proficiency"),
        ("E1,L1,SCI.DATA,3,2026-02-30", "CBE702", "not in the calendar"),
        ("E1,LX,SCI.DATA,3,2026-09-10", "CBE703", "`LX` is not a learner"),
        ("E1,L1,SCI.DAT,3,2026-09-10", "CBE703", "did you mean `SCI.DATA`"),
    ],
)
def test_a_row_at_fault_is_counted_and_listed_and_the_others_count(
    competency: Command, book: Path, make_facts: MakeFacts, out: Path, row: str, code: str, reason: str
) -> None:
    header = "evidence_id,learner,competency,score,assessed_on\n"
    facts = make_facts({"learners": "learner\nL1\n", "evidence": f"{header}{row}\nE2,L1,SCI.INQ,1,2026-09-11\n"})
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out)
    assert ran.status == 1
    assert f"error[{code}]" in ran.err
    assert "evidence.csv, line 2" in ran.err
    assert reason in ran.err
    rejects = out.with_name("decisions.rejected.csv")
    assert f"1 row of 3 not taken: {rejects}" in ran.out
    assert [each["line"] for each in rows(rejects)] == ["2"]
    assert outcome(out, "L1", "SCI.INQ")[0] == "not met"
    facts = make_facts({"evidence": f"{header}E2,L1,SCI.INQ,1,2026-09-11\n"})
    assert competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out).status == 0
    assert not rejects.exists(), "a list of an earlier run would be mistaken for this one's"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"--as-of": "2026-02-30"}, "--as-of: the date `2026-02-30` is not in the calendar"),
        ({"--as-of": "today"}, "--as-of: the date `today` is not a date"),
        ({"--known-on": "yesterday"}, "--known-on"),
        ({"--known-on": "2026-02-30"}, "--known-on"),
        ({"--known-on": "2026-11-02T10:00"}, "does not say its offset"),
        ({"--out": "missing/decisions.csv"}, "--out: there is no folder"),
        ({"--out": "decisions.xlsx"}, "--out: `"),
        ({"--out": "folder.csv"}, "is a folder"),
        ({"--engine": "turbo"}, "--engine: there is no engine `turbo`"),
        ({"--exceptions": "exceptions.doc"}, "--exceptions: `"),
        ({"--exceptions": "decisions.csv"}, "is written already"),
        ({"--exceptions": "others.csv", "--assigned": "others.csv"}, "--assigned: `"),
    ],
)
def test_an_argument_that_cannot_be_used_stops_before_anything_is_written(
    competency: Command, book: Path, facts: Path, out: Path, arguments: dict[str, str], said: str
) -> None:
    (out.parent / "folder.csv").mkdir()
    given: dict[str, Any] = {"--facts": facts, "--as-of": "2026-11-02", "--out": out}
    for name, value in arguments.items():
        given[name] = out.parent / value if name in {"--out", "--exceptions", "--assigned"} else value
    ran = competency("decide", book, *(part for pair in given.items() for part in pair))
    assert ran.status == 2
    assert "error[CBE006]" in ran.err
    assert said in ran.err
    assert "to do: " in ran.err
    assert names(out.parent) == ["folder.csv"]


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize(
    ("option", "path", "said"),
    [
        ("--out", "facts/evidence.csv", "facts`, the folder of --facts"),
        ("--out", "facts/new.parquet", "facts`, the folder of --facts"),
        ("--out", "out/../facts/evidence.csv", "facts`, the folder of --facts"),
        ("--out", "linked/evidence.csv", "facts`, the folder of --facts"),
        ("--out", "out/linked.csv", "facts`, the folder of --facts"),
        ("--out", "out/beside.csv", "beside.rejected.csv` is inside"),
        ("--out", "programs.csv", "the file that `{folder}/facts/programs.csv` leads to, in the folder of --facts"),
        ("--out", "book/courses.csv", "book`, the folder of BOOK"),
        ("--out", "kept/decisions.csv", "kept`, the folder of --keep"),
        ("--exceptions", "facts/evidence.csv", "facts`, the folder of --facts"),
        ("--assigned", "book/assigned.csv", "book`, the folder of BOOK"),
        ("--indicators", "facts/sub/indicators.csv", "facts`, the folder of --facts"),
    ],
)
def test_nothing_is_written_where_something_is_read_or_kept(
    competency: Command, book: Path, facts: Path, out: Path, option: str, path: str, said: str
) -> None:
    folder = facts.parent
    (facts / "sub").mkdir()
    (folder / "kept").mkdir()
    (folder / "linked").symlink_to(facts)
    (out.parent / "linked.csv").symlink_to(facts / "evidence.csv")
    (out.parent / "beside.rejected.csv").symlink_to(facts / "evidence.csv")
    (facts / "programs.csv").rename(folder / "programs.csv")
    (facts / "programs.csv").symlink_to(folder / "programs.csv")
    before = contents(folder)
    given: dict[str, Any] = {"--facts": facts, "--as-of": "2026-11-02", "--out": out, option: folder / path}
    keep = ("--engine", "duckdb", "--keep", folder / "kept")
    ran = competency("decide", book, *(part for pair in given.items() for part in pair), *keep)
    assert ran.status == 2
    told = " ".join(ran.err.split())
    assert f"{option}: `" in told
    assert said.format(folder=folder) in told
    assert "to do: write it outside" in told
    assert told.count("error[") == 1
    assert contents(folder) == before


def test_a_book_of_one_text_is_not_written_over(competency: Command, book: Path, facts: Path, out: Path) -> None:
    (text,) = book.glob("*.rules")
    out.symlink_to(text)
    before = text.read_bytes()
    ran = competency("decide", text, "--facts", facts, "--as-of", "2026-11-02", "--out", out)
    assert ran.status == 2
    assert "is the file that is read as BOOK" in ran.err
    assert text.read_bytes() == before


@pytest.mark.parametrize("option", ["--exceptions", "--assigned", "--indicators"])
@pytest.mark.parametrize("name", ["decisions.csv", "decisions.rejected.csv", "../out/decisions.csv", "linked.csv"])
def test_one_file_is_not_written_twice_under_two_spellings(
    competency: Command, book: Path, facts: Path, out: Path, monkeypatch: pytest.MonkeyPatch, option: str, name: str
) -> None:
    monkeypatch.chdir(out.parent)
    (out.parent / "linked.csv").symlink_to(out)
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out, option, name)
    assert ran.status == 2
    assert f"{option}: `{name}` is written already" in " ".join(ran.err.split())
    assert names(out.parent) == ["linked.csv"]


def test_an_argument_that_is_missing_is_a_usage_error(competency: Command, book: Path, facts: Path) -> None:
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02")
    assert ran.status == 2
    assert "--out" in ran.err


@pytest.mark.parametrize(
    ("tables", "code"),
    [
        ({"learners": "learner\nL1\n", "evidence": "evidence,learner\nE1,L1\n"}, "CBE701"),
        ({"evidence": "evidence_id,learner\n"}, "CBE001"),
        ({"learners": "learner\nL1\0\n"}, "CBE704"),
    ],
)
def test_facts_that_cannot_be_read_leave_an_older_output_as_it_was(
    competency: Command, book: Path, make_facts: MakeFacts, out: Path, tables: dict[str, str], code: str
) -> None:
    out.write_text("older")
    ran = competency("decide", book, "--facts", make_facts(tables), "--as-of", "2026-11-02", "--out", out)
    assert ran.status == 1
    assert code in ran.err
    assert out.read_text() == "older"
    assert names(out.parent) == ["decisions.csv"]


def test_a_folder_of_facts_that_is_not_there_is_a_diagnostic(competency: Command, book: Path, out: Path) -> None:
    ran = competency("decide", book, "--facts", out.parent / "none", "--as-of", "2026-11-02", "--out", out)
    assert ran.status == 1
    assert "error[CBE001]" in ran.err
    assert names(out.parent) == []


@pytest.mark.parametrize("command", ["decide", "explain"])
def test_an_unknown_learner_is_named_with_the_nearest(
    competency: Command, book: Path, make_facts: MakeFacts, out: Path, command: str
) -> None:
    facts = make_facts({"learners": "learner\nL-0041\n"})
    more = ("--out", out) if command == "decide" else ("--rule", "standard")
    ran = competency(command, book, "--facts", facts, "--as-of", "2026-11-02", "--learner", "L-0014", *more)
    assert ran.status == 1
    assert "error[CBE803]" in ran.err
    assert "did you mean `L-0041`?" in ran.err
    assert names(out.parent) == []


def test_a_decision_that_fails_is_counted_and_the_others_are_made(
    competency: Command, book: Path, facts: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide_one: Callable[..., Explained] = interpreter._decide

    def failing(rule: Any, env: dict[str, Any], governs: Any, award: Any, learner: Any, *others: Any) -> Explained:
        if learner.learner == "L2" and [reason.value for reason in env.values()] == ["SCI.DATA"]:
            raise ZeroDivisionError("by nothing")
        return decide_one(rule, env, governs, award, learner, *others)

    monkeypatch.setattr(interpreter, "_decide", failing)
    exceptions = out.with_name("exceptions.csv")
    arguments = ("--facts", facts, "--as-of", "2026-11-02", "--out", out, "--exceptions", exceptions)
    ran = competency("decide", book, *arguments)
    assert ran.status == 1
    assert "error[CBE802]" in ran.err
    assert "ZeroDivisionError: by nothing" in ran.err
    assert "1 decision could not be made" in ran.out
    assert outcome(out, "L2", "SCI.DATA") == ("error", "")
    assert outcome(out, "L2", "SCI1")[0] == "not yet known"
    assert outcome(out, "L1", "SCI.INQ")[0] == "met"
    (row,) = rows(exceptions)
    assert (row["learner"], row["item"], row["error"]) == ("L2", "SCI.DATA", "ZeroDivisionError: by nothing")


def test_a_cap_that_was_passed_is_a_row_of_the_exceptions(
    competency: Command, book: Path, make_facts: MakeFacts, out: Path
) -> None:
    with (book / "policy.rules").open("a") as file:
        file.write(
            '\nrecovery course "Credit recovery"\n  for each course in catalog\n  cites BOARD section "5"\n'
            "  require failed: the learner has a final failed attempt of the course\n"
            "  limit credits recovered to 0.5 in all, then report\nend\n"
        )
    attempts = "attempt_id,learner,course,status,result,grade,ended_on\nA1,L1,SCI1,final,failed,52,2026-10-01\n"
    facts = make_facts({"learners": "learner\nL1\n", "attempts": attempts})
    exceptions = out.with_name("exceptions.parquet")
    arguments = ("--facts", facts, "--as-of", "2026-11-02", "--out", out, "--exceptions", exceptions)
    ran = competency("decide", book, *arguments)
    assert ran.status == 0
    assert "1 decision with something to report" in ran.out
    (row,) = pyarrow.parquet.read_table(exceptions).to_pylist()
    assert (row["rule"], row["item"], row["outcome"]) == ("course", "SCI1", "met")
    assert row["reported"] == "limit-credits-recovered-in-all"
    assert row["words"].startswith("limit credits recovered to ")
    told = explain(competency, book, facts, "--learner", "L1", "--rule", "recovery course").out
    assert "reported, not refused  limit-credits-recovered-in-all" in told
    assert "attempt A1: course SCI1, ended on 2026-10-01, status final, result failed, grade 52" in " ".join(
        told.split()
    )


def test_what_is_assigned_is_a_row_each_in_order(
    competency: Command, book: Path, make_facts: MakeFacts, out: Path
) -> None:
    with (book / "policy.rules").open("a") as file:
        file.write("\npathway science\n  assign the competencies in SCI that are not mastered\nend\n")
    assigned = out.with_name("assigned.csv")
    arguments = ("--as-of", "2026-11-02", "--out", out, "--assigned", assigned)
    ran = competency("decide", book, "--facts", make_facts({"learners": "learner\nL1\n"}), *arguments)
    assert ran.status == 0
    found = [(row["learner"], row["kind"], row["place"], row["assigned"]) for row in rows(assigned)]
    assert found == [
        ("L1", "pathway", "1", "SCI.INQ"),
        ("L1", "pathway", "2", "SCI.DATA"),
        ("L1", "pathway", "3", "SCI.ARG"),
    ]


def test_a_disk_that_refuses_leaves_nothing_half_done(
    competency: Command, book: Path, facts: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_self: Path, _target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    ran = competency("decide", book, "--facts", facts, "--as-of", "2026-11-02", "--out", out, "--learner", "L1")
    assert ran.status == 1
    assert "error[CBE007]" in ran.err
    assert names(out.parent) == []


# --- explain ----------------------------------------------------------------------------------------------------------


def explain(competency: Command, book: Path, facts: Path, *arguments: str) -> Any:
    return competency("explain", book, "--facts", facts, "--as-of", "2026-11-02", *arguments)


def test_an_explanation_reads_from_the_sentence_to_the_source(competency: Command, book: Path, facts: Path) -> None:
    ran = explain(competency, book, facts, "--learner", "L1", "--rule", "mastery standard", "--item", "SCI.DATA")
    assert (ran.status, ran.err) == (0, "")
    told = " ".join(ran.out.split())
    parts = [
        "Learner L1 has not mastered SCI.DATA, because `breadth` is not met: number of different methods is 1, needed is",
        "mastery standard, on SCI.DATA (Reads and presents data), as of 2026-11-02: not met",
        "met recent: average of the latest up to 3 scores is at least Proficient",
        "average of the latest up to 3 scores is 3.5, needed is at least Proficient (3)",
        "score 3 (Proficient) on 2026-09-10 by project from teacher, evidence E1",
        "score 4 (Extending) on 2026-10-12 by project from teacher, evidence E2",
        "not met breadth: number of different methods is at least 2",
        "excused: score 1 (Beginning) on 2026-10-13 by test from teacher, evidence E3",
        "withdrawn: score 2 (Developing) on 2026-10-14 by test from teacher, evidence E4",
        "after 2026-11-02: score 4 (Extending) on 2026-12-15 by test from peer, evidence E8",
        'mastery standard "Mastery of a science competency" for each competency in SCI',
        "Board policy on competency-based credit, section 2",
    ]
    places = [told.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_an_exception_that_applies_is_shown_with_its_source(competency: Command, book: Path, facts: Path) -> None:
    ran = explain(competency, book, facts, "--learner", "L2", "--rule", "standard", "--item", "SCI.DATA")
    assert "by the exception `iep`, in place of the general clause" in ran.out
    assert "section 2(c)" in ran.out.split("Where it comes from")[1]


def test_a_clause_that_an_exception_waives_is_still_shown(competency: Command, book: Path, facts: Path) -> None:
    text = (book / "policy.rules").read_text()
    old = "    require breadth: number of different methods is at least 1\n"
    assert old in text
    (book / "policy.rules").write_text(text.replace(old, "    waive breadth\n"))
    ran = explain(competency, book, facts, "--learner", "L2", "--rule", "standard", "--item", "SCI.DATA")
    assert "waived by the exception `iep`; shown all the same" in ran.out
    assert "number of different methods is 1, needed is at least 2" in ran.out


def test_a_recorded_waiver_is_named_with_its_authority_and_the_clause_is_still_shown(
    competency: Command, book: Path, facts: Path, make_facts: MakeFacts
) -> None:
    header = "waiver_id,learner,rule,clause,authority,reason,begins_on\n"
    make_facts({"waivers": f"{header}W1,L1,mastery standard,breadth,Superintendent,moved in October,2026-10-01\n"})
    ran = explain(competency, book, facts, "--learner", "L1", "--rule", "standard", "--item", "SCI.DATA")
    told = " ".join(ran.out.split())
    assert "Learner L1 has mastered SCI.DATA by waiver, because `breadth` is waived by waiver W1 (is not met:" in told
    assert "waived breadth: number of different methods is at least 2" in told
    assert "waiver W1 by Superintendent from 2026-10-01: moved in October" in told
    assert "number of different methods is 1, needed is at least 2" in told


def test_a_rule_on_many_items_says_which_are_so_and_which_are_not(competency: Command, book: Path, facts: Path) -> None:
    told = " ".join(explain(competency, book, facts, "--learner", "L1", "--rule", "course").out.split())
    assert "because `core` is not met: 0 of 1 are mastered." in told
    assert "1 of 3 is mastered (about 33.33%), and of 1 more it is not yet known, needed is at least 60%" in told
    assert "SCI.DATA (Reads and presents data): not mastered" in told
    assert "SCI.INQ: mastered" in told


def test_a_sum_over_items_tells_what_each_adds(competency: Command, book: Path, facts: Path) -> None:
    with (book / "policy.rules").open("a") as file:
        file.write(
            '\nmeasure best "Highest score"\n  for each competency in SCI\n  value highest of scores\nend\n'
            '\nmeasure total "Sum of highest scores"\n  for each course in catalog\n'
            "  value sum of the measure best of the competencies of it\nend\n"
        )
    told = " ".join(explain(competency, book, facts, "--learner", "L1", "--rule", "total").out.split())
    assert "SCI.INQ (Asks questions that can be tested): 3" in told
    assert "SCI.DATA (Reads and presents data): 4" in told
    assert "SCI.ARG (Argues from evidence): not yet known" in told


def test_without_an_item_each_decision_gets_its_sentence(competency: Command, book: Path, facts: Path) -> None:
    ran = explain(competency, book, facts, "--learner", "L1", "--rule", "standard")
    assert ran.out.count("Learner L1 has") == 2
    assert "1 more item: there is no evidence yet" in ran.out
    assert '--item "SCI.INQ"' in ran.out


def test_nothing_known_is_said_plainly(competency: Command, book: Path, facts: Path) -> None:
    ran = explain(competency, book, facts, "--learner", "L3", "--rule", "standard", "--item", "SCI.ARG")
    assert "because there is no evidence that counts" in " ".join(ran.out.split())


def test_an_explanation_in_json_has_the_same_parts(competency: Command, book: Path, facts: Path) -> None:
    arguments = ("--learner", "L1", "--rule", "standard", "--item", "SCI.DATA", "--format", "json")
    shown = json.loads(explain(competency, book, facts, *arguments).out)
    explanation = shown["explanation"]
    assert (explanation["outcome"], explanation["item"]) == ("not met", ["SCI.DATA"])
    assert [clause["id"] for clause in explanation["reasons"]] == ["recent", "breadth"]
    assert [row["id"] for row in explanation["set_aside"]] == ["E3", "E4", "E8"]
    assert shown["rule_text"]["text"].startswith("mastery standard")
    assert shown["rule_text"]["line"] == 35


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    [
        (("--rule", "standrd"), "CBE202", "did you mean `mastery standard`?"),
        (("--rule", "credit standard"), "CBE202", "did you mean `mastery standard`?"),
        (("--rule", "standard", "--item", "SCI.DAT"), "CBE202", "did you mean `SCI.DATA`?"),
    ],
)
def test_a_rule_or_item_that_is_not_there_is_named_with_the_nearest(
    competency: Command, book: Path, facts: Path, arguments: tuple[str, ...], code: str, remedy: str
) -> None:
    ran = explain(competency, book, facts, "--learner", "L1", *arguments)
    assert ran.status == 1
    assert f"error[{code}]" in ran.err
    assert remedy in ran.err


def test_a_name_of_two_rules_asks_for_the_kind(competency: Command, book: Path, facts: Path) -> None:
    with (book / "policy.rules").open("a") as file:
        file.write(
            '\nflag course "Too many days away"\n  require away: days present / days enrolled is less than 90%\nend\n'
        )
    ran = explain(competency, book, facts, "--learner", "L1", "--rule", "course")
    assert ran.status == 1
    assert "error[CBE206]" in ran.err
    assert "credit course, flag course" in ran.err
    flag = explain(competency, book, facts, "--learner", "L1", "--rule", "flag course")
    assert "flag course" in flag.out


def test_an_item_with_a_rule_of_its_own_is_explained_by_that_rule(competency: Command, book: Path, facts: Path) -> None:
    with (book / "policy.rules").open("a") as file:
        file.write(
            '\nmastery data "Mastery of data"\n  for competency SCI.DATA\n  cites BOARD section "4"\n'
            "  require recent: highest of scores is at least Extending\nend\n"
        )
    ran = explain(competency, book, facts, "--learner", "L1", "--rule", "mastery standard", "--item", "SCI.DATA")
    assert "mastery data, on SCI.DATA" in ran.out
    assert "section 4" in ran.out


def test_indicators_are_written_once_all_learners_are_decided(
    competency: Command, book: Path, make_facts: Callable[[dict[str, str]], Path], out: Path
) -> None:
    with (book / "policy.rules").open("a", encoding="utf-8") as file:
        file.write(
            "indicator any\n  for each school\n  value share of learners where (number of attempts is at least 1)\nend\n"
        )
    attempts = "attempt_id,learner,course,ended_on\nA1,L1,SCI1,2026-10-01\n"
    facts = make_facts({"learners": "learner,school\nL1,N\nL2,N\nL3,N\nL4,\n", "attempts": attempts})
    indicators = out.with_name("indicators.parquet")
    arguments = ("--facts", facts, "--as-of", "2026-11-02", "--out", out, "--indicators", indicators)
    assert competency("decide", book, *arguments).status == 0
    rows = pyarrow.parquet.read_table(indicators).to_pylist()
    assert [(row["group"], row["value"], row["counted"], row["of"]) for row in rows] == [
        ("N", "1/3", "1", "3"),
        ("not known", "0", "0", "1"),
    ]


def test_indicators_of_a_book_without_any_or_of_one_learner_are_refused(
    competency: Command, book: Path, facts: Path, out: Path
) -> None:
    indicators = out.with_name("indicators.csv")
    arguments = ("--facts", facts, "--as-of", "2026-11-02", "--out", out, "--learner", "L1", "--indicators", indicators)
    ran = competency("decide", book, *arguments)
    assert ran.status == 2
    assert "the book has no indicator" in ran.err
    assert "an indicator is about all learners" in ran.err
    assert not out.exists()
