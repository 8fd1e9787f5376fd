"""`competency explain`: a sentence, the tree of reasons, the rule's text and where it comes from."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.cli.arguments import unusable
from competency.cli.laid_out import rows_lacking
from competency.cli.over_records import Stop, a_day, actor, over_records, told_that_seen
from competency.cli.quantity import quantity
from competency.cli.render import Format, console, report, status, write

if TYPE_CHECKING:
    from rich.text import Text
    from rich.tree import Tree

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


@over_records
def explain(
    book: Path | None = None,
    /,
    *,
    learner: str,
    rule: str,
    as_of: str,
    facts: Path | None = None,
    db: str | None = None,
    item: str | None = None,
    known_on: str | None = None,
    by: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Explain what a rule says of a learner: a sentence, the reasons, the rule's text, where it comes from.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file; with records, it may be left out for the book in force.
    learner: str
        The learner's identifier.
    rule: str
        The rule, as standard or 'mastery standard'.
    as_of: str
        The date for which is decided, as 2026-11-02.
    facts: Path
        The folder of fact tables: learners.csv, evidence.csv and so on.
    db: str
        Records in place of a folder of facts: a file, or an address as postgresql://user@host/database.
    item: str
        The competency, course or level; without it, a rule about several items gives one sentence each.
    known_on: str
        Decide with what had been recorded by then: a date (its end) or a time with an offset.
    by: str
        Who looks, which records keep; without it, the user of this computer.
    format: Format
        How the explanation is written.
    """
    from competency.cli.sources import source_of
    from competency.services.explain_decision import explain_decision
    from competency.services.learner_history import record_access
    from competency.services.recorded_facts import RecordedFacts

    day = a_day(as_of, "--as-of")
    if day is None:
        raise Stop(unusable("--as-of", "it is missing", "say for which day is decided"))
    if lacking := rows_lacking(facts):
        raise Stop(*lacking)
    with source_of(book, facts, db, day, known_on) as source:
        learner = source.learner(learner)
        explained, wrong = explain_decision(
            source.program,
            source.texts,
            source.facts.for_learner(learner),
            rule=rule,
            item=item,
            as_of=day,
            known_on=source.known_on,
        )
        if explained is None:
            raise Stop(*wrong)
        if source.records is not None and isinstance(source.facts, RecordedFacts):
            subject, who = source.facts.subjects[learner], actor(by)
            told_that_seen(source.records, lambda appender: record_access(appender, subject, by=who, command="explain"))
    report(source.diagnostics, format, **_record(explained) if format == "json" else {})
    if format == "text":
        show_explained(explained)
    return status(source.diagnostics)


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
