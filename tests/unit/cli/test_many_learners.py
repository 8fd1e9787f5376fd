"""decide with the engine for many learners, and the plan of what it decides: the same files, and why where not."""

from __future__ import annotations

import errno
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyarrow import csv, parquet

from competency.cli.decide_learners import decide as decide_command
from competency.rules.population.engine import CannotStart
from competency.services import decide_population, engines
from competency.services.decide_learners import DecisionsReport, decide_learners
from competency.services.kept_folder import file_in_the_way
from competency.services.lock_file import lock_file

Command = Callable[..., Any]
MakeFacts = Callable[[Mapping[str, str]], Path]

DAY = "2026-11-02"
POLICIES = Path(__file__).resolve().parents[3] / "policies"


def decide(competency: Command, book: Path, facts: Path, out: Path, *further: object) -> Any:
    out.mkdir(exist_ok=True)
    files = ("--out", out / "decisions.csv", "--exceptions", out / "told.csv", "--assigned", out / "assigned.csv")
    return competency("decide", book, "--facts", facts, "--as-of", DAY, *files, *further)


def texts(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


@pytest.mark.parametrize("known_on", [(), ("--known-on", "2026-10-14")])
def test_both_engines_write_the_same_files(
    competency: Command, book: Path, facts: Path, tmp_path: Path, known_on: tuple[str, ...]
) -> None:
    one = decide(competency, book, facts, tmp_path / "one", *known_on)
    other = decide(competency, book, facts, tmp_path / "other", *known_on, "--engine", "duckdb", "--memory", "1GB")
    assert (one.status, other.status) == (0, 0)
    assert texts(tmp_path / "one") == texts(tmp_path / "other")
    assert one.out.replace("/one/", "/other/") == other.out


def told_alike(competency: Command, book: Path, facts: Path, folder: Path, status: int = 0) -> str:
    """What both engines tell of facts, in one line."""
    one = decide(competency, book, facts, folder / "one")
    other = decide(competency, book, facts, folder / "other", "--engine", "duckdb")
    assert (one.status, other.status) == (status, status)
    assert one.err == other.err.replace("/other/", "/one/")
    assert texts(folder / "one") == texts(folder / "other")
    return " ".join(one.err.split())


def test_a_table_under_another_name_is_told_by_both_engines(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    (facts / "evidence.csv").rename(facts / "Evidence.CSV")
    (facts / "sub").mkdir()
    (facts / "programs.csv").rename(facts / "sub" / "programs.csv")
    told = told_alike(competency, book, facts, tmp_path)
    assert "`Evidence.CSV` is not written as the table `evidence.csv` is; it was not read" in told
    assert "`sub/programs.csv` stands in a folder of its own; it was not read" in told


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_table_without_rows_is_told_by_both_engines_where_rules_read_it(
    competency: Command, book: Path, facts: Path, tmp_path: Path, suffix: str
) -> None:
    evidence = facts / "evidence.csv"
    if suffix == ".csv":
        evidence.write_text(evidence.read_text(encoding="utf-8").splitlines()[0], encoding="utf-8")
    else:
        parquet.write_table(csv.read_csv(evidence).slice(0, 0), facts / "evidence.parquet")
        evidence.unlink()
    (facts / "plans.csv").write_text("plan_id,learner,begins_on\n", encoding="utf-8")
    (facts / "waivers.csv").write_text("waiver_id,learner,rule,clause,authority,reason,begins_on\n", encoding="utf-8")
    told = told_alike(competency, book, facts, tmp_path)
    assert told.count("warning[CBE708]") == 1
    assert f"`evidence{suffix}` has " in told
    assert "no rows: decisions are made as if there were none" in told
    laid_out = competency("snapshot", book, "--facts", facts, "--out", tmp_path / "laid out")
    assert laid_out.status == 0
    assert "warning[CBE708]" in laid_out.err


def test_learners_without_rows_are_told_by_both_engines(
    competency: Command, book: Path, make_facts: MakeFacts, tmp_path: Path
) -> None:
    told = told_alike(competency, book, make_facts({"learners": "learner\n"}), tmp_path)
    assert "`learners.csv` has a header and no rows: nobody is decided" in told


def test_a_file_in_the_place_of_facts_is_told_by_both_engines(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    told = told_alike(competency, book, facts / "evidence.csv", tmp_path, status=1)
    assert "evidence.csv` is a file, and a folder is wanted" in told


def test_one_learner_alone(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    decide(competency, book, facts, tmp_path / "one", "--learner", "L2")
    decide(competency, book, facts, tmp_path / "other", "--learner", "L2", "--engine", "duckdb")
    assert texts(tmp_path / "one") == texts(tmp_path / "other")


def test_waivers_and_awards_are_read_alike(
    competency: Command, book: Path, make_facts: MakeFacts, tmp_path: Path
) -> None:
    facts = make_facts(
        {
            "learners": "learner\nL1\nL2\nL3\n",
            "awards": "award_id,learner,award,course,awarded_on\nA1,L1,credit,SCI1,2026-01-10\n",
            "waivers": "waiver_id,learner,rule,clause,item,authority,reason,begins_on\n"
            "W1,L2,mastery standard,breadth,SCI.INQ,the principal,illness,2026-09-01\n",
        }
    )
    decide(competency, book, facts, tmp_path / "one")
    decide(competency, book, facts, tmp_path / "other", "--engine", "duckdb")
    assert texts(tmp_path / "one") == texts(tmp_path / "other")
    assert ",award," in texts(tmp_path / "one")["decisions.csv"]


def test_an_engine_that_is_not_installed_says_how_to_install_it(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: None)
    for ran in (
        decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb"),
        competency("plan", book),
    ):
        assert ran.status == 2
        assert "the engine `duckdb` needs duckdb and ibis, not installed here" in ran.err
        assert "pip install 'competency[population]'" in ran.err


@pytest.mark.parametrize("memory", ["much", "2GiB", "2 \N{KELVIN SIGN}B"])
def test_an_amount_of_memory_that_is_none(
    competency: Command, book: Path, facts: Path, tmp_path: Path, memory: str
) -> None:
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--memory", memory)
    assert ran.status == 2
    assert f"--memory: `{memory}` is no amount of memory" in ran.err
    assert "KB, MB, GB or TB" in ran.err


@pytest.mark.parametrize("memory", ["0GB", "0.5KB", "99999999TB"])
def test_an_amount_of_memory_that_no_computer_has(
    competency: Command, book: Path, facts: Path, tmp_path: Path, memory: str
) -> None:
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--memory", memory)
    assert ran.status == 2
    assert f"--memory: `{memory}` is not between 1 KB and 1000 TB" in ran.err


@pytest.mark.parametrize("memory", ["512mb", "1 Gb", "0.5gB"])
def test_the_unit_of_memory_may_be_in_small_letters(
    competency: Command, book: Path, facts: Path, tmp_path: Path, memory: str
) -> None:
    assert engines.bytes_of(memory) == engines.bytes_of(memory.upper())
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--memory", memory)
    assert ran.status == 0
    laid_out = competency("snapshot", book, "--facts", facts, "--out", tmp_path / "laid out", "--memory", memory)
    assert laid_out.status == 0


def test_too_little_memory(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--memory", "1KB")
    assert ran.status == 2
    assert "--memory: a bucket of learners does not fit in 1KB, even with the help of the disk" in ran.err
    assert not texts(tmp_path / "out")


def test_a_master_is_sparks_alone(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--master", "local[2]")
    assert ran.status == 2
    assert "--master: the engine `duckdb` has none" in ran.err


def test_a_master_that_does_not_answer(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: True)
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "spark", "--master", "spark://127.0.0.1:1")
    assert ran.status == 2
    assert "--master: `spark://127.0.0.1:1` does not answer" in ran.err


def test_spark_is_given_its_memory_elsewhere(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _name: True)
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "spark", "--memory", "1GB")
    assert ran.status == 2
    assert "--memory: the engine `spark` does not take it" in ran.err


def test_an_engine_that_does_not_start(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_choice: engines.EngineChoice, _spill: str, _workers: int) -> None:
        raise CannotStart("could not parse the master's address")

    monkeypatch.setattr(engines, "find_spec", lambda _name: True)
    monkeypatch.setattr(decide_population, "start_engine", refuse)
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "spark", "--master", "nowhere")
    assert ran.status == 2
    assert "the engine `spark` does not start: could not parse the master's address" in ran.err
    assert not texts(tmp_path / "out")


def test_a_run_that_is_kept_says_how_many_were_decided_anew(
    competency: Command, book: Path, make_facts: MakeFacts, tmp_path: Path
) -> None:
    keep = ("--engine", "duckdb", "--keep", tmp_path / "kept")
    facts = make_facts({"learners": "learner\nL1\nL2\n"})
    assert "2 learners decided anew: nothing is kept yet" in decide(competency, book, facts, tmp_path / "a", *keep).out
    (facts / "learners.csv").write_text("learner,entered_on\nL1,2026-08-17\nL2,\nL3,\n", encoding="utf-8")
    ran = decide(competency, book, facts, tmp_path / "b", *keep)
    assert "2 learners decided anew, 1 as kept" in ran.out
    decide(competency, book, facts, tmp_path / "c")
    assert texts(tmp_path / "b") == texts(tmp_path / "c")
    ran = decide(competency, book, facts, tmp_path / "d", *keep, "--format", "json")
    told = json.loads(ran.out)
    assert (told["decided_anew"], told["decided_anew_why"]) == (0, None)
    (tmp_path / "kept" / "kept.json").unlink()
    ran = decide(competency, book, facts, tmp_path / "e", *keep, "--format", "json")
    assert json.loads(ran.out)["decided_anew_why"] == "what is kept is damaged: `kept.json` is missing"


def test_what_cannot_be_kept(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    def refused(*further: object) -> str:
        ran = decide(competency, book, facts, tmp_path / "out", *further)
        assert ran.status == 2
        return str(ran.err)

    duckdb = ("--engine", "duckdb")
    (tmp_path / "file").write_text("")
    assert "--keep: the engine `interpreter` keeps nothing" in refused("--keep", tmp_path / "kept")
    assert "--keep: what is kept is about all learners" in refused(
        "--keep", tmp_path / "kept", *duckdb, "--learner", "L1"
    )
    assert "is a file" in refused("--keep", tmp_path / "file", *duckdb)
    assert "--keep: there is no folder" in refused("--keep", tmp_path / "nowhere" / "kept", *duckdb)


def test_what_is_kept_and_damaged_is_said_with_no_word_of_the_output(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    keep = ("--engine", "duckdb", "--keep", tmp_path / "kept")
    decide(competency, book, facts, tmp_path / "first", *keep)
    kept = tmp_path / "kept" / "run-1" / "decisions.parquet"
    content = bytearray(kept.read_bytes())
    content[len(content) // 3] ^= 4
    content[-20] ^= 4
    kept.write_bytes(content)
    ran = decide(competency, book, facts, tmp_path / "second", *keep)
    assert (ran.status, ran.err) == (0, "")
    damaged = "what is kept is damaged: `run-1/decisions.parquet` is not as it was written"
    assert f"3 learners decided anew: {damaged}" in " ".join(ran.out.split())
    assert texts(tmp_path / "second") == texts(tmp_path / "first")


@pytest.mark.parametrize("content", [None, "no table"])
def test_what_is_kept_and_lost_while_it_is_read_is_named(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    keep = ("--engine", "duckdb", "--keep", tmp_path / "kept")
    decide(competency, book, facts, tmp_path / "first", *keep)
    kept = tmp_path / "kept" / "run-1" / "decisions.parquet"
    kept.unlink()
    if content is not None:
        kept.write_text(content)
    with monkeypatch.context() as unnoticed:
        unnoticed.setattr("competency.services.kept_run.why_damaged", lambda *_: "")
        ran = decide(competency, book, facts, tmp_path / "second", *keep)
    told = " ".join(ran.err.split())
    assert ran.status == 2
    assert "--keep: what is kept is damaged: `run-1/decisions.parquet` cannot be read" in told
    assert "give the command again" in told
    assert not texts(tmp_path / "second")
    assert decide(competency, book, facts, tmp_path / "second", *keep).status == 0
    assert texts(tmp_path / "second") == texts(tmp_path / "first")


def test_no_sentence_of_the_help_is_broken() -> None:
    lines = inspect.cleandoc(decide_command.__doc__ or "").partition("Parameters")[2].splitlines()
    described = [line for line in lines if line.startswith(" ")]
    assert described
    assert [line for line in described if not line.endswith(".")] == []


def test_a_folder_keeps_for_one_run_at_a_time(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, is_free = tmp_path / "kept", []
    keep = ("--engine", "duckdb", "--keep", kept)

    def look(*arguments: Any, **options: Any) -> DecisionsReport:
        with lock_file(kept / "kept.lock") as is_ours:
            is_free.append(is_ours)
        return decide_learners(*arguments, **options)

    with monkeypatch.context() as looking:
        looking.setattr("competency.services.decide_learners.decide_learners", look)
        assert decide(competency, book, facts, tmp_path / "first", *keep).status == 0
    assert is_free == [False]
    before = sorted(kept.rglob("*"))
    with lock_file(kept / "kept.lock"):
        ran = decide(competency, book, facts, tmp_path / "second", *keep)
    told = " ".join(ran.err.split())
    assert ran.status == 2
    assert "--keep: another run is using `" in told
    assert "wait for it, or name another folder" in told
    assert "make room" not in told
    assert not texts(tmp_path / "second")
    assert sorted(kept.rglob("*")) == before
    assert "no learners decided anew" in decide(competency, book, facts, tmp_path / "third", *keep).out


def test_a_run_that_was_killed_does_not_keep_its_folder(
    competency: Command, book: Path, facts: Path, tmp_path: Path
) -> None:
    (tmp_path / "kept").mkdir()
    code = (
        "import sys, pathlib\nfrom competency.services.lock_file import lock_file\n"
        "with lock_file(pathlib.Path(sys.argv[1])) as is_ours:\n    print(is_ours, flush=True)\n    sys.stdin.read()"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path / "kept" / "kept.lock")]
    keep = ("--engine", "duckdb", "--keep", tmp_path / "kept")
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        refused = decide(competency, book, facts, tmp_path / "out", *keep)
        other.kill()
    assert "another run is using" in refused.err
    assert decide(competency, book, facts, tmp_path / "out", *keep).status == 0


@pytest.mark.skipif(sys.platform == "win32", reason="that system locks in another way")
def test_a_disk_that_cannot_lock_keeps_nobody_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with lock_file(tmp_path / "kept.lock") as is_ours:
        assert is_ours


def test_a_folder_that_cannot_be_made_is_named(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("competency.services.lock_file.lock_file", refuse)
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--keep", tmp_path / "kept")
    assert ran.status == 2
    assert "kept` cannot be written in: permission denied" in " ".join(ran.err.split())


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        ".hidden",
        "decisions.parquet",
        "run-1/notes.txt",
        "run-01/decisions.parquet",
        "run-1/sub/learners.parquet",
    ],
)
def test_nothing_is_kept_among_other_things(
    competency: Command, book: Path, facts: Path, tmp_path: Path, name: str
) -> None:
    kept = tmp_path / "kept"
    (kept / name).parent.mkdir(parents=True)
    (kept / name).write_text("of value")
    before = sorted(kept.rglob("*"))
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--keep", kept)
    told = " ".join(ran.err.split())
    in_the_way = {"run-01/decisions.parquet": "run-01", "run-1/sub/learners.parquet": "run-1/sub"}.get(name, name)
    assert ran.status == 2
    assert f"kept` holds `{in_the_way}`, which is nothing that a run keeps" in told
    assert "name another folder" in told
    assert sorted(kept.rglob("*")) == before
    assert (kept / name).read_text() == "of value"


def test_nothing_is_kept_among_tables_of_facts(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    before = sorted(facts.rglob("*"))
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--keep", facts)
    assert ran.status == 2
    assert ".csv`, which is nothing that a run keeps" in " ".join(ran.err.split())
    assert sorted(facts.rglob("*")) == before


def test_a_folder_that_cannot_be_listed_keeps_nothing(
    competency: Command, book: Path, facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_folder: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("competency.services.kept_folder.file_in_the_way", refuse)
    ran = decide(competency, book, facts, tmp_path / "out", "--engine", "duckdb", "--keep", tmp_path / "kept")
    assert ran.status == 2
    assert "kept` cannot be read: permission denied" in " ".join(ran.err.split())


def test_what_a_killed_run_left_is_not_in_the_way(competency: Command, book: Path, facts: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    keep = ("--engine", "duckdb", "--keep", kept)
    decide(competency, book, facts, tmp_path / "first", *keep)
    killed = kept / "run-7"
    killed.mkdir()
    (killed / "assigned.parquet").write_text("")
    (killed / ".decisions.parquet.99999999.unfinished").write_text("")
    (kept / ".kept.json.99999999.unfinished").write_text("")
    ran = decide(competency, book, facts, tmp_path / "second", *keep)
    assert "no learners decided anew" in ran.out
    assert not killed.exists()
    assert texts(tmp_path / "second") == texts(tmp_path / "first")


def test_a_part_that_is_gone_meanwhile_is_not_in_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run-1").mkdir()
    listed = Path.iterdir

    def gone(folder: Path) -> Iterator[Path]:
        if folder.name == "run-1":
            raise FileNotFoundError
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", gone)
    assert file_in_the_way(tmp_path) == ""


@pytest.mark.parametrize("option", ["--out", "--exceptions"])
def test_nothing_else_is_written_among_what_is_kept(
    competency: Command, book: Path, facts: Path, tmp_path: Path, option: str
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    files = {"--out": tmp_path / "out.csv", option: kept / "told.csv"}
    further = [each for pair in files.items() for each in pair]
    ran = competency("decide", book, "--facts", facts, "--as-of", DAY, *further, "--engine", "duckdb", "--keep", kept)
    assert ran.status == 2
    assert "the folder of --keep" in " ".join(ran.err.split())
    assert not list(kept.iterdir())


# --- plan -------------------------------------------------------------------------------------------------------------


def test_the_plan_says_where_each_rule_is_decided(competency: Command, book: Path) -> None:
    ran = competency("plan", book)
    assert ran.status == 0
    assert (
        "2 rules, in the order in which they are decided: 2 for all learners at once, 0 by the interpreter" in ran.out
    )
    assert "those who have a recorded waiver of one of the rules" in ran.out


def test_the_plan_says_why_a_rule_is_left_to_the_interpreter(competency: Command) -> None:
    ran = competency("plan", POLICIES / "rhode-island-diploma-system", "--format", "json")
    rules = {rule["rule"]: rule for rule in json.loads(ran.out)["rules"]}
    left = rules["diploma standard"]
    assert (left["engine"], left["queries"]) == ("interpreter", 0)
    assert left["reason"] == "requirements that draw on one pool"
    assert {rule["engine"] for rule in rules.values()} == {"duckdb", "interpreter"}


def test_the_plan_says_in_words_what_each_rule_costs(competency: Command) -> None:
    ran = competency("plan", POLICIES / "rhode-island-diploma-system")
    words = " ".join(ran.out.split())
    cost = r"(under )?[\d,.]+ ms [\w ]+ (second|minute|hour|day)s?"
    assert "credit course 3 duckdb diploma standard 1 interpreter" in words
    assert re.search(rf"diploma standard 1 interpreter {cost}", words)
    assert re.search(rf"4 rules together duckdb {cost}", words)
    assert re.search(rf"1 rule together interpreter {cost}", words)
    assert "Rules that duckdb decides share 10 queries, given again for every 20,000 learners" in words
    assert "diploma standard is decided by the interpreter, for every learner" in words
    assert "What duckdb cannot do yet: requirements that draw on one pool." in words
    assert re.search(r"\d decisions? a second\), [\w ]+ for 10,000 of them and [\w ]+ for 1,000,000", words)
    assert re.search(r"One by one \d+ learners? were decided, made up; .* measured on 512 like them", words)
    assert re.search(r"writing as CSV (under )?[\d.]+ ms", words)
    assert "Reading facts comes on top" in words


def test_a_rule_left_to_the_interpreter_costs_as_much_alone_as_in_the_sum(competency: Command) -> None:
    words = " ".join(competency("plan", POLICIES / "rhode-island-diploma-system").out.split())
    found = re.search(
        r"diploma standard 1 interpreter (.*?) 4 rules.* 1 rule together interpreter (.*?) writing", words
    )
    assert found is not None
    assert found[1] == found[2]


def test_a_plan_says_that_indicators_are_told_by_the_interpreter(competency: Command, book: Path) -> None:
    assert "--indicators" not in competency("plan", book).out
    rules = next(book.glob("*.rules"))
    indicator = (
        'indicator credited "Credited"\n  for each school\n  value share of learners where (SCI1 is credited)\nend\n'
    )
    rules.write_text(f"{rules.read_text()}\n{indicator}")
    words = " ".join(competency("plan", book).out.split())
    assert "With --indicators (`credited`) the interpreter decides every learner as well, with all rules" in words


def test_versions_of_a_rule_are_one_line(competency: Command) -> None:
    words = " ".join(competency("plan", POLICIES / "completion-funding-in-three-states").out.split())
    assert "measure ohio_paid (2 versions) 1 duckdb measure utah_fee 3" in words


def test_the_plan_of_many_learners_says_what_reading_their_facts_takes(
    competency: Command, book: Path, make_facts: MakeFacts
) -> None:
    names = "".join(f"L{number:04}\n" for number in range(1_000))
    facts = make_facts({"learners": f"learner\n{names}"})
    words = " ".join(competency("plan", book, "--facts", facts).out.split())
    assert re.search(r"reading these facts [\w.]* ?[\d.]+ ms", words)
    assert "Reading facts comes on top" not in words
    told = json.loads(competency("plan", book, "--facts", facts, "--format", "json").out)
    assert told["reading"]["learners"] == 1_000
    assert told["writing"]["microseconds"] > 0


def test_a_bucket_holds_fewer_learners_where_each_has_many_decisions(competency: Command) -> None:
    words = " ".join(competency("plan", POLICIES / "riverbend").out.split())
    assert "share 28 queries, given again for every 3,710 learners" in words


def test_the_plan_for_machines_has_the_cost_in_microseconds(competency: Command, book: Path) -> None:
    left = json.loads(competency("plan", POLICIES / "rhode-island-diploma-system", "--format", "json").out)
    costs = {rule["rule"]: rule["cost"] for rule in left["rules"]}
    assert costs["diploma standard"]["microseconds"] > 0
    assert costs["credit course"] is None
    assert left["together"]["microseconds_a_learner"] > 0
    assert left["together"]["bucket"] == 20_000
    assert left["left"]["decisions"] == 6
    nothing_left = json.loads(competency("plan", book, "--format", "json").out)
    assert nothing_left["left"] is None
    assert nothing_left["altogether"]["decisions"] == sum(rule["items"] for rule in nothing_left["rules"])


def test_the_plan_counts_the_learners_whom_the_interpreter_decides_altogether(
    competency: Command, book: Path, make_facts: MakeFacts
) -> None:
    facts = make_facts(
        {
            "learners": "learner\nL1\nL2\nL3\nL4\n",
            "evidence": "evidence_id,learner,competency,score,assessed_on,supersedes\n"
            "E1,L1,SCI.DATA,3,2026-09-10,E2\nE2,L1,SCI.DATA,3,2026-09-11,E1\n",
            "waivers": "waiver_id,learner,rule,clause,item,authority,reason,begins_on\n"
            "W1,L2,mastery standard,breadth,,the principal,illness,2026-09-01\n"
            "W2,L3,another rule,breadth,,the principal,illness,2026-09-01\n",
        }
    )
    ran = competency("plan", book, "--facts", facts, "--as-of", DAY)
    assert "Of the 4 learners of these facts, 2 are decided so." in ran.out
    assert "One by one 4 learners were decided, the first of these facts" in ran.out


def test_facts_without_learners_are_planned_with_made_up_ones(
    competency: Command, book: Path, make_facts: MakeFacts
) -> None:
    ran = competency("plan", book, "--facts", make_facts({"learners": "learner\n"}))
    assert ran.status == 0
    assert "made up" in ran.out


def test_the_plan_of_given_facts(competency: Command, book: Path, facts: Path) -> None:
    ran = competency("plan", book, "--facts", facts, "--as-of", DAY)
    assert "2 for all learners at once" in ran.out
    assert competency("plan", book, "--facts", facts, "--as-of", "never").status == 2
    assert competency("plan", book / "nowhere").status == 1
    assert competency("plan", book, "--facts", book / "nowhere").status == 1
