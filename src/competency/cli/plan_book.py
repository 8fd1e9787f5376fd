"""`competency plan`: what would run where when many learners are decided at once, why, and what it costs."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.duration import duration, milliseconds
from competency.cli.exit_status import ExitStatus
from competency.cli.over_records import Stop, a_day, clock, over_records
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, write
from competency.services.engines import DUCKDB, EXTRA_OF, INTERPRETER, ON_DUCKDB, missing_packages

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from datetime import date

    from competency.cli.sources import Source
    from competency.interchange.fact_set import Facts
    from competency.rules.program.ir import Program
    from competency.services.plan_book import Plan, PlannedRule
    from competency.services.plan_costs import Cost, PlanCosts, SharedCost

# So many learners' facts tell what reading one learner's takes.
_LAID_OUT_MIN = 1_000
# A district and a state: for so many learners the cost is told.
_DISTRICT, _STATE = 10_000, 1_000_000

Costs = tuple[str, str, str]


@over_records
def plan(
    book: Path,
    /,
    *,
    facts: Path | None = None,
    as_of: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show for each rule of a book whether `decide --engine duckdb` decides it for all learners at once, or why not, and the cost.

    What it costs is measured in the meantime, in a few seconds, on the first learners of the facts, or on made-up ones.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    facts: Path
        The folder of fact tables that are to be decided, or a snapshot of them; without it, the facts of a school are
        presumed.
    as_of: str
        The date for which is decided, as 2026-11-02; without it, the first day of the policy.
    format: Format
        How the plan is written.
    """
    from competency.services.read_book import read_program

    day = a_day(as_of, "--as-of")
    if missing := missing_packages(DUCKDB):
        what = f"the engine `{DUCKDB}` needs {' and '.join(missing)}, not installed here"
        raise Stop(unusable("plan", what, f"install them: pip install 'competency[{EXTRA_OF[DUCKDB]}]'"))
    if facts is not None:
        begins = process_time()
        with TemporaryDirectory(prefix="competency-") as place, _laid_out(book, facts, Path(place)) as source:
            # of few learners most of it is the start; a snapshot is laid out already
            is_told = source.rows is not None and len(source.facts.learners) >= _LAID_OUT_MIN
            reading = _a_learner(process_time() - begins, len(source.facts.learners)) if is_told else None
            return _plan(source.program, source.facts, day, format, reading)
    program, _, diagnostics = read_program(book)
    if program is None:
        raise Stop(*diagnostics)
    return _plan(program, None, day, format, None)


def _a_learner(seconds: float, learners: int) -> Cost:
    from competency.services.plan_costs import Cost

    return Cost(max(1, round(1_000_000 * seconds / learners)), 0, learners)


def _laid_out(book: Path, facts: Path, place: Path) -> AbstractContextManager[Source]:
    """A book, and its facts laid out."""
    from competency.cli.sources import Laying, source_of

    return source_of(book, facts, None, clock().date(), None, laying=Laying(ON_DUCKDB, place / "facts"))


def _plan(program: Program, facts: Facts | None, day: date | None, format_: Format, reading: Cost | None) -> int:
    from competency.services.measure_plan import measure_plan, measured_day, measured_learners
    from competency.services.plan_book import first_day, plan_book
    from competency.services.snapshot_facts import SnapshotFacts

    assert facts is None or isinstance(facts, SnapshotFacts)  # they were laid out
    plan_ = plan_book(program, day or first_day(program), facts)
    measured_on = measured_day(program, day)
    learners, laid_out = measured_learners(program, facts, measured_on)
    costs = measure_plan(program, plan_, learners, laid_out, measured_on)
    if format_ == "json":
        report((), format_, **_record(program, plan_, costs, reading))
    else:
        _show(program, plan_, costs, reading)
    return ExitStatus.FINE


def _record(program: Program, plan_: Plan, costs: PlanCosts, reading: Cost | None) -> dict[str, object]:
    return {
        "rules": [_rule_record(one, costs) for one in plan_.rules],
        "queries": plan_.queries,
        "together": _cost_record(costs.together),
        "left": _cost_record(costs.left),
        "altogether": _cost_record(costs.altogether),
        "reading": _cost_record(reading),
        "writing": _cost_record(costs.writing),
        "indicators": [one.name for one in program.indicators],
        "learners": plan_.learners,
        "learners_apart": plan_.apart,
    }


def _rule_record(planned: PlannedRule, costs: PlanCosts) -> dict[str, object]:
    cost = costs.of_group.get(planned.group)
    return {**{name: getattr(planned, name) for name in planned.__slots__}, "cost": _cost_record(cost)}


def _cost_record(cost: Cost | SharedCost | None) -> dict[str, int] | None:
    """Microseconds of a processor and what they are for, and on how many learners it was measured."""
    return None if cost is None else {name: getattr(cost, name) for name in cost.__slots__}


def _show(program: Program, plan_: Plan, costs: PlanCosts, reading: Cost | None) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    left = [one for one in plan_.rules if one.reason]
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    table.add_column("items", justify="right")
    table.add_column("decided by")
    for heading in ("a learner", f"{_DISTRICT:,} learners", f"{_STATE:,}"):
        table.add_column(heading, justify="right", no_wrap=True)
    group = ""
    for (rule, engine), versions in groupby(
        plan_.rules, lambda one: (f"{one.rule} {one.version}".rstrip(), one.engine)
    ):
        first, *others = versions
        told = (
            ("as above", "", "") if first.group == group and first.reason else _told_of(costs.of_group.get(first.group))
        )
        name = f"{rule} ({len(others) + 1} versions)" if others else rule
        table.add_row(name, f"{max(one.items for one in (first, *others)):,}", engine, *told)
        group = first.group
    table.add_section()
    for engine, some, cost in (
        (DUCKDB, len(plan_.rules) - len(left), costs.together),
        (INTERPRETER, len(left), costs.left),
    ):
        if cost is not None:
            table.add_row(f"{quantity(some, 'rule')} together", "", engine, *_told_of(cost))
    if reading is not None:
        table.add_row("reading these facts", "", "", *_told_of(reading))
    table.add_row("writing as CSV", "", "", *_told_of(costs.writing))
    console().print(table)
    write(
        f"{quantity(len(plan_.rules), 'rule')}, in the order in which they are decided:"
        f" {len(plan_.rules) - len(left)} for all learners at once, {len(left)} by the interpreter\n"
    )
    for line in (
        *_of_queries(plan_, costs),
        *_of_rules_left(left),
        *_of_indicators(program, costs),
        *_of_learners_apart(plan_, costs),
        _of_measuring(plan_, costs, reading),
    ):
        write(f"\n{line}\n")


def _told_of(cost: Cost | SharedCost | None) -> Costs:
    """A cost for one learner among a state's, for a district and for a state; nothing where others have a part in it."""
    if cost is None:
        return "", "", ""
    of_state = cost.of(_STATE)
    return milliseconds(of_state // _STATE), duration(cost.of(_DISTRICT)), duration(of_state)


def _of_queries(plan_: Plan, costs: PlanCosts) -> Iterator[str]:
    if costs.together is not None:
        yield (
            f"Rules that {DUCKDB} decides share {quantity(plan_.queries, 'query', 'queries')}, given again for every"
            f" {costs.together.bucket:,} learners: their cost is one sum."
        )


def _of_rules_left(left: Sequence[PlannedRule]) -> Iterator[str]:
    for one in left:
        yield (
            f"{one.rule} {one.version}".rstrip()
            + f" is decided by the interpreter, for every learner, with the rules on which it relies. What {DUCKDB} cannot"
            f" do yet: {one.reason}."
        )


def _of_indicators(program: Program, costs: PlanCosts) -> Iterator[str]:
    if program.indicators:
        told = ", ".join(f"`{one.name}`" for one in program.indicators)
        yield (
            f"With --indicators ({told}) the interpreter decides every learner as well, with all rules:"
            f" {_in_words(costs.altogether, 'learners')}."
        )


def _of_learners_apart(plan_: Plan, costs: PlanCosts) -> Iterator[str]:
    yield (
        "A few learners are decided by the interpreter with all rules: those who have a recorded waiver of one of the rules,"
        " and those whose rows contradict each other, as corrections in a circle do."
        f" One such learner takes {_in_words(costs.altogether, 'of them')}."
    )
    if plan_.learners:
        yield f"Of the {quantity(plan_.learners, 'learner')} of these facts, {plan_.apart:,} are decided so."


def _of_measuring(plan_: Plan, costs: PlanCosts, reading: Cost | None) -> str:
    whose = "the first of these facts" if plan_.learners else "made up"
    read = (
        ""
        if reading is not None
        else f" Reading facts comes on top: --facts with {_LAID_OUT_MIN:,} learners or more tells it."
    )
    return (
        "Times are those of one processor of this computer, measured now; several share the work. One by one"
        f" {quantity(costs.altogether.learners, 'learner')} were decided, {whose}; what all learners share was measured on"
        f" {costs.writing.learners:,} like them. Other learners change it.{read}"
    )


def _in_words(cost: Cost, whom: str) -> str:
    """A cost in a sentence: `0.82 ms a learner (12,000 decisions a second), 9 seconds for 10,000 learners and ...`."""
    a_second = round(1_000_000 * cost.decisions / cost.microseconds)
    of_one, of_district, of_state = _told_of(cost)
    return (
        f"{of_one} ({quantity(a_second, 'decision')} a second),"
        f" {of_district} for {_DISTRICT:,} {whom} and {of_state} for {_STATE:,}"
    )
