"""The page of a diagnostic code, as Markdown: from the installed package, else from the checkout.

Knows nothing of rendering. The page is the manual, the output of `explain-code` and the help text in SARIF at once.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

_IN_CHECKOUT = Path(__file__).resolve().parents[3] / "docs" / "diagnostics"


class PageMissingError(LookupError):
    """No page of that code is installed. The message names both places that were searched."""


def page(code: str) -> str:
    """The Markdown page of a code such as `CBE201`. Raises `PageMissingError` for a code that has none."""
    installed = files("competency") / "diagnostics" / "pages"
    # A code is one word; anything else, such as a path, must not reach the file system.
    if code.isalnum():
        for place in (installed / f"{code}.md", _IN_CHECKOUT / f"{code}.md"):
            if place.is_file():
                return place.read_text(encoding="utf-8")
    raise PageMissingError(f"There is no page for {code!r}, neither in {installed} nor in {_IN_CHECKOUT}.")
