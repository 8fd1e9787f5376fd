"""Tables of facts that are there, that a program reads, and that hold no row: a warning each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from competency.diagnostics import Diagnostic
from competency.diagnostics.kinds import FACTS_EMPTY
from competency.interchange.counts import Counts
from competency.interchange.file_problem import file_problem
from competency.interchange.unread_tables import table_paths
from competency.model.facts import AWARDS, LEARNERS, WAIVERS
from competency.rules.population.needs import needed_columns
from competency.rules.program import ir

# A district may have recorded none yet, and exports the tables all the same.
_MAY_BE_EMPTY = {AWARDS.plural, WAIVERS.plural}


def empty_tables(program: ir.Program, folder: Path, counts: Mapping[str, Counts]) -> tuple[Diagnostic, ...]:
    """A warning for each table in a folder of facts that a program reads and of which no row came. `counts`: by table."""
    expected = needed_columns(program).keys() - _MAY_BE_EMPTY
    return tuple(
        _empty(path)
        for plural, each in counts.items()
        if plural in expected and not each.read
        for path in table_paths(folder, plural)
        if path.is_file()
    )


def _empty(path: Path) -> Diagnostic:
    what = "nobody is decided" if path.stem == LEARNERS.plural else "decisions are made as if there were none"
    has = "has a header and no rows" if path.suffix == ".csv" else "has no rows"
    remedy = "If there should be some, export the table again and look whether its rows are in it."
    return file_problem(FACTS_EMPTY, path, f"`{path.name}` {has}: {what}.", remedy)
