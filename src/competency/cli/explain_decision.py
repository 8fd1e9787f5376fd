"""`competency explain`: a sentence, the tree of reasons, the rule's text and where it comes from."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.cli.exit_status import ExitStatus
from competency.cli.progress import progress
from competency.cli.render import Format, console, report, show_diagnostics, show_json, status, write

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

    from competency.diagnostics import Diagnostic
    from competency.rules.interpreter.told import Explanation, Told
    from competency.services.explain_decision import ExplainedRule
    from competency.source import Span

_STYLES = {
    "met": "green",
    "so": "green",
    "within the cap": "green",
    "not met": "red",
    "not so": "red",
    "error": "red",
    "not yet known": "yellow",
}


def explain(
    book: Path,
    /,
    *,
    facts: Path,
    learner: str,
    rule: str,
    as_of: str,
    item: str | None = None,
    known_on: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Explain what a rule says of a learner: a sentence, the reasons, the rule's text, where it comes from.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    facts: Path
        The folder of fact tables: learners.csv, evidence.csv and so on.
    learner: str
        The learner's identifier.
    rule: str
        The rule, as standard or 'mastery standard'.
    as_of: str
        The date for which is decided, as 2026-11-02.
    item: str
        The competency, course or level; without it, a rule about several items gives one sentence each.
    known_on: str
        Decide with what had been recorded by then: a date (its end) or a time with an offset.
    format: Format
        How the explanation is written.
    """
    from competency.cli.arguments import read_as_of, read_known_on
    from competency.services.explain_decision import explain_decision
    from competency.services.read_book import read_book
    from competency.services.read_book_facts import read_book_facts, unknown_learner

    def stopped(diagnostics: tuple[Diagnostic, ...]) -> int:
        report(diagnostics, format)
        return status(diagnostics)

    day, wrong = read_as_of(as_of)
    if day is None:
        return stopped(wrong)
    opened, diagnostics = read_book(book)
    if opened is None or opened.rules.program is None or opened.rules.resolved is None:
        return stopped(diagnostics)
    program = opened.rules.program
    moment, wrong = read_known_on(known_on, program.time_zone)
    if wrong:
        return stopped(wrong)
    with progress("reading facts") as told:
        read = read_book_facts(opened.rules.resolved.declared, facts, progress=told)
    if read.facts is None:
        return stopped(read.diagnostics)
    if learner not in read.facts:
        return stopped((unknown_learner(learner, read.facts),))
    explained, wrong = explain_decision(
        program, opened.rules.texts, read.facts.for_learner(learner), rule=rule, item=item, as_of=day, known_on=moment
    )
    if explained is None:
        return stopped(wrong)
    rejected = read.total.rejected
    if format == "json":
        report(read.diagnostics, format, **_record(explained))
    else:
        if rejected:
            show_diagnostics(read.diagnostics)
        _show(explained)
    return ExitStatus.FINDINGS if rejected else ExitStatus.FINE
