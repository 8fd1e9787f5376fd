"""Where a figure comes from: date, versions, machine. Writes a benchmark's figures as JSON under results/."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def record(name: str, packages: Sequence[str], figures: Mapping[str, Any]) -> Path:
    """Writes results/NAME.json with the figures and what they were measured with; returns its path."""
    measured = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(measured, indent=2) + "\n", encoding="utf-8")
    return path
