"""The tables are those that the program describes, and the migrations make just these."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import competency.records.migrations
from competency.records.database import Records, migrate_records, open_records
from competency.records.fault import RecordsFault
from competency.records.guards import guards_of
from competency.records.migrate import revisions_known
from competency.records.schema import METADATA, SCHEMA_REVISION
from competency.services.verify_everything import verify_everything

from .conftest import District, evidence
from .lived import EVIDENCE_ROWS, LEARNERS

MIGRATIONS = Path(competency.records.migrations.__file__).parent


def config() -> Config:
    found = Config()
    found.set_main_option("script_location", str(MIGRATIONS))
    return found


def test_the_revision_that_the_program_knows_is_the_newest_and_each_follows_the_one_before() -> None:
    scripts = ScriptDirectory.from_config(config())
    assert scripts.get_heads() == [SCHEMA_REVISION]
    assert tuple(reversed([each.revision for each in scripts.walk_revisions()])) == revisions_known()


def test_the_migrations_make_what_the_program_describes(records: Records) -> None:
    with records.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, METADATA) == []


def test_every_table_is_guarded(records: Records) -> None:
    dialect = records.engine.dialect.name
    names = {guard.name for table in METADATA.sorted_tables for guard in guards_of(table.name, dialect)}
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if dialect == "postgresql":
        query = (
            "SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid "
            "WHERE NOT tgisinternal AND c.relnamespace = current_schema()::regnamespace"
        )
    with records.reading() as connection:
        assert {name for (name,) in connection.execute(text(query))} == names
    assert len(names) == 3 * len(METADATA.sorted_tables)


def downgraded(engine: Engine) -> None:
    """Records as the program of before made them: without the outbox."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        if engine.dialect.name == "postgresql":
            connection.execute(text("DROP TABLE outbox CASCADE"))
            for act in ("update", "delete", "truncate"):
                connection.execute(text(f"DROP FUNCTION outbox_refuses_{act}"))
        else:
            connection.execute(text("DROP TABLE outbox"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def test_records_of_before_are_brought_up_to_date_with_all_they_hold(district: District, where: str) -> None:
    district.publish()
    district.bring({"learners": LEARNERS, "evidence": evidence(*EVIDENCE_ROWS)})
    district.run()
    kept = verify_everything(district.records).checkpoint
    with district.records.reading() as connection:
        announced = list(connection.execute(text("SELECT position, topic FROM outbox ORDER BY position")))
    downgraded(district.records.engine)
    district.records.close()
    with pytest.raises(RecordsFault, match="of the older form 0001"):
        open_records(where)
    assert migrate_records(where) == ("0001", SCHEMA_REVISION)
    assert migrate_records(where) == (SCHEMA_REVISION, SCHEMA_REVISION)
    district.records = open_records(where)
    verified = verify_everything(district.records, kept)
    assert verified.is_sound, verified.faults
    with district.records.reading() as connection:
        assert list(connection.execute(text("SELECT position, topic FROM outbox ORDER BY position"))) == announced
    district.records.close()


def test_a_migration_is_done_whole_or_not_at_all(records: Records) -> None:
    """What Alembic runs goes into the transaction of whoever asks for it."""
    downgraded(records.engine)
    with records.engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        there = config()
        there.attributes["connection"] = connection
        command.upgrade(there, "head")
        transaction.rollback()
    with records.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "0001"
