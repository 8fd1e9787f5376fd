"""Reading rules: good books check, broken ones are told what is wrong, and a program is what its text means."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competency.diagnostics import Diagnostic
from competency.rules.language.format import format_text
from competency.rules.program import ir
from competency.rules.program.fingerprint import fingerprint
from competency.rules.read_rules import RuleBook, parse_texts, read_rules
from competency.source import SourceText, Span
from competency.testing.strategies import broken_texts, rule_texts

ProgramOf = Callable[..., ir.Program]

books = settings(max_examples=settings().max_examples // 4)  # a book costs as much as many small values
BETWEEN_DECLARATIONS = re.compile(r"(?<=^end\n)", re.MULTILINE)
THRESHOLD = re.compile(r"(?<=is at least )\d+(?:\.\d+)?(?![\d.]*%)")


def read(text: str) -> tuple[RuleBook, tuple[Diagnostic, ...]]:
    parsed, of_texts = parse_texts([SourceText("a.rules", text)])
    book, of_book = read_rules(parsed, {})
    return book, (*of_texts, *of_book)


@books
@given(rule_texts())
def test_a_book_of_every_construct_checks(text: str) -> None:
    book, diagnostics = read(text)
    assert [each.message for each in diagnostics if each.is_error] == []
    assert book.program is not None
    assert len(book.program.schedule) == sum(len(rule.about) for rule in book.program.rules)


@books
@given(st.one_of(broken_texts(), st.text(), st.text(alphabet='()"“”#-–,:=. \n\tab1%')))
def test_a_broken_text_gets_diagnostics_and_never_an_exception(text: str) -> None:
    book, diagnostics = read(text)
    assert book.program is not None or any(each.is_error for each in diagnostics)
    for each in diagnostics:
        for label in each.labels:
            assert isinstance(label.where, Span)
            assert 0 <= label.where.start <= label.where.end <= len(text)


@pytest.mark.parametrize(
    "number",
    ["9" * 5_000, "1." + "9" * 5_000, "9" * 5_000 + "%", "-" + "9" * 5_000],
    ids=["whole", "decimal", "percent", "negative"],
)
def test_a_number_longer_than_anybody_writes_gets_a_diagnostic(number: str) -> None:
    text = f'policy p "P"\nend\nparameter q "Q"\n  is {number}\nend\n'
    _, diagnostics = read(text)
    assert [each.kind.code for each in diagnostics if each.is_error] == ["CBE106"]


@books
@given(rule_texts())
def test_the_fingerprint_does_not_depend_on_layout_or_comments(program_of: ProgramOf, text: str) -> None:
    known = fingerprint(program_of(text))
    assert fingerprint(program_of(text)) == known
    formatted, _ = format_text(SourceText("a.rules", text))
    assert formatted is not None
    assert fingerprint(program_of(formatted)) == known
    assert fingerprint(program_of("# why\n" + text.replace("\n", "  # because\n") + "# done")) == known


@books
@given(rule_texts(), st.data())
def test_the_fingerprint_does_not_depend_on_the_order_of_files(
    program_of: ProgramOf, text: str, data: st.DataObject
) -> None:
    files = [part for part in BETWEEN_DECLARATIONS.split(text) if part.strip()]
    assert fingerprint(program_of(*data.draw(st.permutations(files)))) == fingerprint(program_of(text))


@books
@given(rule_texts(), st.data())
def test_the_fingerprint_changes_with_a_threshold(program_of: ProgramOf, text: str, data: st.DataObject) -> None:
    thresholds = [
        (line.start() + match.start(), match[0])
        for line in re.finditer(r"^ +require .*$", text, re.MULTILINE)
        for match in THRESHOLD.finditer(line[0])
    ]
    if not thresholds:
        return
    at, number = data.draw(st.sampled_from(thresholds))
    changed = f"{text[:at]}{number}{'1' if '.' in number else '.1'}{text[at + len(number) :]}"
    assert fingerprint(program_of(changed)) != fingerprint(program_of(text))
