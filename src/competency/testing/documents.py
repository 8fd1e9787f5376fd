"""Literate Markdown documents: a file goes in, its sections with their fenced blocks come out. Runs nothing.

A section is what stands under one `##` heading; what stands before the first one (the preamble) belongs to every section.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from competency.source import SourceText

DOCUMENT_BYTES_MAX = 1_000_000  # a document is read by people: more is a file named by mistake

_SECTION = "h2"
_DAY = r"(\d{4}-\d{2}-\d{2})"
_DECISIONS = re.compile(rf"decisions\s+{_DAY}(?:\s+known\s+{_DAY})?\s*")
_CODE = re.compile(r"CBE\d{3}")
_MARK = re.compile(r"\s*#\s*?(?P<carets> \^+|\^+)(?P<words>[^\n]*)")


class BlockKind(Enum):
    """What a fenced block holds."""

    RULES = "rules"
    WRONG = "rules wrong"
    FACTS = "facts"
    DECISIONS = "decisions"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a document that is not as the document says: where, under which heading, and what."""

    file: str
    line: int
    section: str
    message: str

    @property
    def described(self) -> str:
        """The finding in one line, as `file:line: message`."""
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of carets: the words above them (code points `start` to `end` of the line) are what a diagnostic points at."""

    line: int
    start: int
    end: int
    words: str


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    `text` begins on line `line` of the document. `codes`: the diagnostics that a wrong text raises. `table`: the plural
    of a table of facts. `as_of` and `known_on`: the dates of decisions.
    """

    kind: BlockKind
    file: str
    text: str
    line: int
    codes: tuple[str, ...] = ()
    table: str = ""
    as_of: date | None = None
    known_on: date | None = None

    @property
    def source(self) -> SourceText:
        """The text at the place where it stands, so that the lines of messages are those of the document."""
        return SourceText(self.file, "\n" * (self.line - 1) + self.text)

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The lines of carets in the text, each for the nearest line above it that is none."""
        found: list[Mark] = []
        marked = 0
        for number, line in enumerate(self.text.splitlines(), start=self.line):
            match = _MARK.fullmatch(line)
            if match is None:
                marked = number
                continue
            carets = match["carets"]
            end = match.end("carets")
            found.append(Mark(marked, end - len(carets.strip()), end, match["words"].strip()))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, the line on which it stands, the blocks under it, and those of the preamble, which belong to it too."""

    title: str
    line: int
    blocks: tuple[Block, ...]
    preamble: tuple[Block, ...] = ()

    def of(self, kind: BlockKind) -> tuple[Block, ...]:
        """The blocks of a kind, in order, those of the preamble first."""
        return tuple(block for block in (*self.preamble, *self.blocks) if block.kind is kind)

    @property
    def shows_only_what_is_wrong(self) -> bool:
        """Whether nothing under the heading is to be read without the wrong texts: they may complete the preamble."""
        kinds = {block.kind for block in self.blocks}
        return BlockKind.WRONG in kinds and not kinds & {BlockKind.RULES, BlockKind.DECISIONS}


@dataclass(frozen=True, slots=True)
class Document:
    """A document: its sections, and the blocks that cannot be read. One without `##` headings is one section."""

    name: str
    sections: tuple[Section, ...]
    faults: tuple[Finding, ...] = ()


def read_document(path: Path) -> Document:
    """The document at a path. Raises OSError and UnicodeDecodeError as reading does, ValueError for one too large."""
    if path.stat().st_size > DOCUMENT_BYTES_MAX:
        raise ValueError(f"{path} is larger than {DOCUMENT_BYTES_MAX:,} bytes")
    return parse_document(path.read_text(encoding="utf-8"), str(path))


def parse_document(text: str, name: str) -> Document:
    """The document that a text is; `name` is what messages call it."""
    faults: list[Finding] = []
    preamble: list[Block] = []
    title, title_line = Path(name).stem, 1
    sections: list[tuple[str, int, list[Block]]] = []
    for token, heading in _headings_and_fences(MarkdownIt().parse(text)):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "fence":
            about = sections[-1][0] if sections else title
            block = _block(token, name, line, about, faults)
            if block is not None:
                (sections[-1][2] if sections else preamble).append(block)
        elif token.tag == _SECTION:
            sections.append((heading, line, []))
        elif token.tag == "h1":
            title, title_line = heading, line
    if not sections:
        return Document(name, (Section(title, title_line, tuple(preamble)),), tuple(faults))
    read = (Section(heading, line, tuple(blocks), tuple(preamble)) for heading, line, blocks in sections)
    return Document(name, tuple(read), tuple(faults))


def _headings_and_fences(tokens: Sequence[Token]) -> Iterator[tuple[Token, str]]:
    """Headings with their words, and fences."""
    for token, after in zip(tokens, (*tokens[1:], None), strict=True):
        if token.type == "heading_open" and after is not None:
            yield token, after.content
        elif token.type == "fence":
            yield token, ""


def _block(token: Token, name: str, line: int, about: str, faults: list[Finding]) -> Block | None:
    """A fence as a block; none for one that is only shown. The first word after the fence says which."""
    info = " ".join(token.info.split())
    word, _, rest = info.partition(" ")
    text, begins = token.content, line + 1
    fault = ""
    match word:
        case "rules" if rest in {"", "right"}:
            return Block(BlockKind.RULES, name, text, begins)
        case "rules" if rest.startswith("wrong"):
            codes = tuple(code.strip() for code in rest.removeprefix("wrong").split(",") if code.strip())
            if codes and all(_CODE.fullmatch(code) for code in codes):
                return Block(BlockKind.WRONG, name, text, begins, codes=codes)
            fault = "a wrong text names the codes that it raises, as in `rules wrong CBE201, CBE301`"
        case "rules":
            fault = f"rules are `rules`, `rules right` or `rules wrong CODE`, not `{info}`"
        case "evidence" if not rest:
            return Block(BlockKind.FACTS, name, text, begins, table="evidence")
        case "facts" if rest and " " not in rest:
            return Block(BlockKind.FACTS, name, text, begins, table=rest)
        case "evidence" | "facts":
            fault = "facts name their table, as in `facts attempts`; evidence needs no other word"
        case "decisions":
            days = _days(info)
            if days is not None:
                return Block(BlockKind.DECISIONS, name, text, begins, as_of=days[0], known_on=days[1])
            fault = "decisions say their date, as in `decisions 2026-11-02` or `decisions 2026-11-02 known 2026-11-05`"
    if fault:
        faults.append(Finding(name, line, about, fault))
    return None


def _days(info: str) -> tuple[date, date | None] | None:
    match = _DECISIONS.fullmatch(info)
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1]), date.fromisoformat(match[2]) if match[2] else None
    except ValueError:
        return None
