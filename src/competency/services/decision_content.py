"""A decision as it is recorded: canonical JSON with its reasons. Equal decisions give equal bytes, on any day."""

from __future__ import annotations

import json
from typing import Any

from competency.model.decisions import Decision, Outcome
from competency.records.entries import canonical_text
from competency.rules.interpreter.reasons import ClauseReason, Explained
from competency.rules.interpreter.wording import sentence
from competency.services.write_decisions import outcome_text, value_text

# What may differ although nothing was decided otherwise: the day, and a sentence that names days.
_NOT_OF_SUBSTANCE = ("as_of", "sentence")

_HELD = {True: "met", False: "not met", None: "not yet known"}


def decision_key(decision: Decision) -> str:
    """What a decision is about: the rule and its items."""
    return f"{decision.kind} {decision.rule}|{' at '.join(decision.item)}"


def decision_content(explained: Explained) -> str:
    """The decision with the clauses as they came out, the facts read and a sentence; what is empty is left out."""
    decision = explained.decision
    record: dict[str, Any] = {
        "rule": f"{decision.kind} {decision.rule}",
        "item": list(decision.item),
        "outcome": outcome_text(decision),
        "value": value_text(decision.value),
        "determining": list(decision.determining),
        "clauses": [_clause(each) for each in explained.clauses],
        "reported": list(decision.reported),
        "assigned": list(decision.assigned),
        "evidence": list(decision.evidence),
        "as_of": decision.as_of.isoformat(),
        "policy_version": decision.policy_version,
        "sentence": sentence(explained),
    }
    return canonical_text({name: value for name, value in record.items() if value not in ("", [])})


def closing_content(key: str, as_of: str) -> str:
    """That no rule decides any more what one had decided."""
    rule, _, item = key.partition("|")
    record = {"rule": rule, "item": item.split(" at ") if item else [], "outcome": Outcome.NOT_APPLICABLE.value}
    record |= {"as_of": as_of, "sentence": "No rule of the book in force decides this any more."}
    return canonical_text({name: value for name, value in record.items() if value != []})


def is_same_decision(one: str, other: str) -> bool:
    """Whether two contents decide the same for the same reasons, be it on two days."""
    return _substance(one) == _substance(other)


def says_something(explained: Explained) -> bool:
    """Whether a decision is worth a record where none was before: not where nothing at all is known, or it does not apply."""
    outcome = explained.decision.outcome
    if outcome is Outcome.NOT_APPLICABLE or explained.decision.error:
        return False
    return not (outcome is Outcome.NOT_YET_KNOWN and explained.missing)


def outcome_of(content: str) -> str:
    """The outcome that a content records."""
    return str(json.loads(content)["outcome"])


def _substance(content: str) -> dict[str, Any]:
    return {name: value for name, value in json.loads(content).items() if name not in _NOT_OF_SUBSTANCE}


def _clause(reason: ClauseReason) -> dict[str, Any]:
    record = {
        "label": reason.clause.label,
        "outcome": _HELD[reason.value],
        "exception": reason.exception,
        "waiver": reason.waiver,
        "waived": "by the exception" if reason.waived else "",
    }
    return {name: value for name, value in record.items() if value}
