"""The outbox: which entries are announced to other systems. Entries of before are announced now."""

import sqlalchemy as sa
from alembic import op

from competency.records.migrations.guards import guard

revision = "0002"
down_revision = "0001"

_POSITION = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "outbox",
        sa.Column("position", _POSITION, sa.ForeignKey("ledger.position"), primary_key=True, autoincrement=False),
        sa.Column("topic", sa.String(20), nullable=False),
    )
    op.execute(
        "INSERT INTO outbox (position, topic) SELECT position, kind FROM ledger "
        "WHERE kind IN ('decision', 'award', 'revocation', 'waiver', 'publication')"
    )
    guard("outbox")
