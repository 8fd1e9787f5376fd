"""A second peer: the same decisions in Polars, as frames of the same rows as the hand-written SQL."""

from __future__ import annotations

from pathlib import Path

import made_up_facts as facts
import made_up_state as state
import polars as pl
from hand_written_sql import MOST, SHARE, WHOLE, depth

from competency.rules.program import ir

LAST = WHOLE ** (MOST - 1)


def decide(program: ir.Program, competencies: int, folder: Path) -> dict[str, pl.DataFrame]:
    """Every decision, by table."""
    number = facts.words(program).numbers
    item = pl.DataFrame(
        [
            {
                "competency": number[code],
                "prior": number[codes[(place - 1) // 2]] if place else None,
                "depth": depth(place),
                "decays": state.way(strand) == state.DECAYING,
                "course": number[course],
                "core": place < 3,
            }
            for strand, (codes, course) in enumerate(
                zip(state.strands(competencies), state.courses(competencies), strict=True)
            )
            for place, code in enumerate(codes)
        ]
    )
    mastery = _mastery(_shown(number, item, folder), item, folder)
    credit = _credit(mastery, item)
    earned = credit.group_by("learner").agg(low=(pl.col("outcome") == 0).sum(), high=(pl.col("outcome") != 1).sum())
    recovery = _recovery(number, credit, folder)
    assigned = (
        mastery.filter(pl.col("outcome") != 0)
        .join(item.select("competency", "course"), on="competency")
        .join(recovery.filter(pl.col("outcome") == 0).select("learner", "course"), on=["learner", "course"])
        .select("learner", "course", "competency")
    )
    return {
        "mastery": mastery,
        "credit": credit,
        "credits": earned,
        "progression": _progression(number, earned),
        "recovery": recovery,
        "assigned": assigned,
        "at_risk": _at_risk(number, folder),
    }


def _shown(number: dict[str, int], item: pl.DataFrame, folder: Path) -> pl.DataFrame:
    rest = WHOLE - SHARE
    weight = pl.DataFrame(
        {
            "newer": list(range(MOST)),
            "weight": [SHARE * rest**r * WHOLE ** (MOST - 2 - r) if r < MOST - 1 else 0 for r in range(MOST)],
            "of_oldest": [rest**r * WHOLE ** (MOST - 1 - r) for r in range(MOST)],
        },
        schema={"newer": pl.Int64, "weight": pl.Int128, "of_oldest": pl.Int128},
    )
    who = ["learner", "competency"]
    ranked = (
        pl.scan_parquet(folder / "evidence.parquet")
        .filter(pl.col("assessed_on") <= state.AS_OF.toordinal())
        .join(item.lazy().select("competency", "decays"), on="competency")
        .sort([*who, "assessed_on", "place"], descending=[False, False, True, True])
        .with_columns(newer=pl.int_range(pl.len()).over(who), n=pl.len().over(who).cast(pl.Int64))
        .join(weight.lazy(), on="newer")
    )
    score = pl.col("score").cast(pl.Int128)
    weighed = score * pl.when(pl.col("newer") == pl.col("n") - 1).then("of_oldest").otherwise("weight")
    return (
        ranked.group_by(who)
        .agg(
            n=pl.len(),
            decays=pl.col("decays").first(),
            weighed=weighed.sum(),
            latest=pl.col("score").filter(pl.col("newer") < 3).sum(),
            methods=pl.col("method").n_unique(),
            adults=(pl.col("role") != number["peer"]).sum(),
        )
        .with_columns(
            level=pl.when("decays")
            .then(pl.col("weighed") * 4 >= pl.lit(11 * 2 * LAST, dtype=pl.Int128))
            .when(pl.col("n") >= 3)
            .then(pl.col("latest") * 4 >= 11 * 2 * 3),
            breadth=pl.col("decays") | (pl.col("methods") >= 2),
            adult=pl.col("decays") | (pl.col("adults") >= 1),
        )
        .select(*who, "n", "level", "breadth", "adult")
        .collect()
    )


def _same(column: str) -> pl.Expr:
    return pl.col(column).eq_missing(pl.col("truth")).cast(pl.Int32)


def _outcome() -> pl.Expr:
    return pl.when(pl.col("truth")).then(0).when(~pl.col("truth")).then(1).otherwise(2).cast(pl.Int32)


def _mastery(shown: pl.DataFrame, item: pl.DataFrame, folder: Path) -> pl.DataFrame:
    learners = pl.read_parquet(folder / "learners.parquet")
    done: list[pl.DataFrame] = []
    for layer in range(depth(state.A_STRAND - 1) + 1):
        told = learners.join(item.filter(pl.col("depth") == layer), how="cross").join(
            shown, on=["learner", "competency"], how="left"
        )
        if done:
            before = done[-1].select("learner", prior="competency", before="outcome")
            told = told.join(before, on=["learner", "prior"], how="left")
        else:
            told = told.with_columns(before=pl.lit(0))
        told = told.with_columns(
            breadth=pl.col("breadth").fill_null(pl.col("decays")),
            adult=pl.col("adult").fill_null(pl.col("decays")),
            prior_met=pl.when(pl.col("before") != 2).then(pl.col("before") == 0),
        ).with_columns(truth=pl.col("level") & pl.col("breadth") & pl.col("adult") & pl.col("prior_met"))
        bits = (
            pl.when("decays")
            .then(_same("level") + 2 * _same("prior_met"))
            .otherwise(_same("level") + 2 * _same("breadth") + 4 * _same("adult") + 8 * _same("prior_met"))
        )
        known = pl.col("n").is_not_null()
        done.append(
            told.select(
                "learner",
                "competency",
                outcome=pl.when(known).then(_outcome()).otherwise(2),
                determining=pl.when(known).then(bits).otherwise(0),
            )
        )
    return pl.concat(done)


def _credit(mastery: pl.DataFrame, item: pl.DataFrame) -> pl.DataFrame:
    met, open_ = pl.col("outcome") == 0, pl.col("outcome") == 2
    return (
        mastery.join(item.select("competency", "course", "core"), on="competency")
        .group_by("learner", "course")
        .agg(
            n=pl.len(),
            met=met.sum(),
            open=open_.sum(),
            cores=pl.col("core").sum(),
            core_met=(pl.col("core") & met).sum(),
            core_open=(pl.col("core") & open_).sum(),
        )
        .with_columns(
            share=pl.when(pl.col("met") * 5 >= 4 * pl.col("n"))
            .then(True)
            .when((pl.col("met") + pl.col("open")) * 5 < 4 * pl.col("n"))
            .then(False),
            core=pl.when(pl.col("core_met") == pl.col("cores"))
            .then(True)
            .when(pl.col("core_met") + pl.col("core_open") < pl.col("cores"))
            .then(False),
        )
        .with_columns(truth=pl.col("share") & pl.col("core"))
        .select("learner", "course", outcome=_outcome(), determining=_same("share") + 2 * _same("core"))
    )


def _recovery(number: dict[str, int], credit: pl.DataFrame, folder: Path) -> pl.DataFrame:
    result = pl.col("result")
    tried = (
        pl.read_parquet(folder / "attempts.parquet")
        .filter(pl.col("ended_on") <= state.AS_OF.toordinal())
        .group_by("learner", "course")
        .agg(
            failed=((pl.col("status") == number["final"]) & (result == number["failed"])).sum(),
            passed=(result == number["passed"]).sum(),
        )
    )
    return (
        credit.select("learner", "course")
        .join(tried, on=["learner", "course"], how="left")
        .with_columns(failed=pl.col("failed").fill_null(0) >= 1, open=pl.col("passed").fill_null(0) < 1)
        .with_columns(truth=pl.col("failed") & pl.col("open"))
        .select("learner", "course", outcome=_outcome(), determining=_same("failed") + 2 * _same("open"))
    )


def _progression(number: dict[str, int], earned: pl.DataFrame) -> pl.DataFrame:
    below = pl.lit(True)
    found = []
    for code, needed in state.LEVELS:
        reached = pl.when(pl.col("low") >= needed).then(True).when(pl.col("high") < needed).then(False)
        rows = earned.select("learner", below=below, credits=reached, truth=below & reached)
        determining = pl.col("below").eq_missing(pl.col("truth")).cast(pl.Int32) + 2 * pl.col("credits").eq_missing(
            pl.col("truth")
        ).cast(pl.Int32)
        level = pl.lit(number[code], dtype=pl.Int32)
        found.append(rows.select("learner", level=level, outcome=_outcome(), determining=determining))
        below = below & reached
    return pl.concat(found)


def _at_risk(number: dict[str, int], folder: Path) -> pl.DataFrame:
    day = state.AS_OF.toordinal()
    days = (
        pl.read_parquet(folder / "attendance.parquet")
        .filter(pl.col("begins_on") <= day)
        .group_by("learner")
        .agg(present=pl.col("days_present").sum(), enrolled=pl.col("days_enrolled").sum())
    )
    tried = (
        pl.read_parquet(folder / "attempts.parquet")
        .filter(pl.col("ended_on") <= day)
        .group_by("learner")
        .agg(failed=(pl.col("result") == number["failed"]).sum())
    )
    absent = pl.when(pl.col("enrolled") > 0).then(pl.col("present") * 10 < 9 * pl.col("enrolled"))
    return (
        pl.read_parquet(folder / "learners.parquet")
        .join(days, on="learner", how="left")
        .join(tried, on="learner", how="left")
        .with_columns(truth=absent | (pl.col("failed").fill_null(0) >= 2))
        .select("learner", outcome=_outcome(), determining=pl.lit(1, dtype=pl.Int32))
    )
