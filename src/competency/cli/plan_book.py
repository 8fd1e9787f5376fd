"""`competency plan`: what would run where when many learners are decided at once, why, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.duration import duration, milliseconds
from competency.cli.exit_status import ExitStatus
from competency.cli.laid_out import rows_lacking
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, status, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from competency.services.measure_plan import Cost, PlanCosts
    from competency.services.plan_book import Plan, PlannedRule

# A district and a state: for so many learners the cost is told.
_DISTRICT, _STATE = 10_000, 1_000_000


def plan(
    book: Path,
    /,
    *,
    facts: Path | None = None,
    as_of: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show for each rule of a book whether `decide --engine duckdb` decides it for all learners at once, or why not, and the cost.

    What the interpreter costs is measured in the meantime, in less than a second, on the first learners of the facts, or on
    made-up ones.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    facts: Path
        The folder of fact tables that are to be decided; without it, the facts of a school are presumed.
    as_of: str
        The date for which is decided, as 2026-11-02; without it, the first day of the policy.
    format: Format
        How the plan is written.
    """
    from competency.cli.arguments import read_as_of
    from competency.services.engines import DUCKDB, EXTRA_OF, missing_packages
    from competency.services.read_book import read_program
    from competency.services.read_book_facts import read_book_facts

    day, wrong = read_as_of(as_of) if as_of is not None else (None, ())
    wrong += rows_lacking(facts)
    if missing := missing_packages(DUCKDB):
        what = f"the engine `{DUCKDB}` needs {' and '.join(missing)}, not installed here"
        wrong = (*wrong, unusable("plan", what, f"install them: pip install 'competency[{EXTRA_OF[DUCKDB]}]'"))
    if wrong:
        report(wrong, format)
        return status(wrong)
    from competency.services.make_up_learners import make_up_learners
    from competency.services.measure_plan import LEARNERS_MEASURED, measure_plan, measured_day
    from competency.services.plan_book import first_day, plan_book

    program, declared, diagnostics = read_program(book)
    if program is None or declared is None:
        report(diagnostics, format)
        return status(diagnostics)
    found = None
    if facts is not None:
        read = read_book_facts(declared, facts)
        if read.facts is None:
            report(read.diagnostics, format)
            return status(read.diagnostics)
        found = read.facts
    plan_ = plan_book(program, day or first_day(program), found)
    measured_on = measured_day(program, day)
    if found is not None and found.learners:
        learners = [found.for_learner(one) for one in found.learners[:LEARNERS_MEASURED]]
    else:
        learners = make_up_learners(program, measured_on, LEARNERS_MEASURED)
    costs = measure_plan(program, plan_, learners, measured_on)
    if format == "json":
        report((), format, **_record(plan_, costs))
    else:
        _show(plan_, costs)
    return ExitStatus.FINE


def _record(plan_: Plan, costs: PlanCosts) -> dict[str, object]:
    return {
        "rules": [_rule_record(one, costs) for one in plan_.rules],
        "queries": plan_.queries,
        "left": _cost_record(costs.left),
        "altogether": _cost_record(costs.altogether),
        "learners": plan_.learners,
        "learners_apart": plan_.apart,
    }


def _rule_record(planned: PlannedRule, costs: PlanCosts) -> dict[str, object]:
    cost = costs.of_group.get(planned.group)
    return {**{name: getattr(planned, name) for name in planned.__slots__}, "cost": _cost_record(cost)}


def _cost_record(cost: Cost | None) -> dict[str, int] | None:
    """Microseconds of a processor a learner, the decisions made in them, and on how many learners it was measured."""
    return None if cost is None else {name: getattr(cost, name) for name in cost.__slots__}


def _show(plan_: Plan, costs: PlanCosts) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("rule", overflow="fold")
    table.add_column("items", justify="right")
    table.add_column("decided by")
    for heading in ("cost", f"{_DISTRICT:,} learners", f"{_STATE:,}"):
        table.add_column(heading, justify="right", no_wrap=True)
    group = ""
    for one in plan_.rules:
        cost = ("as above", "", "") if one.group == group else _cost(one, costs)
        table.add_row(f"{one.rule} {one.version}".rstrip(), f"{one.items:,}", one.engine, *cost)
        group = one.group
    console().print(table)
    left = [one for one in plan_.rules if one.reason]
    write(
        f"{quantity(len(plan_.rules), 'rule')}: {len(plan_.rules) - len(left)} for all learners at once,"
        f" {len(left)} by the interpreter\n"
    )
    for line in (*_of_queries(plan_), *_of_rules_left(left, costs), *_of_learners_apart(plan_, costs)):
        write(f"\n{line}\n")


def _cost(planned: PlannedRule, costs: PlanCosts) -> tuple[str, str, str]:
    """The cost of a rule, and of those that draw the same conclusion: of a bucket or a learner, of a district, of a state."""
    cost = costs.of_group.get(planned.group)
    if cost is None:
        queries = (planned.queries * _buckets(learners) for learners in (1, _DISTRICT, _STATE))
        one, district, state = (quantity(number, "query", "queries") for number in queries)
        return one, district, state
    return (
        f"{milliseconds(cost.microseconds)} a learner",
        duration(_DISTRICT * cost.microseconds),
        duration(_STATE * cost.microseconds),
    )


def _buckets(learners: int) -> int:
    from competency.services.buckets import LEARNERS_A_BUCKET

    return -(-learners // LEARNERS_A_BUCKET)


def _of_queries(plan_: Plan) -> Iterator[str]:
    if plan_.queries:
        from competency.services.buckets import LEARNERS_A_BUCKET

        yield (
            f"All learners at once: {quantity(plan_.queries, 'query', 'queries')}, given again for every"
            f" {LEARNERS_A_BUCKET:,} learners. Rules that draw one conclusion share them (as above)."
        )


def _of_rules_left(left: Sequence[PlannedRule], costs: PlanCosts) -> Iterator[str]:
    for one in left:
        yield f"{one.rule} {one.version}".rstrip() + f" is decided by the interpreter, for every learner: {one.reason}."
    if costs.left is not None:
        them = "It takes" if len(left) == 1 else "Together they take"
        yield f"{them} {_told(costs.left, 'learners')}, with the rules relied on."


def _of_learners_apart(plan_: Plan, costs: PlanCosts) -> Iterator[str]:
    yield (
        "Learners with a recorded waiver, or whose evidence is entangled, are decided by the interpreter with all rules."
        " Entangled are two rows with one identity, corrections in a circle, and two rows that say who a learner is."
        f" It takes {_told(costs.altogether, 'such learners')}."
    )
    if plan_.learners:
        yield f"Of the {quantity(plan_.learners, 'learner')} of these facts, {plan_.apart:,} are decided so."
    whose = "the first of these facts" if plan_.learners else "made up"
    yield (
        f"Measured now, on one processor of this computer, on {quantity(costs.altogether.learners, 'learner')}, {whose}."
        " Other programs and other learners change it."
    )


def _told(cost: Cost, whom: str) -> str:
    """A cost in a sentence: `0.82 ms a learner (12,000 decisions a second), 9 seconds for 10,000 learners and ...`."""
    a_second = round(1_000_000 * cost.decisions / cost.microseconds)
    return (
        f"{milliseconds(cost.microseconds)} a learner ({quantity(a_second, 'decision')} a second),"
        f" {duration(_DISTRICT * cost.microseconds)} for {_DISTRICT:,} {whom}"
        f" and {duration(_STATE * cost.microseconds)} for {_STATE:,}"
    )
