"""What the cells of facts were read with: another scale, time zone or other known names would have taken other rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from zoneinfo import ZoneInfo

from competency.interchange.references import References
from competency.model.facts import FactType
from competency.model.scales import Scale

# The parts by which `read_with` tells them, as a message says that they are others.
_OTHERS = {
    "score_scale": "another score scale",
    "time_zone": "another time zone",
    "names": "other names",
    "fact_types": "other fact types",
}


def read_with(
    fact_types: Sequence[FactType], references: References, scale: Scale | None, time_zone: ZoneInfo | None
) -> dict[str, str]:
    """All that says which rows are taken, and what their cells mean: the time zone by its name, other parts by digests."""
    names = {
        each.name: None if (known := getattr(references, each.name)) is None else sorted(known)
        for each in fields(references)
    }
    return {
        "score_scale": _digest(repr(scale)),
        "time_zone": "" if time_zone is None else time_zone.key,
        "names": _digest(names),
        "fact_types": _digest(sorted(_said(fact_type) for fact_type in fact_types)),
    }


def what_differs(one: Mapping[str, str], other: Mapping[str, str]) -> str:
    """What cells were read with in one case and not in the other, as `another time zone and other names`; or nothing."""
    *others, last = [text for part, text in _OTHERS.items() if one.get(part) != other.get(part)] or [""]
    return f"{', '.join(others)} and {last}" if others else last


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _said(fact_type: FactType) -> list[object]:
    """What the checks of a table depend on."""
    columns = [[one.name, one.type.value, one.required, one.choices] for one in fact_type.columns]
    return [fact_type.plural, fact_type.key, fact_type.begins, fact_type.ends, columns]
