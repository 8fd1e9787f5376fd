"""Whole numbers and truths of Python as columns of PyArrow, from their bytes: `pyarrow.array` would first import pandas."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence

import pyarrow

_DIGITS: Mapping[object, str] = {True: "1", False: "0", None: "0"}


def whole_numbers(values: Sequence[int | None]) -> pyarrow.Array:
    """Numbers of 64 bits; OverflowError for one that is larger."""
    if None not in values:
        return _column(pyarrow.int64(), len(values), None, array("q", values))  # type: ignore[arg-type]
    known = array("q", [0 if value is None else value for value in values])
    return _column(pyarrow.int64(), len(values), _bits([value is not None for value in values]), known)


def truths(values: Sequence[object]) -> pyarrow.Array:
    """Truths, which may be blank; KeyError for anything else."""
    known = _bits([value is not None for value in values]) if None in values else None
    return _column(pyarrow.bool_(), len(values), known, _bits(values))


def _column(kind: pyarrow.DataType, size: int, known: bytes | None, values: bytes | array[int]) -> pyarrow.Array:
    validity = None if known is None else pyarrow.py_buffer(known)
    return pyarrow.Array.from_buffers(kind, size, [validity, pyarrow.py_buffer(values)])


def _bits(truths: Sequence[object]) -> bytes:
    """A bit for each, the first in the lowest."""
    digits = "".join(map(_DIGITS.__getitem__, reversed(truths)))
    return int(digits or "0", 2).to_bytes((len(truths) + 7) // 8, "little")
