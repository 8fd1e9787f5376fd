"""An explanation as records: what is said, and what stands below it. No layout: a screen, a page or a program renders it."""

from __future__ import annotations

from dataclasses import dataclass

from competency.source import Span


@dataclass(frozen=True, slots=True)
class Told:
    """A line with what stands below it. `outcome` is a word such as `met`, or empty where nothing was judged.

    `kind` says what the line is about: clause, condition, value, item, evidence, fact, note. `id` names the fact or item.
    """

    kind: str
    text: str
    outcome: str = ""
    below: tuple[Told, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """One decision, told: the sentence, then why, then the evidence that does not count, then where the rule is from."""

    learner: str
    rule: str
    title: str
    item: tuple[str, ...]
    item_title: str
    outcome: str
    as_of: str
    known_on: str
    sentence: str
    reasons: tuple[Told, ...]
    set_aside: tuple[Told, ...]
    citations: tuple[str, ...]
    heading: Span | None
