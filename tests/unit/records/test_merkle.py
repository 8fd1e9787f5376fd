"""The Merkle tree as RFC 9162 has it, and checkpoints as texts."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from competency.records.checkpoint import Checkpoint, checkpoint_text, read_checkpoint
from competency.records.merkle import EMPTY_ROOT, MerkleTree

# The leaves with which implementations of RFC 6962 are compared, and the root when each has been added.
KNOWN = (
    ("", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
    ("00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
    ("10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
    ("2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
    ("3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
    ("40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
    ("5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
    ("606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
)
LEDGER = "a" * 64


def test_the_roots_of_the_known_trees_come_out() -> None:
    tree = MerkleTree()
    assert tree.root() == EMPTY_ROOT == hashlib.sha256(b"").digest()
    for size, (leaf, root) in enumerate(KNOWN, start=1):
        tree.add(bytes.fromhex(leaf))
        assert (tree.size, tree.root().hex()) == (size, root)


def defined(leaves: list[bytes]) -> bytes:
    """The root as the RFC writes it down: the largest power of two smaller than the number of leaves parts them."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + defined(leaves[:left]) + defined(leaves[left:])).digest()


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_the_tree_that_grows_has_the_root_of_the_definition(leaves: list[bytes]) -> None:
    assert MerkleTree(leaves).root() == defined(leaves)


@given(st.integers(0, 10**12), st.binary(min_size=32, max_size=32), st.sampled_from(["", LEDGER]))
def test_a_checkpoint_is_read_as_it_was_written(size: int, root: bytes, ledger: str) -> None:
    checkpoint = Checkpoint(ledger, size, root)
    text = checkpoint_text(checkpoint)
    assert read_checkpoint(text) == checkpoint
    assert read_checkpoint(text.replace("\n", "\r\n")) == checkpoint  # it went through a mail program


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"competency/{LEDGER}\n7\n",
        f"elsewhere/{LEDGER}\n7\n{ROOT}\n",
        f"competency/{LEDGER}\n-7\n{ROOT}\n",
        f"competency/{LEDGER}\n７\n{ROOT}\n",
        f"competency/{LEDGER}\n07\n{ROOT}\n",
        f"competency/{LEDGER}\n7\n{ROOT[:-1]}\n",
        f"competency/{LEDGER}\n7\n{ROOT[:-8]}\n",
        f"competency/{LEDGER}\n7\n\n",
        f"competency/{LEDGER}\n7\n{ROOT}",
        f"competency/{LEDGER}\n7\n{ROOT}\n\n",
        f" competency/{LEDGER}\n7\n{ROOT}\n",
        f"competency/{LEDGER}\n7\n{ROOT}\nmore\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused_with_the_reason(text: str) -> None:
    with pytest.raises(ValueError, match=r"three lines|number of entries|Base64|bytes|as a checkpoint is"):
        read_checkpoint(text)
