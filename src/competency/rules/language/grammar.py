"""The grammar, found beside the package or in the checkout, and the parser made of it once a process."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from lark import Lark

from competency.rules.language.build import Build


def grammar_folder() -> Path:
    """Where rules.lark and terminals.lark are: in the installed package, else in the checkout."""
    installed = Path(str(files("competency"))) / "grammar"
    checkout = Path(__file__).resolve().parents[4] / "grammar"
    for folder in (installed, checkout):
        if (folder / "rules.lark").is_file():
            return folder
    raise FileNotFoundError(f"the grammar is neither in {installed} nor in {checkout}")


@lru_cache(maxsize=1)
def parser() -> tuple[Lark, Build]:
    """The parser and the builder that it calls; LALR with the contextual lexer, without conflicts."""
    folder = grammar_folder()
    build = Build()
    lark = Lark.open(
        str(folder / "rules.lark"),
        import_paths=[str(folder)],
        parser="lalr",
        lexer="contextual",
        keep_all_tokens=True,
        maybe_placeholders=False,
        transformer=build,
    )
    return lark, build


@lru_cache(maxsize=1)
def bare_parser() -> Lark:
    """The same grammar with no records built: for tokens, and as the peer of the front end's benchmark."""
    folder = grammar_folder()
    return Lark.open(
        str(folder / "rules.lark"),
        import_paths=[str(folder)],
        parser="lalr",
        lexer="contextual",
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
