"""What the parser's terminals are called in front of a registrar. Every terminal has words here, by test."""

from __future__ import annotations

TERMINAL_WORDS: dict[str, str] = {
    "A": "a",
    "AN": "an",
    "N": "n",
    "IN": "in",
    "NO": "no",
    "ON": "on",
    "THE": "the",
    "THESE": "these",
    "BE": "be",
    "ALL_NAMES": "a list of names",
    "ANY_NAMES": "a list of names",
    "ANY_VALUES": "a list of names, numbers or words in quotes",
    "CODE": "a code such as MATH.ALG.3",
    "DATE_WORD": "date",
    "NUMBER_WORD": "number",
    "DATE": "a date such as 2026-07-01",
    "EQUAL": "=",
    "FORMULA": "average, median, highest, lowest or sum",
    "FOR_OPEN": "for (",
    "HAS": "has",
    "IDENT": "a name",
    "INCLUDE": "include",
    "IN_ALL": "in all",
    "IN_EFFECT": "in effect",
    "ITEM_KIND": "competency, skill, course or level",
    "KIND": "mastery, credit, progression, recovery, flag, measure, diploma or pathway",
    "LPAR": "(",
    "MAJORITY": "majority or unanimity",
    "MINUS": "-",
    "BETTER": "better or worse",
    "RANKING": "highest or lowest",
    "REFUSED": "refused",
    "MONTHS_ROUND": "months round",
    "NUMBER": "a number",
    "PERCENT": "a percentage",
    "PLUS": "+",
    "RPAR": ")",
    "SLASH": "/",
    "STAR": "*",
    "STRING": "words in quotes",
    "CONSEQUENCE": "refuse or report",
    "UNIT": "a unit such as days or credits",
    "UNIT_WORD": "unit or units",
    "VOCABULARY": "roles, methods or programs",
    "WINDOW": "latest, best or first",
    "WORD": "a word",
    "COMMA": ",",
    "COLON": ":",
    "$END": "the end of the text",
    "CARNEGIE": "Carnegie",
    "GPA": "GPA",
}


_NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]


def said_otherwise(word: str) -> str:
    """How the language says what a word means elsewhere; empty where it is no such word."""
    if word in {"percent", "per cent", "pct"}:
        return "write the sign right after the number, as in 90%"
    if word in _NUMBERS:
        return f"write the number in digits: {_NUMBERS.index(word) + 1}"
    return ""


def terminal_words(terminal: str) -> str:
    """The words for a terminal; a keyword's are the keyword itself."""
    return TERMINAL_WORDS.get(terminal, terminal.lower())
