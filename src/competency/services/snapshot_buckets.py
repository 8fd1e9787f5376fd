"""Buckets of learners whose facts are laid out in a snapshot: those of the snapshot, joined, parted, or some learners of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import pyarrow
from pyarrow import compute

from competency.model.facts import LearnerFacts
from competency.rules.population.frame import LEARNER
from competency.rules.population.lay_out import LaidOut, joined, with_learners
from competency.services.buckets import learners_a_bucket
from competency.services.engines import EngineChoice
from competency.snapshots.open_snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class _Part:
    """Some learners of a bucket of the snapshot, by their numbers in it and in order; `is_whole`: all of them."""

    bucket: int
    numbers: tuple[int, ...]
    is_whole: bool


class SnapshotBuckets:
    """Buckets of the learners of a snapshot, or of some of them. What is at hand is one object for all."""

    def __init__(self, snapshot: Snapshot, engine: EngineChoice, learners: Sequence[str] | None = None) -> None:
        """`learners`: those who are meant, in the order of the snapshot; none: all of them."""
        self.learners: Sequence[str] = snapshot.learners if learners is None else learners
        self._snapshot = snapshot
        self._engine = engine
        self._at_hand = snapshot.at_hand()
        size = learners_a_bucket(len(snapshot.program.schedule), len(self.learners), engine)
        self._buckets = tuple(_in_buckets(self._parts(size), size))

    @property
    def digests(self) -> Sequence[str]:
        """The digest of each learner's rows, with the way in which it was made: others are not like it."""
        basis, digests = self._snapshot.digests_basis, self._snapshot.digests.to_pylist()
        if len(self.learners) < len(digests):
            digests = [digests[self._numbers[learner]] for learner in self.learners]
        return [f"{basis}: {digest:016x}" for digest in digests]

    def dated(self, after: date, until: date) -> frozenset[str]:
        """The learners of whom a fact that the program reads has a date after a day and up to another."""
        return self._snapshot.dated(after, until)

    def __len__(self) -> int:
        return len(self._buckets)

    def bucket(self, number: int) -> LaidOut:
        """The facts of a bucket's learners as columns."""
        return joined([self._of_part(part) for part in self._buckets[number]])

    def facts(self, number: int, learners: Sequence[int]) -> Sequence[LearnerFacts]:
        """The facts of some learners of a bucket, by their numbers in it."""
        found: list[LearnerFacts] = []
        begin = 0
        for part in self._buckets[number]:
            end = begin + len(part.numbers)
            wanted = [part.numbers[one - begin] for one in learners if begin <= one < end]
            if wanted:
                found += self._snapshot.facts(part.bucket, wanted)
            begin = end
        return found

    def some_of(self, learners: Sequence[str]) -> SnapshotBuckets:
        """Buckets of these learners alone."""
        return SnapshotBuckets(self._snapshot, self._engine, learners)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The number of each learner among all of the snapshot."""
        return {learner: number for number, learner in enumerate(self._snapshot.learners)}

    def _parts(self, size: int) -> Iterator[_Part]:
        """The learners by buckets of the snapshot, of at most a size."""
        of_snapshot, everybody = self._snapshot.header.learners_a_bucket, len(self._snapshot.learners)
        wanted: Sequence[int] = range(everybody)
        if len(self.learners) < everybody:
            wanted = [self._numbers[learner] for learner in self.learners]
        by_bucket: dict[int, list[int]] = {}
        for number in wanted:
            by_bucket.setdefault(number // of_snapshot, []).append(number % of_snapshot)
        for bucket, numbers in by_bucket.items():
            is_whole = len(numbers) == min(of_snapshot, everybody - bucket * of_snapshot) and len(numbers) <= size
            for start in range(0, len(numbers), size):
                yield _Part(bucket, tuple(numbers[start : start + size]), is_whole)

    def _of_part(self, part: _Part) -> LaidOut:
        laid_out = self._snapshot.bucket(part.bucket)
        if part.is_whole:
            return laid_out
        wanted = pyarrow.array(part.numbers, pyarrow.int64())
        rows = {plural: _rows_of(table, wanted) for plural, table in laid_out.rows.items()}
        names = tuple(laid_out.learners[one] for one in part.numbers)
        entangled = frozenset(place for place, one in enumerate(part.numbers) if one in laid_out.entangled)
        return replace(laid_out, rows=rows, learners=names, entangled=entangled)


def _in_buckets(parts: Iterator[_Part], size: int) -> Iterator[tuple[_Part, ...]]:
    """Parts one after the other as buckets of at most a size."""
    waiting: list[_Part] = []
    room = size
    for part in parts:
        if waiting and len(part.numbers) > room:
            yield tuple(waiting)
            waiting, room = [], size
        waiting.append(part)
        room -= len(part.numbers)
    if waiting:
        yield tuple(waiting)


def _rows_of(table: pyarrow.Table, learners: pyarrow.Array) -> pyarrow.Table:
    """The rows of some learners, who are numbered anew by their places."""
    numbers = compute.index_in(table.column(LEARNER), value_set=learners)
    is_wanted = compute.is_valid(numbers)
    return with_learners(table.filter(is_wanted), numbers.filter(is_wanted).cast(pyarrow.int64()))
