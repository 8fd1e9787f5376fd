"""The version of the installed package."""

from __future__ import annotations


def installed_version() -> str:
    """The version, or a word that says that the code runs from a checkout that is not installed."""
    # a tenth of the start-up, and seldom asked for
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("competency")
    except PackageNotFoundError:
        return "not installed"
