"""Made-up folders with odd cells: whatever stands in a table, laying it out by columns reads it as row by row."""

# ruff: noqa: DTZ001 - moments are local time
from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow
import pyarrow.parquet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from competency.interchange.references import References
from competency.model.facts import BUILT_IN, EVIDENCE, WAIVERS, FactType

SEVERAL_ZONES = ZoneInfo("America/New_York")

learners = st.sampled_from(["Ana", "Bo", "Cy", " Ana ", "Bo\t", "Zoë", "nobody", "", "A\nB", "Ana\x1c"])
identities = st.sampled_from(["e1", "e2", "e3", " e1", "e4", "é5", "e\u202e6", "", "e1|e2", "e\\7", "x" * 10_001])
codes = st.sampled_from(["MATH.1", "MATH.2", "math.1", "", " MATH.1", "MATH.9", "a,b", 'quo"ted'])
scores = st.sampled_from(
    ["3", "2.5", "5/2", "1/3", "4.0", "", " 3 ", "9", "many", "Ready", "+3", "1e3", "0", "1/0", "1" * 31]
)
moments = st.sampled_from(
    [
        "2026-09-01",
        "2026-09-01T08:30",
        "2026-09-01 08:30:15.25",
        "2026-11-01T01:30:00-04:00",
        "2026-11-01T01:30:00-05:00",
        "2026-02-30",
        "",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59",
        "yesterday",
    ]
)
instants = st.sampled_from(
    ["", "2026-09-01", "2026-09-01T08:30:00Z", "2026-09-01T08:30:00+05:30", "2026-09-01T08:30", "x"]
)
corrected = st.sampled_from(["", "", "", "e1", "e2", "e3", "e9", " e2 "])
whether = st.sampled_from(["", "yes", "No", "TRUE", "1", "maybe"])
words = st.sampled_from(["", "project", "test", "tset", "peer", "teacher"])

evidence = st.fixed_dictionaries(
    {
        "evidence_id": identities,
        "learner": learners,
        "competency": codes,
        "score": scores,
        "assessed_on": moments,
        "recorded_at": instants,
        "method": words,
        "role": words,
        "supersedes": corrected,
        "withdrawn_at": instants,
        "excused": whether,
        "rater": words,
    }
)
attendance = st.fixed_dictionaries(
    {
        "learner": learners,
        "begins_on": st.sampled_from(["2026-08-17", "2026-08-18", "", "2026-13-01"]),
        "ends_on": st.sampled_from(["2026-11-02", "2026-11-02T00:00"]),
        "course": st.sampled_from(["", "MATH-301", "MATH|301"]),
        "days_present": st.sampled_from(["50", "0.5", "1/7", "", "1/999999999999"]),
        "days_enrolled": st.sampled_from(["52", "100000000000000000000", ""]),
    }
)
waivers = st.fixed_dictionaries(
    {
        "waiver_id": identities,
        "learner": learners,
        "rule": st.sampled_from(["mastery standard", ""]),
        "clause": st.just("level"),
        "authority": st.just("the principal"),
        "reason": st.sampled_from(["long\r\nstory", "tab\there", "bell\a"]),
        "begins_on": st.just("2026-08-17"),
    }
)


def write_csv(path: Path, rows: list[dict[str, str]], odd_rows: list[list[str]]) -> None:
    names = list(rows[0])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for number, row in enumerate(rows):
            writer.writerow(row.values())
            if number < len(odd_rows):
                writer.writerow(odd_rows[number])


def references() -> st.SearchStrategy[References]:
    known = References(
        competencies=frozenset({"MATH.1", "MATH.2"}),
        methods=frozenset({"project", "test"}),
        roles=frozenset({"peer", "teacher"}),
    )
    return st.sampled_from([known, References()])


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    who=st.lists(learners, min_size=1, max_size=8),
    pieces=st.lists(evidence, min_size=1, max_size=25),
    periods=st.lists(attendance, min_size=1, max_size=6),
    waived=st.lists(waivers, min_size=1, max_size=4),
    odd_rows=st.lists(st.lists(st.sampled_from(["", "x"]), max_size=14), max_size=3),
    known=references(),
    time_zone=st.sampled_from([None, SEVERAL_ZONES]),
    bucket=st.sampled_from([1, 2, 20_000]),
)
def test_a_folder_of_odd_texts(
    reads_alike: Callable[..., Any],
    who: list[str],
    pieces: list[dict[str, str]],
    periods: list[dict[str, str]],
    waived: list[dict[str, str]],
    odd_rows: list[list[str]],
    known: References,
    time_zone: ZoneInfo | None,
    bucket: int,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "facts"
        folder.mkdir()
        write_csv(folder / "learners.csv", [{"learner": one, "school": "N"} for one in who], [])
        write_csv(folder / "evidence.csv", pieces, odd_rows)
        write_csv(folder / "attendance.csv", periods, [])
        write_csv(folder / "waivers.csv", waived, [])
        (folder / "schools.csv").write_text("school,title\nN,North\nN,South\n", encoding="utf-8")
        reads_alike(folder, Path(name), BUILT_IN, bucket, references=known, time_zone=time_zone)


NEW_YORK_SUMMER = timezone(timedelta(hours=-4))
natives: dict[str, tuple[Any, ...]] = {
    "timestamp": (
        pyarrow.timestamp("us"),
        [None, datetime(2026, 9, 1, 8, 30), datetime(1, 1, 1), datetime(9999, 12, 31)],
    ),
    "aware": (
        pyarrow.timestamp("us", tz="America/New_York"),
        [None, datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)],
    ),
    "milliseconds": (pyarrow.timestamp("ms"), [datetime(2026, 9, 1), None]),
    "date": (pyarrow.date32(), [date(2026, 9, 1), None, date(2026, 9, 2)]),
    "no calendar's times": (pyarrow.timestamp("us"), [0, 2**62, -(2**62), 2**63 - 1, None]),
    "no calendar's aware times": (pyarrow.timestamp("us", tz="UTC"), [0, 2**62, -(2**62), None]),
    "no calendar's days": (pyarrow.date32(), [0, 2**30, -(2**30), None]),
    "whole": (pyarrow.int64(), [None, 1, 3, 9, 0]),
    "decimal": (pyarrow.decimal128(8, 3), [Decimal("2.500"), None, Decimal("0.125")]),
    "binary floating": (pyarrow.float64(), [2.0, 2.5, None, float("nan")]),
    "truth": (pyarrow.bool_(), [True, False, None]),
    "text": (pyarrow.string(), ["e1", "3", None, "project", "MATH.1", "2026-09-01", " e2", ""]),
    "large text": (pyarrow.large_string(), ["e1", "3", None, "2026-09-01T08:30Z"]),
    "dictionary": (pyarrow.dictionary(pyarrow.int32(), pyarrow.string()), ["e1", "yes", None, "2026-09-01"]),
    "list": (pyarrow.list_(pyarrow.int64()), [[1], None]),
    "nothing": (pyarrow.null(), [None]),
}
OFTEN = {
    "evidence_id": ["text", "whole"],
    "competency": ["text"],
    "score": ["decimal", "whole", "text", "binary floating"],
    "assessed_on": ["timestamp", "aware", "milliseconds", "date", "text", "no calendar's times", "no calendar's days"],
    "recorded_at": ["aware", "timestamp", "nothing", "no calendar's aware times"],
    "withdrawn_at": ["aware", "nothing"],
    "excused": ["truth", "dictionary"],
    "supersedes": ["text", "nothing"],
    "method": ["dictionary", "text", "list"],
    "hints": ["binary floating", "whole"],
}


@st.composite
def native_columns(draw: st.DrawFn, fact_type: FactType) -> pyarrow.Table:
    size = draw(st.integers(1, 12))
    columns = {"learner": pyarrow.array(draw(st.lists(learners, min_size=size, max_size=size)), pyarrow.string())}
    for column in fact_type.columns:
        if column.name in columns or (not column.required and draw(st.booleans())):
            continue
        often = OFTEN.get(column.name, ["text"])
        kind = draw(st.sampled_from([*often, *often, *often, *natives]))
        type_, values = natives[kind]
        cells = draw(st.lists(st.sampled_from(values), min_size=size, max_size=size))
        columns[column.name] = pyarrow.array(cells, type_)
    return pyarrow.table(columns)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    pieces=native_columns(EVIDENCE),
    waived=native_columns(WAIVERS),
    time_zone=st.sampled_from([None, SEVERAL_ZONES]),
    bucket=st.sampled_from([1, 2, 20_000]),
)
def test_a_folder_of_odd_native_values(
    reads_alike: Callable[..., Any],
    pieces: pyarrow.Table,
    waived: pyarrow.Table,
    time_zone: ZoneInfo | None,
    bucket: int,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name) / "facts"
        folder.mkdir()
        pyarrow.parquet.write_table(pyarrow.table({"learner": ["Ana", "Bo", "Cy", "Zoë"]}), folder / "learners.parquet")
        pyarrow.parquet.write_table(pieces, folder / "evidence.parquet")
        pyarrow.parquet.write_table(waived, folder / "waivers.parquet")
        reads_alike(folder, Path(name), BUILT_IN, bucket, time_zone=time_zone)
