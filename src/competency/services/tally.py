"""What a run has decided, counted while decisions are made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from competency.model.decisions import Decision

# A fault of a rule fails for every learner: so many failures are told, the rest are counted.
FAILURES_SHOWN_MAX = 20


@dataclass(slots=True)
class Tally:
    """Outcomes by (kind and name of the rule, outcome), decisions that report something, and those that failed."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    reported: int = 0
    failed: int = 0
    failures: list[Decision] = field(default_factory=list)

    def add_failure(self, decision: Decision) -> None:
        """Count a decision that could not be made, and keep it if it is among the first."""
        self.failed += 1
        if len(self.failures) < FAILURES_SHOWN_MAX:
            self.failures.append(decision)
