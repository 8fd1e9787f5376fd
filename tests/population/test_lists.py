"""Rows that are kept in lists come to the same as rows that are not, and are neither sorted nor grouped anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from competency.rules.population import columns as c
from competency.rules.population import relations as r
from competency.rules.population.columns import Expression, Kind
from competency.rules.population.duckdb_engine import DuckDBEngine
from competency.rules.population.lists import Lists, Together, in_lists, stand_in_order, with_lists
from competency.rules.population.prune import names_of

WHOLE, TRUTH = Kind.WHOLE, Kind.TRUTH
COLUMNS = (("learner", WHOLE), ("item", WHOLE), ("day", WHOLE), ("place", WHOLE), ("score", WHOLE), ("own", TRUTH))
KEYS = ("learner", "item")

LEARNER, ITEM = (c.column(name, WHOLE, low=0, high=9) for name in KEYS)
DAY = c.column("day", WHOLE, low=0, high=9)
PLACE = c.column("place", WHOLE, is_nullable=False, low=0, high=99)
SCORE = c.column("score", WHOLE, low=-9, high=9)
OWN = c.column("own", TRUTH)
ORDER = ((c.filled(DAY, c.constant(-1)), False), (PLACE, False))
TOGETHER = Together(KEYS, ORDER)

FACTS, ITEMS = r.Scan("counting", COLUMNS), r.Scan("items", (("code", WHOLE),))
OF_ITEMS = r.Join(FACTS, r.Group(ITEMS, ("code",), ()), (("item", "code"),), (), "inner")


def rank(of: r.Relation, *, newest_first: bool) -> r.Relation:
    order = tuple((one, is_last_first != newest_first) for one, is_last_first in ORDER)
    return r.Numbered(of, "rank", "number", None, (LEARNER, ITEM), order)


def measures() -> tuple[r.Measure, ...]:
    place = c.column("rank", WHOLE, is_nullable=False, low=0, high=99)
    latest = c.opposite(c.at_least(place, c.constant(2)))
    weighed = c.column("weighed", Kind.WIDE, low=-(10**30), high=10**30)

    def measure(name: str, function: str, value: Expression | None, where: Expression, kind: Kind = WHOLE) -> r.Measure:
        by = place if function == "at greatest" else None
        return r.Measure(name, function, value, where, kind, by)  # type: ignore[arg-type]

    return (
        measure("rows", "count", None, c.TRUE),
        measure("latest", "count", None, latest),
        measure("own", "count", None, c.holds(OWN)),
        measure("sum", "sum", SCORE, c.TRUE),
        measure("sum of latest", "sum", SCORE, c.both(latest, c.is_known(SCORE))),
        measure("weighed", "sum", weighed, c.TRUE, Kind.WIDE),
        measure("least", "min", SCORE, c.opposite(c.holds(OWN))),
        measure("most", "max", SCORE, latest),
        measure("end", "at greatest", SCORE, c.TRUE),
        measure("end of own", "at greatest", SCORE, c.holds(OWN)),
    )


def measured(of: r.Relation, *, newest_first: bool) -> r.Relation:
    ranked = rank(of, newest_first=newest_first)
    weight = c.picked(
        c.column("rank", WHOLE, is_nullable=False, low=0, high=99), [10**20 + number for number in range(40)]
    )
    return r.Group(r.Extend(ranked, (("weighed", c.times(SCORE, weight)),)), KEYS, measures())


def counts_and_sums() -> tuple[r.Measure, ...]:
    """More digits than one number has, among them a sum of no rows, and one that may be below 0."""
    place = c.column("rank", WHOLE, is_nullable=False, low=0, high=99)
    latest = c.opposite(c.at_least(place, c.constant(2)))
    day_of_own = c.both(c.holds(OWN), c.is_known(DAY))
    return (
        r.Measure("rows", "count", None, c.TRUE, WHOLE, high=30),
        r.Measure("own", "count", None, c.holds(OWN), WHOLE, high=30),
        r.Measure("days of own", "sum", DAY, day_of_own, WHOLE, high=2**40),
        r.Measure("latest", "count", None, latest, WHOLE, high=2),
        r.Measure("days", "sum", DAY, c.TRUE, WHOLE, high=9 * 30),
        r.Measure("none", "count", None, c.both(latest, c.opposite(latest)), WHOLE, high=0),
        r.Measure("latest days", "sum", c.times(DAY, c.constant(2**20)), latest, WHOLE, high=2**30),
        r.Measure("scores", "sum", c.plus(SCORE, c.constant(9)), c.is_known(SCORE), WHOLE, high=18 * 30),
        r.Measure("may be below", "sum", SCORE, c.TRUE, WHOLE),
        r.Measure("most", "max", SCORE, latest, WHOLE),
    )


def counted(of: r.Relation) -> r.Relation:
    """Counts and sums, of which those of no rows are 0."""
    measured = counts_and_sums()
    filled = [
        (
            one.name,
            c.filled(c.column(one.name, WHOLE), c.constant(0)) if one.function == "sum" else c.column(one.name, WHOLE),
        )
        for one in measured
    ]
    return r.Keep(
        r.Group(rank(of, newest_first=True), KEYS, measured), (*((key, c.column(key, WHOLE)) for key in KEYS), *filled)
    )


RELATIONS = {
    "counted together": counted(FACTS),
    "counted together of some items": counted(OF_ITEMS),
    "measured from the oldest": measured(FACTS, newest_first=False),
    "measured from the newest": measured(OF_ITEMS, newest_first=True),
    "numbered": rank(OF_ITEMS, newest_first=True),
    "as they are": FACTS,
    "which there are": r.Group(FACTS, KEYS, ()),
    "how many scores": r.Group(FACTS, KEYS, (r.Measure("scores", "different", SCORE, c.TRUE, WHOLE),)),
    "of learners": r.Group(FACTS, ("learner",), (r.Measure("rows", "count", None, c.TRUE, WHOLE),)),
    "in another order": r.Numbered(FACTS, "rank", "number", None, (LEARNER, ITEM), ((PLACE, False),)),
    "of all of a learner": r.Numbered(FACTS, "rank", "number", None, (LEARNER,), ((PLACE, False),)),
}

small = st.one_of(st.none(), st.integers(0, 3))
rows_of_facts = st.lists(
    st.tuples(st.integers(0, 3), small, small, small, st.sampled_from([True, False, None])), max_size=30
)


def facts_of(rows: list[tuple[int, int | None, int | None, int | None, bool | None]]) -> pyarrow.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 5
    learner, item, day, score, own = columns
    whole = pyarrow.int64()
    values = (learner, item, day, range(len(rows)), score)
    arrays = [*[pyarrow.array(list(one), whole) for one in values], pyarrow.array(list(own), pyarrow.bool_())]
    return pyarrow.table(dict(zip([name for name, _ in COLUMNS], arrays, strict=True)))


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[DuckDBEngine, DuckDBEngine]]:
    """One that keeps rows in lists, and one that does not."""
    place: Path = tmp_path_factory.mktemp("spill")
    both = DuckDBEngine(spill=str(place)), DuckDBEngine(spill=str(place))
    for engine in both:
        engine.put("items", pyarrow.table({"code": pyarrow.array([1, 2, 2], pyarrow.int64())}))
    yield both
    for engine in both:
        engine.close()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(rows_of_facts, st.sampled_from(sorted(RELATIONS)))
def test_rows_in_lists_come_to_the_same(
    engines: tuple[DuckDBEngine, DuckDBEngine],
    rows: list[tuple[int, int | None, int | None, int | None, bool | None]],
    name: str,
) -> None:
    in_lists_, flat = engines
    for engine in engines:
        engine.put("facts", facts_of(rows))
    in_lists_.create_together("counting", r.Scan("facts", COLUMNS), TOGETHER, dict(COLUMNS))
    flat.create("counting", r.Scan("facts", COLUMNS))
    relation = RELATIONS[name]
    found, wanted = (
        sorted(
            engine.fetch(relation).select(list(names_of(relation))).to_pylist(),
            key=lambda row: str(sorted(row.items())),
        )
        for engine in engines
    )
    assert [dict(sorted(row.items())) for row in found] == [dict(sorted(row.items())) for row in wanted]


def test_rows_are_counted_of_which_no_column_is_read(engines: tuple[DuckDBEngine, DuckDBEngine]) -> None:
    engine, _ = engines
    engine.put("facts", facts_of([(1, 2, None, 3, None), (1, 2, 4, 0, True), (3, 2, 0, 0, None)]))
    engine.create_together("counting", r.Scan("facts", COLUMNS), TOGETHER, ())
    counted = r.Group(r.Scan("counting", COLUMNS[:2]), KEYS, (r.Measure("rows", "count", None, c.TRUE, WHOLE),))
    found = engine.fetch(counted, KEYS).to_pylist()
    assert found == [{"learner": 1, "item": 2, "rows": 2}, {"learner": 3, "item": 2, "rows": 1}]


def lists() -> dict[str, Lists]:
    return {"counting": Lists("lists", KEYS, COLUMNS[2:], ORDER)}


def kinds_within(relation: r.Relation) -> set[str]:
    below = [getattr(relation, name) for name in ("of", "left", "right") if hasattr(relation, name)]
    return {type(relation).__name__}.union(*[kinds_within(one) for one in (*below, *getattr(relation, "parts", ()))])


def test_what_asks_for_their_order_is_neither_sorted_nor_grouped() -> None:
    for name in ("measured from the oldest", "measured from the newest"):
        assert kinds_within(with_lists(RELATIONS[name], lists())) == {"Measured", "Opened"}
    assert kinds_within(with_lists(RELATIONS["numbered"], lists())) == {"Keep", "Extend", "Opened"}
    assert kinds_within(with_lists(RELATIONS["counted together"], lists())) == {"Keep", "Measured", "Opened"}
    assert "Numbered" in kinds_within(with_lists(RELATIONS["in another order"], lists()))
    assert "Numbered" in kinds_within(with_lists(RELATIONS["of all of a learner"], lists()))
    assert kinds_within(with_lists(RELATIONS["which there are"], lists())) == {"Keep", "Scan"}


def test_a_list_is_gone_through_once_for_as_much_as_one_number_holds() -> None:
    relation = with_lists(RELATIONS["counted together"], lists())
    assert isinstance(relation, r.Keep)
    assert isinstance(relation.of, r.Keep)
    assert isinstance(relation.of.of, r.Measured)
    found = [measure.name for measure in relation.of.of.measures]
    assert found == ["rows", "may be below", "most", "own and more", "latest days and more"]


def test_rows_in_order_are_known_to_be() -> None:
    rows = pyarrow.table({"key": [None, 1, 1, 2], "down": [5, 9, 9, 1], "up": [3, 1, 2, 0]})
    ways = [("key", False), ("down", True), ("up", False)]
    assert stand_in_order(rows, ways)
    for wrong in ([1, 0, 2, 3], [0, 2, 1, 3], [0, 1, 3, 2]):
        assert not stand_in_order(rows.take(pyarrow.array(wrong)), ways)
    assert stand_in_order(rows.slice(0, 0), ways)


def test_no_rows_are_in_no_lists() -> None:
    assert in_lists(facts_of([]), KEYS).num_rows == 0
