"""The whole language on two pages, from the tables of the grammar and of the vocabulary. Nothing is said here by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from competency.rules.language.patterns import Pattern, grammar_rules, patterns
from competency.rules.language.vocabulary import RELATION_NOUNS, ROW_NOUNS, STATES, SUBSTITUTES, TOTAL_NOUNS

# Titles of the rules of the grammar that have a block of their own; all other lists of lines go by their names.
_TITLES = {
    "declaration": "A BOOK",
    "selector": "SELECTION",
    "value": "VALUE",
    "menu": "MENU",
    "comparison": "CONDITION",
    "predicate": "PREDICATE",
    "quantifier": "QUANTIFIER",
    "comparator": "COMPARATOR",
    "factor": "VALUE",
    "literal": "LITERAL",
    "aggregate": "FORMULA",
    "phrase": "PHRASE",
    "window": "window",
    "modifier": "modifier",
    "cell": "CELL",
    "expect": "expect",
    "outcome": "OUTCOME",
}
_LABEL = 13  # columns of the label
_COLUMNS = 150  # of a line: a page on its side
_BETWEEN = "   ·   "
# Patterns that say nothing by themselves.
_BARE = frozenset({"...", "VALUE", "CONDITION", "PHRASE", "LITERAL"})
_HEAD = """# The rule language on two pages

Words in CAPITALS are yours; `[ ]` may be left out, `...` may be repeated, `|` is a choice. [reference.md](reference.md) explains
each of them. `competency card` prints this page from the grammar itself.
"""


def reference_card() -> str:
    """The card as Markdown: the lists of the grammar, a label and its patterns each, then the words of the vocabulary."""
    lines = [line for label, found in _blocks() for line in _packed(label, found)]
    return "\n".join([_HEAD, "```text", *lines, "```", "", *_words(), ""])


def _packed(label: str, found: Sequence[str]) -> Iterator[str]:
    """The patterns beside their label; short ones share a line."""
    line = f"{label:{_LABEL}}"
    is_empty = True
    for pattern in found:
        if not is_empty and len(line) + len(_BETWEEN) + len(pattern) > _COLUMNS:
            yield line
            line, is_empty = " " * _LABEL, True
        line += pattern if is_empty else _BETWEEN + pattern
        is_empty = False
    yield line


def shown_rules() -> frozenset[str]:
    """The rules of the grammar that the card shows."""
    return frozenset(rule for name in _listed() for pattern in _patterns(name) for rule in pattern.rules)


def _listed() -> tuple[str, ...]:
    """The rules with a block of their own, in order of the grammar: those with titles, and every list of lines."""
    return tuple(name for name in grammar_rules() if name in _TITLES or name.endswith(("_line", "_part")))


def _patterns(name: str) -> tuple[Pattern, ...]:
    return patterns(name, listed=_listed())


def _blocks() -> Iterator[tuple[str, tuple[str, ...]]]:
    for name in _listed():
        lines = tuple(dict.fromkeys(pattern.words for pattern in _patterns(name) if pattern.words not in _BARE))
        if lines:
            yield _TITLES.get(name) or name.removesuffix("_line").removesuffix("_part").replace("_", " "), lines


def _words() -> Iterator[str]:
    """The nouns and states that are there without a declaration."""
    yield "- Conditions are joined by `and`, `or`, `not`; values by `+ - * /` and `rounded half up to STEP`."
    yield f"- Rows: {', '.join(ROW_NOUNS)}; every table of [facts](facts.md) and its columns."
    yield f"- Totals: {', '.join(TOTAL_NOUNS)}."
    yield f"- Items: {', '.join(f'{noun} of a {kind}' for kind, noun in (*RELATION_NOUNS, ('course', SUBSTITUTES)))}."
    yield f"- States: {', '.join(f'{state} (by a rule of {kind})' for state, kind in STATES.items())}."
