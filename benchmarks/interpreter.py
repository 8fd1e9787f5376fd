"""The interpreter on one learner with 72 pieces of evidence: milliseconds a learner, decisions a second.

Then the mastery rule alone beside two general rule engines, which get the same evidence and must give the same outcomes.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import mastery_peers
from generated_book import METHODS, ROLES, small_book
from record import record

from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.program import ir
from competency.rules.read_rules import RuleBook, parse_texts, read_rules
from competency.services.read_book import read_book
from competency.source import SourceText

RIVERBEND = Path(__file__).resolve().parents[1] / "policies" / "riverbend"
PIECES = 72
COMPETENCIES_TRIED = 24
AS_OF = date(2026, 12, 1)

Seconds = Sequence[float]


def main() -> int:
    """Measures and prints; fails where a peer comes to another outcome."""
    arguments = _arguments()
    name, program = _generated() if arguments.generated else _district()
    facts = learner(program, arguments.seed)
    seconds = repeated(lambda: decide(program, facts, AS_OF), arguments.rounds)
    decisions = len(program.schedule)
    whole = {"book": name, "decisions": decisions, **_figures(seconds, decisions)}
    print(f"{name}: one learner, {PIECES} pieces of evidence, {decisions} decisions with full reasons")
    _show("this interpreter", seconds, decisions)
    alone = beside_peers(arguments.rounds, arguments.seed)
    if arguments.write:
        packages = ("competency", "zen-engine", "cel-python")
        figures = {"seed": arguments.seed, "rounds": arguments.rounds, "evidence": PIECES, "learner": whole, **alone}
        print(f"written to {record('interpreter', packages, figures)}")
    return 0


def learner(program: ir.Program, seed: int) -> LearnerFacts:
    """A learner with 72 pieces of evidence on 24 competencies, one failed attempt and a record of attendance."""
    random = Random(seed)
    items = [codes[0] for rule in program.rules if rule.kind == "mastery" for codes in rule.about]
    tried = random.sample(items, COMPETENCIES_TRIED)
    courses = [codes[0] for rule in program.rules if rule.kind == "credit" for codes in rule.about]
    tables: dict[str, tuple[Fact, ...]] = {
        "learners": (Fact("learners", "L1", {"learner": "L1", "entered_on": date(2026, 8, 20)}),),
        "evidence": tuple(_evidence(random, number, tried) for number in range(PIECES)),
        "attendance": (
            Fact(
                "attendance",
                "D1",
                {"begins_on": date(2026, 8, 20), "days_enrolled": Fraction(60), "days_present": Fraction(53)},
            ),
        ),
    }
    if courses:
        attempt: dict[str, FactValue] = {
            "course": courses[0],
            "ended_on": date(2026, 10, 1),
            "status": "final",
            "result": "failed",
            "grade": Fraction(52),
        }
        tables["attempts"] = (Fact("attempts", "A1", attempt),)
    return LearnerFacts("L1", tables)


def _evidence(random: Random, number: int, tried: Sequence[str]) -> Fact:
    values: dict[str, FactValue] = {
        "competency": random.choice(tried),
        "score": Fraction(random.choice((1, 2, 3, 3, 4, 4))),
        "assessed_on": date(2026, 9, 1) + timedelta(days=number),
        "method": random.choice(METHODS),
        "role": random.choice(ROLES),
    }
    return Fact("evidence", f"E{number:03}", values)


# --- the mastery rule alone -------------------------------------------------------------------------------------------


def beside_peers(rounds: int, seed: int) -> dict[str, Any]:
    """The mastery rule on every competency that was tried: here, in ZEN, in CEL. Outcomes must be the same."""
    program = _read("mastery.rules", mastery_peers.RULE_TEXT)
    facts = learner(program, seed)
    ours = {
        one.decision.item[0]: str(one.decision.outcome.value)
        for one in decide(program, facts, AS_OF)
        if one.decision.outcome
    }
    inputs = mastery_peers.inputs(facts, tuple(ours))
    engines: dict[str, Callable[[], Any]] = {"this interpreter": lambda: decide(program, facts, AS_OF)}
    for name, engine in mastery_peers.engines().items():
        theirs = {code: engine(given) for code, given in inputs.items()}
        different = {code: (ours[code], theirs[code]) for code in ours if ours[code] != theirs[code]}
        if different:
            raise SystemExit(f"{name} comes to other outcomes (ours, theirs): {different}")
        engines[name] = lambda engine=engine: [engine(given) for given in inputs.values()]  # type: ignore[misc]
    outcomes = {outcome: sum(one == outcome for one in ours.values()) for outcome in sorted(set(ours.values()))}
    print(f"\nthe mastery rule alone on {len(ours)} competencies, same outcomes everywhere: {outcomes}")
    figures: dict[str, Any] = {}
    for name, work in engines.items():
        seconds = repeated(work, rounds)
        figures[name] = _figures(seconds, len(ours))
        _show(name, seconds, len(ours))
    return {"mastery_alone": {"competencies": len(ours), "outcomes": outcomes, "engines": figures}}


# --- measuring --------------------------------------------------------------------------------------------------------


def repeated(work: Callable[[], Any], rounds: int) -> Seconds:
    """Seconds of each round, after one that is not counted."""
    work()
    gc.collect()
    seconds = []
    for _ in range(rounds):
        begins = perf_counter()
        work()
        seconds.append(perf_counter() - begins)
    return seconds


def _figures(seconds: Seconds, decisions: int) -> dict[str, float]:
    return {
        "best_ms": round(1000 * min(seconds), 3),
        "median_ms": round(1000 * median(seconds), 3),
        "decisions_a_second": round(decisions / median(seconds)),
    }


def _show(name: str, seconds: Seconds, decisions: int) -> None:
    figures = _figures(seconds, decisions)
    print(
        f"  {name:24}{figures['best_ms']:9.3f} ms best{figures['median_ms']:9.3f} ms median"
        f"{figures['decisions_a_second']:10,} decisions a second"
    )


def _district() -> tuple[str, ir.Program]:
    """The sample district, as its folder stands."""
    book, diagnostics = read_book(RIVERBEND)
    return "policies/riverbend", _program(book.rules if book is not None else None, diagnostics)


def _generated() -> tuple[str, ir.Program]:
    """A book of the same shape with about a hundred decisions."""
    return "a generated book of 60 competencies", _read("generated.rules", small_book())


def _read(name: str, text: str) -> ir.Program:
    texts, found = parse_texts([SourceText(name, text)])
    rules, problems = read_rules(texts, {})
    return _program(rules, (*found, *problems))


def _program(rules: RuleBook | None, diagnostics: Sequence[Any]) -> ir.Program:
    errors = [one.message for one in diagnostics if one.is_error]
    if errors or rules is None or rules.program is None:
        raise SystemExit(f"the book has errors: {'; '.join(errors[:3])}")
    return rules.program


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--seed", type=int, default=2026)
    reader.add_argument("--rounds", type=int, default=50)
    reader.add_argument("--generated", action="store_true", help="a generated book of 60 competencies instead")
    reader.add_argument("--write", action="store_true", help="write results/interpreter.json")
    return reader.parse_args()


if __name__ == "__main__":
    sys.exit(main())
