"""Our engine beside hand-written DuckDB SQL and hand-written Polars, each in a process of its own, results compared.

python benchmarks/population [--learners 10000] [--competencies 60] [--rounds 3] [--spark] [--write]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import hand_written_sql
import made_up_facts as facts
import made_up_state as state
import ours
import pyarrow.parquet as pq
from record import record

from competency.rules.population.compile_program import Compiled
from competency.rules.program import ir
from competency.services.engines import DUCKDB, SPARK, EngineChoice, start_engine

OURS, NO_ORDER, ON_SPARK = "ours", "ours, facts in no order", "ours on Spark"
SQL, POLARS, SCAN = "hand-written SQL", "hand-written Polars", "scan"
CONTENDERS = (OURS, NO_ORDER, SQL, POLARS, SCAN, ON_SPARK)
TABLES = ("mastery", "credit", "progression", "recovery", "assigned", "at_risk")
Timed = list[tuple[float, float]]


def main() -> int:
    """Measures and prints; fails where two contenders differ."""
    arguments = _arguments()
    if arguments.only:
        print(json.dumps(_run(arguments)))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = arguments.facts or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        if not any(folder.glob("*.parquet")):
            program = state.program(arguments.competencies)
            facts.write_facts(program, arguments.competencies, arguments.learners, folder, arguments.seed)
            began = process_time()
            ours.lay_out(arguments.learners, arguments.bucket, folder)
            print(f"laid out in {process_time() - began:.1f} s of processor time")
        print(
            f"{arguments.learners:,} learners, {arguments.competencies} competencies, {state.PIECES} pieces of evidence each"
        )
        names = [name for name in CONTENDERS if name != ON_SPARK or arguments.spark]
        figures = {name: _measured(name, arguments, folder) for name in names if name not in arguments.without}
        for name, found in figures.items():
            _show(name, found)
        differences = _differences(folder, [name for name in figures if name != SCAN])
    print("\n".join(differences) or f"the same rows in {', '.join(TABLES)}")
    ratios = _ratios(figures)
    if arguments.write and not differences:
        sizes = {name: getattr(arguments, name) for name in ("learners", "competencies", "bucket", "seed", "rounds")}
        packages = ("competency", "duckdb", "ibis-framework", *([] if POLARS in arguments.without else ["polars"]))
        name = f"population-{arguments.learners}-{arguments.competencies}"
        print(f"written to {record(name, packages, {**sizes, 'contenders': figures, 'ratios': ratios})}")
    return 1 if differences else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learners", type=int, default=10_000)
    parser.add_argument("--competencies", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=20260601)
    parser.add_argument("--bucket", type=int, default=50_000, help="learners that we decide at once")
    parser.add_argument("--facts", type=Path, help="a folder for the facts, which are not made again where it has some")
    parser.add_argument("--memory", default=None, help="what a database may use, as 3GB; each of ours its part")
    parser.add_argument("--spark", action="store_true", help="ours on Spark too, on two processors of this computer")
    parser.add_argument("--without", action="append", choices=CONTENDERS, default=[], help="leave a contender out")
    parser.add_argument("--write", action="store_true", help="replace results/population-LEARNERS-COMPETENCIES.json")
    parser.add_argument("--only", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(name: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The figures of a contender, measured in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent), "--only", name, "--folder", str(folder)]
    for option in ("learners", "competencies", "bucket", "rounds", "seed", "memory"):
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
    written = None
    match arguments.only:
        case name if name in (OURS, NO_ORDER, ON_SPARK):
            began = process_time()
            ready = ours.compiled(program)
            further["compile cold"] = process_time() - began
            began = process_time()
            ready = ours.compiled(program)
            further["compile warm"] = process_time() - began
            if name == OURS:
                rounds = _timed(lambda: _in_buckets(program, ready, arguments), arguments.rounds)
                written = _once(lambda: _in_buckets(program, ready, arguments, arguments.folder / OURS))
            else:
                rounds = _timed(lambda: _in_one_go(program, ready, arguments, is_written=False), arguments.rounds)
                written = _once(lambda: _in_one_go(program, ready, arguments, is_written=True))
        case name if name == SQL:
            rounds = _timed(lambda: _by_sql(program, arguments).close(), arguments.rounds)
            written = _once(lambda: _written_by_sql(program, arguments))
        case name if name == POLARS:
            rounds = _timed(lambda: _by_polars(program, arguments), arguments.rounds)
            written = _once(lambda: _written_by_polars(program, arguments))
        case _:
            rounds = _timed(lambda: _scan(arguments.folder), arguments.rounds)
    further["first run"] = rounds[0][0]  # texts of queries are made here, and kept
    rounds = rounds[1:] or rounds
    if written is not None:
        further |= {"written": written[0], "written processor": written[1]}
    return {
        "seconds": median(wall for wall, _ in rounds),
        "processor": median(processor for _, processor in rounds),
        "peak GB": _peak(),
        "learners a second": arguments.learners / median(wall for wall, _ in rounds),
        **further,
    }


def _peak() -> float:
    """The most memory that this process has held, in GB; what it was started by is not counted, as getrusage would."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024**2


def _timed(run: Callable[[], Any], rounds: int) -> Timed:
    return [_once(run) for _ in range(max(rounds, 1))]


def _once(run: Callable[[], Any]) -> tuple[float, float]:
    wall, processor = perf_counter(), process_time()
    run()
    return perf_counter() - wall, process_time() - processor


def _in_buckets(program: ir.Program, ready: Compiled, arguments: argparse.Namespace, out: Path | None = None) -> None:
    ours.decide_buckets(
        program, ready, arguments.learners, arguments.bucket, arguments.folder, _share(arguments.memory), out
    )


def _share(memory: str | None) -> str | None:
    """The part of the memory that each of the buckets may use that are decided side by side."""
    if memory is None:
        return None
    number, unit = memory[:-2], memory[-2:]
    return f"{float(number) / ours.WORKERS}{unit}"


def _in_one_go(program: ir.Program, ready: Compiled, arguments: argparse.Namespace, *, is_written: bool) -> None:
    choice = EngineChoice(SPARK if arguments.only == ON_SPARK else DUCKDB, arguments.memory)
    with tempfile.TemporaryDirectory() as spill:
        engine = start_engine(choice, spill)
        ours.decide(program, ready, arguments.learners, arguments.folder, engine)
        for name, relation, columns in ours.tables(ready) if is_written else ():
            _write(name, ours.fetched(engine, relation, columns), arguments)
        engine.close()


def _by_sql(program: ir.Program, arguments: argparse.Namespace) -> duckdb.DuckDBPyConnection:
    return hand_written_sql.decide(program, arguments.competencies, arguments.folder, arguments.memory)


def _written_by_sql(program: ir.Program, arguments: argparse.Namespace) -> None:
    database = _by_sql(program, arguments)
    for name in TABLES:
        database.execute(f"COPY {name} TO '{arguments.folder}/{SQL}.{name}.of.parquet' (FORMAT parquet)")
    database.close()


def _by_polars(program: ir.Program, arguments: argparse.Namespace) -> Any:
    import hand_written_polars

    return hand_written_polars.decide(program, arguments.competencies, arguments.folder)


def _written_by_polars(program: ir.Program, arguments: argparse.Namespace) -> None:
    found = _by_polars(program, arguments)
    for name in TABLES:
        _write(name, found[name].to_arrow(), arguments)


def _write(name: str, table: Any, arguments: argparse.Namespace) -> None:
    pq.write_table(table, arguments.folder / f"{arguments.only}.{name}.of.parquet")


def _scan(folder: Path) -> Any:
    """Merely reading the columns that all of them need."""
    path = str(folder / "evidence.parquet")
    columns = "sum(learner), sum(competency), sum(score), sum(method), sum(role), sum(assessed_on), sum(place)"
    return duckdb.connect().execute(f"SELECT {columns} FROM '{path}'").fetchall()


# --- results ----------------------------------------------------------------------------------------------------------


def _differences(folder: Path, names: Sequence[str]) -> list[str]:
    """What a contender has and another has not, in words."""
    database = duckdb.connect()
    found = []
    own, *others = names
    for name in TABLES:
        first = f"'{folder}/{own}.{name}.*of.parquet'"
        columns = ", ".join(row[0] for row in database.execute(f"DESCRIBE SELECT * FROM {first}").fetchall())
        for other in others:
            second = f"'{folder}/{other}.{name}.*of.parquet'"
            for one, another, who in ((first, second, own), (second, first, other)):
                query = f"SELECT count(*) FROM (SELECT {columns} FROM {one} EXCEPT ALL SELECT {columns} FROM {another})"
                (number,) = database.execute(query).fetchall()[0]
                found += [f"{name}: {number} rows of {who} alone, beside {own} and {other}"] if number else []
    return found


def _ratios(figures: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Our times as ratios to those of the hand-written SQL, and to merely reading the columns."""
    found: dict[str, dict[str, float]] = {}
    for peer in (SQL, SCAN):
        for name in (OURS, NO_ORDER, ON_SPARK):
            if name not in figures or peer not in figures:
                continue
            kinds = [kind for kind in ("seconds", "processor", "written") if kind in figures[peer]]
            ratios = {kind: figures[name][kind] / figures[peer][kind] for kind in kinds}
            found[f"{name} / {peer}"] = ratios
            print(f"{name} / {peer}: {', '.join(f'{kind} {ratio:.2f}' for kind, ratio in ratios.items())}")
    return found


def _show(name: str, found: Mapping[str, float]) -> None:
    further = "".join(
        f", {what} {found[what]:.3f} s"
        for what in ("written", "first run", "compile cold", "compile warm")
        if what in found
    )
    print(
        f"  {name:<24} {found['seconds']:8.2f} s  processor {found['processor']:8.2f} s  "
        f"peak {found['peak GB']:5.2f} GB  {found['learners a second']:12,.0f} learners a second{further}"
    )


if __name__ == "__main__":
    sys.exit(main())
