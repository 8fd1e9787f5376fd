"""The peer: the same decisions by hand-written DuckDB SQL, from the same files, into tables of the same rows.

`outcome` is 0 met, 1 not met, 2 not yet known; `determining` has a bit for each clause in the order of the rule.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import made_up_facts as facts
import made_up_state as state

from competency.rules.program import ir

SHARE, WHOLE = 13, 20  # 65%
MOST = 16  # pieces of evidence of one competency


def weights() -> str:
    """The weight of each score by how many are newer, those of the oldest included, over WHOLE ** (MOST - 1)."""
    rest = WHOLE - SHARE
    rows = [
        f"({newer}, {SHARE * rest**newer * WHOLE ** (MOST - 2 - newer) if newer < MOST - 1 else 0}::HUGEINT, "
        f"{rest**newer * WHOLE ** (MOST - 1 - newer)}::HUGEINT)"
        for newer in range(MOST)
    ]
    return f"SELECT * FROM (VALUES {', '.join(rows)}) w(newer, weight, of_oldest)"


def decide(
    program: ir.Program, competencies: int, folder: Path, memory: str | None = None
) -> duckdb.DuckDBPyConnection:
    """Every decision, as tables `mastery`, `credit`, `credits`, `progression`, `recovery`, `assigned`, `at_risk`."""
    number = facts.words(program).numbers
    database = duckdb.connect(config={"memory_limit": memory} if memory else {})
    database.execute("SET preserve_insertion_order = false")
    items = [
        (
            number[code],
            number[codes[(place - 1) // 2]] if place else None,
            depth(place),
            state.way(strand) == state.DECAYING,
            number[course],
            place < 3,
        )
        for strand, (codes, course) in enumerate(
            zip(state.strands(competencies), state.courses(competencies), strict=True)
        )
        for place, code in enumerate(codes)
    ]
    database.execute("CREATE TABLE item (competency INT, prior INT, depth INT, decays BOOL, course INT, core BOOL)")
    database.executemany("INSERT INTO item VALUES (?, ?, ?, ?, ?, ?)", items)
    database.execute(f"CREATE TABLE weight AS {weights()}")
    day = state.AS_OF.toordinal()
    passed, failed, final, peer = (number[one] for one in ("passed", "failed", "final", "peer"))
    evidence, attempts, attendance = (f"'{folder / name}.parquet'" for name in ("evidence", "attempts", "attendance"))
    everybody = f"'{folder / 'learners'}.parquet'"
    last = WHOLE ** (MOST - 1)
    database.execute(
        f"""
CREATE TABLE shown AS
WITH ranked AS (
  SELECT learner, competency, score, method, role, decays,
    row_number() OVER newest - 1 AS newer, count(*) OVER (PARTITION BY learner, competency) AS n
  FROM {evidence} JOIN item USING (competency) WHERE assessed_on <= {day}
  WINDOW newest AS (PARTITION BY learner, competency ORDER BY assessed_on DESC, place DESC)
)
SELECT learner, competency, count(*) AS n,
  CASE WHEN any_value(decays)
    THEN sum(score * CASE WHEN ranked.newer = n - 1 THEN of_oldest ELSE weight END) * 4 >= 11 * 2 * {last}::HUGEINT
    WHEN count(*) >= 3 THEN (sum(score) FILTER (ranked.newer < 3)) * 4 >= 11 * 2 * 3 END AS level,
  CASE WHEN any_value(decays) THEN NULL ELSE bit_count(bit_or(1::BIGINT << (method - {min(number[m] for m in state.METHODS)}))) >= 2 END AS breadth,
  CASE WHEN any_value(decays) THEN NULL ELSE count(*) FILTER (role <> {peer}) >= 1 END AS adult
FROM ranked JOIN weight USING (newer) GROUP BY ALL""".replace("GROUP BY ALL", "GROUP BY learner, competency")
    )
    database.execute("CREATE TABLE mastery (learner BIGINT, competency INT, outcome INT, determining INT)")
    for layer in range(depth(state.A_STRAND - 1) + 1):
        database.execute(f"""
INSERT INTO mastery
WITH told AS (
  SELECT l.learner, i.competency, i.decays, s.n, s.level,
    coalesce(s.breadth, i.decays) AS breadth, coalesce(s.adult, i.decays) AS adult,
    CASE WHEN i.prior IS NULL THEN true WHEN p.outcome = 2 THEN NULL ELSE p.outcome = 0 END AS prior
  FROM {everybody} l CROSS JOIN item i
  LEFT JOIN shown s ON s.learner = l.learner AND s.competency = i.competency
  LEFT JOIN mastery p ON p.learner = l.learner AND p.competency = i.prior
  WHERE i.depth = {layer}
), decided AS (SELECT *, level AND breadth AND adult AND prior AS truth FROM told)
SELECT learner, competency,
  CASE WHEN n IS NULL THEN 2 WHEN truth THEN 0 WHEN NOT truth THEN 1 ELSE 2 END,
  CASE WHEN n IS NULL THEN 0
    WHEN decays THEN (level IS NOT DISTINCT FROM truth)::INT + 2 * (prior IS NOT DISTINCT FROM truth)::INT
    ELSE (level IS NOT DISTINCT FROM truth)::INT + 2 * (breadth IS NOT DISTINCT FROM truth)::INT
      + 4 * (adult IS NOT DISTINCT FROM truth)::INT + 8 * (prior IS NOT DISTINCT FROM truth)::INT END
FROM decided""")
    database.execute("""
CREATE TABLE credit AS
WITH counted AS (
  SELECT learner, course, count(*) AS n, count(*) FILTER (outcome = 0) AS met, count(*) FILTER (outcome = 2) AS unknown,
    count(*) FILTER (core) AS cores, count(*) FILTER (core AND outcome = 0) AS core_met,
    count(*) FILTER (core AND outcome = 2) AS core_unknown
  FROM mastery JOIN item USING (competency) GROUP BY learner, course
), told AS (
  SELECT learner, course,
    CASE WHEN met * 5 >= 4 * n THEN true WHEN (met + unknown) * 5 < 4 * n THEN false END AS share,
    CASE WHEN core_met = cores THEN true WHEN core_met + core_unknown < cores THEN false END AS core
  FROM counted
), decided AS (SELECT *, share AND core AS truth FROM told)
SELECT learner, course, CASE WHEN truth THEN 0 WHEN NOT truth THEN 1 ELSE 2 END AS outcome,
  (share IS NOT DISTINCT FROM truth)::INT + 2 * (core IS NOT DISTINCT FROM truth)::INT AS determining
FROM decided""")
    database.execute("""
CREATE TABLE credits AS
SELECT learner, count(*) FILTER (outcome = 0) AS low, count(*) FILTER (outcome <> 1) AS high FROM credit GROUP BY learner""")
    levels = ", ".join(f"({number[code]}, {needed}, {place})" for place, (code, needed) in enumerate(state.LEVELS))
    database.execute(f"""
CREATE TABLE progression AS
WITH told AS (
  SELECT learner, level, place, CASE WHEN low >= needed THEN true WHEN high < needed THEN false END AS credits
  FROM credits CROSS JOIN (VALUES {levels}) l(level, needed, place)
), decided AS (
  SELECT learner, level, place, credits,
    CASE WHEN bool_and(coalesce(credits, false)) OVER before THEN true
      WHEN bool_or(NOT coalesce(credits, true)) OVER before THEN false END AS truth
  FROM told WINDOW before AS (PARTITION BY learner ORDER BY place)
), with_below AS (
  SELECT *, CASE WHEN place = 0 THEN true ELSE lag(truth) OVER (PARTITION BY learner ORDER BY place) END AS below FROM decided
)
SELECT learner, level, CASE WHEN truth THEN 0 WHEN NOT truth THEN 1 ELSE 2 END AS outcome,
  (below IS NOT DISTINCT FROM truth)::INT + 2 * (credits IS NOT DISTINCT FROM truth)::INT AS determining
FROM with_below""")
    database.execute(f"""
CREATE TABLE recovery AS
WITH tried AS (
  SELECT learner, course, count(*) FILTER (status = {final} AND result = {failed}) AS failed,
    count(*) FILTER (result = {passed}) AS passed
  FROM {attempts} WHERE ended_on <= {day} GROUP BY learner, course
), told AS (
  SELECT learner, course, coalesce(failed, 0) >= 1 AS failed, coalesce(passed, 0) < 1 AS open
  FROM credit LEFT JOIN tried USING (learner, course)
)
SELECT learner, course, CASE WHEN failed AND open THEN 0 ELSE 1 END AS outcome,
  (failed = (failed AND open))::INT + 2 * (open = (failed AND open))::INT AS determining
FROM told""")
    database.execute("""
CREATE TABLE assigned AS
SELECT learner, course, competency FROM mastery JOIN item USING (competency)
JOIN recovery USING (learner, course) WHERE recovery.outcome = 0 AND mastery.outcome <> 0""")
    database.execute(f"""
CREATE TABLE at_risk AS
WITH days AS (SELECT learner, sum(days_present) AS present, sum(days_enrolled) AS enrolled FROM {attendance} WHERE begins_on <= {day} GROUP BY learner),
tried AS (SELECT learner, count(*) FILTER (result = {failed}) AS failed FROM {attempts} WHERE ended_on <= {day} GROUP BY learner),
told AS (
  SELECT learner, CASE WHEN enrolled > 0 THEN present * 10 < 9 * enrolled END OR coalesce(failed, 0) >= 2 AS truth
  FROM {everybody} LEFT JOIN days USING (learner) LEFT JOIN tried USING (learner)
)
SELECT learner, CASE WHEN truth THEN 0 WHEN NOT truth THEN 1 ELSE 2 END AS outcome, 1 AS determining FROM told""")
    return database


def depth(place: int) -> int:
    """How many competencies come before one of a strand, one after the other."""
    return 0 if place == 0 else 1 + depth((place - 1) // 2)
