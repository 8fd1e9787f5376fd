"""Proves that nothing was altered: the chain, every payload, the outbox, the guards, and a checkpoint kept elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError

from competency.records.append import head_of
from competency.records.checkpoint import Checkpoint
from competency.records.entries import (
    ANNOUNCED,
    NOTHING_BEFORE,
    Entry,
    Kind,
    Payload,
    commitment,
    entry_hash,
    read_time,
)
from competency.records.guards import guards_of
from competency.records.merkle import MerkleTree
from competency.records.migrate import objects_made, objects_of
from competency.records.read import all_entries
from competency.records.schema import LEDGER, METADATA, OUTBOX, PAYLOADS, SELDOM

# So many faults are told one by one; the rest are counted.
FAULTS_TOLD_MAX = 50

# Entries between two reports of progress.
_PROGRESS = 1_000


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, at which entry (0: with the database as a whole)."""

    position: int
    what: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what is wrong. `checkpoint` is that of the whole ledger, whatever was found."""

    checkpoint: Checkpoint
    payloads: int
    erased: int
    faults: tuple[Fault, ...] = ()
    faults_untold: int = 0

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


@dataclass(slots=True)
class _Faults:
    told: list[Fault] = field(default_factory=list)
    untold: int = 0

    def add(self, position: int, what: str) -> None:
        if len(self.told) < FAULTS_TOLD_MAX:
            self.told.append(Fault(position, what))
        else:
            self.untold += 1


def verify_records(
    connection: Connection, kept: Checkpoint | None = None, progress: Callable[[int], None] | None = None
) -> Verification:
    """Re-hash everything. `kept` is a checkpoint of before: the entries that it covers must still be those."""
    faults = _Faults()
    tree = MerkleTree()
    counted = [0, 0]
    first = ""
    try:
        for what in _wrong_with_database(connection):
            faults.add(0, what)
        erased = _erasures(connection)
        root_then = tree.root() if kept is not None and kept.size == 0 else None
        previous: Entry | None = None
        for entry, payload, topic in _everything(connection):
            for what in _wrong_with(entry, previous, payload, topic, erased):
                faults.add(entry.position, what)
            counted[0] += payload is not None
            counted[1] += payload is None and entry.commitment is not None
            first = first or str(entry.hash)
            tree.add(str(entry.hash).encode())
            previous = entry
            if kept is not None and tree.size == kept.size:
                root_then = tree.root()
            if progress is not None and tree.size % _PROGRESS == 0:
                progress(_PROGRESS)
        if progress is not None:
            progress(tree.size % _PROGRESS)
        for what in _astray(connection, tree.size):
            faults.add(0, what)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise  # the server is gone: that says nothing about the records
        faults.add(tree.size + 1, f"the database cannot be read from here on: {str(error.orig).splitlines()[0]}")
        root_then = None
    except UnicodeDecodeError as error:
        faults.add(tree.size + 1, f"the database cannot be read from here on: {error}")
        root_then = None
    if kept is not None:
        what = _wrong_with_checkpoint(kept, tree.size, first, root_then)
        if what:
            faults.add(kept.size, what)
    checkpoint = Checkpoint(first, tree.size, tree.root())
    return Verification(checkpoint, counted[0], counted[1], tuple(faults.told), faults.untold)


def checkpoint_of(connection: Connection) -> Checkpoint:
    """The checkpoint of the ledger as it is now."""
    tree = MerkleTree()
    first = ""
    for entry in all_entries(connection):
        first = first or entry.hash
        tree.add(entry.hash.encode())
    return Checkpoint(first, tree.size, tree.root())


def _wrong_with_database(connection: Connection) -> Iterator[str]:
    dialect = connection.dialect.name
    if dialect == "sqlite":
        for (told,) in connection.execute(text("PRAGMA integrity_check(10)")):
            if told != "ok":
                yield f"SQLite finds the file damaged: {told}"
        there = objects_of(connection)
        for kind, name, *_ in sorted(made for made in objects_made() if made not in there):
            yield _gone(name) if kind == "trigger" else f"the {kind} {name} is gone, or is not as it was made"
        return
    looked = inspect(connection)
    for table in METADATA.sorted_tables:
        columns = [column["name"] for column in looked.get_columns(table.name)]
        if columns != [column.name for column in table.columns]:
            yield f"the table {table.name} has other columns: {', '.join(columns)}"
    whole = _whole_guards(connection)
    for table in METADATA.sorted_tables:
        for guard in guards_of(table.name, dialect):
            if (guard.name, guard.table, guard.bits, guard.body) not in whole:
                yield _gone(guard.name)


def _gone(guard: str) -> str:
    return f"the guard {guard} is gone or altered: rows could be changed without the database's refusal"


def _whole_guards(connection: Connection) -> set[tuple[str, str, int, str]]:
    """The guards that PostgreSQL calls: name, table, when, and what it does then."""
    # O and A: called in every session that somebody works in; the other two are switched off, or for replicas only
    rows = connection.execute(
        text(
            "SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t "
            "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid "
            "WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = '' "
            "AND c.relnamespace = current_schema()::regnamespace"
        )
    )
    return {tuple(row) for row in rows}


def _erasures(connection: Connection) -> dict[int, int]:
    """The position at which each erased subject was erased."""
    statement = select(LEDGER.c.subject, func.min(LEDGER.c.position)).where(LEDGER.c.kind == Kind.ERASURE.value, SELDOM)
    return dict(tuple(row) for row in connection.execute(statement.group_by(LEDGER.c.subject)))


def _everything(connection: Connection) -> Iterator[tuple[Entry, tuple[str, int | None, Payload] | None, str | None]]:
    """Every entry in order, with its payload (salt, subject, payload) and what the outbox says of it."""
    statement = (
        select(LEDGER, PAYLOADS, OUTBOX.c.topic)
        .join_from(LEDGER, PAYLOADS, PAYLOADS.c.position == LEDGER.c.position, isouter=True)
        .join(OUTBOX, OUTBOX.c.position == LEDGER.c.position, isouter=True)
        .order_by(LEDGER.c.position)
    )
    width = len(LEDGER.columns)
    with connection.execute(statement, execution_options={"yield_per": _PROGRESS}) as rows:
        for row in rows:
            values = tuple(row)
            entry = Entry(*values[:width])
            position, subject, type_, key, source_key, salt, content = values[width:-1]
            payload = None if position is None else (salt, subject, Payload(type_, key, content, source_key))
            yield entry, payload, values[-1]


def _wrong_with(
    entry: Entry,
    previous: Entry | None,
    payload: tuple[str, int | None, Payload] | None,
    topic: str | None,
    erased: dict[int, int],
) -> Iterator[str]:
    """What is wrong with an entry, its payload and its announcement; a damaged file can hold anything in any column."""
    try:
        yield from _wrong_with_entry(entry, previous)
        yield from _wrong_with_payload(entry, payload, erased)
    except (ValueError, TypeError, AttributeError) as error:
        yield f"it cannot be read: {error}"
    if topic != (entry.kind if entry.kind in ANNOUNCED else None):
        yield f"the outbox says `{topic}` of it"


def _wrong_with_entry(entry: Entry, previous: Entry | None) -> Iterator[str]:
    position = previous.position + 1 if previous is not None else 1
    if entry.position != position:
        yield f"the entries from {position} to {entry.position - 1} are gone"
    elif entry.previous != (previous.hash if previous is not None else NOTHING_BEFORE):
        yield "it does not follow the entry before it"
    found = entry_hash(
        entry.position,
        entry.kind,
        entry.recorded_at,
        entry.known_at,
        entry.subject,
        entry.body,
        entry.commitment,
        entry.previous,
    )
    if found != entry.hash:
        yield "it was altered: its hash is another one"
        return
    if entry.kind not in set(Kind):
        yield f"it is of a kind that does not exist: `{entry.kind}`"
    if previous is not None and entry.recorded_at < previous.recorded_at:
        yield "it is dated before the entry that it follows"
    if read_time(entry.known_at) > read_time(entry.recorded_at):
        yield "it says that it was known after it was recorded"


def _wrong_with_payload(
    entry: Entry, payload: tuple[str, int | None, Payload] | None, erased: dict[int, int]
) -> Iterator[str]:
    if payload is None:
        if entry.commitment is not None and not entry.position < erased.get(entry.subject or 0, 0):
            yield "its payload is gone, and no erasure is recorded"
        return
    salt, subject, content = payload
    if entry.commitment is None:
        yield "a payload was put beside it"
    elif not re.fullmatch("[0-9a-f]{32}", str(salt)) or (
        commitment(bytes.fromhex(salt), subject, content) != entry.commitment
    ):
        yield "its payload was altered: its commitment is another one"
    elif subject != entry.subject:
        yield "its payload is another subject's"
    elif entry.position < erased.get(entry.subject or 0, 0):
        yield "its payload is there, and its erasure is recorded"


def _astray(connection: Connection, size: int) -> Iterator[str]:
    """Rows that belong to no entry, and entries behind the last that was read."""
    for table in (PAYLOADS, OUTBOX):
        known = select(LEDGER.c.position).where(LEDGER.c.position == table.c.position).exists()
        number = connection.execute(select(func.count()).select_from(table).where(~known)).scalar_one()
        if number:
            yield f"{number} rows of the {table.name} belong to no entry"
    head = head_of(connection)
    number = connection.execute(select(func.count()).select_from(LEDGER)).scalar_one()
    if head.position != size or number != size:
        yield f"{size} entries can be read, and the ledger counts {number} up to {head.position}"


def _wrong_with_checkpoint(kept: Checkpoint, size: int, first: str, root_then: bytes | None) -> str:
    if kept.ledger and kept.ledger != first:
        return "the checkpoint is another ledger's, or the first entry was replaced"
    if size < kept.size:
        return f"the checkpoint covers {kept.size} entries, and there are only {size}: the newest are gone"
    if root_then != kept.root:
        return f"the first {kept.size} entries are not those that the checkpoint covers"
    return ""
