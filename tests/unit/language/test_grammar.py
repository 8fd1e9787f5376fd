"""The grammar: without conflicts, and with words for everything that a message may have to name."""

import logging

import pytest
from lark import Lark, logger

from competency.rules.language.grammar import bare_parser, grammar_folder
from competency.rules.language.words import TERMINAL_WORDS, terminal_words


def test_the_grammar_is_lalr_without_conflicts(caplog: pytest.LogCaptureFixture) -> None:
    folder = grammar_folder()
    before = logger.level
    logger.setLevel(logging.DEBUG)
    logger.propagate = True
    try:
        with caplog.at_level(logging.DEBUG, logger=logger.name):
            logger.addHandler(caplog.handler)
            Lark.open(
                str(folder / "rules.lark"),
                import_paths=[str(folder)],
                parser="lalr",
                lexer="contextual",
                debug=True,
                keep_all_tokens=True,
                maybe_placeholders=False,
            )
    finally:
        logger.setLevel(before)
        logger.removeHandler(caplog.handler)
    conflicts = [record.getMessage() for record in caplog.records if "conflict" in record.getMessage().lower()]
    assert conflicts == []


def test_every_terminal_has_words_for_a_registrar() -> None:
    for terminal in bare_parser().terminals:
        if terminal.name in {"SPACE", "COMMENT"}:
            continue
        words = terminal_words(terminal.name)
        is_keyword = terminal.pattern.type == "str" and terminal.pattern.value == words
        assert is_keyword or terminal.name in TERMINAL_WORDS, terminal.name


def test_words_are_kept_only_for_terminals_that_exist() -> None:
    names = {terminal.name for terminal in bare_parser().terminals} | {"$END"}
    assert set(TERMINAL_WORDS) <= names
