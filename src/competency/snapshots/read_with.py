"""What the cells of facts were read with: another scale, time zone or other known names would have taken other rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from zoneinfo import ZoneInfo

from competency.interchange.references import References
from competency.model.facts import FactType
from competency.model.scales import Scale


def read_with(
    fact_types: Sequence[FactType], references: References, scale: Scale | None, time_zone: ZoneInfo | None
) -> str:
    """A fingerprint of all that says which rows are taken, and what their cells mean."""
    content = {
        "fact types": sorted(_said(fact_type) for fact_type in fact_types),
        "references": {
            each.name: None if (names := getattr(references, each.name)) is None else sorted(names)
            for each in fields(references)
        },
        "scale": repr(scale),
        "time zone": None if time_zone is None else time_zone.key,
    }
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _said(fact_type: FactType) -> list[object]:
    """What the checks of a table depend on."""
    columns = [[one.name, one.type.value, one.required, one.choices] for one in fact_type.columns]
    return [fact_type.plural, fact_type.key, fact_type.begins, fact_type.ends, columns]
