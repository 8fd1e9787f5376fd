"""Learners in buckets, which are decided together: where their facts come from, laid out for a program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import Protocol

from competency.model.facts import LearnerFacts
from competency.rules.population.lay_out import LaidOut, lay_out
from competency.rules.program import ir
from competency.services.digest_facts import digest_of, has_date
from competency.services.engines import SPARK, EngineChoice, workers_of

# Learners that are decided together, and decisions: few enough that as many buckets as there are workers fit in memory.
LEARNERS_A_BUCKET = 20_000
DECISIONS_A_BUCKET = 2_000_000
# So many decisions that the queries of a bucket cost little beside their rows: fewer are not shared out among workers.
DECISIONS_A_BUCKET_MIN = 200_000


class Buckets(Protocol):
    """Learners in their order, in buckets one after the other. Several threads may ask for buckets at once."""

    @property
    def learners(self) -> Sequence[str]:
        """The learners of all buckets, in order."""

    @property
    def digests(self) -> Sequence[str]:
        """A text for each learner that stays the same as long as the facts about the learner do."""

    def dated(self, after: date, until: date) -> Collection[str]:
        """The learners of whom a fact has a date, or a time on one, after a day and up to another."""

    def __len__(self) -> int:
        """How many buckets there are."""

    def bucket(self, number: int) -> LaidOut:
        """The facts of a bucket's learners as columns. Where `at_hand` is one object, the program is compiled once."""

    def facts(self, number: int, learners: Sequence[int]) -> Sequence[LearnerFacts]:
        """The facts of some learners of a bucket, by their numbers in it, for the interpreter."""

    def some_of(self, learners: Sequence[str]) -> Buckets:
        """Buckets of these learners alone, who are among those of all buckets and in their order."""


class FactsInBuckets:
    """Buckets of learners whose facts are in memory, or are asked for one by one: laid out when a bucket is asked for."""

    def __init__(
        self,
        program: ir.Program,
        facts_of: Callable[[str], LearnerFacts],
        learners: Sequence[str],
        engine: EngineChoice,
    ) -> None:
        self.learners = learners
        self._program = program
        self._facts_of = facts_of
        self._engine = engine
        self._size = learners_a_bucket(len(program.schedule), len(learners), engine)

    @property
    def digests(self) -> Sequence[str]:
        """The digest of each learner's rows."""
        return [digest_of(self._facts_of(learner)) for learner in self.learners]

    def dated(self, after: date, until: date) -> frozenset[str]:
        """The learners of whom a fact has a date after a day and up to another."""
        return frozenset(
            learner
            for learner in self.learners
            if any(has_date(rows, after, until) for rows in self._facts_of(learner).tables.values())
        )

    def __len__(self) -> int:
        return (len(self.learners) + self._size - 1) // self._size

    def bucket(self, number: int) -> LaidOut:
        """The facts of a bucket's learners as columns."""
        return lay_out(self._program, map(self._facts_of, self._names(number)))

    def facts(self, number: int, learners: Sequence[int]) -> Sequence[LearnerFacts]:
        """The facts of some learners of a bucket, by their numbers in it."""
        names = self._names(number)
        return [self._facts_of(names[one]) for one in learners]

    def some_of(self, learners: Sequence[str]) -> FactsInBuckets:
        """Buckets of these learners alone."""
        return FactsInBuckets(self._program, self._facts_of, learners, self._engine)

    def _names(self, number: int) -> Sequence[str]:
        return self.learners[number * self._size : (number + 1) * self._size]


def learners_a_bucket(decisions: int, learners: int, engine: EngineChoice) -> int:
    """How many learners a bucket has, of each of whom so much is decided: enough for all workers, as far as it pays.

    Spark spreads a bucket over its own workers, and each query costs it much: the larger, the better.
    """
    if engine.name == SPARK:
        return LEARNERS_A_BUCKET
    decisions = max(decisions, 1)
    most = max(1, min(LEARNERS_A_BUCKET, DECISIONS_A_BUCKET // decisions))
    least = -(-DECISIONS_A_BUCKET_MIN // decisions)
    return min(most, max(least, -(-learners // workers_of(engine))))
