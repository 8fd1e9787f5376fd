"""A waived requirement of a diploma costs nothing: with it waived, the diploma is earned where it is earned without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from competency.model.decisions import Outcome
from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.program import ir

ProgramOf = Callable[..., ir.Program]

SUBJECTS = ("a", "b", "c")
DAY = date(2026, 11, 2)
EARNED = {Outcome.MET, Outcome.WAIVED}

requirements = st.lists(
    st.tuples(st.sampled_from(["0.5", "1", "1.5"]), st.sampled_from([None, *SUBJECTS])), min_size=2, max_size=4
)
courses = st.lists(st.tuples(st.sampled_from(["0.5", "1"]), st.sampled_from(SUBJECTS)), min_size=1, max_size=5)
counted = st.sampled_from(["credit", "course"])


def book(asked: list[tuple[int, tuple[str, str | None]]], offered: list[tuple[str, str]], once: str) -> str:
    """A book with one diploma, whose requirements are numbered."""
    lines = []
    for number, (need, subject) in asked:
        which = f' with subject "{subject}"' if subject else ""
        lines.append(f"  require r{number}: at least {need} credits from courses{which}")
    catalog = [
        f'  course C{number} "C{number}" worth {worth} credits with subject "{subject}"'
        for number, (worth, subject) in enumerate(offered)
    ]
    return "\n".join(
        [
            'policy district "District"\nend',
            "catalog",
            *catalog,
            "end",
            "credit course\n  for each course in catalog",
            "  require passed: the learner has a passed attempt of the course\nend",
            "diploma standard\n  counts courses that are credited",
            *lines,
            f"  each {once} counts once\nend",
        ]
    )


def outcome(program: ir.Program, number: int, waived: int | None) -> Outcome | None:
    """What the diploma says of a learner who passed all courses, and has a waiver or none."""
    passed = tuple(
        Fact("attempts", f"A{each}", {"learner": "L", "course": f"C{each}", "result": "passed", "ended_on": DAY})
        for each in range(number)
    )
    values: dict[str, FactValue] = {
        "learner": "L",
        "rule": "diploma standard",
        "clause": f"r{waived}",
        "begins_on": DAY,
    }
    waivers = () if waived is None else (Fact("waivers", "W", values),)
    facts = LearnerFacts("L", {"attempts": passed, "waivers": waivers})
    return next(one.decision.outcome for one in decide(program, facts, DAY) if one.rule.kind == "diploma")


@settings(max_examples=settings().max_examples // 2)
@given(requirements, courses, counted, st.data())
def test_a_waived_requirement_costs_nothing(
    program_of: ProgramOf,
    wanted: list[tuple[str, str | None]],
    offered: list[tuple[str, str]],
    once: str,
    data: st.DataObject,
) -> None:
    asked = list(enumerate(wanted))
    freed = data.draw(st.integers(0, len(asked) - 1))
    whole = program_of(book(asked, offered, once))
    rest = program_of(book([each for each in asked if each[0] != freed], offered, once))
    made = outcome(whole, len(offered), freed)
    assert (made in EARNED) == (outcome(rest, len(offered), None) in EARNED)
    assert (made is Outcome.MET) == (outcome(whole, len(offered), None) is Outcome.MET)
