"""Queries that differ in names and numbers alone share one text, filled in for each: it is the text that each has by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow
import pytest
from ibis.backends.sql.compilers.duckdb import DuckDBCompiler

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Kind
from competency.rules.population.compile_program import compile_program
from competency.rules.population.duckdb_engine import DuckDBEngine, query_text
from competency.rules.population.ibis_reading import table_of
from competency.rules.population.presume_facts import presume_facts
from competency.rules.population.spelled_out import spelled_out
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.read_book import read_book
from competency.source import SourceText

POLICIES = Path(__file__).parents[2] / "policies"
COMPILER = DuckDBCompiler()
DAY = date(2026, 11, 2)


def own_text(relation: r.Relation) -> str:
    """The text made for a relation alone."""
    return str(COMPILER.to_sqlglot(table_of(relation)).sql(dialect=COMPILER.dialect))


def queries(program: ir.Program) -> Iterator[r.Relation]:
    """Every query of a program."""
    for group in compile_program(program, presume_facts(program), DAY, None, {}).groups:
        if group.tables is not None:
            yield from (made.relation for made in group.tables.tables)
            yield group.tables.decided
            if group.tables.assigned is not None:
                yield group.tables.assigned


def scan(table: str, *names: str) -> r.Scan:
    return r.Scan(table, tuple((name, Kind.WHOLE) for name in names))


@pytest.mark.parametrize("book", ["riverbend", "north-carolina-recovery-and-repeats"])
def test_every_query_of_a_book_has_the_text_that_it_has_by_itself(book: str) -> None:
    read, _ = read_book(POLICIES / book)
    assert read is not None
    assert read.rules.program is not None
    for relation in queries(read.rules.program):
        assert query_text(relation) == own_text(relation)


def chain(count: int) -> ir.Program:
    """A rule for so many competencies, each of which requires the one before."""
    declared = "\n".join(
        f'  competency M.{number} "M {number}"' + (f" requires M.{number - 1}" if number else "")
        for number in range(count)
    )
    text = f"""policy p "P"
end
scale Points from 0 to 10
framework MATH scored on Points
{declared}
end
mastery math "Math"
  for each competency in MATH
  require level: average of scores is at least 5
  require prior: all prerequisites are mastered
end
"""
    parsed, of_texts = parse_texts([SourceText("chain.rules", text)])
    read, of_book = read_rules(parsed, {})
    assert read.program is not None, [one.message for one in (*of_texts, *of_book)]
    return read.program


def test_a_longer_chain_of_prerequisites_has_more_queries_and_no_more_shapes() -> None:
    short, long = list(queries(chain(4))), list(queries(chain(12)))
    assert len(long) == len(short) + 2 * 8
    assert len({spelled_out(one).shape for one in long}) == len({spelled_out(one).shape for one in short})


def test_layers_of_prerequisites_have_one_shape() -> None:
    def layer(number: int) -> r.Relation:
        column = c.column("layer", Kind.WHOLE, is_nullable=False, high=9)
        own = r.Filter(scan("prepared", "learner", "layer"), c.equal(column, c.label(number)))
        before = c.column("truth", Kind.WHOLE)
        joined = r.Join(own, scan(f"concluded_{number}", "of"), (("learner", "of"),), (("of", "truth"),), "left")
        return r.Keep(joined, ((f"v_{number}", c.plus(before, c.constant(2))),))

    first, second = layer(1), layer(2)
    assert spelled_out(first).shape == spelled_out(second).shape
    assert query_text(second) == own_text(second)
    assert query_text(first) == own_text(first)
    assert "concluded_2" in query_text(second)


def test_numbers_that_are_equal_here_and_differ_there_are_another_shape() -> None:
    def kept(one: int, other: int) -> r.Relation:
        column = c.column("a", Kind.WHOLE)
        return r.Keep(
            scan("t", "a"), (("x", c.plus(column, c.constant(one))), ("y", c.plus(column, c.constant(other))))
        )

    assert spelled_out(kept(5, 5)).shape != spelled_out(kept(5, 6)).shape
    assert spelled_out(kept(5, 6)).shape == spelled_out(kept(7, 8)).shape


@pytest.mark.parametrize("name", ['a "quoted" name', "a`b", "é è", "name__1__", "a.b", "8888000000000000001"])
def test_names_of_any_letters_stay_what_they_are(name: str) -> None:
    relation = r.Keep(scan(name, name, "b"), ((name, c.plus(c.column(name, Kind.WHOLE), c.constant(3))),))
    assert query_text(relation) == own_text(relation)


@pytest.mark.parametrize("number", [-1, 0, 2**62, 8_888_000_000_000_000_001, 10**20])
def test_numbers_of_any_size_stay_what_they_are(number: int) -> None:
    relation = r.Keep(scan("t", "a"), (("x", c.equal(c.column("a", Kind.WIDE), c.constant(number))),))
    assert query_text(relation) == own_text(relation)


def test_rows_without_any_of_another_table_are_asked_for_with_keys_or_none() -> None:
    engine = DuckDBEngine()
    engine.put("some", pyarrow.table({"a": [1, 2]}))
    engine.put("others", pyarrow.table({"b": [2, 3]}))
    engine.put("none", pyarrow.table({"b": pyarrow.nulls(0, pyarrow.int64())}))
    some, others, none = scan("some", "a"), scan("others", "b"), scan("none", "b")
    assert engine.fetch(r.Join(some, others, (("a", "b"),), (), "without")).to_pylist() == [{"a": 1}]
    assert engine.fetch(r.Join(some, others, (), (), "without")).to_pylist() == []
    assert engine.fetch(r.Join(some, none, (), (), "without")).num_rows == 2
    engine.close()
