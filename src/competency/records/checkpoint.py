"""A checkpoint: how many entries the ledger had and the Merkle root over them, in three lines that fit on a slip of paper.

The form is the body of a C2SP tlog-checkpoint: the origin, the size, the root in Base64. https://c2sp.org/tlog-checkpoint
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from competency.records.merkle import EMPTY_ROOT

# The hash of the first entry tells this ledger from every other one.
_ORIGIN = "competency/"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """`ledger` is the hash of its first entry, empty for a ledger without entries."""

    ledger: str
    size: int
    root: bytes


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """The checkpoint as three lines."""
    root = base64.b64encode(checkpoint.root).decode()
    return f"{_ORIGIN}{checkpoint.ledger}\n{checkpoint.size}\n{root}\n"


def read_checkpoint(text: str) -> Checkpoint:
    """The checkpoint that `checkpoint_text` wrote. ValueError, with the reason, for any other text."""
    lines = text.splitlines()
    if len(lines) != 3 or not lines[0].startswith(_ORIGIN):
        raise ValueError("it is not a checkpoint of three lines that begins with `competency/`")
    if not lines[1].isascii() or not lines[1].isdigit():
        raise ValueError(f"its second line is `{lines[1]}`, not a number of entries")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except binascii.Error as error:
        raise ValueError("its third line is no Base64") from error
    if len(root) != len(EMPTY_ROOT):
        raise ValueError(f"its third line holds {len(root)} bytes, not {len(EMPTY_ROOT)}")
    checkpoint = Checkpoint(lines[0].removeprefix(_ORIGIN), int(lines[1]), root)
    if checkpoint_text(checkpoint) != text.replace("\r\n", "\n"):
        raise ValueError("it is not written as a checkpoint is")
    return checkpoint
