"""The grammar, found beside the package or in the checkout, and the parsers made of it once a process.

Working out the parse tables takes half a second; they are kept in the user's cache folder, for these very grammar texts.
"""

from __future__ import annotations

import platform
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile

from lark import Lark
from lark import __version__ as lark_version
from platformdirs import user_cache_path

from competency.rules.language.build import Build

_DIGEST_BYTES = 32  # of SHA-256


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
    build = Build()
    # Lark.load takes no transformer; the method behind it does.
    lark = Lark.__new__(Lark)._load(BytesIO(_tables()), transformer=build)  # noqa: SLF001
    return lark, build


@lru_cache(maxsize=1)
def bare_parser() -> Lark:
    """The same grammar with no records built: for tokens, and as the peer of the front end's benchmark."""
    return Lark.load(BytesIO(_tables()))


# --- the parse tables and where they are kept -------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _tables() -> bytes:
    """The parser as Lark saves it: kept ones where they are there and whole, else worked out and kept."""
    folder = grammar_folder()
    kept = user_cache_path("competency") / f"grammar-{_fingerprint(folder)}.tables"
    tables = kept_tables(kept)
    if tables is None:
        tables = built_tables(folder)
        keep_tables(tables, kept)
    return tables


def _fingerprint(folder: Path) -> str:
    """Of everything that the tables depend on: other grammar texts, another Lark or Python have other tables."""
    digest = sha256(f"{lark_version} {platform.python_implementation()} {platform.python_version()}".encode())
    for path in sorted(folder.glob("*.lark")):
        digest.update(sha256(path.read_bytes()).digest())
    digest.update(Path(__file__).read_bytes())  # the options with which Lark is called stand here
    return digest.hexdigest()[:32]


def built_tables(folder: Path) -> bytes:
    """The tables of the grammar in a folder, worked out by Lark."""
    lark = Lark.open(
        str(folder / "rules.lark"),
        import_paths=[str(folder)],
        parser="lalr",
        lexer="contextual",
        keep_all_tokens=True,
        maybe_placeholders=False,
    )
    saved = BytesIO()
    lark.save(saved)
    return saved.getvalue()


def kept_tables(kept: Path) -> bytes | None:
    """What a file keeps, or none where it is not there or not whole."""
    try:
        found = kept.read_bytes()
    except OSError:
        return None
    digest, tables = found[:_DIGEST_BYTES], found[_DIGEST_BYTES:]
    return tables if sha256(tables).digest() == digest else None


def keep_tables(tables: bytes, kept: Path) -> None:
    """Puts a whole file in place at once; where that cannot be, the next process works the tables out again."""
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=kept.parent, prefix=kept.stem, delete=False) as file:
            fresh = Path(file.name)
            try:
                file.write(sha256(tables).digest() + tables)
                file.close()
                fresh.replace(kept)
            except OSError:
                fresh.unlink(missing_ok=True)
    except OSError:
        return
