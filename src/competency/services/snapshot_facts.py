"""The facts of a snapshot as facts to decide by: learner after learner in their order, a bucket of them is read at a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from functools import cached_property

from competency.model.facts import Fact, LearnerFacts
from competency.snapshots.open_snapshot import Snapshot


class SnapshotFacts:
    """What the program for which a snapshot was opened reads of its facts."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.learners: tuple[str, ...] = snapshot.learners

    @property
    def is_of_records(self) -> bool:
        """Whether the facts were those of records, as they knew them then."""
        return not self.snapshot.header.read_with

    @property
    def rejected(self) -> int:
        """How many rows were not taken when the facts were laid out."""
        return self.snapshot.header.rejected

    @cached_property
    def shared(self) -> Mapping[str, tuple[Fact, ...]]:
        """Facts about schools and districts."""
        return self.snapshot.shared

    def for_learner(self, learner: str) -> LearnerFacts:
        """What is read of one learner. KeyError for one who is not among the learners."""
        if learner not in self:
            raise KeyError(learner)
        bucket, number = divmod(bisect_left(self.learners, learner), self.snapshot.header.learners_a_bucket)
        return self.snapshot.facts(bucket, [number])[0]

    def __contains__(self, learner: object) -> bool:
        if not isinstance(learner, str):
            return False
        place = bisect_left(self.learners, learner)
        return place < len(self.learners) and self.learners[place] == learner
