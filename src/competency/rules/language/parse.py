"""A text to syntax. Reports one diagnostic for each declaration that cannot be read, and goes on with the next."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from typing import Any

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from competency.diagnostics import Confidence, Diagnostic, Edit, Fix, Label, kinds
from competency.rules.language import syntax
from competency.rules.language.build import NestingTooDeep
from competency.rules.language.grammar import parser
from competency.rules.language.words import said_otherwise, terminal_words
from competency.source import SourceText, Span

TEXT_LENGTH_MAX = 4_000_000  # code points: ten times the largest book imagined (200 courses, 3,000 competencies)
NESTING_MAX = 50  # parentheses within parentheses: no board can follow more, and no reader of the tree overflows
EXPECTED_SHOWN_MAX = 8  # words that a message lists; more help nobody
ERRORS_MAX = 100  # a text with more is not a rule text

_DECLARATIONS = (
    "policy|framework|scale|roles|methods|programs|catalog|continuum|calendar|parameter|table|population|fact|"
    "mastery|credit|progression|recovery|flag|measure|example"
)
# A declaration keyword at the start of a line: only for going on after an error; line ends carry no meaning.
_RESUME = re.compile(rf"^(?:{_DECLARATIONS})(?![\w-])", re.MULTILINE)
_BRACKETS = re.compile(r'["“”](?:[^"“”\n]|"")*["“”]|#[^\n]*|[()]')
# Characters that hide or reverse words: bidirectional controls, zero-width marks, control characters.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
# Signs of comparison, which other languages have and this one says in words.
_SIGNS = {
    ">=": "at least",
    "≥": "at least",
    "<=": "at most",
    "≤": "at most",
    ">": "more than",
    "<": "less than",
    "==": "exactly",
    "=": "exactly",
}
_SIGN = re.compile("|".join(_SIGNS))
_COMMENT = re.compile(r'["“”](?:[^"“”\n]|"")*["“”]|(#[^\n]*)')


def parse(source: SourceText) -> tuple[syntax.RuleText, tuple[Diagnostic, ...]]:
    """The syntax of a text and what is wrong with it. Declarations that cannot be read are left out and reported."""
    refused = _refused(source)
    if refused:
        return syntax.RuleText(source, ()), refused
    lark, build = parser()
    declarations: list[Any] = []
    diagnostics: list[Diagnostic] = []
    skipped: list[Span] = []
    starts = [match.start() for match in _RESUME.finditer(source.text)]
    position = 0
    while position < len(source.text) and len(diagnostics) < ERRORS_MAX:
        found = build.begin(source, position)
        try:
            declarations.extend(lark.parse(source.text[position:]))  # type: ignore[arg-type]
            diagnostics.extend(found)
            break
        except UnexpectedInput as error:
            diagnostics.append(_explained(error, source, position, starts))
            at = position + _offset(error, len(source.text) - position)
        except NestingTooDeep as error:
            diagnostics.append(_too_deep(error.span, error.what, error.limit))
            at = error.span.start
        # what stands before the declaration at fault was read and is kept
        failed = max((start for start in starts if position <= start < at), default=position)
        resume = next((start for start in starts if start >= at and start > failed), len(source.text))
        while failed > position:
            found = build.begin(source, position)
            try:
                declarations.extend(lark.parse(source.text[position:failed]))  # type: ignore[arg-type]
                diagnostics.extend(found)
                break
            except UnexpectedInput as error:
                # a phrase ran on into the next declaration: the block before it is not closed, and all else follows
                opened = max((start for start in starts if position <= start < failed), default=position)
                expected = sorted({terminal_words(name) for name in _expected(error)})
                diagnostics[-1] = _unfinished(source, failed, _context(source, opened), expected)
                resume, failed = failed, opened
        position = resume
        skipped.append(Span(source, failed, position))
    kept = tuple(declaration for declaration in declarations if not isinstance(declaration, syntax.NumberLiteral))
    return syntax.RuleText(source, kept, _comments(source), tuple(skipped)), tuple(diagnostics)


def _refused(source: SourceText) -> tuple[Diagnostic, ...]:
    """Why a text is not read at all."""
    if len(source.text) > TEXT_LENGTH_MAX:
        message = f"the text has {len(source.text):,} characters; at most {TEXT_LENGTH_MAX:,} are read"
        where = Label(Span(source, 0, 0))
        return (Diagnostic(kinds.FILE_TOO_LARGE, message, (where,), fixes=(Fix("split the book into several files"),)),)
    found = []
    for match in _FORBIDDEN.finditer(source.text):
        name = unicodedata.name(match[0], f"control character {ord(match[0])}").lower()
        span = Span(source, match.start(), match.end())
        found.append(
            Diagnostic(
                kinds.FORBIDDEN_CHARACTER,
                f"the text holds an invisible character ({name})",
                (Label(span, "here, before what can be seen"),),
                notes=("Such characters can hide or reverse words, so that a rule would not say what it shows.",),
                fixes=(Fix("remove it", (Edit(span, ""),), Confidence.SAFE),),
                data={"character": f"U+{ord(match[0]):04X}", "name": name},
            )
        )
        if len(found) == ERRORS_MAX:
            break
    if found:
        return tuple(found)
    depth = 0
    for match in _BRACKETS.finditer(source.text):
        if match[0] == "(":
            depth += 1
            if depth > NESTING_MAX:
                return (_too_deep(Span(source, match.start(), match.end()), "`(`", NESTING_MAX),)
        elif match[0] == ")":
            depth -= 1
    return ()


def _too_deep(span: Span, what: str, limit: int) -> Diagnostic:
    return Diagnostic(
        kinds.NESTING_LIMIT,
        f"{what} stands within or after another more than {limit} times",
        (Label(span, "the level that is too much"),),
        fixes=(Fix("give a part a name with `let NAME be ...` and use the name"),),
        data={"limit": limit},
    )


def _offset(error: UnexpectedInput, end: int) -> int:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return end
    position: int | None = error.pos_in_stream
    return end if position is None or position < 0 else position


def _explained(error: UnexpectedInput, source: SourceText, position: int, starts: list[int]) -> Diagnostic:
    """The parser's error in the registrar's words."""
    at = position + _offset(error, len(source.text) - position)
    opened = max((start for start in starts if start < at), default=None)
    context = _context(source, opened)
    expected = sorted({terminal_words(name) for name in _expected(error)})
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        return _unfinished(source, len(source.text.rstrip()), context, expected)
    word = _word_at(source, at)
    span = Span(source, at, at + len(word))
    if opened is not None and at in starts and "end" in expected:
        return _unfinished(source, at, context, expected)
    sign = _SIGN.match(source.text, at)
    if sign is not None and {"is", "exactly"} & set(expected):
        return _in_words(Span(source, at, sign.end()), _SIGNS[sign[0]], expected)
    if isinstance(error, UnexpectedCharacters) and not word[:1].isalnum():
        return _unknown_character(span, word, expected)
    begins = source.text.rfind("\n", 0, at) + 1
    ends = source.text.find("\n", at)
    said = said_otherwise(word, source.text[begins : ends if ends >= 0 else None], at - begins)
    if said:
        return _other_words(span, word, said, expected)
    near = get_close_matches(word, [text for text in expected if " " not in text], n=1, cutoff=0.7)
    fixes = []
    if near:
        fixes.append(Fix(f"did you mean `{near[0]}`?", (Edit(span, near[0]),), Confidence.CHANGES_MEANING))
    elif "exactly" in expected and word[:1].isdigit():
        fixes.append(Fix(f"say how it compares: `exactly {word}`, `at least {word}` or `at most {word}`"))
    return Diagnostic(
        kinds.UNEXPECTED_WORD,
        f"`{word}` is not understood here",
        (Label(span, _wanted(expected)), *context),
        notes=_reserved_note(error, word),
        fixes=tuple(fixes) or (_remedy(expected),),
        data={"word": word, "expected": expected},
    )


def _remedy(expected: list[str]) -> Fix:
    """What may stand here, where it is little enough to be said."""
    if len(expected) <= EXPECTED_SHOWN_MAX:
        return Fix(f"write {_wanted(expected).removeprefix('expected ')} here")
    return Fix("the sentence cannot go on like this: finish it before this word, or say it as the reference shows")


def _other_words(span: Span, word: str, said: str, expected: list[str]) -> Diagnostic:
    """A way of writing that the language has other words for."""
    return Diagnostic(
        kinds.UNEXPECTED_WORD,
        f"`{word}` is not understood here",
        (Label(span, said),),
        fixes=(Fix(said),),
        data={"word": word, "expected": expected},
    )


def _in_words(span: Span, words: str, expected: list[str]) -> Diagnostic:
    """A comparison that is written with a sign."""
    said = f"is {words}" if "is" in expected else words
    return Diagnostic(
        kinds.UNKNOWN_CHARACTER,
        f"`{span.text}` is not part of the language: comparisons are said in words",
        (Label(span, f"write `{said}`"),),
        fixes=(Fix(f"write `{said}`", (Edit(span, said),), Confidence.SAFE),),
        data={"character": span.text, "expected": expected},
    )


def _reserved_note(error: UnexpectedInput, word: str) -> tuple[str, ...]:
    expected = _expected(error)
    if "WORD" in expected and re.fullmatch(r"[a-z]+", word):
        return (f"`{word}` is a joint of the language and cannot be a name in the middle of a sentence.",)
    return ()


def _expected(error: UnexpectedInput) -> set[str]:
    if isinstance(error, UnexpectedToken):
        return set(error.accepts or error.expected)
    if isinstance(error, UnexpectedCharacters):
        return set(error.allowed or ())
    return set()


def _wanted(expected: list[str]) -> str:
    shown = expected[:EXPECTED_SHOWN_MAX]
    more = ", ..." if len(expected) > len(shown) else ""
    return "expected " + ", ".join(f"`{word}`" if " " not in word else word for word in shown) + more


def _context(source: SourceText, opened: int | None) -> tuple[Label, ...]:
    if opened is None:
        return ()
    match = re.compile(r"\S+(?:\s+[\w.-]+)?").match(source.text, opened)
    end = match.end() if match else opened
    return (Label(Span(source, opened, end), "in the block that begins here"),)


def _unfinished(source: SourceText, at: int, context: tuple[Label, ...], expected: list[str]) -> Diagnostic:
    span = Span(source, at, at)
    wants_end = "end" in expected
    fix = (
        Fix("close the block with `end`", (Edit(span, "\nend\n"),), Confidence.SAFE)
        if wants_end
        else Fix(f"finish the sentence: {_wanted(expected)}")
    )
    message = "the block is not closed: `end` is missing" if wants_end else "the text stops in the middle of a sentence"
    return Diagnostic(
        kinds.UNFINISHED_TEXT,
        message,
        (Label(span, "before this" if wants_end else _wanted(expected)), *context),
        fixes=(fix,),
        data={"expected": expected},
    )


def _unknown_character(span: Span, character: str, expected: list[str]) -> Diagnostic:
    name = unicodedata.name(character[:1], "a character without a name").lower() if character else "nothing"
    fix = Fix(f"remove it, or write {_wanted(expected).removeprefix('expected ')}")
    if character in {'"', "“", "”"}:
        fix = Fix('close the quotes on the line on which they open: every `"` has its second one')
    elif character in {"‘", "’", "'"}:
        fix = Fix('use double quotes ("), as in "Board Policy"', (Edit(span, '"'),), Confidence.SHOW_ONLY)
    elif character in {"–", "—", "−"}:
        fix = Fix("write a plain hyphen (-)", (Edit(span, "-"),), Confidence.SAFE)
    return Diagnostic(
        kinds.UNKNOWN_CHARACTER,
        f"`{character}` ({name}) is not part of the language here",
        (Label(span, _wanted(expected)),),
        fixes=(fix,),
        data={"character": character, "expected": expected},
    )


def _word_at(source: SourceText, at: int) -> str:
    match = re.compile(r'"[^"\n]*"|[\w.%-]+|\S').match(source.text, at)
    return match[0] if match else ""


def _comments(source: SourceText) -> tuple[syntax.Name, ...]:
    return tuple(
        syntax.Name(Span(source, match.start(1), match.end(1)), match[1].rstrip())
        for match in _COMMENT.finditer(source.text)
        if match[1]
    )
