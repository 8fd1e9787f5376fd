"""A rule text to the same text in one layout: a line a clause, two spaces a level. Words and comments are never lost.

Works on tokens, so that everything stays as its author wrote it; lines are where the parse tree begins one.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lark import Token, Tree

from competency.diagnostics import Diagnostic, has_errors
from competency.rules.language import syntax
from competency.rules.language.grammar import bare_parser
from competency.rules.language.parse import parse
from competency.source import SourceText

INDENT = "  "
BEFORE_COMMENT = "  "

# Parts that stand in the heading of their block; every other part directly in a block begins a line.
_HEADING = frozenset(
    {"code", "codes", "idents", "known", "scored", "in_program", "in_population", "who", "whose", "where_selector"}
)
# A minus that is the first word of one of these is a sign; any other one stands between two numbers.
_SIGNED = frozenset({"negative", "negative_number", "point"})
_LISTS = frozenset({"ANY_NAMES", "ANY_VALUES", "ALL_NAMES"})
# A comment behind one of these is a joint: without it the words on both sides could be read as one list or phrase.
_BEFORE_JOINT = _LISTS | {"IN"}

_Node: TypeAlias = Tree[Token] | Token


@dataclass(frozen=True, slots=True)
class _Word:
    """A token, and the level of the line that it begins (none: it goes on with the line before it)."""

    token: Token
    level: int | None
    is_sign: bool


@dataclass(slots=True)
class _Remark:
    """A comment, and whether its author left a blank line before it."""

    text: str
    after_blank: bool = False


@dataclass(slots=True)
class _Line:
    """A line to be written: its words, the comments before it, and those behind each of its words."""

    level: int
    after_blank: bool
    before: list[_Remark]
    is_block: bool = False
    words: list[_Word] = field(default_factory=list)
    behind: dict[int, list[_Remark]] = field(default_factory=dict)

    @property
    def is_end(self) -> bool:
        """Whether it closes a block."""
        return self.words[0].token.type == "END"

    @property
    def is_declaration(self) -> bool:
        """Whether it begins a declaration."""
        return self.level == 0 and not self.is_end


def format_text(source: SourceText) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text in the one layout, and what was found on reading it; no text where it cannot be read without errors.

    What it says stays: both texts have equal declarations, and the same comments in the same order.
    """
    parsed, diagnostics = parse(source)
    if has_errors(diagnostics):
        return None, diagnostics
    lines, remarks = _lines(source.text, list(_words(bare_parser().parse(source.text))), parsed.comments)
    written: list[str] = []
    for line, following in itertools.pairwise(lines):
        line.is_block = _opens(line, following)
    for line, previous in zip(lines, [None, *lines], strict=False):
        _gather_comments(line)
        _separate(line, previous)
        _write(line, written)
    for remark in remarks:
        remark.after_blank = remark.after_blank and bool(written)
        _write_remark(remark, 0, written)
    return "".join(f"{line}\n" for line in written), diagnostics


# --- lines ------------------------------------------------------------------------------------------------------------


def _words(tree: Tree[Token]) -> Iterator[_Word]:
    """The tokens in order. With a list of what is left to do, as a long sentence is a deep tree."""
    pending: list[tuple[_Node, int | None, int, bool]] = [(tree, None, 0, False)]
    while pending:
        node, level, inside, is_sign = pending.pop()
        if isinstance(node, Token):
            yield _Word(node, level, is_sign)
            continue
        inside = inside if level is None else level
        levels = _levels(node, level, inside)
        signed = node.data in _SIGNED
        children = list(zip(node.children, levels, strict=True))
        for index, (child, at) in reversed(list(enumerate(children))):
            is_minus = signed and index == 0 and isinstance(child, Token) and child.type == "MINUS"
            pending.append((child, at, inside, is_minus))


def _levels(node: Tree[Token], level: int | None, inside: int) -> list[int | None]:
    """On which level each child begins a line, if it does; a node that begins one begins it with its first child.

    `inside` is the level of the line in which the node stands.
    """
    children = node.children
    if node.data == "start":
        return [0] * len(children)
    levels: list[int | None] = [level, *[None] * (len(children) - 1)]
    if not isinstance(children[-1], Token) or children[-1].type != "END":
        return levels
    outer = inside
    levels[-1] = outer
    follows_reach = False
    for index, child in enumerate(children[1:-1], start=1):
        if isinstance(child, Token):
            if node.data == "population" and child.type == "LEARNERS":
                levels[index] = outer + 1
        elif child.data not in _HEADING:
            follows_reach = child.data == "reach" or (follows_reach and child.data == "requirement")
            # what must hold to reach a level is read as one sentence with `reach a level when`
            levels[index] = outer + 2 if follows_reach and child.data == "requirement" else outer + 1
    return levels


def _lines(text: str, words: Sequence[_Word], comments: Sequence[syntax.Name]) -> tuple[list[_Line], list[_Remark]]:
    """The lines with their comments, and the comments behind the last line."""
    lines: list[_Line] = []
    waiting = list(reversed(comments))
    end = 0
    for word in words:
        start = word.token.start_pos or 0
        before: list[_Remark] = []
        while waiting and waiting[-1].span.start < start:
            end = _place(waiting.pop(), text, end, lines, word.level is not None, before)
        if word.level is not None:
            lines.append(_Line(word.level, _has_blank(text, end, start), before))
        lines[-1].words.append(word)
        end = start + len(word.token)
    remarks: list[_Remark] = []
    while waiting:
        end = _place(waiting.pop(), text, end, lines, True, remarks)
    return lines, remarks


def _place(
    comment: syntax.Name, text: str, end: int, lines: list[_Line], line_follows: bool, before: list[_Remark]
) -> int:
    """Puts a comment before the next line or behind the last word; returns where it ends in the text."""
    remark = _Remark(comment.text, _has_blank(text, end, comment.span.start))
    is_alone = not text[text.rfind("\n", 0, comment.span.start) + 1 : comment.span.start].strip()
    if line_follows and (is_alone or not lines):
        before.append(remark)
    else:
        lines[-1].behind.setdefault(len(lines[-1].words) - 1, []).append(remark)
    return comment.span.end


def _has_blank(text: str, start: int, end: int) -> bool:
    return text.count("\n", start, end) > 1


# --- comments and blank lines -----------------------------------------------------------------------------------------


def _gather_comments(line: _Line) -> None:
    """Moves comments inside a line to its end; of several, only the last fits there, and the others go before it."""
    last = len(line.words) - 1
    if not line.behind or any(line.words[index].token.type in _BEFORE_JOINT for index in line.behind if index != last):
        return
    *earlier, kept = (remark for index in sorted(line.behind) for remark in line.behind[index])
    line.behind = {last: [kept]}
    if earlier:
        for remark in earlier:
            remark.after_blank = False
        earlier[0].after_blank, line.after_blank = line.after_blank, False
        line.before += earlier


def _separate(line: _Line, previous: _Line | None) -> None:
    """A blank line between declarations when one of them is a block; none where a block begins or ends."""
    first = line.before[0] if line.before else line
    if previous is None or _opens(previous, line):
        first.after_blank = False
    elif line.is_declaration and (previous.is_end or line.is_block):
        blank = line.after_blank or any(remark.after_blank for remark in line.before)
        first.after_blank = first.after_blank or not blank
    if line.is_end:
        line.after_blank = False


def _opens(previous: _Line, line: _Line) -> bool:
    return line.level > previous.level or (line.is_end and line.level == previous.level)


# --- writing ----------------------------------------------------------------------------------------------------------


def _write(line: _Line, written: list[str]) -> None:
    for remark in line.before:
        _write_remark(remark, line.level + line.is_end, written)
    if line.after_blank:
        written.append("")
    begun = INDENT * line.level
    for index, word in enumerate(line.words):
        begun += _space(line.words[index - 1], word) if index and begun.strip() else ""
        begun += _spelled(word.token)
        for remark in line.behind.get(index, ()):
            written.append(f"{begun}{BEFORE_COMMENT if begun.strip() else ''}{remark.text}")
            begun = INDENT * (line.level + 2)
    if begun.strip():
        written.append(begun)


def _write_remark(remark: _Remark, level: int, written: list[str]) -> None:
    if remark.after_blank:
        written.append("")
    written.append(INDENT * level + remark.text)


def _space(left: _Word, right: _Word) -> str:
    if right.token.type in {"COMMA", "COLON", "RPAR"} or left.token.type in {"LPAR", "FOR_OPEN"}:
        return ""
    # a code may begin with a hyphen: a sign before one stands apart
    return "" if left.is_sign and right.token.type != "CODE" else " "


def _spelled(token: Token) -> str:
    """A token as it is written: straight quotes, hyphens, single spaces inside; all else as it was."""
    match token.type:
        case "STRING":
            return f'"{token[1:-1]}"'
        case "MINUS":
            return "-"
        case "PERCENT":
            return re.sub(r"\s", "", token)
        case "FOR_OPEN":
            return "for ("
        case "IN_EFFECT" | "IN_ALL" | "MONTHS_ROUND":
            return " ".join(token.split())
        case "ANY_NAMES" | "ALL_NAMES":
            return " ".join(re.sub(r"\s*,\s*", ", ", token).split())
        case "ANY_VALUES":
            return re.sub(
                r'["“”]((?:[^"“”\n]|"")*)["“”]|\s*(,)\s*|\s+',
                lambda part: ", " if part[2] else " " if part[1] is None else f'"{part[1]}"',
                token,
            )
        case _:
            return str(token)
