"""Decides every learner of a fact set and writes one row a decision, learner after learner."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.fact_set import Facts
from competency.model.decisions import Decision
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.interpreter.evaluate import Learner
from competency.rules.interpreter.indicate import indicate
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.visible import visible
from competency.rules.program import ir
from competency.rules.program.fingerprint import fingerprint
from competency.services.engines import INTERPRETER, ONE_BY_ONE, EngineChoice
from competency.services.replace_file import unwritable
from competency.services.tally import Tally
from competency.services.write_decisions import (
    ASSIGNED_COLUMNS,
    DECISION_COLUMNS,
    EXCEPTION_COLUMNS,
    INDICATOR_COLUMNS,
    DecidedBy,
    Row,
    assigned_rows,
    decided_by,
    decision_row,
    exception_rows,
    indicator_row,
    outcome_text,
    row_writer,
)


@dataclass(frozen=True, slots=True)
class DecisionsReport:
    """What was decided. `outcomes` counts by (kind and name of the rule, outcome); `is_written` is False where the disk refused.

    `decided_anew`: of how many learners nothing was kept that still holds; `why_all` says why, if none was.
    """

    is_written: bool
    learners: int = 0
    outcomes: Mapping[tuple[str, str], int] = field(default_factory=dict)
    failed: int = 0
    reported: int = 0
    diagnostics: tuple[Diagnostic, ...] = ()
    decided_anew: int = 0
    why_all: str = ""

    @property
    def decisions(self) -> int:
        """How many decisions there are, those with an error included."""
        return sum(self.outcomes.values())


def decide_learners(
    program: ir.Program,
    facts: Facts,
    out: Path,
    *,
    as_of: date,
    known_on: datetime | None = None,
    learners: Sequence[str] | None = None,
    exceptions: Path | None = None,
    assigned: Path | None = None,
    indicators: Path | None = None,
    progress: Callable[[int], None] | None = None,
    engine: EngineChoice = ONE_BY_ONE,
    keep: Path | None = None,
) -> DecisionsReport:
    """Write the decisions about the learners (none: all of them) to `out`, in order of learner, then of the program.

    `exceptions`: a file with a row for each thing that a decision reports, and for each that failed. `assigned`: a file with
    a row for each item that is assigned. `indicators`: a file with what the program's indicators say of their groups,
    once all learners are decided. `progress` is told of each learner. Every file is there whole or not at all.

    `keep`: a folder that keeps the decisions for the next run, which then decides only the learners whose facts have
    changed; for the engines that decide many learners at once.

    `engine` is one of ENGINES; all decide alike. `memory` (as `2GB`) is what an engine over tables may use before it goes
    to the disk. Indicators look at learners one by one, so the interpreter tells them whatever the engine.
    """
    by = decided_by(program, fingerprint(program))
    chosen = facts.learners if learners is None else sorted(learners)
    members: dict[str, Learner] | None = None if indicators is None else {}
    anew, why_all = len(chosen), ""
    try:
        with ExitStack() as files:
            if engine.name == INTERPRETER:
                decided = _decisions(program, facts, chosen, as_of, known_on, progress, members)
                tally = _write_rows(files, decided, by, out, exceptions, assigned)
            else:
                from competency.services.buckets_of_facts import buckets_of_facts
                from competency.services.run_population import run_population
                from competency.services.write_population import write_population

                buckets = buckets_of_facts(program, facts, chosen, engine)
                run = run_population(files, program, buckets, facts.shared, by, as_of, known_on, progress, engine, keep)
                tally = write_population(files, run.decided, out, exceptions, assigned)
                anew, why_all = run.learners, run.why_all
                if members is not None:
                    for _ in _decisions(program, facts, chosen, as_of, known_on, None, members):
                        pass
            if indicators is not None and members is not None:
                add_indicated = files.enter_context(row_writer(indicators, INDICATOR_COLUMNS))
                shared = visible(LearnerFacts("", facts.shared), program.fact_types, as_of, known_on)
                for indicator in program.indicators:
                    for indicated in indicate(indicator, program, members, shared, as_of):
                        add_indicated(indicator_row(indicated, by, as_of, known_on))
    except OSError as error:
        return DecisionsReport(False, diagnostics=(unwritable(Path(error.filename or out), error),))
    failed = tally.failed
    diagnostics = tuple(failure(decision, failed - len(tally.failures)) for decision in tally.failures)
    return DecisionsReport(True, len(chosen), tally.outcomes, failed, tally.reported, diagnostics, anew, why_all)


def _write_rows(
    files: ExitStack,
    decided: Iterable[Explained],
    by: DecidedBy,
    out: Path,
    exceptions: Path | None,
    assigned: Path | None,
) -> Tally:
    """Write decisions one by one."""
    add = files.enter_context(row_writer(out, DECISION_COLUMNS))
    add_exception = files.enter_context(_writer(exceptions, EXCEPTION_COLUMNS))
    add_assigned = files.enter_context(_writer(assigned, ASSIGNED_COLUMNS))
    tally = Tally()
    for explained in decided:
        decision = explained.decision
        add(decision_row(decision, by))
        tally.outcomes[f"{decision.kind} {decision.rule}", outcome_text(decision)] += 1
        tally.reported += bool(decision.reported)
        if decision.error:
            tally.add_failure(decision)
        for row in exception_rows(explained):
            add_exception(row)
        for row in assigned_rows(decision):
            add_assigned(row)
    return tally


def _writer(path: Path | None, columns: tuple[str, ...]) -> AbstractContextManager[Callable[[Row], object]]:
    """What takes rows for a file, and drops them where no file was asked for."""
    return nullcontext(lambda _row: None) if path is None else row_writer(path, columns)


def _decisions(
    program: ir.Program,
    facts: Facts,
    learners: Sequence[str],
    as_of: date,
    known_on: datetime | None,
    progress: Callable[[int], None] | None,
    members: dict[str, Learner] | None,
) -> Iterator[Explained]:
    """Every decision; into `members` goes each learner with the conclusions drawn, for indicators to look at."""
    for learner in learners:
        explained, decided = decide_and_remember(program, facts.for_learner(learner), as_of, known_on, keeps_going=True)
        if members is not None:
            members[learner] = decided
        yield from explained
        if progress is not None:
            progress(1)


def failure(decision: Decision, others: int) -> Diagnostic:
    """A decision that could not be made; `others` are how many more there are."""
    item = f" for {' at '.join(decision.item)}" if decision.item else ""
    more = (f"{others:,} more decisions failed; the exceptions file lists them all.",) if others else ()
    return Diagnostic(
        kinds.DECISION_FAILED,
        f"{decision.kind} {decision.rule} could not be decided{item} for learner {decision.learner}: {decision.error}",
        notes=("The other decisions were made. One that relies on this one takes it as not yet known.", *more),
        fixes=(Fix("report it to the makers of this program, with the rule and the facts of this learner"),),
        data={"learner": decision.learner, "rule": f"{decision.kind} {decision.rule}", "item": list(decision.item)},
    )
