"""The version of the installed package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def installed_version() -> str:
    """The version, or a word that says that the code runs from a checkout that is not installed."""
    try:
        return version("competency")
    except PackageNotFoundError:
        return "not installed"
