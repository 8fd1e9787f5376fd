"""A decision with its reasons to an explanation in plain words: clauses, values, evidence, and what does not count. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from competency.model.decisions import Outcome
from competency.model.facts import Fact, FactType, LearnerFacts
from competency.model.items import SKILL
from competency.model.scales import Scale
from competency.rules.interpreter.reasons import ClauseReason, Explained, Placement, Reason, RowSet
from competency.rules.interpreter.told import Explanation, Told
from competency.rules.interpreter.visible import visible
from competency.rules.interpreter.wording import comparison, sentence, shown_value, state, text_of
from competency.rules.program import ir

_OUTCOMES = {True: "met", False: "not met", None: "not yet known"}
_REPORTED = {True: "nothing to report", False: "reported, not refused", None: "not yet known"}
_ACTS_TOLD = {
    ir.NO_LONGER_SUPPORTED: "the clauses do not support it any more: reported, and nothing is changed",
    ir.SUPPORTED_AGAIN: "the clauses are met again: reported, and it takes a new award",
}
_SO = {True: "so", False: "not so", None: "not yet known"}

# Columns that every row of a learner has, or that say nothing of what was shown.
_UNTOLD_COLUMNS = {"learner", "recorded_at"}


@dataclass(frozen=True, slots=True)
class _Told:
    """What telling reads besides the reasons: the names of items, the scale, the fact types."""

    program: ir.Program

    @property
    def scale(self) -> Scale | None:
        """The scale whose level names scores go by, where there is just one."""
        return next(iter(self.program.scales.values())) if len(self.program.scales) == 1 else None

    def title(self, code: str) -> str:
        """An item with its title: `MATH.A (Equations)`."""
        for items in self.program.catalog.items.values():
            if code in items:
                return f"{code} ({items[code].title})" if items[code].title else code
        return code


def tell(explained: Explained, program: ir.Program, facts: LearnerFacts) -> Explanation:
    """The explanation of one decision. `facts` are all of the learner's, so that what does not count can be shown too."""
    decision, rule = explained.decision, explained.rule
    words = _Told(program)
    citations = [*rule.citations]
    for reason in explained.clauses:
        citations += reason.clause.citations
        citations += [c for e in rule.exceptions if e.label == reason.exception for c in e.citations]
    return Explanation(
        learner=decision.learner,
        rule=rule.reference,
        title=rule.title,
        item=decision.item,
        item_title=" at ".join(words.title(code) for code in decision.item),
        outcome=decision.outcome.value if decision.outcome is not None else "error",
        as_of=decision.as_of.isoformat(),
        known_on=decision.known_on.isoformat() if decision.known_on else "",
        sentence=sentence(explained),
        reasons=tuple(_reasons(explained, words, facts)),
        set_aside=tuple(_set_aside(explained, words, facts)),
        citations=tuple(dict.fromkeys(citation.words for citation in citations)),
        heading=rule.span,
    )


def _reasons(explained: Explained, words: _Told, facts: LearnerFacts) -> Iterator[Told]:
    if explained.award is not None:
        yield Told("fact", explained.award.words, id=explained.award.row.id)
        yield from (Told("note", _ACTS_TOLD[label]) for label in explained.decision.reported if label in _ACTS_TOLD)
    for act in (*explained.rule.acts, *words.program.policy.acts):
        yield Told("note", act.words)
    if explained.governs is not None and explained.governs.value is not True:
        parts = tuple(_condition(part, words) for part in _joined(explained.governs) if part.value is not True)
        yield Told("note", "whom the rule governs", _OUTCOMES[explained.governs.value], parts)
    for name, reason in explained.lets:
        yield Told("value", f"{name}: {_value(reason)}", "", tuple(_operands(reason, words)))
    placements = {placement.label: placement for placement in explained.placements}
    for clause in explained.clauses:
        line = _clause(clause, words, facts)
        placement = placements.get(clause.clause.label)
        yield line if placement is None else replace(line, below=(*line.below, *_placement(placement, words)))
    settled = explained.decision.outcome in {Outcome.MET, Outcome.WAIVED}
    if explained.value is not None and (settled or explained.rule.kind == "measure"):
        reason = explained.value
        told = (
            f"{'worth' if explained.rule.kind == 'credit' else 'value'}: {shown_value(reason.value, reason.node.type)}"
        )
        yield Told("value", told, "", (Told("note", text_of(reason.node)), *_operands(reason, words)))
    if explained.decision.assigned:
        items = tuple(Told("item", words.title(code), id=code) for code in explained.decision.assigned)
        yield Told("value", "assigned", "", items)


def _clause(reason: ClauseReason, words: _Told, facts: LearnerFacts) -> Told:
    clause = reason.clause
    text = f"{clause.label}: {text_of(clause.condition)}"
    notes = []
    if reason.waived:
        notes.append(Told("note", f"waived by {reason.exception_words}; shown all the same"))
    elif reason.exception:
        notes.append(Told("note", f"by {reason.exception_words}, in place of the general clause"))
    notes += [_waiver(fact) for fact in facts.of("waivers") if fact.id == reason.waiver]
    outcome = _OUTCOMES[reason.value] if reason.counts else "waived"
    if clause.effect == "report":
        outcome = _REPORTED[reason.value]
    below: Iterable[Told] = ()
    if reason.reason is not None:
        below = _options(clause, reason.reason, words) if clause.options else _below(reason.reason, words)
    return Told("clause", text, outcome, (*notes, *below), clause.label)


def _options(clause: ir.Clause, reason: Reason, words: _Told) -> Iterator[Told]:
    """The options of a menu, each with its outcome and what made it."""
    compared = comparison(reason)
    if compared:
        yield Told("value", compared)
    while len(reason.parts) != len(clause.options) or not _joins(reason.node):
        reason = reason.parts[0]
    for option, part in zip(clause.options, reason.parts, strict=True):
        below = _options(option, part, words) if option.options else _below(part, words)
        text = f"{option.label}: {text_of(option.condition)}"
        yield Told("option", text, _OUTCOMES[part.value], tuple(below), option.label)


def _joins(node: ir.Node) -> bool:
    return isinstance(node, ir.Apply) and node.operator in {"and", "or", "how many hold"}


def _placement(placement: Placement, words: _Told) -> Iterator[Told]:
    """What counts toward a requirement, what is missing, and what could serve it but counts elsewhere."""
    for code, amount in placement.items:
        yield Told("item", f"{words.title(code)}: {shown_value(amount, placement.type)}", "counted", (), code)
    if placement.lacks:
        yield Told("value", f"{shown_value(placement.lacks, placement.type)} missing")
    for code, labels in placement.elsewhere:
        where = " and ".join(f"`{label}`" for label in labels)
        yield Told("item", f"{words.title(code)} could serve it, and counts toward {where}", "", (), code)


def _waiver(fact: Fact) -> Told:
    values = fact.values
    until = f" until {values['ends_on']}" if values.get("ends_on") else ""
    text = (
        f"waiver {fact.id} by {values.get('authority')} from {values.get('begins_on')}{until}: {values.get('reason')}"
    )
    return Told("fact", text, id=fact.id)


def _below(reason: Reason, words: _Told) -> tuple[Told, ...]:
    """What made a condition: the values that were compared, or its parts."""
    node = reason.node
    if isinstance(node, ir.Apply) and node.operator in {"and", "or", "not"}:
        return tuple(told for part in reason.parts for told in _part(part, reason, words))
    if isinstance(node, ir.Quantify):
        return (Told("value", comparison(reason)), *_each(reason, words))
    compared = comparison(reason)
    if compared:
        return (Told("value", compared), *_sides(reason, words))
    if isinstance(node, ir.Conclusion):
        codes = [str(part.value) for part in reason.parts]
        return tuple(Told("item", words.title(code), _state(reason), id=code) for code in codes)
    return tuple(_rows(reason, words))


def _sides(reason: Reason, words: _Told) -> Iterator[Told]:
    """What the compared values are made of; where both are made of something, each under its own words."""
    sides = [(part, tuple(_operands(part, words))) for part in reason.parts]
    both = all(told for _, told in sides)
    for part, told in sides:
        if both:
            yield Told("value", f"{text_of(part.node)}: {_value(part)}", "", told)
        else:
            yield from told


def _part(part: Reason, whole: Reason, words: _Told) -> tuple[Told, ...]:
    """A part of a condition; one in the very words of the whole is not said again, only what stands below it."""
    return (_condition(part, words),) if _says_more(part, whole) else _below(part, words)


def _condition(reason: Reason, words: _Told) -> Told:
    text = text_of(reason.node) or comparison(reason)
    return Told("condition", text, _SO[reason.value], _below(reason, words))


def _joined(reason: Reason) -> tuple[Reason, ...]:
    if isinstance(reason.node, ir.Apply) and reason.node.operator == "and":
        return tuple(part for each in reason.parts for part in _joined(each))
    return (reason,)


def _each(reason: Reason, words: _Told) -> Iterator[Told]:
    """The items of a quantifier: one line each for those that are not so, one line for all that are."""
    parts = [part for part in reason.parts if part.about]
    for part in parts:
        if part.value is not True:
            rows = () if isinstance(part.node, ir.Conclusion) else tuple(_rows(part, words))
            yield Told("item", words.title(part.about), _state(part), rows, part.about)
    held = [part.about for part in parts if part.value is True]
    if held:
        yield Told("item", ", ".join(held), _state(next(part for part in parts if part.value is True)))


def _state(part: Reason) -> str:
    word = state(part.node)
    return {True: word, False: f"not {word}", None: "not yet known"}[part.value]


def _operands(reason: Reason, words: _Told) -> Iterator[Told]:
    """The rows behind a value; for a sum or a quotient, each part with its own words and rows."""
    of_items = [part for part in reason.parts if part.about]
    if of_items and isinstance(reason.node, ir.Aggregate):
        for part in of_items:
            yield Told("item", f"{words.title(part.about)}: {_value(part)}", "", tuple(_rows(part, words)), part.about)
        return
    parts = reason.parts if isinstance(reason.node, ir.Apply) else ()
    telling = [part for part in parts if _says_more(part, reason) and not isinstance(part.node, ir.Constant)]
    if not telling:
        yield from _rows(reason, words)
        return
    for part in telling:
        yield Told("value", f"{text_of(part.node)}: {_value(part)}", "", tuple(_operands(part, words)))


def _value(reason: Reason) -> str:
    if not isinstance(reason.value, RowSet):
        return shown_value(reason.value, reason.node.type)
    certain, possible = len(reason.value.certain), len(reason.value.possible)
    return f"{certain}{f', and {possible} of which it is not known' if possible else ''}"


def _says_more(part: Reason, whole: Reason) -> bool:
    return bool(text_of(part.node)) and text_of(part.node) != text_of(whole.node)


# --- rows -------------------------------------------------------------------------------------------------------------


def _rows(reason: Reason, words: _Told) -> Iterator[Told]:
    """The facts or items that a value was made of, each once, oldest first; those that may belong say so."""
    seen: set[str] = set()
    for rows in _row_sets(reason):
        for row in rows.certain:
            yield from _row(row, "", words, seen)
        for row in rows.possible:
            yield from _row(row, "not known whether it belongs", words, seen)


def _row(row: Any, outcome: str, words: _Told, seen: set[str]) -> Iterator[Told]:
    identity = f"{row.type} {row.id}" if isinstance(row, Fact) else str(row)
    if identity in seen:
        return
    seen.add(identity)
    if isinstance(row, Fact):
        yield _fact(row, outcome, words)
    else:
        yield Told("item", words.title(str(row)), outcome, id=str(row))


def _row_sets(reason: Reason) -> Iterator[RowSet]:
    """The outermost sets: what a window kept, not what it chose from. What a named value is made of is told with it."""
    if isinstance(reason.node, ir.Variable):
        return
    if isinstance(reason.value, RowSet):
        yield reason.value
        return
    for part in reason.parts:
        yield from _row_sets(part)


def _fact(fact: Fact, outcome: str, words: _Told) -> Told:
    if fact.type == "evidence":
        return Told("evidence", _evidence(fact, words.scale), outcome, id=fact.id)
    fact_type = next((each for each in words.program.fact_types if each.plural == fact.type), None)
    return Told("fact", _columns(fact, fact_type), outcome, id=fact.id)


def _evidence(fact: Fact, scale: Scale | None) -> str:
    """A piece of evidence: `score 3 (Proficient) on 2026-09-10 by project from teacher, evidence E-7`."""
    values = fact.values
    parts = [f"score {_score(values.get('score'), scale)}", f"on {_day(values.get('assessed_on'))}"]
    parts += [f"by {values['method']}"] if values.get("method") else []
    parts += [f"from {values['role']}"] if values.get("role") else []
    parts += [f"at {values['level']}"] if values.get("level") else []
    return f"{' '.join(parts)}, evidence {fact.id}"


def _score(score: Any, scale: Scale | None) -> str:
    if not isinstance(score, Fraction):
        return "blank"
    levels = scale.levels if scale is not None else ()
    name = next((level.name for level in levels if scale is not None and scale.value(level) == score), "")
    return f"{shown_value(score)} ({name})" if name else shown_value(score)


def _day(value: Any) -> str:
    return shown_value(value) if isinstance(value, date) else "no date"


def _columns(fact: Fact, fact_type: FactType | None) -> str:
    told = [
        f"{name.replace('_', ' ')} {shown_value(value)}"
        for name, value in fact.values.items()
        if value is not None and name not in _UNTOLD_COLUMNS and value != fact.id
    ]
    name = fact_type.singular if fact_type is not None else fact.type
    is_named = fact_type is not None and len(fact_type.key) == 1
    return f"{name}{f' {fact.id}' if is_named else ''}: {', '.join(told)}"


# --- what does not count ----------------------------------------------------------------------------------------------


def _set_aside(explained: Explained, words: _Told, facts: LearnerFacts) -> Iterator[Told]:
    """Evidence on the decision's items that no window looks at, each with the reason."""
    decision, program = explained.decision, words.program
    about = _about(explained, program)
    evidence = tuple(row for row in facts.of("evidence") if row.values.get("competency") in about)
    if not evidence:
        return
    counting = visible(facts, program.fact_types, decision.as_of, decision.known_on).get("evidence", ())
    ids = {row.id for row in counting}
    for row in sorted(evidence, key=_when):
        if row.id not in ids:
            why = _why_not(row, evidence, decision.as_of, decision.known_on)
            yield Told("evidence", _evidence(row, words.scale), why, id=row.id)


def _about(explained: Explained, program: ir.Program) -> set[str]:
    """The items of a decision and the skills below them."""
    found = set(explained.decision.item)
    for code in explained.decision.item:
        for (_, relation), related in program.catalog.relations.items():
            if relation in {f"{SKILL}s", "children"}:
                found.update(related.get(code, ()))
    return found


def _why_not(row: Fact, others: Iterable[Fact], as_of: date, known_on: datetime | None) -> str:
    values = row.values
    recorded, assessed = values.get("recorded_at"), values.get("assessed_on")
    if known_on is not None and isinstance(recorded, datetime) and recorded > known_on:
        return f"not known yet: recorded on {recorded.date()}"
    newer = next((each.id for each in others if each.values.get("supersedes") == row.id), "")
    if newer:
        return f"corrected by {newer}"
    if values.get("withdrawn_at") is not None:
        return "withdrawn"
    if values.get("excused"):
        return "excused"
    if values.get("score") is None:
        return "blank: no evidence"
    day = assessed.date() if isinstance(assessed, datetime) else assessed
    if isinstance(day, date) and day > as_of:
        return f"after {as_of}"
    return "does not count"


def _when(row: Fact) -> tuple[str, str]:
    assessed = row.values.get("assessed_on")
    return (assessed.isoformat() if isinstance(assessed, date) else "", row.id)
