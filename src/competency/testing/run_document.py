"""Runs a literate document: rules are checked, examples run, wrong texts raise their codes, decisions are compared.

In: a document that was read. Out: a finding for everything that is not as the document says, none when all is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from competency.diagnostics import Diagnostic, DiagnosticKind, kinds
from competency.diagnostics.diagnostic import Severity
from competency.model.facts import FactType
from competency.rules.read_rules import RuleBook, parse_texts, read_rules
from competency.rules.run_examples import run_examples
from competency.rules.run_indicator_examples import run_indicator_example
from competency.source import Place, SourceText, Span
from competency.testing.decisions_of_documents import compare_decisions
from competency.testing.documents import Block, BlockKind, Document, Finding, Mark, Section

TOLERATED: frozenset[DiagnosticKind] = frozenset({kinds.UNTESTED_RULE, kinds.UNCITED_RULE, kinds.UNUSED_DECLARATION})
"""What a short text in a document may leave out: it shows one thing, and is no whole book."""


def run_document(document: Document, fact_types: Sequence[FactType] = ()) -> list[Finding]:
    """Everything in a document that is not as it says. `fact_types` are those that plugins bring."""
    findings = list(document.faults)
    for section in document.sections:
        findings.extend(run_section(section, fact_types))
    return findings


def run_section(section: Section, fact_types: Sequence[FactType] = ()) -> list[Finding]:
    """Everything in one section that is not as it says."""
    findings: list[Finding] = []
    rules = section.of(BlockKind.RULES)
    wrong = section.of(BlockKind.WRONG)
    sources = [block.source for block in rules]
    decisions = section.of(BlockKind.DECISIONS)
    if rules and not section.shows_only_what_is_wrong:
        book, diagnostics = diagnose(sources, fact_types)
        findings += [_as_finding(one, section, rules[0]) for one in diagnostics if _counts(one)]
        if decisions and book is not None and book.program is not None:
            findings += compare_decisions(section, book)
    elif decisions:
        message = "there are decisions and no rules that could make them"
        findings.append(Finding(decisions[0].file, decisions[0].line, section.title, message))
    for block in wrong:
        _, diagnostics = diagnose([*sources, block.source], fact_types)
        findings += _compare_wrong(block, diagnostics, section)
    return findings


def diagnose(
    sources: Sequence[SourceText], fact_types: Sequence[FactType] = ()
) -> tuple[RuleBook | None, tuple[Diagnostic, ...]]:
    """The texts as one book, with everything that is wrong with it, failing examples last.

    Texts that cannot be parsed are not read further: what follows from it would be told twice.
    """
    texts, diagnostics = parse_texts(sources)
    if any(one.is_error for one in diagnostics):
        return None, diagnostics
    book, found = read_rules(texts, {}, fact_types)
    diagnostics = (*diagnostics, *found)
    if book.resolved is not None and book.program is not None:
        faults = [fault for result in run_examples(book.resolved, book.program) for fault in result.faults]
        for example in book.resolved.indicator_examples:
            faults += run_indicator_example(example, book.program).faults
        diagnostics = (*diagnostics, *faults)
    return book, diagnostics


def _counts(diagnostic: Diagnostic) -> bool:
    """Whether a right text must not raise it: notes inform, and a short text leaves things out."""
    return diagnostic.kind.severity is not Severity.NOTE and diagnostic.kind not in TOLERATED


def _as_finding(diagnostic: Diagnostic, section: Section, block: Block) -> Finding:
    file, line = block.file, block.line
    if diagnostic.labels:
        where = diagnostic.labels[0].where
        file = where.name if isinstance(where, Place) else where.source.name
        line = (where.line or line) if isinstance(where, Place) else where.position.line
    return Finding(file, line, section.title, _told(diagnostic))


def _told(diagnostic: Diagnostic) -> str:
    return f"{diagnostic.kind.code} {diagnostic.kind.name}: {diagnostic.message}"


def _compare_wrong(block: Block, diagnostics: Iterable[Diagnostic], section: Section) -> list[Finding]:
    """A wrong text raises exactly its codes, each as often as it is named; and its marks underline what they name."""
    named = set(block.codes)
    raised = [one for one in diagnostics if _counts(one) or one.kind.code in named]
    got = Counter(one.kind.code for one in raised)
    for kind in TOLERATED:  # how many rules of a short text lack an example is no point of it
        got[kind.code] = min(got[kind.code], 1)
    wanted = Counter(block.codes)
    findings = [
        Finding(block.file, block.line, section.title, f"{code} is to be raised here, and is not")
        for code in (wanted - got).elements()
    ]
    surplus = got - wanted
    for one in raised:
        if surplus[one.kind.code]:
            surplus[one.kind.code] -= 1
            findings.append(_as_finding(one, section, block))
    for mark in block.marks:
        findings += _compare_mark(mark, block, raised, section)
    return findings


def _compare_mark(mark: Mark, block: Block, raised: Sequence[Diagnostic], section: Section) -> list[Finding]:
    """One of the diagnostics points at exactly the words above the carets, and says the words beside them."""
    spans = [(one, one.labels[0]) for one in raised if one.labels]
    here = [(one, label) for one, label in spans if _underlined(label.where) == (mark.line, mark.start, mark.end)]
    if not here:
        places = ", ".join(_place(label.where) for _, label in spans) or "nowhere"
        message = f"columns {mark.start + 1} to {mark.end} are marked, and what is raised points at {places}"
        return [Finding(block.file, mark.line, section.title, message)]
    if not any(mark.words in one.message or mark.words in label.text for one, label in here):
        said = "; ".join(f"{one.message} ({label.text})" for one, label in here)
        return [Finding(block.file, mark.line, section.title, f"the message is not `{mark.words}` but: {said}")]
    return []


def _underlined(where: Span | Place) -> tuple[int, int, int] | None:
    """Line and columns (from zero, half-open) of what is underlined; a longer span counts to the end of its line."""
    if isinstance(where, Place):
        return None
    begins, ends = where.position, where.end_position
    end = ends.column - 1 if ends.line == begins.line else len(where.source.line(begins.line))
    return begins.line, begins.column - 1, end


def _place(where: Span | Place) -> str:
    found = _underlined(where)
    if found is None or isinstance(where, Place):
        return "a file"
    return f"line {found[0]}, columns {found[1] + 1} to {found[2]} (`{where.text.splitlines()[0]}`)"
