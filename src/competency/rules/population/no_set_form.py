"""What is raised where a part of a rule has no form over columns: the interpreter then decides that rule."""

from __future__ import annotations


class NoSetForm(Exception):
    """A construct that is not decided for all learners at once, with the reason in a few plain words."""
