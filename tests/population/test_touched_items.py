"""Items that a learner's facts do not touch are decided once for all learners, and as the interpreter decides them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import pytest

from competency.model.facts import Fact, LearnerFacts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.presume_facts import presume_facts
from competency.rules.population.touching import Source, Touching, touching
from competency.rules.program import ir
from competency.rules.read_rules import parse_texts, read_rules
from competency.services.decide_untouched import decide_untouched
from competency.source import SourceText

DAY = date(2026, 11, 2)
BOOK = """
policy p "P"
  when evidence is missing: {missing}
end
scale Points from 0 to 4
roles teacher, peer
methods test, project
framework M scored on Points
  competency M.1 "M 1"
  competency M.2 "M 2" requires M.1
  competency M.3 "M 3" requires M.2
  competency N.1 "N 1"
  competency N.2 "N 2" requires N.1
end
catalog
  course A "A" worth 1 credit core M.1 covers M.2, M.3
  course B "B" worth 1 credit core N.1 covers N.2
end
mastery shown
  for each competency in M
  require level: average of the latest up to 2 scores is at least 3
  require prior: all prerequisites are mastered
end
credit course
  for each course in catalog
  worth the credits of the course
  require share: at least 60% of the competencies of the course are mastered
  require core: {core} of the core competencies of the course are mastered
end
measure earned "Earned"
  value sum of credits of courses that are credited
end
recovery course
  for each course in catalog
  require failed: the learner has a final failed attempt of the course
  assign the competencies of the course that are not mastered
end
"""


def program_of(text: str) -> ir.Program:
    parsed, of_texts = parse_texts([SourceText("touched.rules", text)])
    book, of_book = read_rules(parsed, {})
    assert book.program is not None, [one.message for one in (*of_texts, *of_book)]
    return book.program


def learner(name: str, scores: dict[str, tuple[int, ...]], failed: tuple[str, ...] = ()) -> LearnerFacts:
    evidence = [
        Fact(
            "evidence",
            f"{name} {code} {number}",
            {
                "evidence_id": f"{name} {code} {number}",
                "learner": name,
                "competency": code,
                "score": Fraction(score),
                "assessed_on": date(2026, 9, 1 + number),
            },
        )
        for code, given in scores.items()
        for number, score in enumerate(given)
    ]
    attempts = [
        Fact(
            "attempts",
            f"{name} {course}",
            {
                "attempt_id": f"{name} {course}",
                "learner": name,
                "course": course,
                "status": "final",
                "result": "failed",
                "ended_on": date(2026, 6, 1),
            },
        )
        for course in failed
    ]
    own = Fact("learners", name, {"learner": name})
    return LearnerFacts(name, {"learners": (own,), "evidence": tuple(evidence), "attempts": tuple(attempts)})


LEARNERS = [
    learner("L1", {}),
    learner("L2", {"M.1": (1, 4, 3)}),
    learner("L3", {"M.1": (4,), "M.2": (4, 4), "M.3": (2,)}, failed=("A",)),
    learner("L4", {"M.3": (4,), "N.2": (4,)}, failed=("B",)),
    learner("L5", {"N.1": (3, 3), "N.2": (0, 1)}),
    learner("L6", {}, failed=("A", "B")),
]


def compiled(program: ir.Program) -> Compiled:
    return compile_program(program, presume_facts(program), DAY, None, {}, decide_untouched(program, DAY, None))


@pytest.mark.parametrize("core", ["all", "any", "none"])
@pytest.mark.parametrize("missing", ["", "not yet known", "not met"])
def test_they_are_decided_alike(missing: str, core: str, decides_alike: Callable[..., int]) -> None:
    program = program_of(text_of(missing, core=core))
    assert decides_alike(program, LEARNERS, DAY) == len(LEARNERS) * (5 + 2 + 1 + 2)


def test_only_those_touched_are_decided_one_by_one() -> None:
    spared = {
        one.group: any(table.name.startswith("touched") for table in one.tables.tables)
        for one in compiled(program_of(BOOK.format(missing="not met", core="all"))).groups
        if one.tables is not None
    }
    assert spared == {"mastery": True, "credit": True, "measure earned": False, "recovery": True}


def text_of(missing: str, **other: str) -> str:
    """The book; where it does not say what is so without evidence, without that line."""
    text = BOOK.format(missing=missing, core=other.get("core", "all"))
    return text if missing else text.replace("  when evidence is missing: \n", "")


def of_group(program: ir.Program, group: str) -> tuple[Touching, ...]:
    return touching(program, group, [rule for rule in program.rules if rule.group == group])


def test_evidence_touches_what_relies_on_it() -> None:
    (evidence,) = [one for one in of_group(program_of(text_of("")), "mastery") if one.source.table == "evidence"]
    assert evidence.source == Source("evidence", "competency")
    assert {code: touched for code, touched in evidence.touched.items() if code < "N"} == {
        "M.1": ("M.1", "M.2", "M.3"),
        "M.2": ("M.2", "M.3"),
        "M.3": ("M.3",),
    }
    (mastered,) = [one for one in of_group(program_of(text_of("")), "credit") if one.source.group]
    assert mastered.touched["N.2"] == ("B",)


def test_evidence_touches_its_item_alone_where_nothing_else_is_asked_without() -> None:
    (evidence,) = [one for one in of_group(program_of(text_of("not met")), "mastery") if one.source.table == "evidence"]
    assert set(evidence.touched.items()) == {(code, (code,)) for code in ("M.1", "M.2", "M.3", "N.1", "N.2")}


@pytest.mark.parametrize("missing", ["", "not met"])
def test_what_belongs_to_no_item_touches_all(missing: str, decides_alike: Callable[..., int]) -> None:
    text = text_of(missing).replace(
        "require prior:", "require own: number of failed attempts is at most 1\n  require prior:"
    )
    program = program_of(text)
    assert bool(of_group(program, "mastery")) == bool(missing)
    decides_alike(program, LEARNERS, DAY)
