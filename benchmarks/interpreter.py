"""The interpreter on one learner with 72 pieces of evidence: microseconds of a processor a learner, decisions a second.

Then the mastery rule alone beside four general rule engines, which get the same evidence and must give the same outcomes.
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
from time import process_time
from typing import Any

import mastery_openfisca
import mastery_peers
from generated_book import METHODS, ROLES, small_book
from record import record

from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.tell import tell
from competency.rules.program import ir
from competency.rules.read_rules import RuleBook, parse_texts, read_rules
from competency.services.buckets import FactsInBuckets
from competency.services.decide_population import decide_population
from competency.services.engines import ON_DUCKDB
from competency.services.read_book import read_book
from competency.services.write_decisions import decided_by
from competency.source import SourceText

RIVERBEND = Path(__file__).resolve().parents[1] / "policies" / "riverbend"
PIECES = 72
COMPETENCIES_TRIED = 24
LEARNERS_AT_ONCE = 1_000
ROUNDS_AT_ONCE = 5
AS_OF = date(2026, 12, 1)

Seconds = Sequence[float]


def main() -> int:
    """Measures and prints; fails where a peer comes to another outcome."""
    arguments = _arguments()
    name, program = _generated() if arguments.generated else _district()
    facts = learner(program, arguments.seed)
    decisions = len(program.schedule)
    print(f"{name}: one learner, {PIECES} pieces of evidence, {decisions} decisions")
    whole = {"book": name, "decisions": decisions, **interpreted(program, facts, arguments.rounds)}
    alone = beside_peers(arguments.rounds, arguments.seed)
    if arguments.write:
        packages = ("competency", "zen-engine", "cel-python", "rule-engine", "openfisca-core", "duckdb")
        figures = {"seed": arguments.seed, "rounds": arguments.rounds, "evidence": PIECES, "learner": whole, **alone}
        print(f"written to {record('interpreter', packages, figures)}")
    return 0


def interpreted(program: ir.Program, facts: LearnerFacts, rounds: int) -> dict[str, dict[str, float]]:
    """The interpreter on one learner, without reasons, with them, and with all of them in words.

    Values and reasons are one tree, which the evaluation is: nothing is built for reasons alone but the list of the facts
    that were read, which is gathered from the tree of each decision. Without reasons is the time less that.
    """
    made = decide(program, facts, AS_OF)
    decided = repeated(lambda: decide(program, facts, AS_OF), rounds)
    gathered = repeated(lambda: [_facts_read(one) for one in made], rounds)
    told = repeated(lambda: [tell(one, program, facts) for one in decide(program, facts, AS_OF)], max(3, rounds // 10))
    without = [whole - median(gathered) for whole in decided]
    ways = {"interpreter, no reasons": without, "interpreter, reasons": decided, "interpreter, in words": told}
    for name, seconds in ways.items():
        _show(name, seconds, len(program.schedule))
    return {name: _figures(seconds, len(program.schedule)) for name, seconds in ways.items()}


def _facts_read(explained: Explained) -> tuple[str, ...]:
    """The facts that a decision's reasons name, as the decision lists them."""
    reasons = [clause.reason for clause in explained.clauses if clause.reason is not None]
    reasons += [reason for _, reason in explained.lets]
    reasons += [explained.value] if explained.value is not None else []
    return tuple(sorted({name for reason in reasons for name in reason.facts()}))


def learner(program: ir.Program, seed: int, name: str = "L1") -> LearnerFacts:
    """A learner with 72 pieces of evidence on 24 competencies, one failed attempt and a record of attendance."""
    random = Random(seed)
    items = [codes[0] for rule in program.rules if rule.kind == "mastery" for codes in rule.about]
    tried = random.sample(items, COMPETENCIES_TRIED)
    courses = [codes[0] for rule in program.rules if rule.kind == "credit" for codes in rule.about]
    tables: dict[str, tuple[Fact, ...]] = {
        "learners": (Fact("learners", name, {"learner": name, "entered_on": date(2026, 8, 20)}),),
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
    return LearnerFacts(name, tables)


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
    """The mastery rule on every competency that was tried, here and by each peer. Outcomes must be the same."""
    program = _read("mastery.rules", mastery_peers.RULE_TEXT)
    facts = learner(program, seed)
    ours = _outcomes(decide(program, facts, AS_OF))
    inputs = list(mastery_peers.inputs(facts, [codes[0] for _, codes in program.schedule]).values())
    engines: dict[str, Callable[[], Any]] = {}
    for name, engine in mastery_peers.engines().items():
        _same(name, ours, [engine(given) for given in inputs])
        engines[name] = lambda engine=engine: [engine(given) for given in inputs]  # type: ignore[misc]
    system, columns = mastery_openfisca.mastery_system(), mastery_openfisca.columns([one["evidence"] for one in inputs])
    _same("openfisca", ours, mastery_openfisca.outcomes(system, columns))
    engines["openfisca"] = lambda: mastery_openfisca.outcomes(system, columns)
    outcomes = {outcome: ours.count(outcome) for outcome in sorted(set(ours))}
    print(f"\nthe mastery rule alone on {len(ours)} competencies, same outcomes everywhere: {outcomes}")
    figures: dict[str, Any] = interpreted(program, facts, rounds)
    for name, work in engines.items():
        seconds = repeated(work, rounds)
        figures[name] = _figures(seconds, len(ours))
        _show(name, seconds, len(ours))
    one = {"competencies": len(ours), "outcomes": outcomes, "engines": figures}
    return {"mastery_alone": one, "mastery_alone_at_once": at_once(program, seed)}


def at_once(program: ir.Program, seed: int) -> dict[str, Any]:
    """The same rule on 1,000 learners at once: OpenFisca beside the engine for many learners. Outcomes must be the same."""
    learners = [learner(program, seed + number, f"L{number}") for number in range(LEARNERS_AT_ONCE)]
    codes = [codes[0] for _, codes in program.schedule]
    ours = [outcome for facts in learners for outcome in _outcomes(decide(program, facts, AS_OF))]
    given = [one["evidence"] for facts in learners for one in mastery_peers.inputs(facts, codes).values()]
    system, columns = mastery_openfisca.mastery_system(), mastery_openfisca.columns(given)
    engines: dict[str, Callable[[], Sequence[str]]] = {
        "interpreter, one by one": lambda: [
            one for each in learners for one in _outcomes(decide(program, each, AS_OF))
        ],
        "duckdb": lambda: _by_duckdb(program, learners),
        "openfisca": lambda: mastery_openfisca.outcomes(system, columns),
    }
    print(f"\nthe same on {LEARNERS_AT_ONCE:,} learners at once, {len(ours):,} decisions; figures for one learner")
    figures: dict[str, Any] = {}
    for name, work in engines.items():
        _same(name, ours, work())
        seconds = [each / LEARNERS_AT_ONCE for each in repeated(work, ROUNDS_AT_ONCE)]
        figures[name] = _figures(seconds, len(codes))
        _show(name, seconds, len(codes))
    return {"learners": LEARNERS_AT_ONCE, "rounds": ROUNDS_AT_ONCE, "engines": figures}


def _by_duckdb(program: ir.Program, learners: Sequence[LearnerFacts]) -> list[str]:
    of_name = {facts.learner: facts for facts in learners}
    buckets = FactsInBuckets(program, of_name.__getitem__, list(of_name), ON_DUCKDB)
    decided = decide_population(program, buckets, decided_by(program, ""), AS_OF, None, engine=ON_DUCKDB)
    return [outcome for tables in decided for outcome in tables.decisions.column("outcome").to_pylist()]


def _outcomes(made: Sequence[Explained]) -> list[str]:
    return [str(one.decision.outcome.value) for one in made if one.decision.outcome]


def _same(name: str, ours: Sequence[str], theirs: Sequence[str]) -> None:
    """Ends the program where a peer comes to other outcomes."""
    different = [(one, other) for one, other in zip(ours, theirs, strict=True) if one != other]
    if different:
        raise SystemExit(f"{name} comes to {len(different)} other outcomes (ours, theirs): {different[:5]}")


# --- measuring --------------------------------------------------------------------------------------------------------


def repeated(work: Callable[[], Any], rounds: int) -> Seconds:
    """Seconds of processor time of each round, after one that is not counted: other programs disturb it little."""
    work()
    gc.collect()
    seconds = []
    for _ in range(rounds):
        begins = process_time()
        work()
        seconds.append(process_time() - begins)
    return seconds


def _figures(seconds: Seconds, decisions: int) -> dict[str, float]:
    return {
        "best_us": round(1_000_000 * min(seconds), 1),
        "median_us": round(1_000_000 * median(seconds), 1),
        "decisions_a_second": round(decisions / median(seconds)),
    }


def _show(name: str, seconds: Seconds, decisions: int) -> None:
    figures = _figures(seconds, decisions)
    print(
        f"  {name:24}{figures['best_us']:11,.1f} µs best{figures['median_us']:11,.1f} µs median"
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
