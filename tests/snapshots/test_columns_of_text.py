"""A table that is text, read many lines at a time: the same cells, lines and faults as row by row."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from competency.interchange import read_table_columns as columns_of
from competency.interchange.read_table import read_table
from competency.interchange.read_table_columns import read_table_columns
from competency.interchange.table_fault import TableFault
from competency.interchange.text_lines import LINE_BYTES_MAX
from competency.model.facts import LEARNERS

HEADER = b"learner,school,entered_on\n"
WIDE = 130_000

Told = tuple[list[tuple[int, dict[str, str], str]], str]


def row_by_row(path: Path) -> Told:
    rows: list[tuple[int, dict[str, str], str]] = []
    try:
        rows.extend((row.line, dict(row.cells), row.fault) for row in read_table(path, LEARNERS))
    except TableFault as fault:
        return rows, str(fault)
    return rows, ""


def by_columns(path: Path, block_bytes: int) -> Told:
    rows: dict[int, tuple[int, dict[str, str], str]] = {}
    read, said = 0, ""
    try:
        for some in read_table_columns(path, LEARNERS, block_bytes=block_bytes):
            for place, (number, line) in enumerate(zip(some.numbers.to_pylist(), some.lines.to_pylist(), strict=True)):
                rows[number] = (line, some.cells(place), "")
            rows.update({number: (row.line, dict(row.cells), row.fault) for number, row in some.faults})
            read += some.read
    except TableFault as fault:
        said = str(fault)
    assert sorted(rows) == list(range(read))
    return [rows[number] for number in range(read)], said


def assert_alike(folder: Path, text: bytes, block_bytes: int = 64) -> None:
    path = folder / f"{LEARNERS.plural}.csv"
    path.write_bytes(text)
    wanted, why = row_by_row(path)
    found, said = by_columns(path, block_bytes)
    assert said == why
    # what is read of a table that is wrong as a whole is relied on by nobody
    assert found == (wanted[: len(found)] if why else wanted)


pieces = st.sampled_from(
    [
        b"a",
        b"b c",
        b",",
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b'"',
        b'"',
        b'""',
        b'","',
        b'"\n',
        b"\r",
        "é".encode(),
        b"\xe9",
    ]
)
lines = st.sampled_from(
    [
        b"e1,L1,M\n",
        b'"e1","L1","M"\n',
        b'e1,"L, 1",M\r\n',
        b'"e ""1""",L1,\n',
        b",,\n",
        b'"",,""\n',
        b"\n",
        b"\r\n",
        b"e1,L1\n",
        b"e1,L1,M,N\n",
        b'e1,"L\n1",M\n',
        b'e1,L"1,"M\n',
        b'e1,"L"1,M\n',
        b"x" * 70 + b",L1,M\n",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines, max_size=12).map(b"".join), st.lists(pieces, max_size=12).map(b"".join), st.integers(1, 90))
@example(b"e1,L1,M\n" * 40, b"", 64)
@example(b'"e1","L1","M"\r\n' * 40, b'e,"', 64)
def test_lines_are_read_alike(tmp_path: Path, some: bytes, further: bytes, block_bytes: int) -> None:
    assert_alike(tmp_path, HEADER + some + further + some, block_bytes)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pieces, max_size=20).map(b"".join), st.integers(1, 20))
def test_a_table_of_one_column_is_read_alike(tmp_path: Path, text: bytes, block_bytes: int) -> None:
    assert_alike(tmp_path, b"learner\n" + text, block_bytes)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        HEADER,
        HEADER.strip(),
        b"\xef\xbb\xbf" + HEADER + b"e1,L1,M\n",
        b"\xff\xfe" + HEADER,
        HEADER + b"e1,L1,M",
        HEADER + b"e1,L\x001,M\n",
        HEADER + b"e1,L1,M\n" * 30 + b"e1,L\xe9,M\n",
        HEADER + b"e1,L1," + b"x" * LINE_BYTES_MAX + b"\n",
        HEADER + b"e1,L1," + b"x" * csv.field_size_limit() + b"\n",
        HEADER + b"e1,L1," + b"x" * (csv.field_size_limit() + 1) + b"\n",
        HEADER + b"e1,L1," + b"x" * WIDE + b"\n" + b"e2,L1,M\n",
        HEADER + b'e1,L1,"M\n' + b"e2,L1,M\n" * (csv.field_size_limit() // 8 + 1),
        HEADER + b"e1,L1,M\n" * 30 + b"e1,L\r1,M\n",
        HEADER + b'e1,L1,"M\nN"\n' + b'e1,"L\n1",M\rN\n',
        HEADER.replace(b"\n", b"\r") + b"e1,L1,M\r",
        HEADER.replace(b",", b";"),
    ],
)
def test_what_is_odd_as_a_whole_is_told_alike(tmp_path: Path, text: bytes) -> None:
    for block_bytes in (7, 64, 8 * 1024**2):
        assert_alike(tmp_path, text, block_bytes)


def test_plain_lines_are_not_read_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object) -> None:
        raise AssertionError("read one by one")

    monkeypatch.setattr(columns_of, "_as_columns", refuse)
    path = tmp_path / "learners.csv"
    for line in (b"e1,L1,M\n", b'"e ""1""","L, 1",""\r\n', "é,,\n".encode()):
        path.write_bytes(HEADER + line * 50)
        assert sum(some.read for some in read_table_columns(path, LEARNERS, block_bytes=100)) == 50
    path.write_bytes(HEADER + b"\n")
    with pytest.raises(AssertionError, match="one by one"):
        list(read_table_columns(path, LEARNERS))
