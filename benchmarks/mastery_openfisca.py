"""The mastery rule in OpenFisca, for as many learners at once as one likes. README.md says what it does not do.

A row of evidence is OpenFisca's person, a competency of a learner is the group of its rows. A group needs a member, so
each begins with a row that is no evidence; the evidence follows, oldest first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy
from generated_book import METHODS
from openfisca_core.entities import build_entity
from openfisca_core.indexed_enums import Enum
from openfisca_core.model_api import MONTH, Variable
from openfisca_core.simulations import SimulationBuilder
from openfisca_core.taxbenefitsystems import TaxBenefitSystem

PERIOD = "2026-12"

_Row = build_entity("row", "rows", "A row of evidence", is_person=True)
_Pursuit = build_entity(
    "pursuit", "pursuits", "A competency of a learner", roles=[{"key": "piece", "plural": "pieces"}]
)


class Outcome(Enum):
    """The words of an outcome."""

    not_yet_known = "not yet known"
    not_met = "not met"
    met = "met"


class IsEvidence(Variable):
    """Whether the row is evidence, and not the one that each group begins with."""

    entity = _Row
    definition_period = MONTH
    value_type = bool


class Score(Variable):
    """The score, a whole number."""

    entity = _Row
    definition_period = MONTH
    value_type = int


class Method(Variable):
    """The method, by its number."""

    entity = _Row
    definition_period = MONTH
    value_type = int


class IsOfAPeer(Variable):
    """Whether a peer gave the score."""

    entity = _Row
    definition_period = MONTH
    value_type = bool


class Pieces(Variable):
    """The number of pieces of evidence."""

    entity = _Pursuit
    definition_period = MONTH
    value_type = int

    def formula(pursuit, period):  # noqa: N805 - OpenFisca's formulas are no methods
        """Counts the rows that are evidence."""
        return pursuit.sum(pursuit.members("IsEvidence", period))


class Recent(Variable):
    """The average of the latest up to 3 scores is at least 3."""

    entity = _Pursuit
    definition_period = MONTH
    value_type = bool

    def formula(pursuit, period):  # noqa: N805
        """Adds up the latest three, and compares with a multiple: no fraction is rounded."""
        pieces = pursuit("Pieces", period)
        latest = pursuit.members_position > pursuit.project(pieces) - 3
        total = pursuit.sum(latest * pursuit.members("Score", period))
        return total >= 3 * numpy.minimum(pieces, 3)


class Breadth(Variable):
    """At least 2 different methods."""

    entity = _Pursuit
    definition_period = MONTH
    value_type = bool

    def formula(pursuit, period):  # noqa: N805
        """Whether some method is not that of the first piece."""
        method = pursuit.members("Method", period)
        first = pursuit.project(pursuit.value_nth_person(1, method))
        return pursuit.any(pursuit.members("IsEvidence", period) * (method != first))


class Adult(Variable):
    """At least 1 score by a rater who is no peer."""

    entity = _Pursuit
    definition_period = MONTH
    value_type = bool

    def formula(pursuit, period):  # noqa: N805
        """Whether some piece is not a peer's."""
        return pursuit.any(pursuit.members("IsEvidence", period) * ~pursuit.members("IsOfAPeer", period))


class Mastery(Variable):
    """The outcome."""

    entity = _Pursuit
    definition_period = MONTH
    value_type = Enum
    possible_values = Outcome
    default_value = Outcome.not_yet_known

    def formula(pursuit, period):  # noqa: N805
        """All three requirements, where there is evidence."""
        is_met = pursuit("Recent", period) * pursuit("Breadth", period) * pursuit("Adult", period)
        return numpy.select(
            [pursuit("Pieces", period) == 0, is_met], [Outcome.not_yet_known, Outcome.met], Outcome.not_met
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """Prepared evidence as columns, a place a row: which pursuit it belongs to, and what OpenFisca's variables hold."""

    pursuits: int
    pursuit: Any
    variables: dict[str, Any]


def columns(pursuits: Sequence[Sequence[dict[str, Any]]]) -> Columns:
    """The prepared evidence of each competency of each learner, as columns."""
    found: dict[str, list[Any]] = {name: [] for name in ("IsEvidence", "Score", "Method", "IsOfAPeer")}
    belongs: list[int] = []
    for number, rows in enumerate(pursuits):
        belongs.extend([number] * (1 + len(rows)))
        found["IsEvidence"].extend([False, *[True for _ in rows]])
        found["Score"].extend([0, *[row["score"] for row in rows]])
        found["Method"].extend([0, *[METHODS.index(row["method"]) for row in rows]])
        found["IsOfAPeer"].extend([True, *[row["role"] == "peer" for row in rows]])
    return Columns(len(pursuits), numpy.array(belongs), {name: numpy.array(found[name]) for name in found})


def outcomes(system: TaxBenefitSystem, given: Columns) -> list[str]:
    """The outcome of each pursuit, in words."""
    builder = SimulationBuilder()
    builder.create_entities(system)
    builder.declare_person_entity("row", range(len(given.pursuit)))
    pursuits = builder.declare_entity("pursuit", range(given.pursuits))
    builder.join_with_persons(pursuits, given.pursuit, numpy.zeros(len(given.pursuit), dtype=int))
    simulation = builder.build(system)
    for name, values in given.variables.items():
        simulation.set_input(name, PERIOD, values)
    return [name.replace("_", " ") for name in simulation.calculate("Mastery", PERIOD).decode_to_str()]


def mastery_system() -> TaxBenefitSystem:
    """The rule as OpenFisca's variables."""
    system = TaxBenefitSystem([_Row, _Pursuit])
    system.add_variables(IsEvidence, Score, Method, IsOfAPeer, Pieces, Recent, Breadth, Adult, Mastery)
    return system
