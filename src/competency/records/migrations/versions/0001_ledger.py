"""The ledger and its payloads, which only grow."""

import sqlalchemy as sa
from alembic import op

from competency.records.migrations.guards import guard

revision = "0001"
down_revision = None

_SELDOM = sa.text("kind NOT IN ('decision', 'fact', 'learner')")
_NAMED = sa.text("source_key IS NOT NULL")
_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ledger",
        sa.Column("position", _POSITION, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("known_at", sa.String(27), nullable=False),
        sa.Column("subject", _POSITION),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("commitment", sa.String(64)),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_table(
        "payloads",
        sa.Column("position", _POSITION, sa.ForeignKey("ledger.position"), primary_key=True, autoincrement=False),
        sa.Column("subject", _POSITION),
        sa.Column("type", sa.String(200), nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("source_key", sa.Text),
        sa.Column("salt", sa.String(32), nullable=False),
        sa.Column("content", sa.Text, nullable=False),
    )
    op.create_index("payloads_by_key", "payloads", ["type", "key"])
    op.create_index(
        "payloads_by_source_key", "payloads", ["type", "source_key"], sqlite_where=_NAMED, postgresql_where=_NAMED
    )
    op.create_index("payloads_by_subject", "payloads", ["subject", "type"])
    op.create_index("ledger_by_kind", "ledger", ["kind"], sqlite_where=_SELDOM, postgresql_where=_SELDOM)
    guard("ledger")
    guard("payloads")
