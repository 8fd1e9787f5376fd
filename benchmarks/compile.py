"""From a program to the texts of all its queries: what a book costs before the first learner is decided.

Each book in a process of its own: what importing takes, compiling cold, and the same again warm.
Bar: 3,000 competencies and 200 courses compile cold in under a second of processor time.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from competency.rules.population.compile_program import Compiled
    from competency.rules.population.relations import Relation
    from competency.rules.program import ir

sys.path.insert(0, str(Path(__file__).parent / "population"))

RIVERBEND = Path(__file__).resolve().parents[1] / "policies" / "riverbend"
BAR = 1.0
FRONT_END = ("parse", "resolve", "check", "program")
COLD = ("lowering", "query texts")
STAGES = ("libraries", "package", *FRONT_END, *COLD, "lowering again", "query texts again")

T = TypeVar("T")
Seconds = dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Book:
    """A made-up state of so many competencies and courses, or the district whose book is a folder."""

    name: str
    competencies: int = 0
    courses: int | None = None


BOOKS = (
    Book("60 competencies", 60),
    Book("3,000 competencies", 3_000, 200),
    Book("Riverbend"),
)
OF_BAR = BOOKS[1]


def main() -> int:
    """Measures and prints; fails where the bar is not met."""
    arguments = _arguments()
    if arguments.only is not None:
        print(json.dumps(_run(BOOKS[arguments.only])))
        return 0
    figures = {}
    for number, book in enumerate(BOOKS):
        rounds = [_in_own_process(number) for _ in range(arguments.rounds)]
        figures[book.name] = _middle(rounds)
        _show(book, figures[book.name])
    cold = sum(figures[OF_BAR.name]["processor"][stage] for stage in COLD)
    print(f"{OF_BAR.name}: {cold:.2f} s of processor time from the program to all texts; the bar is {BAR:.0f} s")
    if arguments.write:
        from record import record

        packages = ("competency", "duckdb", "ibis-framework", "pyarrow", "sqlglot")
        books = {name: {key: one for key, one in found.items() if key != "wall"} for name, found in figures.items()}
        measured = {"rounds": arguments.rounds, "bar": BAR, "cold": round(cold, 3), "books": books}
        print(f"written to {record('compile', packages, measured)}")
    return 0 if cold <= BAR else 1


def _arguments() -> argparse.Namespace:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rounds", type=int, default=3)
    reader.add_argument("--write", action="store_true", help="write results/compile.json")
    reader.add_argument("--only", type=int, choices=range(len(BOOKS)), help=argparse.SUPPRESS)
    return reader.parse_args()


def _in_own_process(number: int) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, __file__, "--only", str(number)], capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise SystemExit(ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def _middle(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The median of each stage."""
    first = rounds[0]
    return {
        **first,
        **{
            clock: {stage: round(median(one[clock][stage] for one in rounds), 4) for stage in first[clock]}
            for clock in ("processor", "wall")
        },
    }


def _show(book: Book, found: dict[str, Any]) -> None:
    print(f"{book.name}: {found['decisions']:,} decisions a learner, {found['queries']} queries")
    for stage in STAGES:
        if stage in found["wall"]:
            print(f"  {stage:20}{found['processor'][stage]:9.3f} s processor{found['wall'][stage]:9.3f} s")


# --- in a process of its own ------------------------------------------------------------------------------------------


def _run(book: Book) -> dict[str, Any]:
    seconds: Seconds = {}
    _timed("libraries", _import_libraries, seconds)
    _timed("package", _import_package, seconds)
    program = _program(book, seconds)
    queries = 0
    for again in ("", " again"):
        compiled = _timed(f"lowering{again}", lambda: _compiled(book, program), seconds)
        if compiled.left:
            raise SystemExit(f"left to the interpreter: {dict(compiled.left)}")
        queries = _timed(f"query texts{again}", lambda of=compiled: _write_texts(of), seconds)  # type: ignore[misc]
    return {
        "decisions": len(program.schedule),
        "queries": queries,
        "processor": {stage: one for stage, (one, _) in seconds.items()},
        "wall": {stage: one for stage, (_, one) in seconds.items()},
    }


def _timed(stage: str, work: Callable[[], T], seconds: Seconds) -> T:
    wall, processor = perf_counter(), process_time()
    result = work()
    seconds[stage] = (process_time() - processor, perf_counter() - wall)
    return result


def _import_libraries() -> None:
    import duckdb  # noqa: F401
    import ibis
    import ibis.backends.sql.compilers.duckdb
    import pyarrow  # noqa: F401

    ibis.options  # noqa: B018 - it is made when it is first asked for


def _import_package() -> None:
    import made_up_facts  # noqa: F401

    import competency.rules.population.compile_program
    import competency.rules.population.duckdb_engine
    import competency.services.decide_untouched
    import competency.services.read_book  # noqa: F401


def _program(book: Book, seconds: Seconds) -> ir.Program:
    if not book.competencies:
        from competency.services.read_book import read_book

        read, _ = read_book(RIVERBEND)
        program = None if read is None else read.rules.program
        if program is None:
            raise SystemExit("the district's book has errors")
        return program
    import made_up_state as state

    from competency.rules.language.check import check
    from competency.rules.language.grammar import parser
    from competency.rules.language.lower import lower
    from competency.rules.language.parse import parse
    from competency.rules.language.resolve import resolve
    from competency.source import SourceText

    parser()  # the grammar is ready before the clock starts
    source = SourceText("state.rules", state.book(book.competencies, book.courses))
    parsed, found = _timed("parse", lambda: parse(source), seconds)
    resolved, problems = _timed("resolve", lambda: resolve([parsed], {}), seconds)
    assert resolved is not None  # the book has a policy
    findings = _timed("check", lambda: check(resolved), seconds)
    errors = [one.message for one in (*found, *problems, *findings) if one.is_error]
    if errors:
        raise SystemExit(f"the made-up book has errors, the first: {errors[0]}")
    return _timed("program", lambda: lower(resolved), seconds)


def _compiled(book: Book, program: ir.Program) -> Compiled:
    """The program as tables, what is known of the facts worked out anew."""
    import made_up_facts
    import made_up_state as state

    from competency.rules.population.compile_program import compile_program
    from competency.rules.population.presume_facts import presume_facts
    from competency.services.decide_untouched import decide_untouched

    at_hand = made_up_facts.at_hand(program) if book.competencies else presume_facts(program)
    untouched = decide_untouched(program, state.AS_OF, None)
    return compile_program(program, at_hand, state.AS_OF, None, {}, untouched)


def _write_texts(compiled: Compiled) -> int:
    """Makes the text of every query; how many there are."""
    from competency.rules.population.duckdb_engine import query_text

    return sum(bool(query_text(relation)) for relation in _queries(compiled))


def _queries(compiled: Compiled) -> Iterator[Relation]:
    for group in compiled.groups:
        if group.tables is not None:
            yield from (made.relation for made in group.tables.tables)
            yield group.tables.decided
            if group.tables.assigned is not None:
                yield group.tables.assigned


if __name__ == "__main__":
    sys.exit(main())
