"""The commands over records: each as it is meant to be used, and what each says of input that cannot be used."""

from __future__ import annotations

import gzip
import io
import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]
MakeFacts = Callable[[dict[str, str]], Path]

WHO = ("--by", "registrar")
WHY = ("--reason", "the board so decided")


def today(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


class Office:
    """Records of a book, and what is asked of them; `db` names them."""

    def __init__(self, command: Command, book: Path, facts: Path, db: Path) -> None:
        self.command, self.book, self.facts, self.db = command, book, facts, db

    def __call__(self, *arguments: object, says: str = "", status: int = 0) -> Any:
        """Run a command on the records, which must end so and say so."""
        ran = self.command(*arguments, "--db", self.db)
        told = " ".join(f"{ran.out} {ran.err}".split())
        assert (ran.status, told) == (status, told)
        assert says in told, told
        return ran

    def refuses(self, *arguments: object, code: str, says: str, status: int = 1) -> None:
        """Run a command that is refused with a code and these words, and leaves the records as they were."""
        before = self.entries()
        ran = self(*arguments, status=status)
        assert code in ran.err, ran.err
        assert says in " ".join(ran.err.split()), ran.err
        assert self.entries() == before

    def entries(self) -> int:
        """How many entries there are."""
        if not self.db.exists():
            return 0
        with closing(sqlite3.connect(self.db)) as connection:
            try:
                return int(connection.execute("SELECT count(*) FROM ledger").fetchone()[0])
            except sqlite3.DatabaseError:
                return 0


@pytest.fixture
def empty(competency: Command, book: Path, facts: Path, tmp_path: Path) -> Office:
    """A book and facts, and no records yet."""
    return Office(competency, book, facts, tmp_path / "records.db")


@pytest.fixture
def office(empty: Office) -> Office:
    """Records with facts, a published book and decisions."""
    empty("import", "tables", empty.facts, "--book", empty.book, *WHO)
    empty("publish", empty.book, "--reason", "Adopted", *WHO)
    empty("decide", "--record", *WHO)
    return empty


def award_of(ran: Any) -> str:
    found = re.search(r"award-\d+", ran.out)
    assert found is not None
    return found.group()


def change(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
    for each in path.parent.glob("*.rules"):  # the examples say how it decided before
        rules = re.sub(r"^example .*?^end\n", "", each.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        each.write_text(rules, encoding="utf-8")


# --- as it is meant to be used ----------------------------------------------------------------------------------------


def test_a_year_of_an_office(office: Office, tmp_path: Path) -> None:
    office("import", "tables", office.facts, "--book", office.book, says="0 accepted + 12 unchanged")
    office("publish", office.book, "--reason", "Again", says="published before, and not again: revision 1")
    office("decide", "--record", says="no decisions changed")
    out = tmp_path / "decisions.csv"
    office("decide", "--as-of", today(), "--out", out)
    assert out.read_text(encoding="utf-8").count("mastery") > 0
    office("decide", office.book, "--record", "--learner", "L1", says="no decisions changed")
    told = office("explain", "--learner", "L1", "--rule", "mastery standard", "--item", "SCI.DATA", "--as-of", today())
    assert "average of the latest up to 3 scores" in " ".join(told.out.split())

    rule = ("--rule", "credit course", "--item", "SCI1")
    awarded = office("award", "L1", *rule, "--override", *WHY, *WHO, says="awarded to L1: award-")
    award = award_of(awarded)
    office("history", "L1", "--by", "counselor", says=f"awards {award}: award credit course, award_id {award}")
    office("history", "L2", says="programs L2|IEP|2026-08-01: begins_on 2026-08-01")
    office("correct", "programs", "L2|IEP|2026-08-01", "--set", f"ends_on={today()}", *WHY, "--confirm", *WHO)
    office("revoke", award, "--reason", "a mistake", *WHO, says=f"revoked: {award}")
    office(
        "waive",
        "L2",
        *("--rule", "mastery standard", "--clause", "recent", "--authority", "Superintendent"),
        *("--reason", "a long illness", "--item", "SCI.DATA", "--until", today(100)),
        says="waived for L2: waiver-",
    )
    asked = office("correct", "evidence", "E1", "--set", "score=1", *WHY, status=1)
    assert "These decisions would change" in asked.out
    assert "CBE858" in asked.err
    office("correct", "evidence", "E1", "--set", "score=1", *WHY, "--confirm", says="corrected: evidence E1")
    office("correct", "evidence", "E7", "--remove", *WHY, "--confirm", says="corrected: evidence E7")

    checkpoint = tmp_path / "checkpoint.txt"
    office("verify", "--keep", checkpoint, says="nothing was altered")
    office("history", "L1", "--to", "State college", "--purpose", "admission", *WHO)
    told = office("history", "L1")
    assert "looked at with `history`" in told.out
    assert "given to State college for admission" in told.out
    office("verify", "--against", checkpoint, says="are those that the checkpoint covers")
    office("replay", says="decisions replayed: all the same")
    office("replay", "--learner", "L1", says="all the same")
    office("late", says="recorded more than 30 days later")
    office("erase", "L3", "--authority", "34 CFR 99.20", "--confirm", *WHO, says="about L3")
    office("verify", "--against", checkpoint, says="erased: nothing was altered")
    office("migrate", says="already")


def test_json_says_the_same_to_machines(office: Office) -> None:
    changed = json.loads(
        office("correct", "evidence", "E2", "--set", "score=1", *WHY, "--format", "json", status=1).out
    )
    assert changed["recorded"] is False
    assert changed["diagnostics"][0]["code"] == "CBE858"
    done = json.loads(
        office("correct", "evidence", "E2", "--set", "score=1", *WHY, "--confirm", "--format", "json").out
    )
    assert done["recorded"] is True
    assert done["changes"] == changed["changes"] != []
    told = json.loads(office("history", "L1", "--format", "json").out)
    assert told["learner"] == "L1"
    assert {each["kind"] for each in told["history"]} >= {"learner", "fact", "decision", "correction", "access"}
    verified = json.loads(office("verify", "--format", "json").out)
    assert verified["faults"] == 0
    assert len(verified["root"]) == 64
    assert json.loads(office("replay", "--format", "json").out)["different"] == 0
    assert json.loads(office("late", "--days", "0", "--format", "json").out)["late"]
    refused = office("award", "Nobody", "--rule", "credit course", *WHY, "--format", "json", status=1)
    assert json.loads(refused.out)["diagnostics"][0]["code"] == "CBE803"


def test_a_signed_bundle_goes_into_other_records(office: Office, tmp_path: Path) -> None:
    key, bundle = tmp_path / "key", tmp_path / "book.bundle.json"
    assert office.command("new-key", key).status == 0
    assert key.stat().st_mode & 0o777 == 0o600
    change(office.book / "policy.rules", "at least Proficient", "at least Developing")
    office("trust", f"{key}.pub", "--reason", "ours", says="is trusted")
    office("publish", office.book, "--reason", "Amended", "--key", key, "--out", bundle, says="published: revision 2")
    other = Office(office.command, office.book, office.facts, tmp_path / "other.db")
    other("trust", f"{key}.pub", "--reason", "the state's")
    other("publish", bundle, says="published: revision 2")
    other("publish", bundle, says="published before, and not again")
    again = tmp_path / "again.bundle.json"
    for keyed in ((), ("--key", key)):
        again.unlink(missing_ok=True)
        office("publish", office.book, *WHY, *keyed, "--out", again, says="published before, and not again")
        assert again.read_bytes() == bundle.read_bytes()
    other("import", "tables", office.facts, "--book", office.book)
    other("decide", "--record", says="recorded by run")
    other("verify", says="nothing was altered")
    other("trust", f"{key}.pub", "--reason", "lost", "--withdraw", says="the only key that is trusted", status=1)
    another = tmp_path / "another"
    assert office.command("new-key", another).status == 0
    other("trust", f"{another}.pub", "--reason", "the new clerk's")
    other("trust", f"{another}.pub", "--reason", "again", says="it is trusted already", status=1)
    other("trust", f"{key}.pub", "--reason", "lost", "--withdraw", says="is no longer trusted")
    other("trust", f"{key}.pub", "--reason", "lost", "--withdraw", says="it is not trusted", status=1)
    other("verify", says="nothing was altered")


def test_a_bundle_brings_its_own_reason_and_beginning(office: Office, tmp_path: Path) -> None:
    bundle = tmp_path / "book.bundle.json"
    office("publish", office.book, *WHY, "--out", bundle)
    other = Office(office.command, office.book, office.facts, tmp_path / "other.db")
    for option in (("--reason", "mine"), ("--begins", "2030-01-01")):
        other("publish", bundle, *option, says="a bundle brings its own reason", status=2)


def test_a_book_of_another_policy_takes_the_place_of_one_only_on_purpose(office: Office, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert office.command("new", other).status == 0
    change(other / "policy.rules", "policy ", "policy other_")
    office("publish", other, *WHY, says="nothing would be decided any more", status=1)
    office("publish", other, *WHY, "--other-policy", says="published: revision 2")


def test_a_book_whose_examples_fail_is_not_put_in_force(office: Office) -> None:
    text = (office.book / "policy.rules").read_text(encoding="utf-8")
    assert "methods is at least 2" in text
    (office.book / "policy.rules").write_text(text.replace("methods is at least 2", "methods is at least 1"), "utf-8")
    office("publish", office.book, *WHY, says="CBE801", status=1)


def test_acts_of_people_are_listed_and_overrides_by_themselves(office: Office) -> None:
    office("award", "L3", "--rule", "credit course", "--item", "SCI1", *WHY, "--override", "--credits", "0.5")
    office("acts", says="By override: the rules said")
    office("acts", "--overrides", says="credits 0.5")
    office("acts", "--kind", "publication", says="not signed")
    listed = json.loads(office("acts", "--kind", "award", "--format", "json").out)["acts"]
    assert [(act["learner"], act["from_source"]) for act in listed] == [("L3", False)]


def test_facts_are_imported_by_the_words_of_the_book_in_force(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    (folder / "evidence.csv").write_text(
        "evidence_id,learner,competency,score,assessed_on\nX1,L1,SCI.DATA,9,2026-10-01\nX2,L1,SCI.DATA,3,2026-10-01\n",
        encoding="utf-8",
    )
    ran = office("import", "tables", folder, "--rejects", tmp_path / "rejected.csv", status=1)
    assert "off the scale" in ran.err
    assert "2 read = 1 accepted + 0 unchanged + 1 rejected" in ran.out


def test_a_learner_is_found_under_a_former_identifier(office: Office) -> None:
    office("correct", "learners", "L1", "--set", "learner=S1", *WHY, "--confirm")
    for name in ("L1", "S1"):
        office("explain", "--learner", name, "--rule", "standard", "--item", "SCI.DATA", "--as-of", "2026-11-02")


def test_what_is_by_a_book_that_is_not_in_force_says_so(office: Office) -> None:
    change(office.book / "policy.rules", "at least Proficient", "at least Developing")
    asked = ("--learner", "L1", "--rule", "standard", "--item", "SCI.DATA", "--as-of", "2026-11-02")
    office("explain", office.book, *asked, says="which is not the one in force")
    office("explain", *asked, says="revision 1, policy.rules, line")


def test_a_backup_is_restored_in_the_other_kind_of_database(office: Office, postgresql: str, tmp_path: Path) -> None:
    office("erase", "L3", "--authority", "34 CFR 99.20", "--confirm")
    backup, again, checkpoint = tmp_path / "records.jsonl.gz", tmp_path / "again.jsonl.gz", tmp_path / "kept.txt"
    office("verify", "--keep", checkpoint)
    office("backup", "--out", backup, says="entries")
    command = office.command
    restored = command("restore", backup, "--db", postgresql)
    assert restored.status == 0
    assert restored.err.startswith("new records were made in postgresql://")
    assert "restored" in restored.out
    for arguments in (("verify", "--against", checkpoint), ("replay",), ("decide", "--record"), ("history", "L1")):
        ran = command(*arguments, "--db", postgresql)
        assert ran.status == 0, ran
    third = Office(command, office.book, office.facts, tmp_path / "third.db")
    assert command("backup", "--out", again, "--db", postgresql).status == 0
    third("restore", again, says="restored")
    third("verify", "--against", checkpoint, says="are those that the checkpoint covers")
    third("replay", says="all the same")


def watch(office: Office, monkeypatch: pytest.MonkeyPatch, *lines: object, status: int = 0) -> list[dict[str, Any]]:
    """What is answered to lines."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{text}\n" for text in texts)))
    ran = office("watch", *WHO, status=status)
    return [json.loads(line) for line in ran.out.splitlines()]


def row(**cells: object) -> dict[str, object]:
    whole = {
        "evidence_id": "W1",
        "learner": "L1",
        "competency": "SCI.DATA",
        "score": "1",
        "assessed_on": "2026-11-01",
        "method": "test",
        "role": "teacher",
    }
    return {"table": "evidence", "row": {**whole, **cells}}


def test_rows_are_taken_and_decided_as_they_happen(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = watch(office, monkeypatch, row(), "", row(), row(score="4", evidence_id="W2"))
    assert [answer["outcome"] for answer in answers] == ["recorded", "unchanged", "recorded"]
    assert [answer["line"] for answer in answers] == [1, 3, 4]
    assert (answers[0]["changes"][0]["rule"], answers[0]["changes"][0]["item"]) == ("mastery standard", "SCI.DATA")
    assert answers[1]["changes"] == []
    office("decide", "--record", says="no decisions changed")
    office("replay", says="all the same")


def test_lines_at_fault_are_refused_one_by_one_and_the_others_go_on(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = office.entries()
    at_fault: dict[str, object] = {
        "{": "the line is no JSON",
        "[" * 60_000: "the line is no JSON",
        "NaN": "is no object",
        '"text"': "is no object",
        '{"table": "evidence"}': "is no object",
        '{"table": "evidence", "row": []}': "is no object",
        '{"table": 3, "row": {}}': "no table of facts `3`",
        '{"table": null, "row": {}}': "the table is no text",
        json.dumps({"table": "evidences", "row": {}}): "no table of facts `evidences`",
        json.dumps(row(score=[3])): "score: the cell is neither text",
        json.dumps(row(score="nine")): "score: ",
        json.dumps(row(score="9")): "off the scale",
        json.dumps(row(assessed_on="2026-02-30")): "assessed_on: ",
        json.dumps(row(competency="SCI.NONE")): "competency: ",
        json.dumps(row(colour="red")): "no such column",
        json.dumps(row(learner="Nobody")): "`Nobody` is not a learner",
        json.dumps(row(rater="a\u0000b")): "rater: ",
        json.dumps(row(rater="a\ud800b")): "rater: ",
        json.dumps(row(evidence_id="")): "evidence_id: ",
        "x" * 100_001: "more than 100,000 characters",
    }
    answers = watch(office, monkeypatch, *at_fault, row(), status=1)
    assert len(answers) == len(at_fault) + 1
    for answer, said in zip(answers, at_fault.values(), strict=False):
        assert answer["outcome"] == "refused"
        assert str(said) in answer["reason"], answer
    assert answers[-1]["outcome"] == "recorded"
    assert office.entries() > before
    office("verify", says="nothing was altered")


# --- what cannot be used ----------------------------------------------------------------------------------------------


def test_records_that_are_not_there_are_named(empty: Office, competency: Command, tmp_path: Path) -> None:
    for arguments in (("verify",), ("history", "L1"), ("replay",), ("late",), ("decide", "--record")):
        empty.refuses(*arguments, code="CBE851", says="there is no such file")
        assert not empty.db.exists()
    nowhere = competency("verify")
    assert (nowhere.status, "it is not said where the records are" in nowhere.err) == (2, True)
    no_book = competency("watch", "--book", tmp_path / "no book")
    assert (no_book.status, "there is no book" in no_book.err) == (2, True)
    for db, said in {
        tmp_path: "it is a folder",
        tmp_path / "none" / "records.db": "there is no folder",
        "mysql://user@host/database": "cannot be kept in mysql",
        "://": "no address of a database",
        "postgresql://nobody@127.0.0.1:1/none": "",
    }.items():
        ran = competency("publish", empty.book, *WHY, "--db", db)
        assert ran.status == 1, (db, ran)
        assert "CBE851" in ran.err
        assert said in " ".join(ran.err.split())


def test_a_file_of_another_program_is_refused_and_left_alone(empty: Office) -> None:
    with closing(sqlite3.connect(empty.db)) as connection:
        connection.execute("CREATE TABLE students (name TEXT)")
        connection.commit()
    content = empty.db.read_bytes()
    for arguments in (
        ("verify",),
        ("publish", empty.book, *WHY),
        ("import", "tables", empty.facts),
        ("migrate",),
        ("decide", "--record"),
    ):
        empty.refuses(*arguments, code="CBE851", says="the database is another program's")
    assert empty.db.read_bytes() == content
    empty.db.write_text("learner\nL1\n" * 1_000, encoding="utf-8")
    empty.refuses("verify", code="CBE851", says="it is no SQLite database")
    empty.db.write_bytes(b"")
    empty.refuses("verify", code="CBE851", says="the database is empty")


def test_records_of_another_version_are_refused(office: Office) -> None:
    for version, said in {"0099": "of the newer form 0099", "0001": "of the older form 0001"}.items():
        with closing(sqlite3.connect(office.db)) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
            connection.commit()
        office.refuses("verify", code="CBE852", says=said)
        office.refuses("decide", "--record", code="CBE852", says=said)
        office.refuses("publish", office.book, *WHY, code="CBE852", says=said)
    with closing(sqlite3.connect(office.db)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0099'")
        connection.commit()
    office.refuses("migrate", code="CBE852", says="newer")


def test_nothing_is_decided_for_the_record_by_a_book_that_is_not_published(empty: Office) -> None:
    empty("import", "tables", empty.facts, "--book", empty.book)
    for arguments in (
        ("decide", "--record"),
        ("decide", "--as-of", today(), "--out", empty.db.with_name("out.csv")),
        ("award", "L1", "--rule", "credit course", "--item", "SCI1", *WHY),
        ("waive", "L1", "--rule", "mastery standard", "--clause", "breadth", "--authority", "Board", *WHY),
        ("watch",),
    ):
        empty.refuses(*arguments, code="CBE855", says="no book is published")
    empty("publish", empty.book, *WHY)
    change(empty.book / "policy.rules", "at least Proficient", "at least Developing")
    empty.refuses("decide", empty.book, "--record", code="CBE855", says="is not the one in force")
    empty("decide", "--record", says="recorded by run")


def test_a_book_with_errors_is_not_published(office: Office, tmp_path: Path) -> None:
    change(office.book / "policy.rules", "at least Proficient", "at least Profficient")
    office.refuses("publish", office.book, *WHY, code="CBE2", says="Profficient")
    office.refuses("publish", tmp_path / "nothing", *WHY, code="CBE", says="nothing")
    office.refuses("publish", office.book, "--reason", " ", code="CBE0", says="--reason", status=2)
    office.refuses("publish", office.book, *WHY, "--begins", "soon", code="CBE", says="--begins", status=2)


def test_names_that_are_not_there_are_refused_with_the_nearest(office: Office) -> None:
    mastery = ("--rule", "mastery standard")
    authority = ("--authority", "Board", *WHY)
    office.refuses("history", "L9", code="CBE803", says="there is no learner `L9`")
    office.refuses("replay", "--learner", "L9", code="CBE803", says="there is no learner `L9`")
    office.refuses("decide", "--record", "--learner", "L9", code="CBE803", says="there is no learner `L9`")
    office.refuses("erase", "L9", "--authority", "law", "--confirm", code="CBE8", says="there is no learner `L9`")
    office.refuses("award", "L9", "--rule", "credit course", *WHY, code="CBE803", says="there is no learner `L9`")
    office.refuses("award", "L1", "--rule", "credit curse", *WHY, code="CBE202", says="did you mean `credit course`")
    course = ("award", "L1", "--rule", "credit course", *WHY, "--item")
    office.refuses(*course, "SCI2", code="CBE857", says="did you mean `SCI1`")
    office.refuses("award", "L1", *mastery, *WHY, code="CBE857", says="say which with --item")
    office.refuses(*course, "SCI1", code="CBE857", says="the rules do not say so")
    office.refuses("revoke", "award-7", *WHY, code="CBE857", says="`award-7` was never awarded")
    office.refuses("waive", "L9", *mastery, "--clause", "breadth", *authority, code="CBE803", says="no learner `L9`")
    office.refuses("waive", "L1", *mastery, "--clause", "breath", *authority, code="CBE857", says="mean `breadth`")
    item = ("--clause", "breadth", "--item", "SCI.DAT")
    office.refuses("waive", "L1", *mastery, *item, *authority, code="CBE857", says="did you mean `SCI.DATA`")
    correct = ("correct", "evidence", "E1", *WHY, "--confirm", "--set")
    office.refuses(*correct, "scor=3", code="CBE857", says="did you mean `score`")
    office.refuses("correct", "evidence", "E11", *WHY, "--set", "score=3", code="CBE857", says="did you mean `E")
    office.refuses("correct", "evidences", "E1", *WHY, "--remove", code="CBE", says="no table `evidences`", status=2)


@pytest.mark.parametrize("cell", ["score", "=3", "score:3", " =3", ""])
def test_a_cell_is_a_column_and_a_value(office: Office, cell: str) -> None:
    office.refuses("correct", "evidence", "E1", *WHY, "--set", cell, code="CBE", says="is no cell", status=2)


def test_options_that_do_not_go_together_are_refused(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    facts = ("--facts", office.facts)
    usage: list[tuple[tuple[object, ...], str]] = [
        (("decide", office.book, *facts, "--as-of", today(), "--out", out), "not both"),
        (("decide", "--record", *facts), "by facts that are in the records"),
        (("decide", "--record", "--known-on", today()), "by what is known now"),
        (("decide", "--record", "--out", out), "recorded or written, not both"),
        (("decide", "--record", "--as-of", "tomorrow"), "--as-of"),
        (("correct", "evidence", "E1", *WHY), "it is not said what is right"),
        (("correct", "evidence", "E1", *WHY, "--remove", "--set", "score=1"), "it is not said what is right"),
        (("history", "L1", "--to", "State college"), "both --to and --purpose"),
        (("history", "L1", "--purpose", "admission"), "both --to and --purpose"),
        (("history", "L1", "--by", " "), "--by"),
        (("late", "--days", "-1"), "--days"),
        (("late", "--since", "yesterday"), "--since"),
        (("revoke", "award-1", "--reason", ""), "--reason"),
        (("import", "tables", office.facts, "--out", out), "takes no options of records"),
        (("award", "L1", "--rule", "credit course", *WHY, "--on", "2026-13-01"), "--on"),
    ]
    for arguments, said in usage:
        office.refuses(*arguments, code="CBE", says=said, status=2)
    assert not out.exists()
    office.refuses("erase", "L1", "--authority", "law", code="CBE858", says="it was not confirmed")


def test_recorded_decisions_do_not_go_into_the_future_nor_back(office: Office) -> None:
    office.refuses("decide", "--record", "--as-of", today(2), code="CBE857", says="has not come yet")
    office.refuses("decide", "--record", "--as-of", "2026-08-01", code="CBE857", says="they do not go back")


def test_backups_that_cannot_be_restored_are_refused_and_nothing_is_restored(office: Office, tmp_path: Path) -> None:
    backup = tmp_path / "records.jsonl.gz"
    office("backup", "--out", backup)
    office.refuses("restore", backup, code="CBE860", says="the records are not empty")
    content = backup.read_bytes()
    lines = gzip.decompress(content).splitlines(keepends=True)

    def packed(*kept: bytes) -> bytes:
        return gzip.compress(b"".join(kept))

    altered = [line.replace(b"Adopted", b"Adapted") if b"Adopted" in line else line for line in lines]
    without_a_fact = [line for line in lines if b'"E1' not in line]
    assert len(without_a_fact) < len(lines)
    damaged: dict[str, bytes] = {
        "half": content[: len(content) // 2],
        "flipped": content[:200] + bytes([content[200] ^ 4]) + content[201:],
        "flipped late": content[:-6] + bytes([content[-6] ^ 4]) + content[-5:],
        "text": b"learner\nL1\n",
        "empty": b"",
        "another": packed(b'{"form": "something else"}\n'),
        "newer": packed(b'{"form": "competency records", "schema": "0099"}\n', *lines[1:]),
        "without end": packed(*lines[:-1]),
        "more": packed(*lines, lines[1]),
        "less": packed(lines[0], *lines[2:]),
        "a row too short": packed(lines[0], b'["ledger", 1, 2]\n', *lines[1:]),
        "no table": packed(lines[0], b'["tables", 1]\n', *lines[1:]),
        "no row": packed(lines[0], b"7\n", *lines[1:]),
        "twice": packed(lines[0], lines[1], *lines[1:]),
        "altered": packed(*altered),
        "without a payload": packed(*without_a_fact),
    }
    for name, bytes_ in damaged.items():
        path = tmp_path / "damaged.jsonl.gz"
        path.write_bytes(bytes_)
        other = Office(office.command, office.book, office.facts, tmp_path / name / "restored.db")
        other.db.parent.mkdir()
        ran = office.command("restore", path, "--db", other.db)
        assert ran.status == 1, (name, ran)
        assert re.search("CBE860|CBE851", ran.err), (name, ran)
        assert other.entries() == 0, name
    office.refuses("restore", tmp_path / "none.gz", code="CBE860", says="there is no such file")
    office.refuses("backup", "--out", tmp_path / "backup.txt", code="CBE", says="--out", status=2)


def test_checkpoints_that_do_not_fit_are_told(office: Office, tmp_path: Path) -> None:
    kept, other_kept = tmp_path / "kept.txt", tmp_path / "other.txt"
    office("verify", "--keep", kept)
    other = Office(office.command, office.book, office.facts, tmp_path / "other.db")
    other("publish", office.book, *WHY)
    other("verify", "--keep", other_kept)
    office.refuses("verify", "--against", other_kept, code="CBE853", says="another ledger's")
    ledger, size, root = kept.read_text(encoding="utf-8").splitlines()
    for text, said in {
        f"{ledger}\n{int(size) + 1}\n{root}\n": "the newest are gone",
        f"{ledger}\n{int(size) - 1}\n{root}\n": "are not those that the checkpoint covers",
    }.items():
        kept.write_text(text, encoding="utf-8")
        office.refuses("verify", "--against", kept, code="CBE853", says=said)
    for text, said in {
        "": "three lines",
        "a\nb\nc\n": "three lines",
        f"{ledger}\nmany\n{root}\n": "not a number",
        f"{ledger}\n{size}\n#\n": "Base64",
        f"{ledger}\n0{size}\n{root}\n": "not written as a checkpoint",
        f"{ledger}\n{size}\n{root[:-8]}\n": "bytes, not 32",
    }.items():
        kept.write_text(text, encoding="utf-8")
        office.refuses("verify", "--against", kept, code="CBE", says=said, status=2)
    office.refuses("verify", "--against", tmp_path / "none.txt", code="CBE", says="no such file", status=2)
    kept.write_bytes(b"\xff\xfe")
    office.refuses("verify", "--against", kept, code="CBE", says="--against", status=2)


def test_bundles_that_are_older_unsigned_or_of_another_key_are_refused(office: Office, tmp_path: Path) -> None:
    command = office.command
    for name in ("ours", "theirs"):
        assert command("new-key", tmp_path / name).status == 0
    makers = Office(command, office.book, office.facts, tmp_path / "makers.db")
    rules = office.book / "policy.rules"
    bundles = {}
    for revision, (name, key) in enumerate({"unsigned": "", "signed": "ours", "foreign": "theirs"}.items(), start=1):
        change(rules, 'version "1' if revision == 1 else f'version "{revision}', f'version "{revision + 1}')
        bundles[name] = tmp_path / f"{name}.bundle.json"
        keyed = ("--key", tmp_path / key) if key else ()
        makers("publish", office.book, *WHY, *keyed, "--out", bundles[name], says=f"revision {revision}")
    office("trust", tmp_path / "ours.pub", "--reason", "ours")
    office.refuses("publish", bundles["unsigned"], code="CBE856", says="it is not signed")
    office.refuses("publish", bundles["foreign"], code="CBE856", says="signed by no key that is trusted here")
    office.refuses("publish", office.book, *WHY, code="CBE856", says="it is not signed")
    office.refuses("publish", office.book, *WHY, "--key", tmp_path / "theirs", code="CBE856", says="by no key")
    office.refuses("publish", office.book, *WHY, "--key", tmp_path / "ours.pub", code="CBE856", says="no private")
    office("publish", bundles["signed"], says="published: revision 2")
    older = tmp_path / "older.bundle.json"
    elsewhere = Office(command, office.book, office.facts, tmp_path / "elsewhere.db")
    elsewhere("publish", office.book, *WHY, "--key", tmp_path / "ours", "--out", older, says="revision 1")
    office.refuses("publish", older, code="CBE856", says="revision 2 is published already")
    text = bundles["signed"].read_text(encoding="utf-8")
    broken = tmp_path / "broken.bundle.json"
    for bad in (text[:-20], text.replace('"sig": "', '"sig": "A'), text + " ", "{}", "[]", "", "[" * 100_000):
        broken.write_text(bad, encoding="utf-8")
        office.refuses("publish", broken, code="CBE856", says="the bundle is refused")
    broken.write_bytes(b"\xff\xfe\x00")
    office.refuses("publish", broken, code="CBE856", says="the bundle is refused")
    unnamed = command("publish", bundles["signed"])
    assert (unnamed.status, "--db" in unnamed.err) == (2, True)
    office("decide", "--record", says="recorded by run")  # by the last good one
    office("verify", says="nothing was altered")


def test_no_records_are_made_for_a_key_that_is_none_or_not_trusted(empty: Office, tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert empty.command("new-key", key).status == 0
    empty.refuses("trust", key, *WHY, code="CBE856", says="no public key")
    empty.refuses("trust", f"{key}.pub", *WHY, "--withdraw", code="CBE851", says="there is no such file")
    assert not empty.db.exists()


def test_a_file_that_is_no_key_is_refused(office: Office, tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert office.command("new-key", key).status == 0
    again = office.command("new-key", key)
    assert (again.status, "is there already" in again.err) == (2, True)
    nowhere = office.command("new-key", tmp_path / "none" / "key")
    assert nowhere.status != 0
    office.refuses("trust", key, *WHY, code="CBE856", says="no public key")
    (tmp_path / "text").write_text("learner\n", encoding="utf-8")
    (tmp_path / "large").write_bytes(b"x" * 10_001)
    shutil.copy(f"{key}.pub", tmp_path / "half")
    half = (tmp_path / "half").read_bytes()
    (tmp_path / "half").write_bytes(half[: len(half) // 2])
    for name in ("text", "half"):
        office.refuses("trust", tmp_path / name, *WHY, code="CBE856", says="it is no public key in PEM")
        office.refuses("publish", office.book, *WHY, "--key", tmp_path / name, code="CBE856", says="no private ed25519")
    for name, said in {"large": "is larger than", "none": "cannot be read", ".": "cannot be read"}.items():
        office.refuses("trust", tmp_path / name, *WHY, code="CBE", says=said, status=2)


def test_a_clock_that_stands_before_the_newest_entry_is_told(office: Office) -> None:
    with closing(sqlite3.connect(office.db)) as connection:
        (guard,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'ledger_refuses_update'").fetchone()
        connection.execute("DROP TRIGGER ledger_refuses_update")
        connection.execute(
            "UPDATE ledger SET recorded_at = '2999-01-01T00:00:00.000000Z' "
            "WHERE position = (SELECT max(position) FROM ledger)"
        )
        connection.execute(guard)
        connection.commit()
    office.refuses("decide", "--record", code="CBE854", says="the clock of this computer says")
    office.refuses("verify", code="CBE853", says="it was altered")


def test_altered_records_are_told_by_the_entry(office: Office) -> None:
    with closing(sqlite3.connect(office.db)) as connection:
        (guard,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'payloads_refuses_update'").fetchone()
        connection.execute("DROP TRIGGER payloads_refuses_update")
        connection.execute('UPDATE payloads SET content = replace(content, \'"score":"3"\', \'"score":"4"\')')
        connection.execute(guard)
        connection.commit()
    office.refuses("verify", code="CBE853", says="its payload was altered")
    office.refuses("replay", code="CBE859", says="comes out as")
