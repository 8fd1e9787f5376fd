"""Rules of one shape are decided together, however many there are: what differs among them is data of their items."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

from competency.model.facts import Fact, LearnerFacts
from competency.rules.population.compile_program import compile_program
from competency.rules.population.presume_facts import presume_facts
from competency.rules.population.spelled_out import spelled_out
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText

DAY = date(2026, 11, 2)
HEAD = """
policy p "P"
  when evidence is missing: not yet known
end
scale Points from 0 to 10
roles teacher, peer
methods test, project, portfolio
"""


def program_of(text: str) -> ir.Program:
    parsed, of_texts = parse_texts([SourceText("families.rules", HEAD + text)])
    book, of_book = read_rules(parsed, {})
    assert book.program is not None, [one.message for one in (*of_texts, *of_book)]
    return book.program


def rules_for_each(count: int) -> str:
    """A rule for each of so many competencies, each with numbers and words of its own."""
    methods = ("test", "project", "portfolio")
    declared = "\n".join(f'  competency M.{number} "M {number}"' for number in range(count))
    rules = (
        "\n".join(
            f"mastery of_{number}\n"
            f"  for competency M.{number}\n"
            f"  require level: average of the latest up to 3 scores is at least {Fraction(number % 7) + Fraction(5, 2)}\n"
            f"  require way: number of scores by {methods[number % 3]} is at least {1 + number % 2}\n"
            "end"
            for number in range(count)
        )
        .replace("11/2", "5.5")
        .replace("13/2", "6.5")
        .replace("15/2", "7.5")
        .replace("17/2", "8.5")
    )
    return f"framework M scored on Points\n{declared}\nend\n{rules.replace('5/2', '2.5').replace('7/2', '3.5').replace('9/2', '4.5')}\n"


def learner(name: str, count: int, seed: int) -> LearnerFacts:
    rows = [
        Fact(
            "evidence",
            f"{name}-{number}",
            {
                "evidence_id": f"{name}-{number}",
                "learner": name,
                "competency": f"M.{(number * 7 + seed) % count}",
                "score": Fraction((number * seed) % 21, 2),
                "assessed_on": date(2026, 9, 1 + number % 28),
                "method": ("test", "project", "portfolio")[(number + seed) % 3],
                "role": "teacher",
            },
        )
        for number in range(4 * count)
    ]
    return LearnerFacts(name, {"learners": (Fact("learners", name, {"learner": name}),), "evidence": tuple(rows)})


def test_rules_of_one_shape_are_decided_alike(decides_alike: Callable[..., int]) -> None:
    program = program_of(rules_for_each(24))
    learners = [learner(f"L{seed}", 24, seed) for seed in range(1, 5)]
    assert decides_alike(program, learners, DAY) == 24 * 4


def length_of_queries(program: ir.Program) -> int:
    """How long all that is asked of an engine is."""
    compiled = compile_program(program, presume_facts(program), DAY, None, {})
    assert not compiled.left
    tables = [made for group in compiled.groups if group.tables is not None for made in group.tables.tables]
    return sum(len(spelled_out(made.relation).shape) for made in tables)


def test_queries_grow_with_the_number_of_shapes_and_not_of_rules() -> None:
    few, many = length_of_queries(program_of(rules_for_each(6))), length_of_queries(program_of(rules_for_each(60)))
    assert many < 1.1 * few


def test_versions_of_one_item_are_no_family(decides_alike: Callable[..., int]) -> None:
    program = program_of(
        """framework M scored on Points
  competency M.1 "M 1"
  competency M.2 "M 2"
end
mastery standard
  for each competency in M
  in effect until 2026-10-01
  require level: highest of scores is at least 3
end
mastery standard
  for each competency in M
  in effect from 2026-10-01
  require level: highest of scores is at least 8
end
"""
    )
    learners = [learner(f"L{seed}", 2, seed) for seed in range(1, 4)]
    assert decides_alike(program, learners, DAY) == 6
    assert decides_alike(program, learners, date(2026, 9, 20)) == 6
