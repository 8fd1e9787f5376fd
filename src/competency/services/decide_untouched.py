"""What is decided about a learner of whom nothing is known: the same as of every item that a learner's facts do not touch."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide_and_remember
from competency.rules.population.frame import Untouched
from competency.rules.population.lower_rule import NUMBERS
from competency.rules.program import ir


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
