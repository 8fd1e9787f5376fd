"""Digests of cells and rows: equal values have equal ones, whatever way they are written.

A digest has 64 bits: of one change in so many runs that nobody will see it is said that nothing changed. What a blank
cell adds is nothing, so a column that is new and empty changes no digest.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from fractions import Fraction

import pyarrow

from competency.model.facts import FactValue
from competency.rules.population.facts import MICROSECONDS_A_DAY
from competency.rules.population.number_columns import zone_of
from competency.snapshots.helping_database import HelpingDatabase

# Digests that were made another way are not compared.
DIGEST_BASIS = "md5 of cells, sum of rows, 1"
MODULUS = 2**64

_BETWEEN = "\x1f"


def cell_digest(name: str, value: FactValue) -> int:
    """The digest of a value in a column; that of nothing is 0."""
    return 0 if value is None else _lower(f"{name}{_BETWEEN}{_text(value)}")


def row_digest(plural: str, identity: str, cells: int) -> int:
    """The digest of a row of a table from its identity and the sum of the digests of its cells."""
    return _lower(f"{plural}{_BETWEEN}{identity}{_BETWEEN}{cells % MODULUS}")


def digests_of_texts(database: HelpingDatabase, name: str, texts: pyarrow.Array) -> pyarrow.Array:
    """`cell_digest` of many texts, none of them blank."""
    query = f"SELECT md5_number_lower(concat(?, '{_BETWEEN}', one)) AS found FROM given"
    return database.asked(query, pyarrow.table({"one": texts}), [name]).column("found").combine_chunks()


def digests_of_clocks(database: HelpingDatabase, name: str, clocks: pyarrow.Array, zone: str) -> pyarrow.Array:
    """`cell_digest` of many times of one zone, as microseconds on the clock; 0 of blank ones."""
    query = f"SELECT if(one IS NULL, 0::UBIGINT, md5_number_lower(concat(?, '{_BETWEEN}', one, ?))) AS found FROM given"
    return database.asked(query, pyarrow.table({"one": clocks}), [name, zone]).column("found").combine_chunks()


def digests_of_rows(database: HelpingDatabase, plural: str, ids: pyarrow.Array, cells: pyarrow.Array) -> pyarrow.Table:
    """`row_digest` of many rows as `digest`, and a number for each identity as `identity`."""
    query = (
        f"SELECT md5_number_lower(concat(?, '{_BETWEEN}', id, '{_BETWEEN}', cells)) AS digest, hash(id) AS identity "
        "FROM given"
    )
    return database.asked(query, pyarrow.table({"id": ids, "cells": cells}), [plural])


def _text(value: FactValue) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case datetime():
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            clock = value.toordinal() * MICROSECONDS_A_DAY + seconds * 1_000_000 + value.microsecond
            return f"{clock}{zone_of(value)}"
        case date():
            return str(value.toordinal())
        case _:
            return str(value)


def _lower(text: str) -> int:
    return int.from_bytes(hashlib.md5(text.encode(), usedforsecurity=False).digest()[8:], "little")
