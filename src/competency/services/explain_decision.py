"""One learner's decisions by one rule, explained: finds the rule by its name, decides, and tells why."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.model.facts import LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Explained
from competency.rules.interpreter.tell import tell
from competency.rules.interpreter.told import Explanation
from competency.rules.interpreter.wording import sentence
from competency.rules.language import syntax
from competency.rules.program import ir
from competency.source import Span


@dataclass(frozen=True, slots=True)
class Sentence:
    """A decision in one sentence; `is_bare` says that there is no evidence on its item, so that there is little to tell."""

    rule: str
    item: tuple[str, ...]
    outcome: str
    text: str
    is_bare: bool


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """What a rule says of a learner: in full where it is one decision, else a sentence for each."""

    explanation: Explanation | None = None
    rule_text: Span | None = None
    sentences: tuple[Sentence, ...] = ()


def explain_decision(
    program: ir.Program,
    texts: Sequence[syntax.RuleText],
    facts: LearnerFacts,
    *,
    rule: str,
    item: str | None,
    as_of: date,
    known_on: datetime | None = None,
) -> tuple[ExplainedRule | None, tuple[Diagnostic, ...]]:
    """Explain what a rule (`standard` or `mastery standard`) decides about a learner, on an item or on all of its items.

    An item that a rule of its own decides is explained by that rule. `texts` are those the program was made of. None, and
    why, where no rule or item has the name.
    """
    references = list(dict.fromkeys(each.reference for each in program.rules))
    wanted, diagnostics = find_rule(rule, references)
    if wanted is None:
        return None, diagnostics
    groups = {each.group for each in program.rules if each.reference == wanted}
    decided = decide(program, facts, as_of, known_on, keeps_going=True)
    candidates = [one for one in decided if one.rule.reference == wanted]
    if item is not None:
        of_group = [one for one in decided if one.rule.group in groups]
        candidates = [one for one in of_group if is_about(one, item)]
        if not candidates:
            return None, (_unknown_item(item, wanted, of_group),)
        candidates = [one for one in candidates if one.rule.reference == wanted] or candidates
    if len(candidates) == 1:
        explanation = tell(candidates[0], program, facts)
        return ExplainedRule(explanation, _rule_text(explanation, texts)), ()
    return ExplainedRule(sentences=tuple(_sentence(one) for one in candidates)), ()


def find_rule(rule: str, references: Sequence[str]) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The full reference that a name means: `mastery standard` itself, or `standard` or `mastery` where one rule has it."""
    wanted = " ".join(rule.split())
    if wanted in references:
        return wanted, ()
    found = [reference for reference in references if reference.split(" ", 1)[1] == wanted]
    found = found or [reference for reference in references if reference.split(" ", 1)[0] == wanted]
    if len(found) == 1:
        return found[0], ()
    if found:
        message = f"`{wanted}` is the name of {len(found)} rules: {', '.join(found)}"
        fix = Fix(f'name the kind too, as --rule "{found[0]}"')
        return None, (Diagnostic(kinds.AMBIGUOUS_NAME, message, fixes=(fix,), data={"name": wanted, "rules": found}),)
    names = {reference.split(" ", 1)[1]: reference for reference in references}
    near = difflib.get_close_matches(wanted, references, n=1)
    near = near or [names[name] for name in difflib.get_close_matches(wanted, names, n=1)]
    remedy = f"did you mean `{near[0]}`?" if near else f"the rules are: {', '.join(references)}"
    data = {"name": wanted, "expected": "rule", "nearest": near[0] if near else None}
    return None, (Diagnostic(kinds.UNKNOWN_NAME, f"there is no rule `{wanted}`", fixes=(Fix(remedy),), data=data),)


def is_about(explained: Explained, item: str) -> bool:
    """Whether a decision is about an item, named in full or by the first of its codes."""
    codes = explained.decision.item
    return item in {" at ".join(codes), *codes[:1]}


def _unknown_item(item: str, rule: str, decided: Sequence[Explained]) -> Diagnostic:
    known = list(dict.fromkeys(" at ".join(one.decision.item) for one in decided if one.decision.item))
    near = difflib.get_close_matches(item, known, n=1)
    remedy = f"did you mean `{near[0]}`?" if near else "leave --item out to see what the rule says of each item"
    if not known:
        remedy = f"leave --item out: {rule} is about the learner, not about an item"
    data = {"name": item, "expected": "item", "nearest": near[0] if near else None}
    return Diagnostic(kinds.UNKNOWN_NAME, f"{rule} is not about `{item}`", fixes=(Fix(remedy),), data=data)


def _sentence(explained: Explained) -> Sentence:
    decision = explained.decision
    outcome = decision.outcome.value if decision.outcome is not None else "error"
    is_bare = explained.missing or (decision.outcome is not None and not explained.clauses and decision.value is None)
    return Sentence(explained.rule.reference, decision.item, outcome, sentence(explained), is_bare)


def _rule_text(explanation: Explanation, texts: Sequence[syntax.RuleText]) -> Span | None:
    """The whole rule in its text."""
    heading = explanation.heading
    for text in texts:
        for declaration in text.declarations:
            if isinstance(declaration, syntax.Rule) and heading is not None:
                here = declaration.heading
                if here.start == heading.start and here.source.name == heading.source.name:
                    return declaration.span
    return None
