"""The lines of a table that is text, read block after block: so that lines that are plain can be taken many at a time."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from competency.diagnostics.kinds import FACTS_UNREADABLE, FILE_ENCODING, FILE_TOO_LARGE
from competency.interchange.table_fault import TableFault, fault_of_table

# One line of a table is one row, or part of one: more is a file of another kind.
LINE_BYTES_MAX = 1024**2
# So much is read from the disk at a time.
BLOCK_BYTES = 8 * 1024**2

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class TextLines(Iterator[str]):
    """The lines of a UTF-8 text with their ends, each checked: so that a fault can name its line. Raises TableFault.

    `number`: how many lines have been given or taken.
    """

    def __init__(self, path: Path, file: BinaryIO, block_bytes: int = BLOCK_BYTES) -> None:
        self.number = 0
        self._path = path
        self._file = file
        self._block_bytes = block_bytes
        self._block = io.BytesIO()

    def __next__(self) -> str:
        line = self._block.readline(LINE_BYTES_MAX + 1)
        if not line:
            self._block = io.BytesIO(self._read())
            line = self._block.readline(LINE_BYTES_MAX + 1)
        if not line:
            raise StopIteration
        self.number += 1
        return self._text(line)

    def block(self) -> bytes:
        """The whole lines of a block that have not been given yet, which stay to be given; nothing at the end."""
        at = self._block.tell()
        rest = self._block.read()
        if rest:
            self._block.seek(at)
            return rest
        self._block = io.BytesIO(self._read())
        return self._block.getvalue()

    def take(self, lines: int) -> None:
        """The rest of the block has been read otherwise, so many lines."""
        self._block.read()
        self.number += lines

    @property
    def is_at_end_of_block(self) -> bool:
        """Whether all lines of the block were given or taken."""
        return self._block.tell() == self._block.getbuffer().nbytes

    def _read(self) -> bytes:
        """A block of whole lines; of a line that is too long, so much that it is seen."""
        block = self._file.read(self._block_bytes)
        return block if not block or block.endswith(b"\n") else block + self._file.readline(LINE_BYTES_MAX + 1)

    def _text(self, line: bytes) -> str:
        if self.number == 1:
            if line.startswith(_UTF16_MARKS):
                raise self._encoding_fault("UTF-16")
            line = line.removeprefix(_UTF8_MARK)
        if b"\0" in line:
            raise fault_of_table(
                FACTS_UNREADABLE,
                self._path,
                self.number,
                f"Line {self.number} of `{self._path.name}` holds a NUL byte: the file is damaged, or it is no UTF-8 text",
                "Export the table again as CSV in UTF-8.",
            )
        if len(line) > LINE_BYTES_MAX:
            raise fault_of_table(
                FILE_TOO_LARGE,
                self._path,
                self.number,
                f"Line {self.number} of `{self._path.name}` is longer than {LINE_BYTES_MAX:,} bytes",
                "Check that the file is a table with one row a line.",
            )
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            raise self._encoding_fault("another encoding") from None

    def _encoding_fault(self, encoding: str) -> TableFault:
        message = f"`{self._path.name}` is not UTF-8 but {encoding} (line {self.number}); nothing of the file was read"
        return fault_of_table(FILE_ENCODING, self._path, self.number, message, "Save the table as CSV in UTF-8.")
