"""Whatever is altered in a database or a bundle behind the program's back, verifying it says so."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Column, Table

from competency.records.bundles import PAYLOAD_TYPE, Bundle, bundle_text, read_bundle
from competency.records.checkpoint import Checkpoint
from competency.records.database import Records, open_records
from competency.records.entries import canonical_text
from competency.records.fault import RecordsFault
from competency.records.schema import LEDGER, METADATA, OUTBOX, PAYLOADS
from competency.records.signing import key_id, new_key, seal
from competency.records.verify import FAULTS_TOLD_MAX
from competency.services.erase_learner import erase_learner
from competency.services.new_book import new_book
from competency.services.verify_everything import verify_everything

from .conftest import Clock, District, Measured
from .lived import live

IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
DATABASE_ALTERATIONS = 1_000 if IS_LONG else 60
BUNDLE_ALTERATIONS = 1_000 if IS_LONG else 100
# Another seed gives other alterations; a failure names the one that it had.
SEED = int(os.environ.get("COMPETENCY_SEED", "20261102"))

PAGE = 4_096


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of one file that holds everything, and whose checkpoint an auditor keeps."""
    folder = tmp_path_factory.mktemp("sound")
    files, diagnostics = new_book(folder / "book")
    assert files, diagnostics
    path = folder / "records.db"
    records = open_records(str(path), makes=True)
    live(District(records, Clock(), folder / "book", folder / "facts"))
    records.close()
    assert sorted(each.name for each in folder.glob("records.db*")) == ["records.db"]
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA page_size").fetchone() == (PAGE,)
    return path


@pytest.fixture(scope="module")
def kept(sound: Path) -> Checkpoint:
    return checkpoint(str(sound))


def checkpoint(where: str) -> Checkpoint:
    records = open_records(where)
    try:
        verified = verify_everything(records)
        assert verified.is_sound, verified.faults
        return verified.checkpoint
    finally:
        records.close()


def data_of(path: Path) -> str | None:
    """All that a database says, read without the program and without an index; none where it cannot be read."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
            found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
            schema = [(*names, str(made).split()) for *names, made in found]
            tables = ("alembic_version", *sorted(table.name for table in METADATA.sorted_tables))
            rows = [connection.execute(f"SELECT * FROM {table} NOT INDEXED").fetchall() for table in tables]
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        return None
    return repr((schema, rows))


def what_verify_says(where: str, kept: Checkpoint) -> str:
    """What opening or verifying finds wrong; empty where it finds nothing."""
    try:
        records = open_records(where)
    except RecordsFault as fault:
        return fault.diagnostic.message
    try:
        verified = verify_everything(records, kept)
    except RecordsFault as fault:
        return fault.diagnostic.message
    finally:
        records.close()
    return "; ".join(fault.what for fault in verified.faults)


def flip(content: bytearray, chance: random.Random) -> str:
    at, bit = chance.randrange(len(content)), chance.randrange(8)
    content[at] ^= 1 << bit
    return f"bit {bit} of byte {at} is flipped"


def flip_used(content: bytearray, chance: random.Random) -> str:
    """A flip where something stands: much of a small database is free."""
    used = [at for at, value in enumerate(content) if value]
    at, bit = chance.choice(used), chance.randrange(8)
    content[at] ^= 1 << bit
    return f"bit {bit} of byte {at} is flipped"


def swap_pages(content: bytearray, chance: random.Random) -> str:
    one, other = (number * PAGE for number in chance.sample(range(len(content) // PAGE), 2))
    content[one : one + PAGE], content[other : other + PAGE] = (
        content[other : other + PAGE],
        content[one : one + PAGE],
    )
    return f"the pages at {one} and {other} have changed places"


def copy_page(content: bytearray, chance: random.Random) -> str:
    one, other = (number * PAGE for number in chance.sample(range(len(content) // PAGE), 2))
    content[one : one + PAGE] = content[other : other + PAGE]
    return f"the page at {other} stands at {one} too"


def overwrite_page(content: bytearray, chance: random.Random) -> str:
    at = chance.randrange(len(content) // PAGE) * PAGE
    filled = chance.choice((bytes(PAGE), b"\xff" * PAGE, chance.randbytes(PAGE)))
    content[at : at + PAGE] = filled
    return f"the page at {at} is overwritten from {filled[:4]!r} on"


def truncate(content: bytearray, chance: random.Random) -> str:
    pages = chance.randrange(len(content) // PAGE)
    del content[pages * PAGE :]
    return f"only {pages} pages are left"


ALTERATIONS: tuple[tuple[Callable[[bytearray, random.Random], str], int], ...] = (
    (flip, 20),
    (flip_used, 50),
    (swap_pages, 12),
    (copy_page, 6),
    (overwrite_page, 8),
    (truncate, 4),
)


def test_no_change_of_a_sqlite_file_goes_unnoticed(
    sound: Path, kept: Checkpoint, tmp_path: Path, measured: Measured
) -> None:
    chance = random.Random(SEED)
    original, bytes_ = data_of(sound), sound.read_bytes()
    assert original is not None
    functions, weights = zip(*ALTERATIONS, strict=True)
    differing = noticed = 0
    unnoticed: list[str] = []
    for number in range(DATABASE_ALTERATIONS):
        content = bytearray(bytes_)
        done = chance.choices(functions, weights)[0](content, chance)
        folder = tmp_path / str(number)
        folder.mkdir()
        path = folder / "records.db"
        path.write_bytes(content)
        is_other = data_of(path) != original
        said = what_verify_says(str(path), kept)
        differing += is_other
        noticed += bool(said)
        if is_other and not said:
            unnoticed.append(done)
        shutil.rmtree(folder)
    measured(
        "corruption of a database",
        "sqlite",
        SEED,
        alterations=DATABASE_ALTERATIONS,
        differing=differing,
        noticed=noticed,
        unnoticed=len(unnoticed),
    )
    assert not unnoticed, f"again with COMPETENCY_SEED={SEED}"
    assert differing > DATABASE_ALTERATIONS // 4  # else the alterations hit nothing, and prove nothing


@pytest.fixture(scope="module")
def book_texts(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """A book as it would be published."""
    folder = tmp_path_factory.mktemp("bundle") / "book"
    files, diagnostics = new_book(folder)
    assert files, diagnostics
    texts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in files}
    return Bundle(
        revision=3,
        fingerprint="f" * 64,
        policy="district",
        title="Competency-based credit",
        version="1",
        begins="2026-07-01",
        ends="",
        published_at="2026-11-02T15:00:00.000000Z",
        by="registrar",
        reason="Adopted",
        engine="1.0",
        files=texts,
    )


def altered_texts(text: str, number: int, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Texts as a command reads them from files in which a bit was flipped, or some bytes were moved, doubled or lost."""
    for _ in range(number):
        content = bytearray(text.encode())
        at = chance.randrange(len(content))
        match chance.randrange(10):
            case 0:
                end = min(len(content), at + chance.randrange(1, 50))
                del content[at:end]
                done = f"bytes {at} to {end} are lost"
            case 1:
                end = min(len(content), at + chance.randrange(1, 50))
                content[at:at] = content[at:end]
                done = f"bytes {at} to {end} are doubled"
            case _:
                bit = chance.randrange(8)
                content[at] ^= 1 << bit
                done = f"bit {bit} of byte {at} is flipped"
        yield content.decode("utf-8", "replace"), done


@pytest.mark.parametrize("is_signed", [True, False], ids=["signed", "unsigned"])
def test_no_change_of_a_bundle_is_read(book_texts: Bundle, is_signed: bool, measured: Measured) -> None:
    private, public = new_key()
    trusted = {key_id(public): public} if is_signed else {}
    text = bundle_text(book_texts, private if is_signed else None)
    assert read_bundle(text, trusted) == (book_texts, key_id(public) if is_signed else None)
    refused = 0
    taken: list[str] = []
    for altered, done in altered_texts(text, BUNDLE_ALTERATIONS, random.Random(SEED)):
        try:
            bundle, _ = read_bundle(altered, trusted)
        except ValueError:
            refused += 1
            continue
        if bundle != book_texts:
            taken.append(done)
    measured(
        f"corruption of {'a signed' if is_signed else 'an unsigned'} bundle",
        "none",
        SEED,
        alterations=BUNDLE_ALTERATIONS,
        refused=refused,
        unnoticed=len(taken),
    )
    assert not taken, f"again with COMPETENCY_SEED={SEED}"
    assert refused > BUNDLE_ALTERATIONS * 9 // 10


@pytest.mark.parametrize("name", ["by", "reason", "begins", "ends", "published_at", "revision", "fingerprint", "title"])
def test_what_an_unsigned_bundle_says_of_itself_is_not_changed_unnoticed(book_texts: Bundle, name: str) -> None:
    record = payload_of(bundle_text(book_texts, None))
    assert sealed(record) == bundle_text(book_texts, None)
    with pytest.raises(ValueError, match="changed after it was written"):
        read_bundle(sealed({**record, name: 4 if name == "revision" else "2027-01-01"}), {})


def payload_of(text: str) -> dict[str, object]:
    record: dict[str, object] = json.loads(base64.b64decode(json.loads(text)["payload"]))
    return record


def sealed(record: dict[str, object]) -> str:
    return seal(canonical_text(record).encode(), PAYLOAD_TYPE, None)


def test_a_bundle_of_another_key_is_refused_where_one_is_trusted(book_texts: Bundle) -> None:
    (private, _), (_, public) = new_key(), new_key()
    trusted = {key_id(public): public}
    with pytest.raises(ValueError, match="signed by no key that is trusted"):
        read_bundle(bundle_text(book_texts, private), trusted)
    with pytest.raises(ValueError, match="it is not signed"):
        read_bundle(bundle_text(book_texts, None), trusted)


def test_a_bundle_is_read_where_no_key_is_trusted_and_says_whose_it_is_only_then(book_texts: Bundle) -> None:
    private, public = new_key()
    assert read_bundle(bundle_text(book_texts, private), {}) == (book_texts, None)
    with pytest.raises(ValueError, match="no private ed25519 key"):
        bundle_text(book_texts, public)


# What follows needs somebody who may do everything: on PostgreSQL the superuser, on SQLite whoever may write the file.


class Superuser:
    """Changes a database behind the program's back, its guards switched off."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.is_sqlite = "://" not in where

    def does(self, *statements: str | sql.Composed, keeps_guards: bool = False) -> None:
        """Run statements, and put the guards back as they were."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.where)) as connection:
                guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
                for name, _ in guards if not keeps_guards else ():
                    connection.execute(f"DROP TRIGGER {name}")
                for statement in statements:
                    connection.execute(str(statement))
                for _, text in guards if not keeps_guards else ():
                    connection.execute(text)
                connection.commit()
            return
        with psycopg.connect(self.where) as server:
            if not keeps_guards:
                server.execute("SET LOCAL session_replication_role = replica")
            for statement in statements:
                server.execute(statement.encode() if isinstance(statement, str) else statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """What a query answers."""
        if self.is_sqlite:
            with closing(sqlite3.connect(self.where)) as connection:
                return connection.execute(statement).fetchall()
        with psycopg.connect(self.where) as server:
            return server.execute(statement.encode()).fetchall()


@pytest.fixture
def lived(where: str, sound: Path, tmp_path: Path) -> Iterator[Records]:
    """A database that holds everything."""
    if "://" not in where:
        shutil.copy(sound, where)
    records = open_records(where, makes=True)
    if "://" in where:
        files, diagnostics = new_book(tmp_path / "book")
        assert files, diagnostics
        live(District(records, Clock(), tmp_path / "book", tmp_path / "facts"))
    yield records
    records.close()


def literal(value: object) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


def others(column: Column[object], value: object) -> Iterator[object]:
    """Values that a column could hold in place of one: no value, another one, another one of the same length."""
    if column.nullable and value is not None:
        yield None
    if isinstance(value, int) or (value is None and column.type.python_type is int):
        yield 1_000_000 if value is None else value + 1_000_000
        return
    text = str(value or "")
    yield text[:-1] + ("0" if text[-1:] != "0" else "1")
    yield text.swapcase() if text.swapcase() != text else text + " "


@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_every_column_of_every_table_that_somebody_alters_is_noticed(
    lived: Records, where: str, table: Table, measured: Measured
) -> None:
    kept = checkpoint(where)
    superuser = Superuser(where)
    columns = [column.name for column in table.columns]
    rows = superuser.rows(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY position")
    chance = random.Random(SEED)
    done = 0
    for column in table.columns:
        held = [row for row in rows if row[columns.index(column.name)] is not None]
        empty = [row for row in rows if row[columns.index(column.name)] is None]
        chosen = [chance.choice(some) for some in (held, empty) if some]
        for row in chosen:
            before = row[columns.index(column.name)]
            for after in others(column, before):
                where_ = f"WHERE position = {row[0]}"
                superuser.does(f"UPDATE {table.name} SET {column.name} = {literal(after)} {where_}")
                assert what_verify_says(where, kept), f"{table.name}.{column.name} of {row[0]}: {before} -> {after}"
                at = row[0] if column.name != "position" else after
                superuser.does(f"UPDATE {table.name} SET {column.name} = {literal(before)} WHERE position = {at}")
                done += 1
    assert what_verify_says(where, kept) == ""
    measured(f"altered values of {table.name}", lived.engine.dialect.name, SEED, alterations=done, unnoticed=0)


@pytest.mark.usefixtures("lived")
@pytest.mark.parametrize("table", [LEDGER, PAYLOADS, OUTBOX], ids=lambda table: table.name)
def test_a_row_that_somebody_removes_or_adds_is_noticed(where: str, table: Table) -> None:
    kept = checkpoint(where)
    superuser = Superuser(where)
    names = ", ".join(column.name for column in table.columns)
    rows = superuser.rows(f"SELECT {names} FROM {table.name} ORDER BY position")
    for row in (rows[0], rows[len(rows) // 2], rows[-1]):
        superuser.does(f"DELETE FROM {table.name} WHERE position = {row[0]}")
        assert what_verify_says(where, kept)
        superuser.does(f"INSERT INTO {table.name} VALUES ({', '.join(map(literal, row))})")
        assert what_verify_says(where, kept) == ""
    free = max(int(str(row[0])) for row in rows) + 1
    superuser.does(f"INSERT INTO {table.name} VALUES ({', '.join(map(literal, (free, *rows[-1][1:])))})")
    assert what_verify_says(where, kept)


def test_the_newest_entries_that_somebody_takes_off_are_noticed_by_a_checkpoint_alone(
    lived: Records, where: str
) -> None:
    kept = checkpoint(where)
    tables = (OUTBOX.name, PAYLOADS.name, LEDGER.name)
    Superuser(where).does(*(f"DELETE FROM {table} WHERE position > {kept.size - 1}" for table in tables))
    verified = verify_everything(lived)
    assert verified.is_sound, verified.faults
    assert "the newest are gone" in what_verify_says(where, kept)


def test_a_payload_that_comes_back_after_its_learner_was_erased_is_noticed(
    records: Records, where: str, clock: Clock, tmp_path: Path
) -> None:
    superuser = Superuser(where)
    files, diagnostics = new_book(tmp_path / "book")
    assert files, diagnostics
    district = District(records, clock, tmp_path / "book", tmp_path / "facts")
    district.bring({"learners": "learner\nAna\n"})
    payloads = superuser.rows("SELECT * FROM payloads")
    erase_learner(records, "Ana", by="registrar", authority="34 CFR 99", now=clock)
    kept = checkpoint(where)
    assert superuser.rows("SELECT * FROM payloads") == []
    superuser.does(f"INSERT INTO payloads VALUES ({', '.join(map(literal, payloads[0]))})")
    assert "its payload is there, and its erasure is recorded" in what_verify_says(where, kept)


def test_of_many_faults_the_first_are_told_and_the_others_counted(lived: Records, where: str) -> None:
    size = checkpoint(where).size
    Superuser(where).does("UPDATE ledger SET body = '{}'")
    verified = verify_everything(lived)
    assert len(verified.faults) == FAULTS_TOLD_MAX < size
    assert verified.faults_untold > 0
    assert len(verified.faults) + verified.faults_untold <= size


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("table", METADATA.sorted_tables, ids=lambda table: table.name)
def test_a_guard_that_somebody_takes_away_or_weakens_is_noticed(where: str, table: Table) -> None:
    kept = checkpoint(where)
    superuser = Superuser(where)
    last = "replace" if superuser.is_sqlite else "truncate"
    for act in ("update", "delete", last):
        name = f"{table.name}_refuses_{act}"
        for weaken, mend in weakened(superuser, table.name, name, act):
            superuser.does(*weaken, keeps_guards=True)
            assert name in what_verify_says(where, kept), weaken
            superuser.does(*mend, keeps_guards=True)
    assert what_verify_says(where, kept) == ""


def weakened(
    superuser: Superuser, table: str, name: str, act: str
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Statements that make a guard of no use, and those that make it whole again."""
    if superuser.is_sqlite:
        made = str(superuser.rows(f"SELECT sql FROM sqlite_master WHERE name = '{name}'")[0][0])
        dropped = f"DROP TRIGGER {name}"
        yield (dropped,), (made,)
        beginning, _, body = made.partition("BEGIN")
        condition = beginning if "WHEN" not in beginning else beginning.partition("WHEN")[0]
        yield (dropped, f"{condition}WHEN 1 = 2 BEGIN{body}"), (dropped, made)
        yield (dropped, made.replace("ABORT, ", "ROLLBACK, ").replace("BEFORE", "AFTER")), (dropped, made)
        return
    of_this_table = f"tgname = '{name}' AND tgrelid = '{table}'::regclass"
    switched_on = f"ALTER TABLE {table} ENABLE TRIGGER {name}"
    yield (f"ALTER TABLE {table} DISABLE TRIGGER {name}",), (switched_on,)
    yield (f"ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",), (switched_on,)
    made = str(superuser.rows(f"SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE {of_this_table}")[0][0])
    dropped = f"DROP TRIGGER {name} ON {table}"
    yield (dropped,), (made,)
    event = act.upper()
    yield (dropped, made.replace("BEFORE", "AFTER")), (dropped, made)
    if act != "truncate":
        other = {"UPDATE": "DELETE", "DELETE": "UPDATE"}[event]
        yield (dropped, made.replace(f"BEFORE {event}", f"BEFORE {other}")), (dropped, made)
        yield (dropped, made.replace("EXECUTE", "WHEN (1 = 2) EXECUTE")), (dropped, made)
    function = str(superuser.rows(f"SELECT pg_get_functiondef(oid) FROM pg_proc WHERE oid = '{name}'::regproc")[0][0])
    empty = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$"
    yield (empty,), (function,)
