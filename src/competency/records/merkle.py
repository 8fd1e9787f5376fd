"""The Merkle tree over the hashes of entries, as RFC 9162 (section 2.1) defines it for SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

# RFC 9162, section 2.1.1: the root of a tree without leaves.
EMPTY_ROOT = hashlib.sha256(b"").digest()


class MerkleTree:
    """A tree that grows leaf by leaf and knows its root at any time; it holds one hash for each power of two."""

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self.size = 0
        # The roots of the complete subtrees, the largest first, each with how many leaves it has.
        self._peaks: list[tuple[int, bytes]] = []
        for leaf in leaves:
            self.add(leaf)

    def add(self, leaf: bytes) -> None:
        """Add a leaf behind the others."""
        size, root = 1, hashlib.sha256(b"\x00" + leaf).digest()
        while self._peaks and self._peaks[-1][0] == size:
            size, root = 2 * size, _parent(self._peaks.pop()[1], root)
        self._peaks.append((size, root))
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        *others, (_, root) = self._peaks
        for _, left in reversed(others):
            root = _parent(left, root)
        return root


def _parent(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
