"""What every program must be: a breach is found, whoever made the program."""

from dataclasses import replace
from pathlib import Path

import pytest

from competency.rules.program import ir, types
from competency.rules.program.invariants import BrokenProgramError, check_invariants
from competency.rules.program.operators import OPERATORS, Operator
from competency.rules.program.types import Kind
from competency.services.read_book import read_book

RIVERBEND = Path(__file__).resolve().parents[3] / "policies" / "riverbend"


@pytest.fixture(scope="module")
def program() -> ir.Program:
    book, _ = read_book(RIVERBEND)
    assert book is not None
    assert book.rules.program is not None
    return book.rules.program


TRUE = ir.Constant(value=True, type=types.TRUTH)
ONE = ir.Constant("1", types.TEXT)

BREACHES: dict[str, tuple[ir.Node, str]] = {
    "unbound": (ir.Variable("nobody", types.TRUTH), "`nobody` is not bound"),
    "no operator": (ir.Apply("twice", (TRUE,), types.TRUTH), "no operator `twice`"),
    "wrong kinds": (ir.Apply("at least", (ONE, ONE), types.TRUTH), "`at least` is applied to text, text"),
    "wrong outcome": (ir.Apply("known", (ONE,), types.PLAIN), "is a plain number"),
    "no condition": (ONE, "a condition is a text"),
    "no table": (ir.Lookup("nowhere", (), types.TRUTH), "no table `nowhere`"),
    "no facts": (
        ir.Aggregate("number", ir.Facts("dreams", (), ir.Order(""), types.rows("dreams")), "r", None, (), types.TRUTH),
        "no fact type `dreams`",
    ),
}


def test_a_book_s_program_breaks_nothing(program: ir.Program) -> None:
    check_invariants(program)


@pytest.mark.parametrize(("node", "said"), BREACHES.values(), ids=BREACHES)
def test_a_broken_clause_is_found(program: ir.Program, node: ir.Node, said: str) -> None:
    rule = replace(program.rules[0], clauses=(ir.Clause("broken", node),))
    with pytest.raises(BrokenProgramError, match=said):
        check_invariants(replace(program, rules=(rule, *program.rules[1:])))


def test_a_decision_that_is_not_planned_is_found(program: ir.Program) -> None:
    with pytest.raises(BrokenProgramError, match="schedule"):
        check_invariants(replace(program, schedule=program.schedule[1:]))


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_an_operator_takes_what_it_says_and_not_less(operator: Operator) -> None:
    kinds = [min(each, key=lambda kind: kind.value) for each in operator.takes]
    assert operator.admits(kinds)
    assert not operator.admits(kinds[1:])
    assert not operator.admits([Kind.ROWS] * len(kinds))
