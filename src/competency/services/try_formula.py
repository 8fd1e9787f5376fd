"""A formula of the rule language and some scores to its value, with what it does and which scores took part.

The formula is read by the language itself, as the value of a measure in a small rule text around it. No clock, no files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from competency.diagnostics import Diagnostic, Edit, Fix, Label, has_errors, kinds
from competency.interchange.read_score_list import TypedScore, read_score_list
from competency.model.decisions import DecisionValue
from competency.model.facts import Fact, FactValue, LearnerFacts
from competency.rules.interpreter.decide import decide
from competency.rules.interpreter.reasons import Reason, RowSet
from competency.rules.interpreter.wording import shown_value
from competency.rules.language import syntax
from competency.rules.program import ir
from competency.rules.program.formulas import CUT_MAX, FORMULAS
from competency.rules.program.rounding import as_decimal_text
from competency.rules.read_rules import parse_texts, read_rules
from competency.source import SourceText, Span

# Scores without dates fall on consecutive days from this one on; which day it is makes no difference to any formula
# that does not name a date itself.
FIRST_DAY = date(2000, 1, 1)
SHOWN_PLACES = 2

_BEFORE = f"""language 1
policy trial "A formula is tried"
  evidence ordered by date assessed
  when evidence is missing: not yet known
end
scale Trial from -{CUT_MAX} to {CUT_MAX}
framework TRIAL scored on Trial
  competency TRIAL.ONE "What is scored"
end
measure tried
  for each competency in TRIAL
  value """
_AFTER = "\nend\n"
_DECLARATIONS = 4  # policy, scale, framework, measure
_RULE_LINES = 2  # what the measure is for, and its value
_LEARNER, _COMPETENCY = "the learner", "TRIAL.ONE"

_OF_A_BOOK = {"method", "role", "program", "population", "parameter", "table"}
_TEXTS_AND_NOTES = re.compile(r'["“”](?:[^"“”\n]|"")*["“”]|#[^\n]*')
_ROUNDING = re.compile(r"\s+rounded(?![\w-])")
_OF = re.compile(r"(?<![\w-])of(?![\w-])")


@dataclass(frozen=True, slots=True)
class TriedScore:
    """A score, its date where one was given, and whether the formula took it in (a window leaves scores out)."""

    value: Fraction
    on: date | None
    is_used: bool


@dataclass(frozen=True, slots=True)
class TriedFormula:
    """What a formula makes of scores.

    `formula` is what was computed, in full. `value` is exact, none where it is not yet known or where there are errors;
    `exact` is it in words (a decimal, `n/d` where the decimal would not end), `rounded` half up to 2 places. `scores`
    are in order, oldest first. `meaning` tells what the formula does, `needs` what is missing where nothing is known.
    """

    formula: str
    value: DecisionValue = None
    exact: str = ""
    rounded: str = ""
    scores: tuple[TriedScore, ...] = ()
    meaning: str = ""
    needs: str = ""
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def is_computed(self) -> bool:
        """Whether the formula and the scores could be read; the value may still be not yet known."""
        return not has_errors(self.diagnostics)

    @property
    def used(self) -> tuple[Fraction, ...]:
        """The scores that the formula took in, oldest first."""
        return tuple(score.value for score in self.scores if score.is_used)


def try_formula(formula: str, scores: str) -> TriedFormula:
    """A formula on scores such as `3, 3.5, , 4` or `3@2026-09-01, 4@2026-10-05`, as of the day of the last score.

    Scores without dates are oldest first, a day apart. Where the formula does not say of what it is taken, it is taken
    of the scores. Diagnostics point into the two texts as they were given.
    """
    typed, faults = read_score_list(SourceText("scores", scores))
    attempt = _read(formula)
    faults = (*attempt.diagnostics, *faults)
    if attempt.program is None or has_errors(faults):
        return TriedFormula(attempt.text, diagnostics=faults)
    ordered = sorted(typed, key=lambda score: score.on or FIRST_DAY)  # those of one day stay as typed
    days = [score.on or FIRST_DAY + timedelta(days=index) for index, score in enumerate(ordered)]
    facts = [_fact(index, score, day) for index, (score, day) in enumerate(zip(ordered, days, strict=True))]
    as_of = days[-1] if days else FIRST_DAY
    (explained,) = decide(attempt.program, LearnerFacts(_LEARNER, {"evidence": tuple(facts)}), as_of)
    reasons = list(_walk(explained.value)) if explained.value is not None else []
    value = explained.decision.value
    used = {identity for reason in reasons for identity in _taken(reason)}
    exact = as_decimal_text(value) if isinstance(value, Fraction) else shown_value(value)
    return TriedFormula(
        formula=attempt.text,
        value=value,
        exact=exact,
        rounded=as_decimal_text(value, SHOWN_PLACES) if isinstance(value, Fraction) else exact,
        scores=tuple(
            TriedScore(score.value, score.on, fact.id in used) for score, fact in zip(ordered, facts, strict=True)
        ),
        meaning=" ".join(dict.fromkeys(_meanings(reasons))),
        needs=" ".join(dict.fromkeys(_needs(reasons))) if value is None else "",
        diagnostics=faults,
    )


def _fact(index: int, score: TypedScore, day: date) -> Fact:
    values: dict[str, FactValue] = {
        "competency": _COMPETENCY,
        "score": score.value,
        "assessed_on": datetime.combine(day, time()),
    }
    return Fact("evidence", f"score {index:04d}", values)


# --- the formula as the language reads it -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A formula as it was read: in full, its program where it is right, and what is wrong with it."""

    text: str
    program: ir.Program | None
    diagnostics: tuple[Diagnostic, ...]
    is_sentence: bool


def _read(formula: str) -> _Attempt:
    """The formula as written; where that is wrong and no `of` stands in it, of the scores."""
    source = SourceText("formula", formula)
    as_written = _read_with(source, len(formula), "")
    bare = _TEXTS_AND_NOTES.sub(lambda match: " " * len(match[0]), formula)
    if as_written.program is not None or not bare.strip() or _OF.search(bare):
        return as_written
    rounding = _ROUNDING.search(bare)
    at = rounding.start() if rounding else len(bare.rstrip())
    completed = _read_with(source, at, " of the scores")
    is_better = completed.program is not None or (completed.is_sentence and not as_written.is_sentence)
    return completed if is_better else as_written


def _read_with(source: SourceText, at: int, words: str) -> _Attempt:
    """The formula with words put in at a place, read in the small rule text around it."""
    text = f"{source.text[:at]}{words}{source.text[at:]}"
    view = _View(source, at, len(words))
    texts, found = parse_texts([SourceText("formula", f"{_BEFORE}{text}{_AFTER}")])
    if has_errors(found):
        return _Attempt(text, None, tuple(view.seen(one) for one in found[:1]), is_sentence=False)
    more = _more_than_one(texts[0])
    if more is not None:
        return _Attempt(text, None, (view.seen(more),), is_sentence=False)
    book, diagnostics = read_rules(texts, {})
    # lints speak of rules that stay: of examples, citations, unused names
    kept = [one for one in diagnostics if one.is_error or one.kind is kinds.NEVER_TRUE]
    return _Attempt(text, book.program, tuple(view.seen(one) for one in kept), is_sentence=True)


def _more_than_one(text: syntax.RuleText) -> Diagnostic | None:
    """What is said where a formula goes on with further lines or rules."""
    *_, last = text.declarations
    rule = text.declarations[_DECLARATIONS - 1]
    span: Span | None = last.span if len(text.declarations) > _DECLARATIONS else None
    if isinstance(rule, syntax.Rule) and len(rule.lines) > _RULE_LINES:
        span = rule.lines[_RULE_LINES].span
    return None if span is None else _one_at_a_time(span)


def _one_at_a_time(span: Span) -> Diagnostic:
    return Diagnostic(
        kinds.UNEXPECTED_WORD,
        "one formula is tried at a time",
        (Label(span, "here something else begins"),),
        fixes=(Fix("leave out what follows the formula"),),
        data={"expected": []},
    )


@dataclass(frozen=True, slots=True)
class _View:
    """Sees places of the rule text as places of the formula: `length` code points were put in at `at`."""

    source: SourceText
    at: int
    length: int

    def place(self, offset: int) -> int:
        """An offset into the formula; what lies before or after it is its beginning or end."""
        offset -= len(_BEFORE)
        if offset > self.at:
            offset = max(self.at, offset - self.length)
        return max(0, min(offset, len(self.source.text)))

    def covers(self, span: Span) -> bool:
        """Whether some of a span lies in the formula or in the words put in."""
        return span.end > len(_BEFORE) and span.start < self.end

    @property
    def end(self) -> int:
        """Where the formula ends in the rule text."""
        return len(_BEFORE) + len(self.source.text) + self.length

    def span(self, span: Span) -> Span:
        """A span of the formula."""
        return Span(self.source, self.place(span.start), self.place(span.end))

    def seen(self, diagnostic: Diagnostic) -> Diagnostic:
        """A diagnostic as the user's formula shows it, without the rule text around it."""
        spans = [(label, label.where) for label in diagnostic.labels if isinstance(label.where, Span)]
        at = spans[0][1].start
        if diagnostic.kind in {kinds.UNEXPECTED_WORD, kinds.UNFINISHED_TEXT} and at >= self.end:
            return _unfinished(self.source, diagnostic)
        if diagnostic.kind is kinds.UNFINISHED_TEXT:  # a keyword of a block stands where the formula goes on
            return _one_at_a_time(Span(self.source, self.place(at), len(self.source.text)))
        labels = [replace(label, where=self.span(span)) for label, span in spans if self.covers(span)]
        if not labels:
            labels = [Label(Span(self.source, 0, len(self.source.text)), "in this formula")]
        fixes = tuple(replace(fix, edits=self._edits(fix)) for fix in diagnostic.fixes)
        notes = diagnostic.notes
        expected = diagnostic.data.get("expected")
        if isinstance(expected, str) and expected in _OF_A_BOOK:
            notes = (
                *notes,
                "A formula is tried on scores and their dates alone; the rest is declared in a policy book.",
            )
        return replace(diagnostic, labels=tuple(labels), notes=notes, fixes=fixes)

    def _edits(self, fix: Fix) -> tuple[Edit, ...]:
        """The edits of a fix, all of them or none: words that were put in are not the user's to change."""
        moved = tuple(Edit(self.span(edit.span), edit.text) for edit in fix.edits)
        same = (there.span.text == here.span.text for there, here in zip(fix.edits, moved, strict=True))
        return moved if all(same) else ()


def _unfinished(source: SourceText, found: Diagnostic) -> Diagnostic:
    end = len(source.text.rstrip())
    inside = [word for word in found.data.get("expected", ()) if word != "end"]
    message = "the formula stops in the middle of a sentence" if source.text.strip() else "there is no formula"
    return Diagnostic(
        kinds.UNFINISHED_TEXT,
        message,
        (Label(Span(source, end, end), "something is missing here"),),
        fixes=(Fix("write a formula such as `average of the latest 3 scores` or `decaying average at 65%`"),),
        data={"expected": inside},
    )


# --- what is told about the value -------------------------------------------------------------------------------------


def _walk(reason: Reason) -> Iterator[Reason]:
    yield reason
    for part in reason.parts:
        yield from _walk(part)


def _taken(reason: Reason) -> Iterator[str]:
    """The scores that a formula took in: the rows right below it."""
    rows = reason.parts[0].value if isinstance(reason.node, ir.Aggregate | ir.Quantify) else None
    if isinstance(rows, RowSet):
        yield from (row.id for row in (*rows.certain, *rows.possible) if isinstance(row, Fact))


def _meanings(reasons: Sequence[Reason]) -> Iterator[str]:
    for reason in reasons:
        if isinstance(reason.node, ir.Aggregate) and reason.node.formula in FORMULAS:
            formula = FORMULAS[reason.node.formula]
            yield f"{formula.words.capitalize()}: {formula.meaning}."


def _needs(reasons: Sequence[Reason]) -> Iterator[str]:
    """What is missing for a value, in sentences."""
    for reason in reasons:
        match reason.node:
            case ir.Aggregate(formula=words) if words in FORMULAS and _is_unknown_over_known(reason):
                yield f"The {words} needs {FORMULAS[words].needs}."
            case ir.Window(up_to=False) if _is_unknown_over_known(reason):
                yield "A window needs as many scores as it names; `up to` takes those there are."
            case _:
                pass


def _is_unknown_over_known(reason: Reason) -> bool:
    """Whether this is where knowing stops: the rows are known and what is made of them is not."""
    return reason.value is None and reason.parts[0].value is not None
