"""What the interpreter decides of a bucket of learners: whole learners, or some groups of rules with those on which they rely."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pyarrow

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.interpreter.reasons import Explained
from competency.rules.population.compile_program import Compiled, compile_program
from competency.rules.population.facts import FactsAtHand
from competency.rules.population.frame import Concluded, Untouched
from competency.rules.population.told import Told, tell, value_type
from competency.rules.program import ir


@dataclass(frozen=True, slots=True)
class Interpreted:
    """A decision of the interpreter, with the number of its learner."""

    learner: int
    explained: Explained


@dataclass(frozen=True, slots=True)
class WithTold:
    """A program as tables, what the interpreter told where it has no set form, and the decisions that it made for that."""

    compiled: Compiled
    tables: Mapping[str, pyarrow.Table]
    decided: tuple[Interpreted, ...]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """The interpreter for a program, a day, and what was known by a time."""

    program: ir.Program
    as_of: date
    known_on: datetime | None

    def everything(self, number: int, facts: LearnerFacts) -> Iterator[Interpreted]:
        """Every decision about a learner."""
        made, _ = decide_and_remember(self.program, facts, self.as_of, self.known_on, keeps_going=True)
        return (Interpreted(number, one) for one in made)

    def tell(
        self,
        compiled: Compiled,
        at_hand: FactsAtHand,
        learners: Sequence[int],
        facts: Sequence[LearnerFacts],
        untouched: Mapping[int, Untouched],
    ) -> WithTold:
        """Decide for learners the groups that have no set form, and compile anew with what came of it.

        What was told may leave more groups without a set form, which are then decided too.
        """
        told: dict[str, tuple[str, Concluded]] = {}
        tables: dict[str, pyarrow.Table] = {}
        decided: list[Interpreted] = []
        while True:
            new = [group for group in compiled.left if group not in told]
            if not new:
                return WithTold(compiled, tables, tuple(decided))
            conclusions = self._decide_groups(new, learners, facts, decided)
            for group in new:
                rules = [rule for rule in self.program.rules if rule.group == group]
                name, codes = f"told_{len(told)}", max(len(rule.scope) for rule in rules)
                concluded, tables[name] = tell(name, codes, conclusions[group], value_type(rules), at_hand.words)
                told[group] = (compiled.left[group], concluded)
            compiled = compile_program(self.program, at_hand, self.as_of, self.known_on, told, untouched)

    def _decide_groups(
        self,
        groups: Collection[str],
        learners: Sequence[int],
        facts: Sequence[LearnerFacts],
        decided: list[Interpreted],
    ) -> dict[str, list[Told]]:
        """Decide some groups of rules into `decided`; their conclusions by group."""
        only = frozenset().union(*[ir.needed_rules(self.program, group) for group in groups])
        told: dict[str, list[Told]] = {group: [] for group in groups}
        for number, one in zip(learners, facts, strict=True):
            made, learner = decide_and_remember(
                self.program, one, self.as_of, self.known_on, only=only, keeps_going=True
            )
            decided += [Interpreted(number, explained) for explained in made if explained.rule.group in groups]
            for (group, codes), (truth, value) in learner.conclusions.items():
                if group in groups:
                    told[group].append(Told(number, codes, truth, value))
        return told
