"""What the parser's terminals are called in front of a registrar. Every terminal has words here, by test."""

from __future__ import annotations

import re

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


# Words at which a sentence breaks off that other languages would understand, and how it is said here.
_OTHERWISE = {
    "percent": "write the sign right after the number, as in 90%",
    "cent": "write the sign right after the number, as in 90%",
    "per cent": "write the sign right after the number, as in 90%",
    "pct": "write the sign right after the number, as in 90%",
    "than": "write `more than`, `less than`, `at least` or `at most`",
    "at": "write `is at least` or `is at most`",
    "no": "write `at least` for `no less than`, and `at most` for `no more than`",
    "these": "say how many of these: `at least 2 of these`, `any of these` or `all of these`",
}
_DAY_WITH_SLASHES = re.compile(r"\d{1,4}/\d{1,2}(?:/\d{1,4})?")


def said_otherwise(word: str, line: str, at: int) -> str:
    """How the language says what a word means elsewhere; empty where it is no such word.

    `line` is the text of the line, in which the word begins at `at`.
    """
    if any(day.start() <= at < day.end() for day in _DAY_WITH_SLASHES.finditer(line)):
        return "write a date as year, month and day, as in 2026-07-01"
    if word in _NUMBERS:
        number = _NUMBERS.index(word) + 1
        if re.match(r"\s+of\b", line[at + len(word) :]):
            return f"say how many: `at least {number} of` or `exactly {number} of`"
        return f"write the number in digits: {number}"
    return _OTHERWISE.get(word, "")


def terminal_words(terminal: str) -> str:
    """The words for a terminal; a keyword's are the keyword itself."""
    return TERMINAL_WORDS.get(terminal, terminal.lower())
