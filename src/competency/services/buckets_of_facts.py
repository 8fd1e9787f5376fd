"""The buckets of facts, wherever they are kept: laid out already, or still to be."""

from __future__ import annotations

from collections.abc import Sequence

from competency.interchange.fact_set import Facts
from competency.rules.program import ir
from competency.services.buckets import Buckets, FactsInBuckets
from competency.services.engines import EngineChoice
from competency.services.snapshot_buckets import SnapshotBuckets
from competency.services.snapshot_facts import SnapshotFacts


def buckets_of_facts(program: ir.Program, facts: Facts, learners: Sequence[str], engine: EngineChoice) -> Buckets:
    """Buckets of some learners of facts, who are given in their order, for an engine."""
    if isinstance(facts, SnapshotFacts):
        return SnapshotBuckets(facts.snapshot, engine, learners)
    return FactsInBuckets(program, facts.for_learner, learners, engine)
