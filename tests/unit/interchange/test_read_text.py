"""Reading a text: every way in which a file can be no UTF-8 text is named, with its place and its remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from competency.diagnostics import Diagnostic
from competency.interchange.read_text import decode_text, read_text
from competency.source import Place

LIMIT = 1_000


def fault_of(path: Path, limit: int = LIMIT) -> Diagnostic:
    text, (diagnostic,) = read_text(path, limit)
    assert text is None
    assert diagnostic.is_error
    assert diagnostic.fixes[0].text
    return diagnostic


def fault_in(content: bytes, folder: Path) -> Diagnostic:
    path = folder / "book.rules"
    path.write_bytes(content)
    return fault_of(path)


def line_of(diagnostic: Diagnostic) -> int | None:
    place = diagnostic.labels[0].where
    assert isinstance(place, Place)
    return place.line


def test_a_text_is_read_with_its_line_ends_and_without_its_mark(tmp_path: Path) -> None:
    path = tmp_path / "book.rules"
    path.write_bytes(b"\xef\xbb\xbf# \xc3\x89l\xc3\xa9ment\r\nend\n")
    assert read_text(path, LIMIT) == ("# Élément\r\nend\n", ())


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    path = tmp_path / "empty.rules"
    path.touch()
    assert read_text(path, LIMIT) == ("", ())


def test_a_missing_file_is_named_with_the_nearest_one_there(tmp_path: Path) -> None:
    (tmp_path / "math.case.json").touch()
    diagnostic = fault_of(tmp_path / "maths.case.json")
    assert diagnostic.kind.code == "CBE001"
    assert diagnostic.fixes[0].text == "did you mean `math.case.json`?"


def test_a_missing_folder_is_named_instead_of_the_file(tmp_path: Path) -> None:
    diagnostic = fault_of(tmp_path / "frameworks" / "math.case.json")
    assert diagnostic.kind.code == "CBE001"
    assert f"no folder `{tmp_path / 'frameworks'}`" in diagnostic.message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    diagnostic = fault_of(tmp_path)
    assert diagnostic.kind.code == "CBE001"
    assert "is a folder" in diagnostic.message


@pytest.mark.parametrize("name", ["a\0b", "a" * 1_000])
def test_a_name_that_no_file_can_have_is_told_as_a_missing_file(tmp_path: Path, name: str) -> None:
    assert fault_of(tmp_path / name).kind.code == "CBE001"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_another_encoding_is_named_with_and_without_its_mark(tmp_path: Path, encoding: str) -> None:
    diagnostic = fault_in("policy riverbend\nend\n".encode(encoding), tmp_path)
    assert diagnostic.kind.code == "CBE002"
    assert encoding[:6].upper() in diagnostic.message
    assert "save it again as UTF-8" in diagnostic.fixes[0].text


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_of_another_encoding_is_named_with_its_place_in_the_file(tmp_path: Path, mark: str) -> None:
    before = f"{mark}# one\n# tw"
    diagnostic = fault_in(before.encode() + b"\xe9\n", tmp_path)
    assert diagnostic.kind.code == "CBE002"
    assert line_of(diagnostic) == 2
    assert diagnostic.data["offset"] == len(before.encode())
    assert "0xe9" in diagnostic.message


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_nul_byte_is_named_with_its_place(tmp_path: Path, mark: str) -> None:
    before = f"{mark}# première ligne\n# seconde"
    diagnostic = fault_in(before.encode() + b"\0\n", tmp_path)
    assert diagnostic.kind.code == "CBE004"
    assert line_of(diagnostic) == 2
    assert diagnostic.data["offset"] == len(before.encode())


def test_a_workbook_is_told_from_a_text(tmp_path: Path) -> None:
    diagnostic = fault_in(b"PK\x03\x04\x14\x00\x06\x00rest of an archive", tmp_path)
    assert diagnostic.kind.code == "CBE002"
    assert "workbook" in diagnostic.message


def test_a_file_may_be_as_large_as_the_limit_and_no_larger(tmp_path: Path) -> None:
    path = tmp_path / "book.rules"
    path.write_bytes(b"#" * LIMIT)
    assert read_text(path, LIMIT) == ("#" * LIMIT, ())
    diagnostic = fault_of(path, LIMIT - 1)
    assert diagnostic.kind.code == "CBE003"
    assert "1,000 bytes; at most 999" in diagnostic.message
    assert (diagnostic.data["size"], diagnostic.data["limit"]) == (LIMIT, LIMIT - 1)


def test_bytes_that_are_read_already_are_judged_alike() -> None:
    path = Path("from a server")
    assert decode_text(b"\xef\xbb\xbfend", path, LIMIT) == ("end", ())
    for content, code in [(b"\xff\xfee\0", "CBE002"), (b"#" * (LIMIT + 1), "CBE003"), (b"sixteen letters\0", "CBE004")]:
        text, (diagnostic,) = decode_text(content, path, LIMIT)
        assert text is None
        assert diagnostic.kind.code == code
        assert "from a server" in diagnostic.message
