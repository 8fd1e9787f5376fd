"""The front end on a generated book of 10,000 lines, as a ratio to Lark's bare parse of the same text in the same run.

Bar: parse, resolve, check and lower together take at most four times as long as the bare parse.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import TypeVar

from generated_book import large_book
from record import record

from competency.rules.language.check import check
from competency.rules.language.grammar import bare_parser, parser
from competency.rules.language.lower import lower
from competency.rules.language.parse import parse
from competency.rules.language.resolve import resolve
from competency.source import SourceText

RATIO_MAX = 4
STAGES = ("bare", "parse", "resolve", "check", "lower")

T = TypeVar("T")


def main() -> int:
    """Measures, prints, and says by the exit code whether the bar is met."""
    arguments = _arguments()
    text = large_book(arguments.lines, arguments.seed)
    bare_parser(), parser()  # both grammars are built before the clock starts
    rounds = [one_round(text) for _ in range(arguments.rounds)]
    best = {stage: min(one[stage] for one in rounds) for stage in STAGES}
    middle = {stage: median(one[stage] for one in rounds) for stage in STAGES}
    ratios = [sum(one[stage] for stage in STAGES[1:]) / one["bare"] for one in rounds]
    figures = {
        "lines": arguments.lines,
        "characters": len(text),
        "seed": arguments.seed,
        "rounds": arguments.rounds,
        "best_ms": {stage: round(1000 * seconds, 1) for stage, seconds in best.items()},
        "median_ms": {stage: round(1000 * seconds, 1) for stage, seconds in middle.items()},
        "ratio_best": round(min(ratios), 2),
        "ratio_median": round(median(ratios), 2),
        "ratio_max": RATIO_MAX,
    }
    print(f"{arguments.lines:,} lines, {len(text):,} characters, seed {arguments.seed}, {arguments.rounds} rounds")
    print(f"{'':24}{'best ms':>10}{'median ms':>11}{'of bare':>9}")
    for stage in STAGES:
        name = "Lark's bare parse" if stage == "bare" else stage
        share = middle[stage] / middle["bare"]
        print(f"{name:24}{1000 * best[stage]:10.1f}{1000 * middle[stage]:11.1f}{share:9.2f}")
    print(f"ratio: best {min(ratios):.2f}, median {median(ratios):.2f}; the bar is {RATIO_MAX}")
    if arguments.write:
        print(f"written to {record('front_end', ('competency', 'lark'), figures)}")
    return 0 if median(ratios) <= RATIO_MAX else 1


def one_round(text: str) -> dict[str, float]:
    """Seconds of each stage on the text. The text must be without errors, or the figures would mean nothing."""
    seconds: dict[str, float] = {}
    timed("bare", lambda: bare_parser().parse(text), seconds)
    source = SourceText("generated.rules", text)
    parsed, found = timed("parse", lambda: parse(source), seconds)
    resolved, problems = timed("resolve", lambda: resolve([parsed], {}), seconds)
    assert resolved is not None  # the generated book has a policy
    findings = timed("check", lambda: check(resolved), seconds)
    timed("lower", lambda: lower(resolved), seconds)
    errors = [one.message for one in (*found, *problems, *findings) if one.is_error]
    if errors:
        raise SystemExit(f"the generated book has errors, the first: {errors[0]}")
    return seconds


def timed(stage: str, work: Callable[[], T], seconds: dict[str, float]) -> T:
    """Does the work with a clean heap, and notes how long it took, its own garbage collections included."""
    gc.collect()
    begins = perf_counter()
    result = work()
    seconds[stage] = perf_counter() - begins
    return result


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--lines", type=int, default=10_000)
    reader.add_argument("--seed", type=int, default=2026)
    reader.add_argument("--rounds", type=int, default=7)
    reader.add_argument("--write", action="store_true", help="write results/front_end.json")
    return reader.parse_args()


if __name__ == "__main__":
    sys.exit(main())
