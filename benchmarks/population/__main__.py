"""Our engine beside hand-written DuckDB SQL and hand-written Polars, each in a process of its own, results compared.

python benchmarks/population [--learners 10000] [--competencies 60] [--rounds 3] [--write]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import hand_written_polars
import hand_written_sql
import made_up_facts as facts
import made_up_state as state
import ours
import pyarrow.parquet as pq
from record import record

from competency.rules.program import ir

CONTENDERS = ("ours", "hand-written SQL", "hand-written Polars", "scan")
TABLES = ("mastery", "credit", "recovery", "assigned", "at_risk")
Timed = list[tuple[float, float]]


def main() -> int:
    """Measures and prints; fails where two contenders differ."""
    arguments = _arguments()
    if arguments.only:
        print(json.dumps(_run(arguments)))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        program = state.program(arguments.competencies)
        facts.write_facts(program, arguments.competencies, arguments.learners, folder, arguments.seed)
        print(
            f"{arguments.learners:,} learners, {arguments.competencies} competencies, {state.PIECES} pieces of evidence each"
        )
        figures = {name: _measured(name, arguments, folder) for name in CONTENDERS}
        for name, found in figures.items():
            _show(name, found)
        differences = _differences(folder)
    print("\n".join(differences) or f"the same rows in {', '.join(TABLES)}")
    base = figures["hand-written SQL"]
    ratio = figures["ours"]["seconds"] / base["seconds"]
    print(
        f"ours takes {ratio:.2f} times the hand-written SQL (processor time {figures['ours']['processor'] / base['processor']:.2f})"
    )
    if arguments.write and not differences:
        sizes = {name: getattr(arguments, name) for name in ("learners", "competencies", "seed", "rounds")}
        packages = ("competency", "duckdb", "ibis-framework", "polars")
        print(f"written to {record('population', packages, {**sizes, 'contenders': figures, 'ratio': ratio})}")
    return 1 if differences else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--competencies", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20260601)
    parser.add_argument("--memory", default=None, help="what a database may use, as 3GB")
    parser.add_argument("--write", action="store_true", help="replace results/population.json")
    parser.add_argument("--only", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(name: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of a contender, measured in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent), "--only", name, "--folder", str(folder)]
    for option in ("learners", "competencies", "rounds", "seed", "memory"):
        value = getattr(arguments, option)
        command += [] if value is None else [f"--{option}", str(value)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise SystemExit(ended.stderr)
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def _run(arguments: argparse.Namespace) -> dict[str, Any]:
    program = state.program(arguments.competencies)
    further: dict[str, Any] = {}
    rounds: Timed = []
    match arguments.only:
        case "ours":
            began = perf_counter()
            ready = ours.compiled(program)
            further["compile cold"] = perf_counter() - began
            began = perf_counter()
            ready = ours.compiled(program)
            further["compile warm"] = perf_counter() - began

            def run() -> Any:
                return ours.decide(program, ready, arguments.learners, arguments.folder, arguments.memory)

            rounds, engine = _timed(run, arguments.rounds)
            further["first run"] = rounds[0][0]  # the texts of the queries are made here, and kept
            rounds = rounds[1:] or rounds
            _write(_of_engine(engine, ready), arguments)
        case "hand-written SQL":
            rounds, database = _timed(lambda: _by_sql(program, arguments), arguments.rounds)
            _write({name: database.table(name).to_arrow_table() for name in TABLES}, arguments)
        case "hand-written Polars":
            rounds, found = _timed(
                lambda: hand_written_polars.decide(program, arguments.competencies, arguments.folder), arguments.rounds
            )
            _write({name: found[name].to_arrow() for name in TABLES}, arguments)
        case _:
            rounds, _ = _timed(lambda: _scan(arguments.folder), arguments.rounds)
    return {
        "seconds": median(wall for wall, _ in rounds),
        "processor": median(processor for _, processor in rounds),
        "peak GB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2,
        "learners a second": arguments.learners / median(wall for wall, _ in rounds),
        **further,
    }


def _timed(run: Callable[[], Any], rounds: int) -> tuple[Timed, Any]:
    found: Timed = []
    result = None
    for _ in range(max(rounds, 1)):
        del result
        wall, processor = perf_counter(), process_time()
        result = run()
        found.append((perf_counter() - wall, process_time() - processor))
    return found, result


def _by_sql(program: ir.Program, arguments: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    return hand_written_sql.decide(program, arguments.competencies, arguments.folder, arguments.memory)


def _scan(folder: Path) -> Any:
    """Merely reading the columns that all of them need."""
    path = str(folder / "evidence.parquet")
    columns = "sum(learner), sum(competency), sum(score), sum(method), sum(role), sum(assessed_on), sum(place)"
    return duckdb.connect().execute(f"SELECT {columns} FROM '{path}'").fetchall()


# --- results ----------------------------------------------------------------------------------------------------------


def _of_engine(engine: Any, ready: Any) -> dict[str, Any]:
    tables = {}
    for group, (name, item) in ours.TABLES.items():
        rows = engine.fetch(ours.of_group(ready, group).decided)
        names = {
            "learner": "learner",
            **({"code_0": item} if item else {}),
            "outcome": "outcome",
            "determining": "determining",
        }
        tables[name] = rows.select(list(names)).rename_columns(list(names.values()))
    assigned = engine.fetch(ours.of_group(ready, "recovery").assigned)
    tables["assigned"] = assigned.select(["learner", "code_0", "item"]).rename_columns(
        ["learner", "course", "competency"]
    )
    return tables


def _write(tables: Mapping[str, Any], arguments: argparse.Namespace) -> None:
    for name, table in tables.items():
        pq.write_table(table, arguments.folder / f"{arguments.only}.{name}.of.parquet")


def _differences(folder: Path) -> list[str]:
    """What a contender has and another has not, in words."""
    database = duckdb.connect()
    found = []
    for name in TABLES:
        first = f"'{folder}/{CONTENDERS[0]}.{name}.of.parquet'"
        columns = ", ".join(row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {first}").fetchall())
        for other in CONTENDERS[1:3]:
            second = f"'{folder}/{other}.{name}.of.parquet'"
            for one, another, who in ((first, second, "ours"), (second, first, other)):
                query = f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {another})"
                (number,) = database.execute(query).fetchall()[0]
                found += [f"{name}: {number} rows of {who} alone, beside {other}"] if number else []
    return found


def _show(name: str, found: Mapping[str, float]) -> None:
    further = "".join(
        f", {what} {found[what]:.3f} s" for what in ("compile cold", "compile warm", "first run") if what in found
    )
    print(
        f"  {name:<20} {found['seconds']:8.2f} s  processor {found['processor']:8.2f} s  "
        f"peak {found['peak GB']:5.2f} GB  {found['learners a second']:12,.0f} learners a second{further}"
    )


if __name__ == "__main__":
    sys.exit(main())
