"""Lints: what is allowed but should be looked at. One file, one test, one page each."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from competency.diagnostics import Diagnostic
from competency.rules.language.lints.seat_time import seat_time
from competency.rules.language.lints.uncited_rule import uncited_rule
from competency.rules.language.lints.untested_rule import untested_rule
from competency.rules.language.lints.unused_declaration import unused_declaration
from competency.rules.language.resolved import ResolvedBook

LINTS: tuple[Callable[[ResolvedBook], Iterable[Diagnostic]], ...] = (
    unused_declaration,
    uncited_rule,
    untested_rule,
    seat_time,
)
