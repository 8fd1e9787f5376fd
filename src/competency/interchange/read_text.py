"""A file, or bytes that came from one, to UTF-8 text; whatever stands in the way is named with its remedy.

Knows nothing of what the text says. Line ends stay as they are; a byte order mark is taken off.
"""

from __future__ import annotations

import difflib
import os
from itertools import islice
from pathlib import Path
from typing import Any

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label
from competency.diagnostics.kinds import FILE_ENCODING, FILE_MISSING, FILE_TOO_LARGE, FORBIDDEN_CHARACTER
from competency.source import Place

# Names in a folder that a mistyped one is compared with: a folder of books has dozens, a mistaken one may have millions.
NAMES_COMPARED_MAX = 2_000

_MARK = "\ufeff"
# The longer marks stand first: the mark of UTF-32 begins with the one of UTF-16.
_OTHER_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_ARCHIVE_MARK = b"PK\x03\x04"
# Of English text in UTF-16 every second byte is NUL, of one in UTF-32 three of four; the first bytes show it.
_BYTES_SAMPLED = 1_000
_NUL_SHARE_OF_UTF16 = 0.25


def read_text(path: Path, bytes_max: int) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of a UTF-8 file of at most `bytes_max` bytes. None, and one diagnostic, where it cannot be read."""
    try:
        if not path.is_file():
            return None, (_not_a_file(path),)
        size = path.stat().st_size
        if size > bytes_max:
            return None, (_too_large(path, size, bytes_max),)
        with path.open("rb") as file:
            # One more than allowed: a file that grows meanwhile is noticed.
            content = file.read(bytes_max + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return None, (
            _fault(
                FILE_MISSING,
                path,
                f"`{path}` cannot be opened: {reason.lower()}",
                "see to it that the file is there and that you may read it",
            ),
        )
    return decode_text(content, path, bytes_max)


def decode_text(content: bytes, path: Path, bytes_max: int) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text of bytes that are read already; `path` is the name under which messages speak of them."""
    if len(content) > bytes_max:
        return None, (_too_large(path, len(content), bytes_max),)
    fault = _other_encoding(content, path)
    if fault is not None:
        return None, (fault,)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(content, path, error.start),)
    nul = text.find("\0")
    if nul != -1:
        return None, (_nul_byte(path, text, nul),)
    return text.removeprefix(_MARK), ()


def _other_encoding(content: bytes, path: Path) -> Diagnostic | None:
    encoding = next((name for mark, name in _OTHER_MARKS if content.startswith(mark)), "")
    sample = content[:_BYTES_SAMPLED]
    if not encoding and sample.count(0) > len(sample) * _NUL_SHARE_OF_UTF16:
        encoding = "UTF-16 or UTF-32"
    if encoding:
        return _fault(
            FILE_ENCODING,
            path,
            f"`{path}` is written in {encoding}, and only UTF-8 is read",
            "open it in the program that wrote it and save it again as UTF-8 (in a spreadsheet: CSV UTF-8)",
            line=1,
            encoding=encoding,
        )
    if content.startswith(_ARCHIVE_MARK):
        return _fault(
            FILE_ENCODING,
            path,
            f"`{path}` is a workbook or a ZIP archive, not a text",
            "save the sheet as CSV UTF-8, or unpack the archive and name the file in it",
            encoding="ZIP",
        )
    return None


def _not_utf8(content: bytes, path: Path, offset: int) -> Diagnostic:
    line = content.count(b"\n", 0, offset) + 1
    return _fault(
        FILE_ENCODING,
        path,
        f"`{path}` is not UTF-8: byte {offset:,} of it, on line {line}, is {content[offset]:#04x}, which cannot stand there",
        "open it in the program that wrote it and save it again as UTF-8; look on that line whether a name came out wrong",
        line=line,
        offset=offset,
    )


def _nul_byte(path: Path, text: str, position: int) -> Diagnostic:
    line = text.count("\n", 0, position) + 1
    offset = len(text[:position].encode())
    return _fault(
        FORBIDDEN_CHARACTER,
        path,
        f"`{path}` holds a NUL byte on line {line} (byte {offset:,}): it is damaged, or it is no text",
        "ask for the file again, or export it again as text in UTF-8",
        line=line,
        offset=offset,
        character="U+0000",
    )


def _not_a_file(path: Path) -> Diagnostic:
    if path.is_dir():
        return _fault(FILE_MISSING, path, f"`{path}` is a folder, and a file is needed", "name a file in the folder")
    if path.exists():
        return _fault(FILE_MISSING, path, f"`{path}` is not an ordinary file", "copy its content into a file")
    if not path.parent.is_dir():
        folder = path.parent
        return _fault(
            FILE_MISSING, path, f"there is no folder `{folder}`, so `{path.name}` is not in it", "correct the path"
        )
    with os.scandir(path.parent) as entries:
        names = [entry.name for entry in islice(entries, NAMES_COMPARED_MAX)]
    nearest = difflib.get_close_matches(path.name, sorted(names), n=1)
    remedy = f"did you mean `{nearest[0]}`?" if nearest else "put the file there, or correct its name"
    return _fault(FILE_MISSING, path, f"there is no file `{path}`", remedy, nearest=nearest)


def _too_large(path: Path, size: int, bytes_max: int) -> Diagnostic:
    return _fault(
        FILE_TOO_LARGE,
        path,
        f"`{path}` holds {size:,} bytes; at most {bytes_max:,} are read from a file of its kind",
        "look whether the right file is named; if it is, split it",
        size=size,
        limit=bytes_max,
    )


def _fault(
    kind: DiagnosticKind, path: Path, message: str, remedy: str, *, line: int | None = None, **data: Any
) -> Diagnostic:
    place = Place(str(path), line)
    return Diagnostic(kind, message, (Label(place),), fixes=(Fix(remedy),), data={"path": str(path), **data})
