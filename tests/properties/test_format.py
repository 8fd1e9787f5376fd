"""The formatter changes the layout of a text and nothing else."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from competency.rules.language.format import format_text
from competency.rules.language.parse import parse
from competency.source import SourceText
from competency.testing.strategies import broken_texts, rule_texts

books = settings(max_examples=settings().max_examples // 4)  # a book costs as much as many small values
QUOTED_OR_SPACE = re.compile(r'("[^"\n]*")|([ \n]+)')


def formatted(text: str) -> str:
    result, diagnostics = format_text(SourceText("a.rules", text))
    assert result is not None, diagnostics
    return result


def comments(text: str) -> list[str]:
    return [comment.text for comment in parse(SourceText("a.rules", text))[0].comments]


@st.composite
def untidy_texts(draw: st.DrawFn) -> str:
    """A good text with other white space between its words, and comments wherever a line may break."""
    text = draw(rule_texts())
    gaps = st.sampled_from(
        (" ", "  ", "\n", "\n\n\n", "\t", "\u00a0", "\r\n", " # why\n", "\n# because\n\n", '\n# a "quote\n')
    )
    places = [match for match in QUOTED_OR_SPACE.finditer(text) if match[2]]
    changed = sorted(
        draw(st.lists(st.sampled_from(places), max_size=6, unique_by=lambda match: match.start())),
        key=lambda match: match.start(),
    )
    pieces, end = [], 0
    for match in changed:
        pieces += [text[end : match.start()], draw(gaps)]
        end = match.end()
    return "".join([*pieces, text[end:]])


@books
@given(untidy_texts())
def test_what_a_text_says_stays_and_so_do_its_comments(text: str) -> None:
    before, diagnostics = parse(SourceText("a.rules", text))
    result, told = format_text(SourceText("a.rules", text))
    assert told == diagnostics
    if result is None:  # a comment can stand where it breaks a list of names in two
        assert any(each.is_error for each in diagnostics)
        return
    after, _ = parse(SourceText("a.rules", result))
    assert after.declarations == before.declarations
    assert comments(result) == [comment.text for comment in before.comments]


@books
@given(untidy_texts())
def test_formatting_twice_is_formatting_once(text: str) -> None:
    result, _ = format_text(SourceText("a.rules", text))
    if result is not None:
        assert formatted(result) == result
        assert result.endswith("\n")
        assert not result.endswith("\n\n")
        assert "\r" not in result


@books
@given(st.one_of(broken_texts(), st.text()))
def test_a_text_that_cannot_be_read_has_no_layout_and_says_why(text: str) -> None:
    result, diagnostics = format_text(SourceText("a.rules", text))
    if result is None:
        assert any(each.is_error for each in diagnostics)
    else:
        assert formatted(result) == result


LAYOUTS = {
    "an empty text stays empty": ("", ""),
    "white space alone is nothing": (" \n\n\t", ""),
    "comments alone stay": ("\n  # one\n\n\n# two", "# one\n\n# two\n"),
    "line ends of Windows become plain ones": ("roles a\r\n# b\r\nmethods c", "roles a\n# b\nmethods c\n"),
    "lines that stand together stay together, and blocks stand apart": (
        'language 1 roles a methods b\n\n\nprograms c policy p "P" end calendar end',
        'language 1\nroles a\nmethods b\n\nprograms c\n\npolicy p "P"\nend\n\ncalendar\nend\n',
    ),
    "a comment inside a clause moves to its end": (
        "mastery m require a: it # why\n is mastered\nend # done",
        "mastery m\n  require a: it is mastered  # why\nend  # done\n",
    ),
    "of several comments inside a clause the last one stays on its line": (
        "mastery m\n # first\n require a: it # second\n is # third\n mastered\n # last\nend",
        "mastery m\n  # first\n  # second\n  require a: it is mastered  # third\n  # last\nend\n",
    ),
    "a comment that keeps two lists apart stays between them": (
        "mastery m\n require a: scores by b # both\n or c is mastered\nend",
        "mastery m\n  require a: scores by b  # both\n      or c is mastered\nend\n",
    ),
    "curly quotes, dashes and spaces are those of a keyboard": (
        "measure m “Its name” value  - 5 – 3+ ( a.b/ - c.d ) *80 %  end",
        'measure m "Its name"\n  value -5 - 3 + (a.b / - c.d) * 80%\nend\n',
    ),
    "lists of names have one space behind each comma": (
        "mastery m require a: roles include b ,c   and\n d  and scores by e,f\n or   g is h end",
        "mastery m\n  require a: roles include b, c and d and scores by e, f or g is h\nend\n",
    ),
    "what must hold to reach a level stands below it": (
        (
            "progression p along continuum c reach a level when require a: it is reached cites d except e for learners "
            "in program f waive a end end"
        ),
        (
            "progression p\n  along continuum c\n  reach a level when\n    require a: it is reached\n  cites d\n"
            "  except e for learners in program f\n    waive a\n  end\nend\n"
        ),
    ),
    "a population says on a line of its own who belongs to it": (
        'population p "P" learners in program f end',
        'population p "P"\n  learners in program f\nend\n',
    ),
    "examples are a line a fact": (
        (
            'example "e" for mastery m of A.b, C on 2026-01-01 known on 2026-02-01 score 3 on 2026-01-01 by a '
            "given A.b is mastered expect met because a, b end"
        ),
        (
            'example "e" for mastery m of A.b, C on 2026-01-01 known on 2026-02-01\n  score 3 on 2026-01-01 by a\n'
            "  given A.b is mastered\n  expect met because a, b\nend\n"
        ),
    ),
}


@pytest.mark.parametrize(("text", "wanted"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_layout(text: str, wanted: str) -> None:
    assert formatted(text) == wanted
    assert formatted(wanted) == wanted
    assert parse(SourceText("a", wanted))[0].declarations == parse(SourceText("a", text))[0].declarations
    assert comments(wanted) == comments(text)
