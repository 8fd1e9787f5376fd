"""Opens the records: a SQLite file or a PostgreSQL database, made on the first use; readers and one writer at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from competency.diagnostics import kinds
from competency.records.append import Appender
from competency.records.fault import RecordsFault, records_fault, told_as_fault
from competency.records.migrate import migrate, revisions_known
from competency.records.schema import LEDGER, SCHEMA_REVISION

# How long a writer waits for another one. An import of a large district holds the lock for a minute.
LOCK_SECONDS = 120

# What SQLite takes for a database that no file holds.
_IN_MEMORY = frozenset({None, "", ":memory:"})

# In an address that cannot be read as one, and is told as it stands.
_PASSWORD = re.compile(r"(://[^:/@]*:)[^/]*@")

_SQLITE, _POSTGRESQL = "sqlite", "postgresql"
_VERSION_TABLE = "alembic_version"
# What PostgreSQL locks while two programs at once would make the tables.
_MAKING = 7_364_211_903


@dataclass(frozen=True, slots=True)
class Records:
    """Records that were opened, of the schema that this program knows. `name` is how messages call them.

    `is_new`: they were made when they were opened.
    """

    name: str
    engine: Engine
    is_new: bool = False
    _spare: list[Connection] = field(default_factory=list, repr=False, compare=False)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one state of the records."""
        with told_as_fault(self.name), _seeing_one_state(self.engine) as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self, now: Callable[[], datetime]) -> Iterator[Appender]:
        """What adds entries. They are all there when the block ends well, or none is; other writers wait meanwhile."""
        with told_as_fault(self.name), self._spared() as writer, _exclusively(writer) as connection:
            appender = Appender(connection, now, self.name)
            yield appender
            appender.flush()
            if appender.is_discarded:
                connection.rollback()

    @contextmanager
    def _spared(self) -> Iterator[Connection]:
        """The connection of the last writer, if it ended well: rows that come one at a time need no new one each."""
        connection = self._spare.pop() if self._spare else _writer(self.engine)
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        if self._spare:
            connection.close()
        else:
            self._spare.append(connection)

    def close(self) -> None:
        """Let go of the connections."""
        while self._spare:
            self._spare.pop().close()
        self.engine.dispose()


def open_records(where: str, *, makes: bool = False) -> Records:
    """The records at a path or a database address; with `makes`, new ones where there are none.

    Raises RecordsFault: no database is there, it is another program's, or of another version of this one.
    """
    engine, name = _engine(where)
    if engine.dialect.name == _SQLITE and engine.url.database:
        path = Path(engine.url.database)
        if not path.exists() and not makes:
            remedy = "correct the path; `competency import` and `competency publish` make new records"
            raise records_fault(name, "there is no such file", remedy)
        if path.is_dir() or not path.parent.is_dir():
            reason = "it is a folder" if path.is_dir() else f"there is no folder `{path.parent}`"
            raise records_fault(name, reason, "name a file in a folder that is there")
    try:
        with told_as_fault(name):
            state = _state(engine)
            is_new = state is None and makes
            if is_new:
                _make(engine)
                state = _state(engine)
        _check(name, state)
    except RecordsFault:
        engine.dispose()
        raise
    return Records(name, engine, is_new)


def has_records(where: str) -> bool:
    """Whether there are records already. Raises RecordsFault where that cannot be told."""
    engine, name = _engine(where)
    if engine.dialect.name == _SQLITE and not Path(engine.url.database or "").exists():
        return False
    with told_as_fault(name):
        return _state(engine) is not None


def migrate_records(where: str) -> tuple[str, str]:
    """Bring records of an older schema up to the one that this program knows, in one transaction: from and to what."""
    engine, name = _engine(where)
    if engine.dialect.name == _SQLITE and engine.url.database and not Path(engine.url.database).exists():
        raise records_fault(name, "there is no such file", "correct the path")
    try:
        with told_as_fault(name):
            before = _state(engine)
            if before in revisions_known():
                with _writer(engine) as writer, _exclusively(writer, locks=False) as connection:
                    migrate(connection)
                return str(before), SCHEMA_REVISION
        _check(name, before)
    finally:
        engine.dispose()
    raise AssertionError("a state that is not known was not refused")


def _engine(where: str) -> tuple[Engine, str]:
    try:
        url = make_url(where) if "://" in where else make_url("sqlite://")._replace(database=where)
        name = where if "://" not in where else url.render_as_string(hide_password=True)
        backend = url.get_backend_name()
        if backend not in (_SQLITE, _POSTGRESQL):
            remedy = "name a SQLite file, or a PostgreSQL address as postgresql://user@host/database"
            raise records_fault(name, f"they cannot be kept in {backend}", remedy)
        if backend == _SQLITE and url.database in _IN_MEMORY:
            raise records_fault(name, "they would be kept in memory, and be gone at the end", "name a file")
        if backend == _POSTGRESQL:
            url = url.set(drivername="postgresql+psycopg")
        options: dict[str, Any] = {}
        if backend == _SQLITE:
            # every transaction is ended by who began it: there is nothing to reset
            options = {"connect_args": {"timeout": LOCK_SECONDS}, "pool_reset_on_return": None}
        engine = create_engine(url, **options)
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        name = _PASSWORD.sub(r"\1***@", where)
        raise records_fault(name, f"`{name}` is no address of a database", "name a file, or an address") from error
    except ModuleNotFoundError as error:
        remedy = "install it: pip install 'competency[postgresql]'"
        raise records_fault(name, f"the driver {error.name} is not installed", remedy) from error
    if backend == _SQLITE:
        _prepare_sqlite(engine)
    else:
        event.listen(engine, "connect", _prepare_postgresql)
    return engine, name


def _prepare_sqlite(engine: Engine) -> None:
    """Transactions as SQLite knows them: Python's own begins none before a table is made."""

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_writer = connection.get_execution_options().get("writes", False)
        # by the driver itself: it takes a tenth of the time, and every row that comes in begins so
        driver: Any = connection.connection.dbapi_connection
        driver.execute("BEGIN IMMEDIATE" if is_writer else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{LOCK_SECONDS}s'")
    connection.commit()


def _seeing_one_state(engine: Engine) -> Connection:
    """A connection whose transactions see one state; on PostgreSQL every statement would see the newest."""
    connection = engine.connect()
    if engine.dialect.name == _POSTGRESQL:
        return connection.execution_options(isolation_level="REPEATABLE READ")
    return connection


@contextmanager
def _exclusively(connection: Connection, *, locks: bool = True) -> Iterator[Connection]:
    """A transaction beside which there is no other writer; on PostgreSQL readers go on."""
    with connection.begin():
        if connection.dialect.name == _POSTGRESQL:
            if locks:
                connection.execute(text(f"LOCK TABLE {LEDGER.name} IN SHARE ROW EXCLUSIVE MODE"))
            else:
                connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _MAKING})
        yield connection


def _writer(engine: Engine) -> Connection:
    """A connection whose transactions write."""
    return engine.connect().execution_options(writes=True)


def _state(engine: Engine) -> str | None:
    """The revision of the records; none where the database is empty, an empty text where it is another program's."""
    with engine.connect() as connection, connection.begin():
        names = set(inspect(connection).get_table_names())
        if not names:
            return None
        if _VERSION_TABLE not in names or LEDGER.name not in names:
            return ""
        return str(connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar() or "")


def _make(engine: Engine) -> None:
    if engine.dialect.name == _SQLITE:
        with engine.connect() as connection:
            # It stays so: readers need not wait for the writer.
            connection.connection.execute("PRAGMA journal_mode = WAL")
    with _writer(engine) as writer, _exclusively(writer, locks=False) as connection:
        migrate(connection)


def _check(name: str, state: str | None) -> None:
    if state == SCHEMA_REVISION:
        return
    if state is None:
        remedy = "name the right one; `competency import` and `competency publish` make new records"
        raise records_fault(name, "the database is empty", remedy)
    if not state:
        raise records_fault(name, "the database is another program's", "name a database of its own for the records")
    if state in revisions_known():
        reason = f"they are of the older form {state}; this program writes {SCHEMA_REVISION}"
        remedy = "make a backup of the file, then bring it up to date with `competency migrate`"
        raise records_fault(name, reason, remedy, kind=kinds.RECORDS_VERSION)
    reason = f"they are of the newer form {state}; this program knows {SCHEMA_REVISION}"
    raise records_fault(name, reason, "install the newer version of this program", kind=kinds.RECORDS_VERSION)
