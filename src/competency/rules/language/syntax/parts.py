"""The parts of a kind in a piece of syntax, in order of text: what a declaration cites, for instance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, TypeVar

from competency.rules.language.syntax.expressions import Node

T = TypeVar("T", bound=Node)


def parts_of(node: Node, kind: type[T]) -> Iterator[T]:
    """Every part of a kind within a node, the node itself included. With a list of what is left, as text may nest."""
    pending: list[Any] = [node]
    while pending:
        here = pending.pop()
        if isinstance(here, tuple):
            pending.extend(reversed(here))
        elif isinstance(here, Node):
            if isinstance(here, kind):
                yield here
            pending.extend(getattr(here, field.name) for field in reversed(fields(here)))
