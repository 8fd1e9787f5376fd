"""Whatever the disk, the server, the clock or the user does: the old state, and an error that says what it was."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

from competency.cli.arguments import read_known_on
from competency.cli.sources import source_of
from competency.diagnostics import DiagnosticKind, kinds
from competency.records import append, database
from competency.records.checkpoint import checkpoint_text
from competency.records.database import Records, open_records
from competency.records.entries import time_text
from competency.records.fault import RecordsFault
from competency.records.read import Knowledge, all_entries, entries_of_kind, head_position
from competency.records.verify import checkpoint_of, verify_records
from competency.services.recorded_facts import RecordedFacts

from .conftest import IS_LONG, Clock, District, Measured, evidence
from .processes import Order, Processes

NOBODY = 65_534
ROWS = 2_000 if IS_LONG else 120

FIRST = "E1,L1,SCI.DATA,3,2026-09-10,2026-09-10T12:00:00Z,project,teacher"
SECOND = "E2,L1,SCI.DATA,4,2026-10-12,2026-10-12T12:00:00Z,test,teacher"
MANY = evidence(
    *(f"M{n},L{n % 9},SCI.DATA,{1 + n % 4},2026-09-10,2026-09-10T12:00:00Z,project,teacher" for n in range(ROWS))
)
LEARNERS = "\n".join(["learner", *(f"L{n}" for n in range(9))]) + "\n"


def told(act: Callable[[], Any], kind: DiagnosticKind = kinds.RECORDS_UNUSABLE) -> str:
    """What a fault says that an act comes to."""
    with pytest.raises(RecordsFault) as raised:
        act()
    diagnostic = raised.value.diagnostic
    assert diagnostic.kind is kind
    assert diagnostic.fixes
    return diagnostic.message


def fault_of(act: Callable[[], Any]) -> str | None:
    """What a fault says that an act may come to."""
    try:
        act()
    except RecordsFault as fault:
        return fault.diagnostic.message
    return None


def state(records: Records) -> str:
    """The checkpoint of sound records: equal ones hold the same."""
    with records.reading() as connection:
        verified = verify_records(connection)
        assert verified.is_sound, verified.faults
        return checkpoint_text(verified.checkpoint)


@pytest.fixture
def file(tmp_path: Path, clock: Clock) -> Iterator[District]:
    """A district that keeps its records in a file, with a book in force and two facts."""
    from competency.services.new_book import new_book

    new_book(tmp_path / "book")
    records = open_records(str(tmp_path / "records.db"), makes=True)
    made = District(records, clock, tmp_path / "book", tmp_path / "facts")
    made.publish()
    made.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    yield made
    records.close()


@contextmanager
def pages_at_most(number: int) -> Iterator[None]:
    """A disk on which SQLite finds no more pages than so many."""

    def limit(connection: Any, _: Any) -> None:
        connection.execute(f"PRAGMA max_page_count = {number}")

    event.listen(Pool, "connect", limit)
    try:
        yield
    finally:
        event.remove(Pool, "connect", limit)


@contextmanager
def bytes_at_most(number: int) -> Iterator[None]:
    """A system on which, once a writer has begun, no file grows beyond so many bytes: the write fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    def limit(connection: Connection) -> None:
        if connection.get_execution_options().get("writes"):
            resource.setrlimit(resource.RLIMIT_FSIZE, (number, before[1]))

    event.listen(Engine, "begin", limit)
    try:
        yield
    finally:
        event.remove(Engine, "begin", limit)
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


# --- the disk


@pytest.mark.parametrize("limited", [pages_at_most, bytes_at_most])
def test_a_disk_that_is_full_at_any_point_of_an_import_leaves_the_old_state(
    limited: Callable[[int], AbstractContextManager[None]],
    file: District,
    monkeypatch: pytest.MonkeyPatch,
    measured: Measured,
) -> None:
    monkeypatch.setattr(append, "BATCH_ENTRIES", 20)  # so that it fills up in the middle
    before = state(file.records)
    file.records.close()
    size = (file.folder.parent / "records.db").stat().st_size
    unit = 4096 if limited is pages_at_most else 1
    step = 4096 if IS_LONG else 32_768
    failures = 0
    room = 0
    while True:
        file.records.close()  # the limit is the connection's
        with limited((size + room) // unit if limited is pages_at_most else max(room, 100)):
            fault = fault_of(lambda: file.bring({"learners": LEARNERS, "evidence": MANY}))
        file.records.close()
        if fault is None:
            break
        assert "the disk is full" in fault or "the disk gave an error" in fault
        assert state(file.records) == before
        failures += 1
        room += step
    assert failures > 2
    assert state(file.records) != before
    assert file.bring({"learners": LEARNERS, "evidence": MANY}).total.accepted == 0
    how = "full" if limited is pages_at_most else "refusing to write"
    measured(f"import on a disk that is {how}", "sqlite", tried=failures, lost=0)


def test_a_disk_that_is_full_when_records_are_made_leaves_nothing_that_stands_in_the_way(
    tmp_path: Path, measured: Measured
) -> None:
    where = str(tmp_path / "records.db")
    number = 0
    while True:
        number += 1
        with pages_at_most(number):
            fault = fault_of(lambda: open_records(where, makes=True).close())
        if fault is None:
            break
        assert "the disk is full" in fault
    assert number > 3
    with closing(open_records(where)) as records:
        state(records)
    measured("records made on a disk that is full", "sqlite", tried=number - 1, lost=0)


def test_a_disk_that_is_full_in_the_middle_of_a_run_keeps_what_was_decided_and_the_next_run_goes_on(
    file: District, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    from competency.services import record_run

    file.bring({"learners": LEARNERS, "evidence": MANY})
    monkeypatch.setattr(record_run, "LEARNERS_AT_ONCE", 1)
    file.records.close()
    with closing(sqlite3.connect(file.folder.parent / "records.db")) as connection:
        ((pages,),) = connection.execute("PRAGMA page_count")
    before = state(file.records)
    for more in range(1, 20):
        file.records.close()
        with pages_at_most(pages + more), pytest.raises(RecordsFault) as raised:
            file.run(date(2026, 11, 2))
        assert "the disk is full" in raised.value.diagnostic.message
        file.records.close()
        if state(file.records) != before:
            break
    assert raised.value.diagnostic.notes[0].startswith("The run was broken off")
    file.records.close()
    state(file.records)
    assert file.run(date(2026, 11, 2)).changed > 0
    assert file.run(date(2026, 11, 2)).changed == 0
    measured("run on a disk that is full", "sqlite", tried=more, lost=0)


# --- rights


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter, as the folders of tests are not."""
    folder = Path(tempfile.mkdtemp(prefix="records-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
@pytest.mark.parametrize(
    ("rights", "folder_rights", "arguments", "words"),
    [
        (0o444, 0o777, ["trust", "{key}", "--reason", "new"], "it may only be read"),
        (0o444, 0o755, ["trust", "{key}", "--reason", "new"], "it"),
        (0o000, 0o777, ["verify"], "it cannot be opened"),
        (0o444, 0o755, ["history", "L1"], "it"),
    ],
)
def test_without_the_right_to_write_a_command_says_so_and_the_records_are_as_they_were(
    rights: int,
    folder_rights: int,
    arguments: list[str],
    words: str,
    file: District,
    open_folder: Path,
    processes: Processes,
    measured: Measured,
) -> None:
    before = state(file.records)
    file.records.close()
    path, answers = open_folder / "records.db", open_folder / "answers"
    shutil.copy(file.folder.parent / "records.db", path)
    answers.mkdir(mode=0o777)
    answers.chmod(0o777)
    key = open_folder / "key.pub"
    key.write_bytes(b"-----BEGIN PUBLIC KEY-----")
    path.chmod(rights)
    open_folder.chmod(folder_rights)
    given = [each.replace("{key}", str(_public_key(open_folder))) for each in arguments]
    options = {"arguments": [*given, "--db", str(path), "--format", "json"], "user": NOBODY}
    (ended,) = processes.carry_out(Order("command", str(path), str(answers), options=options))
    said = (answers / "said.txt").read_text(encoding="utf-8")
    assert ended.said == 1, said
    assert '"CBE851"' in said
    assert words in said
    path.chmod(0o644)
    with closing(open_records(str(path))) as records:
        assert state(records) == before
    measured("no right to write, or to read", "sqlite", tried=1, lost=0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_an_empty_file_that_may_not_be_written_is_said_to_be_so(open_folder: Path, processes: Processes) -> None:
    path, answers = open_folder / "records.db", open_folder / "answers"
    path.touch(0o444)
    answers.mkdir()
    answers.chmod(0o777)
    arguments = ["trust", str(_public_key(open_folder)), "--reason", "new", "--db", str(path), "--format", "json"]
    order = Order("command", str(path), str(answers), options={"arguments": arguments, "user": NOBODY})
    (ended,) = processes.carry_out(order)
    said = (answers / "said.txt").read_text(encoding="utf-8")
    assert ended.said == 1, said
    assert '"CBE851"' in said
    assert "it may only be read" in said
    assert path.stat().st_size == 0


def _public_key(folder: Path) -> Path:
    from competency.records.signing import new_key

    path = folder / "key.pub"
    path.write_bytes(new_key()[1])
    path.chmod(0o644)
    return path


# --- what stands at the place


@pytest.mark.parametrize("makes", [False, True])
def test_what_is_no_database_of_records_is_refused_and_stays_as_it_is(
    makes: bool, tmp_path: Path, measured: Measured
) -> None:
    other = tmp_path / "notes.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE notes (note TEXT)")
        connection.commit()
    words = tmp_path / "notes.txt"
    words.write_text("Remember the milk.\n" * 200, encoding="utf-8")
    few = tmp_path / "few.txt"
    few.write_text("milk", encoding="utf-8")
    for path, reason in (
        (other, "it is another program's"),
        (other, "the database is another program's"),
        (words, "it is no SQLite database"),
        (few, "it is no SQLite database"),
        (tmp_path, "it is a folder"),
        (tmp_path / "nowhere" / "records.db", "there is no" if makes else "there is no such file"),
    ):
        before = path.read_bytes() if path.is_file() else b""
        said = told(lambda path=path: open_records(str(path), makes=makes))  # type: ignore[misc]
        assert reason.removeprefix("it is another") in said
        assert (path.read_bytes() if path.is_file() else b"") == before
    measured("no database of records: a text, a folder, another program's", "sqlite", tried=6, lost=0)


def test_an_empty_file_holds_no_records_until_they_are_made(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.touch()
    assert "the database is empty" in told(lambda: open_records(str(path)))
    with closing(open_records(str(path), makes=True)) as records:
        state(records)


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("mariadb+pymysql://root:secret@127.0.0.1/records", "they cannot be kept in m"),
        ("mysql://root:secret@127.0.0.1/records", "they cannot be kept in mysql"),
        ("oracle://root:secret@127.0.0.1/records", "they cannot be kept in oracle"),
        ("nosuch://root:secret@127.0.0.1/records", "they cannot be kept in nosuch"),
        ("postgresql://root:secret@127.0.0.1:port/records", "is no address of a database"),
        ("postgresql+nosuch://root:secret@127.0.0.1/records", ""),
        ("sqlite://", "they would be kept in memory"),
        (":memory:", "they would be kept in memory"),
        ("", "they would be kept in memory"),
    ],
)
def test_an_address_at_which_records_cannot_be_is_refused_without_telling_its_password(
    address: str, reason: str, measured: Measured
) -> None:
    said = told(lambda: open_records(address, makes=True))
    assert reason in said
    assert "secret" not in said
    measured("address at which records cannot be", "none", tried=1)


def test_records_of_a_newer_form_are_left_alone(records: Records, where: str, measured: Measured) -> None:
    with records.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for makes in (False, True):
        said = told(lambda makes=makes: open_records(where, makes=makes), kinds.RECORDS_VERSION)  # type: ignore[misc]
        assert "newer form 9999" in said
    assert "newer form 9999" in told(lambda: database.migrate_records(where), kinds.RECORDS_VERSION)
    measured("records of a newer form", "postgresql" if "://" in where else "sqlite", tried=3, lost=0)


# --- others who hold it, and servers that go


def test_records_that_another_program_holds_are_not_written_and_can_be_read(
    where: str,
    district: District,
    monkeypatch: pytest.MonkeyPatch,
    measured: Measured,
) -> None:
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    before = state(district.records)
    district.records.close()
    monkeypatch.setattr(database, "LOCK_SECONDS", 0.2)
    holder = _holding(where)
    with closing(open_records(where)) as records, holder:
        impatient = District(records, district.clock, district.book, district.folder)
        acts: list[Callable[[], Any]] = [
            impatient.run,
            lambda: impatient.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)}),
            lambda: impatient.send("evidence", **_cells(SECOND)),
            lambda: impatient.publish("again"),
        ]
        for act in acts if IS_LONG else acts[:1]:
            assert "another program holds it" in told(act)
        assert state(records) == before
    measured(
        "records that another program holds", "postgresql" if "://" in where else "sqlite", tried=len(acts), lost=0
    )
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})


@contextmanager
def _holding(where: str) -> Iterator[None]:
    """Another program holds the records."""
    if "://" in where:
        with psycopg.connect(where) as holder:
            holder.execute("LOCK TABLE ledger IN SHARE ROW EXCLUSIVE MODE")
            yield
            holder.rollback()
        return
    with closing(sqlite3.connect(where, isolation_level=None)) as file:
        file.execute("BEGIN IMMEDIATE")
        yield
        file.execute("ROLLBACK")


def _cells(row: str) -> dict[str, str]:
    names = ["evidence_id", "learner", "competency", "score", "assessed_on", "recorded_at", "method", "role"]
    return dict(zip(names, row.split(","), strict=True))


def test_a_server_that_is_not_there_is_said_so_with_its_address(measured: Measured) -> None:
    address = "postgresql://postgres:secret@127.0.0.1:1/test"
    said = told(lambda: open_records(address))
    assert "127.0.0.1" in said
    assert "refused" in said
    assert "secret" not in said
    measured("server that is not there", "postgresql", tried=1)


def test_a_server_that_goes_in_the_middle_of_an_import_leaves_the_old_state(
    postgresql: str, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, measured: Measured
) -> None:
    from competency.services.new_book import new_book

    new_book(tmp_path / "book")
    monkeypatch.setattr(append, "BATCH_ENTRIES", 20)
    with closing(open_records(postgresql, makes=True)) as records:
        district = District(records, clock, tmp_path / "book", tmp_path / "facts")
        before = state(records)
        inserts = 0

        def cut_off(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            nonlocal inserts
            inserts += statement.startswith("INSERT")
            if inserts == 3 and statement.startswith("INSERT"):
                end(connection, postgresql)

        event.listen(records.engine, "before_cursor_execute", cut_off)
        told(lambda: district.bring({"learners": LEARNERS, "evidence": MANY}))
        assert state(records) == before
        assert district.bring({"learners": LEARNERS, "evidence": MANY}).is_written
    measured("server that goes in the middle of an import", "postgresql", tried=1, lost=0)


def test_a_server_that_goes_while_it_is_verified_says_nothing_about_the_records(
    postgresql: str, measured: Measured
) -> None:
    with closing(open_records(postgresql, makes=True)) as records:

        def cut_off(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if "min(ledger.position)" in statement:
                end(connection, postgresql)

        event.listen(records.engine, "before_cursor_execute", cut_off)
        assert "terminating connection" in told(lambda: state(records))
        event.remove(records.engine, "before_cursor_execute", cut_off)
        state(records)
    measured("server that goes while it is verified", "postgresql", tried=1, lost=0)


def end(connection: Any, where: str) -> None:
    """Have the server cut a connection off."""
    process = connection.connection.driver_connection.info.backend_pid
    with psycopg.connect(where, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s)", [process])


# --- clocks and calendars


def times(records: Records) -> list[str]:
    with records.reading() as connection:
        return [entry.recorded_at for entry in all_entries(connection)]


def test_a_clock_that_was_set_back_by_more_than_two_minutes_is_refused(
    district: District, where: str, measured: Measured
) -> None:
    district.publish()
    before = state(district.records)
    district.clock.time -= timedelta(minutes=2, seconds=1)
    said = told(lambda: district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)}), kinds.CLOCK_BEHIND)
    assert "2026-11-02T14:57:59" in said
    assert "2026-11-02T15:00:00" in said
    assert state(district.records) == before
    measured("clock set back by more than two minutes", "postgresql" if "://" in where else "sqlite", tried=1, lost=0)


def test_a_clock_that_is_behind_by_less_records_under_the_time_of_the_entry_before(
    district: District, where: str, measured: Measured
) -> None:
    district.publish()
    district.clock.time -= timedelta(minutes=1, seconds=59)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.run()
    assert set(times(district.records)) == {"2026-11-02T15:00:00.000000Z"}
    state(district.records)
    measured("clock set back by less", "postgresql" if "://" in where else "sqlite", tried=1, lost=0)


def in_zone(district: District, zone: str = "America/New_York") -> None:
    """Give the book a calendar of this zone, and put it in force."""
    rules = district.book / "policy.rules"
    calendar = f'calendar\n  time zone "{zone}"\n  school year begins August 1\nend\n\nscale Proficiency'
    rules.write_text(rules.read_text(encoding="utf-8").replace("scale Proficiency", calendar), encoding="utf-8")
    district.publish("Calendar")


# The days on which clocks are set, and the days beside them, with the moment at which each ends.
ENDS = [
    ("2026-10-31", "2026-11-01T03:59:59.999999Z"),
    ("2026-11-01", "2026-11-02T04:59:59.999999Z"),
    ("2026-11-02", "2026-11-03T04:59:59.999999Z"),
    ("2027-03-13", "2027-03-14T04:59:59.999999Z"),
    ("2027-03-14", "2027-03-15T03:59:59.999999Z"),
    ("2028-02-29", "2028-03-01T04:59:59.999999Z"),
]


@pytest.mark.parametrize(("day", "end"), ENDS if IS_LONG else ENDS[1:2])
def test_what_was_known_on_a_day_ends_with_the_day_where_the_book_is_at_home(
    day: str, end: str, district: District, where: str, measured: Measured
) -> None:
    last = datetime.fromisoformat(end)
    district.clock.time = last - timedelta(days=1)
    in_zone(district)
    district.clock.time = last
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.clock.time = last + timedelta(microseconds=1)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    moment, _ = read_known_on(day, "America/New_York")
    assert moment is not None
    assert time_text(moment) == end
    with source_of(None, None, where, date.fromisoformat(day), day) as source:
        assert [fact.id for fact in source.facts.for_learner("L1").of("evidence")] == ["E1"]
    measured("known on a day", "postgresql" if "://" in where else "sqlite", days=1)


# Moments near midnight, on days on which clocks are set and on 29 February, with the day that it is.
TODAYS = [
    ("America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"),
    ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"),
    ("America/New_York", "2026-11-02T05:00:00Z", "2026-11-02"),
    ("America/New_York", "2027-03-14T04:59:59Z", "2027-03-13"),
    ("America/New_York", "2027-03-15T03:59:59Z", "2027-03-14"),
    ("America/New_York", "2028-03-01T04:59:59Z", "2028-02-29"),
    ("Pacific/Auckland", "2028-02-28T11:00:00Z", "2028-02-29"),
    ("Pacific/Auckland", "2028-02-29T10:59:59Z", "2028-02-29"),
]


@pytest.mark.parametrize(("zone", "moment", "day"), TODAYS if IS_LONG else TODAYS[1:7:5])
def test_today_is_the_day_where_the_book_is_at_home(
    zone: str, moment: str, day: str, district: District, where: str, measured: Measured
) -> None:
    district.clock.time = datetime(2026, 10, 20, 12, tzinfo=UTC)
    in_zone(district, zone)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    district.clock.time = datetime.fromisoformat(moment)
    assert district.run().changed > 0
    assert run_days(district) == [day]
    measured(
        "today, near midnight on days on which clocks are set and on 29 February",
        "postgresql" if "://" in where else "sqlite",
        days=1,
    )


def run_days(district: District) -> list[str]:
    import json

    from competency.records.entries import Kind

    with district.records.reading() as connection:
        return [json.loads(entry.body)["as_of"] for entry in entries_of_kind(connection, Kind.RUN)]


def test_the_hour_that_comes_twice_is_recorded_in_the_order_in_which_it_came(
    district: District, where: str, measured: Measured
) -> None:
    home = ZoneInfo("America/New_York")
    district.clock.time = datetime(2026, 11, 1, 1, 30, tzinfo=home, fold=0)
    in_zone(district)
    district.clock.time = datetime(2026, 11, 1, 1, 10, tzinfo=home, fold=1)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.clock.time = datetime(2026, 11, 1, 2, 0, tzinfo=home)
    district.run()
    found = times(district.records)
    assert found == sorted(found)
    assert sorted(set(found)) == [
        "2026-11-01T05:30:00.000000Z",
        "2026-11-01T06:10:00.000000Z",
        "2026-11-01T07:00:00.000000Z",
    ]
    measured("the hour that comes twice", "postgresql" if "://" in where else "sqlite", tried=1, lost=0)


def test_a_book_that_begins_on_a_day_is_in_force_from_the_midnight_where_it_is_at_home(district: District) -> None:
    in_zone(district)
    first = district.in_force().published.position
    rules = district.book / "policy.rules"
    text_ = rules.read_text(encoding="utf-8")
    rules.write_text(
        text_.replace('version "1"', 'version "2"').replace("from 2026-07-01", "from 2026-12-01"), encoding="utf-8"
    )
    district.publish("December")
    district.clock.time = datetime(2026, 12, 1, 4, 59, tzinfo=UTC)
    assert district.in_force().published.position == first
    district.clock.time = datetime(2026, 12, 1, 5, 0, tzinfo=UTC)
    assert district.in_force().published.position > first


def test_decisions_of_29_february_are_recorded_and_replayed_a_year_later(
    district: District, where: str, measured: Measured
) -> None:
    from competency.services.replay_decisions import replay_decisions

    in_zone(district)
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST, SECOND)})
    district.clock.time = datetime(2028, 2, 29, 17, tzinfo=UTC)
    third = "E3,L1,SCI.INQ,4,2028-02-29,2028-02-29T12:00:00Z,test,teacher"
    district.send("evidence", **_cells(third))
    district.run(date(2028, 2, 29))
    district.clock.time = datetime(2029, 2, 28, 17, tzinfo=UTC)
    assert district.run().changed == 0
    assert set(run_days(district)) == {"2028-02-29", "2029-02-28"}
    with district.records.reading() as connection:
        replayed = replay_decisions(connection)
    assert replayed.compared > 0
    assert not replayed.differences
    measured(
        "decisions of 29 February replayed a year later",
        "postgresql" if "://" in where else "sqlite",
        decisions=replayed.compared,
        different=0,
    )


def test_records_that_were_faulty_before_say_so_and_do_not_stand_in_the_way_of_looking(district: District) -> None:
    """A reader whose clock is wrong reads all the same: only what is entered needs the time."""
    district.bring({"learners": LEARNERS, "evidence": evidence(FIRST)})
    district.clock.time -= timedelta(days=400)
    with district.records.reading() as connection:
        facts = RecordedFacts(connection, district.fact_types.values(), Knowledge(head_position(connection)))
        assert facts.learners
        assert checkpoint_of(connection).size == head_position(connection)
