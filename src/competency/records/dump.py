"""The whole records as lines of JSON, from which they can be made again in another database of either kind."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from competency.records.append import BATCH_ENTRIES
from competency.records.checkpoint import checkpoint_text
from competency.records.schema import LEDGER, METADATA, SCHEMA_REVISION
from competency.records.verify import checkpoint_of, verify_records

_FORM = "competency records"


class DumpUnusable(Exception):
    """A file from which records cannot be restored; the message is the middle of a sentence."""


def write_dump(connection: Connection, path: Path) -> int:
    """Write every row of every table, compressed, with the checkpoint last; how many entries there are."""
    with gzip.open(path, "wt", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps({"form": _FORM, "schema": SCHEMA_REVISION}) + "\n")
        for table in METADATA.sorted_tables:
            rows = select(table).order_by(table.c.position)
            for row in connection.execute(rows, execution_options={"yield_per": BATCH_ENTRIES}):
                file.write(json.dumps([table.name, *row], ensure_ascii=False) + "\n")
        checkpoint = checkpoint_of(connection)
        file.write(json.dumps({"checkpoint": checkpoint_text(checkpoint)}) + "\n")
    return checkpoint.size


def restore_dump(connection: Connection, path: Path) -> int:
    """Put the rows of a dump into empty records; how many entries there are. Raises DumpUnusable, or OSError."""
    if connection.execute(select(LEDGER.c.position).limit(1)).first() is not None:
        raise DumpUnusable("the records are not empty, and what they hold would be mixed with it")
    tables = {table.name: table for table in METADATA.sorted_tables}
    waiting: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}

    def flush() -> None:
        for name, rows in waiting.items():
            if rows:
                connection.execute(insert(tables[name]), rows)
                rows.clear()

    checkpoint = None
    for number, line in enumerate(_lines(path), start=1):
        if checkpoint is not None:
            raise DumpUnusable(f"line {number} stands behind its end")
        try:
            if isinstance(line, dict):
                checkpoint = str(line["checkpoint"])
                continue
            name, *values = line
            waiting[name].append(dict(zip(tables[name].columns.keys(), values, strict=True)))
        except (KeyError, TypeError, ValueError) as error:
            raise DumpUnusable(f"line {number + 1} is no row of a table") from error
        if len(waiting[name]) >= BATCH_ENTRIES:
            flush()
    flush()
    if checkpoint is None:
        raise DumpUnusable("it breaks off before its end")
    verified = verify_records(connection)
    if checkpoint_text(verified.checkpoint) != checkpoint:
        raise DumpUnusable("its entries are not those that its last line covers")
    if not verified.is_sound:
        fault = verified.faults[0]
        raise DumpUnusable(f"what it holds was altered: entry {fault.position}: {fault.what}")
    return verified.checkpoint.size


def _lines(path: Path) -> Iterator[Any]:
    """The lines after the first, which says what the file is."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            first = json.loads(file.readline() or "null")
            if not isinstance(first, dict) or first.get("form") != _FORM:
                raise DumpUnusable("it is no backup that `competency backup` wrote")
            if first.get("schema") != SCHEMA_REVISION:
                raise DumpUnusable(f"it is of the form {first.get('schema')}; this program restores {SCHEMA_REVISION}")
            for line in file:
                yield json.loads(line)
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DumpUnusable(f"it is damaged, or no backup: {error}") from error
