"""Decides many learners at once: what has a set form by the population engine, the rest by the interpreter, visibly."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryDirectory

import pyarrow

from competency.interchange.fact_set import Facts
from competency.model.decisions import Decision
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.interpreter.reasons import Award, ClauseReason, Explained
from competency.rules.interpreter.stand import standing
from competency.rules.interpreter.visible import awards
from competency.rules.population.carry_out import DecidedRow, carry_out, decided_rows, put_facts
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.frame import Concluded, Untouched
from competency.rules.population.lay_out import LaidOut, lay_out
from competency.rules.population.lower_rule import NUMBERS, OF_AWARDS, OUTCOMES, REPORTED_OF_AWARDS
from competency.rules.population.told import Told, tell, value_type
from competency.rules.program import ir
from competency.services.decided_apart import has_waiver
from competency.services.engines import ON_DUCKDB, EngineChoice, start_engine

# Learners that are decided together: enough that a query costs nothing beside its rows, few enough to fit in memory.
LEARNERS_A_BUCKET = 20_000

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Placed:
    """A decision with its place among those of its learner."""

    place: Place
    explained: Explained


def decide_population(
    program: ir.Program,
    facts: Facts,
    learners: Sequence[str],
    as_of: date,
    known_on: datetime | None,
    progress: Callable[[int], None] | None = None,
    *,
    engine: EngineChoice = ON_DUCKDB,
    bucket: int = LEARNERS_A_BUCKET,
) -> Iterator[Explained]:
    """Every decision about learners, in their order and then that of the program; reasons are there where something is reported."""
    for number in range(0, len(learners), bucket):
        some = learners[number : number + bucket]
        yield from decide_bucket(program, [facts.for_learner(one) for one in some], as_of, known_on, engine=engine)
        if progress is not None:
            progress(len(some))


def decide_bucket(
    program: ir.Program,
    learners: Sequence[LearnerFacts],
    as_of: date,
    known_on: datetime | None,
    *,
    engine: EngineChoice = ON_DUCKDB,
) -> Iterator[Explained]:
    """Every decision about some learners, who are held in memory at once."""
    interpreted = _Interpreted(program, as_of, known_on)
    laid_out = lay_out(program, learners)
    apart = _apart(program, learners, laid_out)
    together = [number for number in range(len(learners)) if number not in apart]
    compiled, told = _compiled(interpreted, laid_out, [(number, learners[number]) for number in together])
    by_learner: dict[int, list[Placed]] = defaultdict(list)
    for number in sorted(apart):
        by_learner[number] = interpreted.everything(learners[number])
    for group in compiled.left:
        for number, placed in interpreted.of_group[group]:
            by_learner[number].append(placed)
    if together and len(compiled.left) < len(compiled.groups):
        explaining = _Explaining(program, learners, as_of, known_on)
        for row in _by_engine(interpreted, compiled, told, laid_out, together, engine):
            by_learner[row.learner].append(interpreted.placed(row.place, explaining.explained(row)))
    for number in range(len(learners)):
        for placed in sorted(by_learner.pop(number, ()), key=lambda one: one.place):
            yield placed.explained


def _apart(program: ir.Program, learners: Sequence[LearnerFacts], laid_out: LaidOut) -> frozenset[int]:
    """Numbers of the learners whom recorded waivers touch, and of those whose rows are entangled: the interpreter's."""
    is_waived = has_waiver(program)
    touched = {number for number, facts in enumerate(learners) if is_waived(facts)}
    return laid_out.entangled | touched


class _Interpreted:
    """What the interpreter decides: whole learners, or some groups of rules with those on which they rely."""

    def __init__(self, program: ir.Program, as_of: date, known_on: datetime | None) -> None:
        self.program = program
        self.as_of = as_of
        self.known_on = known_on
        self.of_group: dict[str, list[tuple[int, Placed]]] = {}
        self.told: dict[str, list[Told]] = {}
        self._indexes = {id(rule): index for index, rule in enumerate(program.rules)}
        self._places: dict[tuple[int, tuple[str, ...]], int] = {}
        self._first: dict[tuple[str, tuple[str, ...]], int] = {}
        for place, (index, codes) in enumerate(program.schedule):
            self._places[index, codes] = place
            self._first.setdefault((program.rules[index].group, codes), place)

    def everything(self, facts: LearnerFacts) -> list[Placed]:
        """Every decision about a learner."""
        made, _ = decide_and_remember(self.program, facts, self.as_of, self.known_on, keeps_going=True)
        return [self._placed(one) for one in made]

    def decide_groups(self, groups: Collection[str], learners: Sequence[tuple[int, LearnerFacts]]) -> None:
        """Decide some groups of rules for learners, and keep decisions and conclusions."""
        only = frozenset().union(*[ir.needed_rules(self.program, group) for group in groups])
        for group in groups:
            self.of_group[group], self.told[group] = [], []
        for number, facts in learners:
            made, learner = decide_and_remember(
                self.program, facts, self.as_of, self.known_on, only=only, keeps_going=True
            )
            for explained in made:
                if explained.rule.group in groups:
                    self.of_group[explained.rule.group].append((number, self._placed(explained)))
            for (group, codes), (truth, value) in learner.conclusions.items():
                if group in groups:
                    self.told[group].append(Told(number, codes, truth, value))

    def placed(self, place: int, explained: Explained) -> Placed:
        """A decision at a place of the schedule, with its place among those of its learner."""
        return Placed((self._first[explained.rule.group, explained.decision.item], place), explained)

    def _placed(self, explained: Explained) -> Placed:
        place = self._places[self._indexes[id(explained.rule)], explained.decision.item]
        return self.placed(place, explained)


def _compiled(
    interpreted: _Interpreted, laid_out: LaidOut, learners: Sequence[tuple[int, LearnerFacts]]
) -> tuple[Compiled, Mapping[str, pyarrow.Table]]:
    """The program as tables, and what the interpreter told where it has no set form; that may leave more without one."""
    program = interpreted.program
    untouched = decide_untouched(program, interpreted.as_of, interpreted.known_on)
    told: dict[str, tuple[str, Concluded]] = {}
    tables: dict[str, pyarrow.Table] = {}
    while True:
        compiled = compile_program(program, laid_out.at_hand, interpreted.as_of, interpreted.known_on, told, untouched)
        new = [group for group in compiled.left if group not in told]
        if not new:
            return compiled, tables
        interpreted.decide_groups(new, learners)
        for group in new:
            rules = [rule for rule in program.rules if rule.group == group]
            name, codes = f"told_{len(told)}", max(len(rule.scope) for rule in rules)
            words = laid_out.at_hand.words
            concluded, tables[name] = tell(name, codes, interpreted.told[group], value_type(rules), words)
            told[group] = (compiled.left[group], concluded)


def decide_untouched(program: ir.Program, as_of: date, known_on: datetime | None) -> Mapping[int, Untouched]:
    """What is decided at each place of the schedule about a learner of whom nothing is known."""
    made, nobody = decide_and_remember(program, LearnerFacts(""), as_of, known_on, keeps_going=True)
    places = {(index, codes): place for place, (index, codes) in enumerate(program.schedule)}
    indexes = {id(rule): index for index, rule in enumerate(program.rules)}
    found = {}
    for one in made:
        decision = one.decision
        if decision.outcome is not None:
            _, value = nobody.conclusions.get((one.rule.group, decision.item), (None, None))
            says_more = (decision.value, value) != (None, None) or decision.reported or decision.assigned
            place = places[indexes[id(one.rule)], decision.item]
            found[place] = Untouched(NUMBERS[decision.outcome], decision.determining, not says_more)
    return found


def _by_engine(
    interpreted: _Interpreted,
    compiled: Compiled,
    told: Mapping[str, pyarrow.Table],
    laid_out: LaidOut,
    learners: list[int],
    choice: EngineChoice,
) -> Iterator[DecidedRow]:
    with TemporaryDirectory(prefix="competency-") as spill:
        engine = start_engine(choice, spill)
        try:
            put_facts(engine, laid_out.at_hand, laid_out.rows, interpreted.as_of, interpreted.known_on)
            for name, table in told.items():
                engine.put(name, table)
            carry_out(engine, compiled, learners)
            yield from decided_rows(engine, compiled, laid_out.at_hand.words)
        finally:
            engine.close()


class _Explaining:
    """Rows as decisions, with those of their clauses that are reported."""

    def __init__(
        self, program: ir.Program, learners: Sequence[LearnerFacts], as_of: date, known_on: datetime | None
    ) -> None:
        self._program = program
        self._learners = learners
        self._as_of = as_of
        self._known_on = known_on
        self._clauses: dict[tuple[int, int], tuple[ir.Clause, ...]] = {}
        self._labels: dict[tuple[int, int, bool], tuple[str, ...]] = {}

    def explained(self, row: DecidedRow) -> Explained:
        """A row as a decision."""
        index, codes = self._program.schedule[row.place]
        rule = self._program.rules[index]
        clauses: tuple[ClauseReason, ...] = ()
        award = None
        if row.reported:
            clauses = tuple(ClauseReason(clause, False, None) for clause in self._clauses_of(index, row.reported))
            award = self._award(rule, codes, row)
        decision = Decision(
            self._learners[row.learner].learner,
            rule.kind,
            rule.name,
            codes,
            OUTCOMES[row.outcome],
            row.value,
            self._labels_of(index, row.determining, OF_AWARDS),
            self._as_of,
            self._known_on,
            reported=self._labels_of(index, row.reported, REPORTED_OF_AWARDS),
            assigned=row.assigned,
            policy_version=rule.version or self._program.policy.version,
        )
        return Explained(decision, rule, clauses, award=award)

    def _award(self, rule: ir.Rule, codes: tuple[str, ...], row: DecidedRow) -> Award | None:
        """The award of which something is reported."""
        if not any(row.reported & bit for bit in REPORTED_OF_AWARDS):
            return None
        known = awards(self._learners[row.learner], self._as_of, self._known_on)
        return standing(rule, codes, known, self._as_of, self._program.year_begins)

    def _clauses_of(self, index: int, bits: int) -> tuple[ir.Clause, ...]:
        found = self._clauses.get((index, bits))
        if found is None:
            clauses = self._program.rules[index].clauses
            found = tuple(clause for place, clause in enumerate(clauses) if bits >> place & 1)
            self._clauses[index, bits] = found
        return found

    def _labels_of(self, index: int, bits: int, of_awards: Mapping[int, str]) -> tuple[str, ...]:
        key = (index, bits, of_awards is OF_AWARDS)
        found = self._labels.get(key)
        if found is None:
            further = [label for bit, label in of_awards.items() if bits & bit]
            found = (*[clause.label for clause in self._clauses_of(index, bits)], *further)
            self._labels[key] = found
        return found
