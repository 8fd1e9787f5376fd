"""`competency explain`: a sentence, the tree of reasons, the rule's text and where it comes from."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, status, write

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
    "mastered": "green",
    "credited": "green",
    "reached": "green",
    "nothing to report": "green",
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
    report(read.diagnostics, format, **_record(explained) if format == "json" else {})
    if format == "text":
        show_explained(explained)
    return status(read.diagnostics)


def show_explained(explained: ExplainedRule) -> None:
    """An explanation on the screen: the sentence, the tree, the rule, its source."""
    explanation = explained.explanation
    if explanation is None:
        _show_sentences(explained)
        return
    screen = console()
    columns = screen.width
    write(textwrap.fill(explanation.sentence, columns, break_long_words=False, break_on_hyphens=False) + "\n\n")
    screen.print(_tree(explanation))
    if explanation.set_aside:
        write("\nEvidence that does not count\n")
        for told in explanation.set_aside:
            write(f"  {told.outcome}: {told.text}\n")
    if explained.rule_text is not None:
        write(f"\nThe rule, {_place(explained.rule_text)}\n")
        write(textwrap.indent(explained.rule_text.text, "  ") + "\n")
    if explanation.citations:
        write("\nWhere it comes from\n" + "".join(f"  {citation}\n" for citation in explanation.citations))


def _show_sentences(explained: ExplainedRule) -> None:
    telling = [each for each in explained.sentences if not each.is_bare]
    for each in telling:
        write(f"{each.text}\n")
    bare = len(explained.sentences) - len(telling)
    if bare:
        write(f"{quantity(bare, 'more item')}: there is no evidence yet, or the rule does not govern the learner\n")
    if not explained.sentences:
        write("the rule is about no item of the book\n")
    elif len(explained.sentences) > 1:
        items = [each for each in (telling or explained.sentences) if each.item]
        write(f'\nFor the reasons of one, add --item "{" at ".join(items[0].item)}"\n' if items else "")


def _tree(explanation: Explanation) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    about = f", on {explanation.item_title}" if explanation.item_title else ""
    known = f", as known on {explanation.known_on}" if explanation.known_on else ""
    root = Text(f"{explanation.rule}{about}, as of {explanation.as_of}{known}: ")
    root.append(explanation.outcome, style=_style(explanation.outcome))
    tree = Tree(root, guide_style="dim")
    for told in explanation.reasons:
        _branch(told, tree)
    return tree


def _branch(told: Told, tree: Tree) -> None:
    branch = tree.add(_line(told))
    for below in told.below:
        _branch(below, branch)


def _style(outcome: str) -> str:
    if outcome.startswith("not ") and outcome not in {"not yet known", "not applicable"}:
        return "red"
    return _STYLES.get(outcome, "")


def _line(told: Told) -> Text:
    from rich.text import Text

    if not told.outcome:
        return Text(told.text)
    outcome = (told.outcome, _style(told.outcome))
    return Text.assemble(outcome, "  ", told.text) if told.kind == "clause" else Text.assemble(told.text, ": ", outcome)


def _place(span: Span) -> str:
    return f"{span.source.name}, line {span.position.line}"


def _record(explained: ExplainedRule) -> dict[str, Any]:
    """The explanation as plain JSON values, the rule's text in place of where it begins."""
    from competency.services.print_records import plain

    sentences = [
        {"rule": each.rule, "item": list(each.item), "outcome": each.outcome, "sentence": each.text}
        for each in explained.sentences
    ]
    record = _plain_told(plain(explained.explanation))
    text = explained.rule_text
    place = None if text is None else {"file": text.source.name, "line": text.position.line, "text": text.text}
    return {"explanation": record, "rule_text": place, "sentences": sentences}


def _plain_told(value: Any) -> Any:
    """Without the names of records, and without what is empty."""
    if isinstance(value, dict):
        return {name: _plain_told(part) for name, part in value.items() if name and part not in ("", [])}
    return [_plain_told(part) for part in value] if isinstance(value, list) else value
