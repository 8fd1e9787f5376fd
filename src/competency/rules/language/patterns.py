"""The grammar's own texts to patterns that people read: `limit WORDS to VALUE [per school year], then refuse | report`.

Words in capitals are the reader's to choose; `[ ]` may be left out, `...` may be repeated, `|` is a choice. Knows the
grammar's texts only: what they mean is the vocabulary's business.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TypeAlias

from lark import Lark, Token, Tree

from competency.rules.language.grammar import grammar_folder

# What a reader chooses, for the rules and words of the grammar that are explained by themselves.
PLACEHOLDERS: dict[str, str] = {
    "value": "VALUE",
    "operand": "VALUE",
    "factor": "VALUE",
    "sum": "VALUE",
    "product": "VALUE",
    "point": "VALUE",
    "condition": "CONDITION",
    "conjunction": "CONDITION",
    "negation": "CONDITION",
    "comparison": "CONDITION",
    "phrase": "PHRASE",
    "selector": "SELECTION",
    "predicate": "PREDICATE",
    "that_predicate": "PREDICATE",
    "comparator": "COMPARATOR",
    "measure_comparator": "COMPARATOR",
    "how_many_comparator": "COMPARATOR",
    "menu": "MENU",
    "outcome": "OUTCOME",
    "quantifier": "QUANTIFIER",
    "code": "CODE",
    "codes": "CODE, ...",
    "idents": "NAME, ...",
    "assignments": "NAME VALUE, ...",
    "settings": "SETTING VALUE, ...",
    "number": "N",
    "score": "SCORE",
    "amount": "N",
    "state": "STATE",
    "cell": "CELL",
    "column_name": "NAME TYPE",
    "literal": "LITERAL",
    "IDENT": "NAME",
    "WORD": "WORD",
    "CODE": "CODE",
    "STRING": '"TEXT"',
    "NUMBER": "N",
    "PERCENT": "N%",
    "DATE": "DATE",
    "UNIT": "UNIT",
    "MINUS": "-",
    "ANY_NAMES": "A, B or C",
    "ANY_VALUES": "A, B or C",
    "ALL_NAMES": "A, B and C",
    "FOR_OPEN": "for (",
}

_Node: TypeAlias = Tree[Token] | Token


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way of writing a rule of the grammar. `rules` are those that it shows in full, the rule itself included."""

    words: str
    rules: frozenset[str]


@lru_cache(maxsize=1)
def grammar_rules() -> dict[str, tuple[_Node, ...]]:
    """Every rule of the grammar by name, with its ways of being written."""
    return {
        str(rule.children[0]).lstrip("?!"): tuple(_ways(rule.children[-1]))
        for rule in _parsed("rules.lark").iter_subtrees()
        if rule.data == "rule"
    }


def patterns(name: str, *, listed: Collection[str] = ()) -> tuple[Pattern, ...]:
    """The ways of writing a rule of the grammar. Rules in `listed` are shown elsewhere, and stand here as `...`."""
    found: list[Pattern] = []
    for way in grammar_rules()[name]:
        only = str(way.children[0]) if isinstance(way, Tree) and way.data == "name" else ""
        if only in grammar_rules() and PLACEHOLDERS.get(only) == PLACEHOLDERS.get(name, ""):
            found.extend(patterns(only, listed=listed))  # a rule that only gathers others of its kind
            continue
        writing = _Writing(frozenset(listed), {name})
        words = writing.said(way, (name,))
        found.append(Pattern(_tidy(words), frozenset(writing.seen)))
    return tuple(found)


@dataclass(slots=True)
class _Writing:
    """One pattern while it is written: the rules that are listed elsewhere, and those seen so far."""

    listed: frozenset[str]
    seen: set[str]

    def said(self, node: _Node, above: tuple[str, ...]) -> str:
        """What a piece of the grammar's text looks like to a reader."""
        if isinstance(node, Token):
            return ""
        match node.data:
            case "alias":
                return self.said(node.children[0], above)
            case "expansion":
                return " ".join(filter(None, (_grouped(self.said(child, above)) for child in node.children)))
            case "expansions":
                return " | ".join(self.said(child, above) for child in node.children)
            case "literal":
                return str(node.children[0]).strip('"')
            case "name":
                return self._named(str(node.children[0]), above)
            case "expr":
                return self._repeated(node, above)
            case _:
                raise ValueError(f"the grammar says {node.data!r}, and no pattern is known for it")

    def _repeated(self, node: Tree[Token], above: tuple[str, ...]) -> str:
        """`[x]`, `x ...` or `[x ...]`; `("," x)*` behind an `x` is `, ...`."""
        words, mark = self.said(node.children[0], above), str(node.children[1])
        if words == "...":
            return words
        if mark == "*" and words.startswith(", "):
            return ", ..."
        match mark:
            case "?":
                return f"[{words}]"
            case "+":
                return f"{_grouped(words)} ..."
            case _:
                return f"[{_grouped(words)} ...]"

    def _named(self, name: str, above: tuple[str, ...]) -> str:
        if name in PLACEHOLDERS:
            return PLACEHOLDERS[name]
        if name in self.listed:
            return "..."
        if name.isupper():
            return _words_of_terminals()[name]
        self.seen.add(name)
        return " | ".join(self.said(way, (*above, name)) for way in grammar_rules()[name])


def _parsed(file: str) -> Tree[Token]:
    return _reader().parse((grammar_folder() / file).read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _reader() -> Lark:
    """Lark's own grammar of grammars, which it ships."""
    path = files("lark") / "grammars" / "lark.lark"
    return Lark(path.read_text(encoding="utf-8"), parser="lalr", maybe_placeholders=False)


@lru_cache(maxsize=1)
def _words_of_terminals() -> dict[str, str]:
    """The words of each terminal that is a word or a choice between words."""
    found = {}
    for token in _parsed("terminals.lark").iter_subtrees():
        if token.data != "token":
            continue
        literal = next((str(one) for one in token.scan_values(lambda each: str(each)[:1] in {"/", '"'})), "")
        plain = re.sub(r"\(\?!.*$", "", literal.strip('/"')).replace(r"\s+", " ")
        choice = re.fullmatch(r"\(\?:([\w ?|]+)\)", plain)
        found[str(token.children[0])] = " | ".join((choice[1] if choice else plain).split("|"))
    return found


def _ways(node: _Node) -> list[_Node]:
    """The alternatives at the top of a rule."""
    return list(node.children) if isinstance(node, Tree) and node.data == "expansions" else [node]


def _grouped(words: str) -> str:
    """In parentheses, if it is a choice at its top."""
    depth = 0
    for index, character in enumerate(words):
        depth += (character in "([") - (character in ")]")
        if depth == 0 and words.startswith(" | ", index):
            return f"({words})"
    return words


def _tidy(words: str) -> str:
    """Spaces as in a text."""
    words = re.sub(r" ([,:)\]])", r"\1", words)
    words = re.sub(r"([(\[]) ", r"\1", words)
    return re.sub(r"\.\.\.( \.\.\.)+", "...", words).strip()
