"""Tables of texts, as decisions are written."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow


def texts_schema(columns: Sequence[str]) -> pyarrow.Schema:
    """Columns of texts."""
    return pyarrow.schema([(column, pyarrow.string()) for column in columns])


def shared_texts_schema(columns: Sequence[str]) -> pyarrow.Schema:
    """Columns of texts that many rows share: each text is held once."""
    return pyarrow.schema([(column, pyarrow.dictionary(pyarrow.int32(), pyarrow.string())) for column in columns])


def table_of(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> pyarrow.Table:
    """Rows of texts as a table."""
    cells = zip(*rows, strict=True) if rows else [() for _ in columns]
    return pyarrow.table([list(each) for each in cells], schema=texts_schema(columns))
