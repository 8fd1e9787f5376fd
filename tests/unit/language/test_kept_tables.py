"""The parse tables of the grammar: worked out once, kept whole or not at all."""

import os
from io import BytesIO
from pathlib import Path

import pytest
from lark import Lark

from competency.rules.language.grammar import built_tables, grammar_folder, keep_tables, kept_tables

TEXT = "scale Proficiency\n  Beginning = 1\n  Proficient = 3\nend\n"


@pytest.fixture(scope="module")
def tables() -> bytes:
    return built_tables(grammar_folder())


def test_tables_that_were_kept_parse_as_new_ones_do(tables: bytes, tmp_path: Path) -> None:
    kept = tmp_path / "new folder" / "grammar.tables"
    keep_tables(tables, kept)
    found = kept_tables(kept)
    assert found == tables
    assert Lark.load(BytesIO(found)).parse(TEXT) == Lark.load(BytesIO(tables)).parse(TEXT)
    assert [path.name for path in kept.parent.iterdir()] == ["grammar.tables"]


def test_a_file_that_was_cut_short_or_changed_is_not_used(tables: bytes, tmp_path: Path) -> None:
    kept = tmp_path / "grammar.tables"
    keep_tables(tables, kept)
    whole = kept.read_bytes()
    for broken in (b"", whole[:40], whole[:-1], whole[:100] + b"x" + whole[101:]):
        kept.write_bytes(broken)
        assert kept_tables(kept) is None
    keep_tables(tables, kept)
    assert kept_tables(kept) == tables


def test_a_folder_that_cannot_be_written_is_passed_over(tmp_path: Path) -> None:
    in_the_way = tmp_path / "a file"
    in_the_way.write_text("")
    keep_tables(b"tables", in_the_way / "grammar.tables")
    assert kept_tables(in_the_way / "grammar.tables") is None


@pytest.mark.skipif(os.name == "nt", reason="names of folders are replaced otherwise there")
def test_nothing_half_done_is_left_where_the_file_cannot_be_put_in_place(tmp_path: Path) -> None:
    folder = tmp_path / "grammar.tables"
    (folder / "something").mkdir(parents=True)
    keep_tables(b"tables", folder)
    assert [path.name for path in tmp_path.iterdir()] == ["grammar.tables"]
