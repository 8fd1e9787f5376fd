"""What Alembic runs: the migrations, on the connection and in the transaction of whoever asks for them."""

from alembic import context

from competency.records.schema import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
