"""The tables of the records database. What they hold is said here; how they come to be, in `migrations`.

INVARIANT: rows of these tables are only ever added. The database itself refuses to change or remove one, save the
payloads of a learner whose erasure the ledger records.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text, text

# The revision of the migrations that this program reads and writes.
SCHEMA_REVISION = "0002"

METADATA = MetaData()

# The index by kind leaves out the entries that come by the thousand, which nobody asks for by kind.
BY_THE_THOUSAND = ("decision", "fact", "learner")
SELDOM = text("kind NOT IN ('decision', 'fact', 'learner')")

# Most facts have no other name at their source: the index holds those that have one.
NAMED_BY_SOURCE = text("source_key IS NOT NULL")

# What SQLite calls a row number of its own is a key that is called INTEGER.
_POSITION = BigInteger().with_variant(Integer(), "sqlite")

LEDGER = Table(
    "ledger",
    METADATA,
    # 1, 2, 3 ... without a gap.
    Column("position", _POSITION, primary_key=True, autoincrement=False),
    # What was done, one of `entries.Kind`.
    Column("kind", String(20), nullable=False),
    # When it was entered here, and from when on it counts as known; UTC with microseconds, so that texts sort as times.
    Column("recorded_at", String(27), nullable=False),
    Column("known_at", String(27), nullable=False),
    # The position of the entry that introduced the learner it is about; none for what is about nobody.
    Column("subject", _POSITION),
    # Canonical JSON that names no learner.
    Column("body", Text, nullable=False),
    # SHA-256 over salt and payload; none where there is no payload.
    Column("commitment", String(64)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("ledger_by_kind", "kind", sqlite_where=SELDOM, postgresql_where=SELDOM),
)

PAYLOADS = Table(
    "payloads",
    METADATA,
    Column("position", _POSITION, ForeignKey(LEDGER.c.position), primary_key=True, autoincrement=False),
    Column("subject", _POSITION),
    # What the content is: `learner`, `fact evidence`, `decision`, `book` ...
    Column("type", String(200), nullable=False),
    # What the content is about; a later payload of one type and key takes the place of an earlier one.
    Column("key", Text, nullable=False),
    # What the source of a fact calls it, where that is another name: source and external id.
    Column("source_key", Text),
    Column("salt", String(32), nullable=False),
    # Canonical JSON.
    Column("content", Text, nullable=False),
    Index("payloads_by_key", "type", "key"),
    Index(
        "payloads_by_source_key",
        "type",
        "source_key",
        sqlite_where=NAMED_BY_SOURCE,
        postgresql_where=NAMED_BY_SOURCE,
    ),
    Index("payloads_by_subject", "subject", "type"),
)

OUTBOX = Table(
    "outbox",
    METADATA,
    # The entry that is announced: its hash is the identity of the message.
    Column("position", _POSITION, ForeignKey(LEDGER.c.position), primary_key=True, autoincrement=False),
    Column("topic", String(20), nullable=False),
)
