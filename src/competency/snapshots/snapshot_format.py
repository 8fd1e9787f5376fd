"""What a snapshot says of itself in `snapshot.json`, and the names of its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from competency.rules.population.facts import FactColumn, Holds

FORMAT_VERSION = 3

_SEAL = "seal"

SNAPSHOT, LEARNERS_FILE, WORDS_FILE, SHARED_FOLDER = "snapshot.json", "learners.parquet", "words.parquet", "shared"


@dataclass(frozen=True, slots=True)
class KeptColumn:
    """A column that is kept: its type, and where it is kept as numbers what is known of them and its zones in order."""

    type: str
    described: FactColumn | None = None
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table that is kept: its columns, and how many rows a learner has, as `FactTable` says it."""

    columns: Mapping[str, KeptColumn]
    rows_max: int
    rows_max_by: Mapping[str, int]
    has_corrections: bool


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """What `snapshot.json` holds. `learners_a_bucket`: learners of each bucket but the last, in the order of their names.

    `needed`: a fingerprint of the columns with their types. `digests`: how digests of learners were made. `read_with`:
    what cells were read with, part by part; of facts that had been read before, as those of records, nothing. `files`: of
    each file the SHA-256, by its name within the folder. `rejected`: how many rows were not taken.
    """

    learners: int
    learners_a_bucket: int
    digests: str
    tables: Mapping[str, KeptTable]
    read_with: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    rejected: int = 0

    @property
    def buckets(self) -> int:
        """How many buckets there are."""
        return -(-self.learners // self.learners_a_bucket)

    @property
    def needed(self) -> str:
        """A fingerprint of the columns that are kept as numbers, with their types."""
        columns = {
            plural: {
                name: column.type for name, column in sorted(table.columns.items()) if column.described is not None
            }
            for plural, table in sorted(self.tables.items())
        }
        return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


def numbers_file(bucket: int, plural: str) -> str:
    """The file of a table's numbers for a bucket."""
    return f"{bucket:06}/{plural}.parquet"


def texts_file(bucket: int, plural: str) -> str:
    """The file of the identities and texts of the same rows."""
    return f"{bucket:06}/{plural}.texts.parquet"


def write_header(folder: Path, header: SnapshotHeader) -> None:
    """Write `snapshot.json`."""
    tables = {
        plural: {
            "rows_max": table.rows_max,
            "rows_max_by": dict(table.rows_max_by),
            "has_corrections": table.has_corrections,
            "columns": {name: _column_as_json(column) for name, column in table.columns.items()},
        }
        for plural, table in header.tables.items()
    }
    content = {
        "format": FORMAT_VERSION,
        "learners": header.learners,
        "learners_a_bucket": header.learners_a_bucket,
        "buckets": header.buckets,
        "digests": header.digests,
        "read_with": dict(header.read_with),
        "needed": header.needed,
        "tables": tables,
    }
    _write(folder, content)


def seal(folder: Path, rejected: int = 0) -> None:
    """Write into `snapshot.json` what every file of a snapshot is, and what it says itself: nothing is altered unnoticed then.

    `rejected`: how many rows were not taken.
    """
    content = json.loads((folder / SNAPSHOT).read_text(encoding="utf-8"))
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SNAPSHOT)
    content["files"] = {path.relative_to(folder).as_posix(): _digest(path.read_bytes()) for path in paths}
    content["rejected"] = rejected
    content[_SEAL] = _seal_of(content)
    _write(folder, content)


def file_unnamed(folder: Path) -> str:
    """A file in a snapshot's folder that `snapshot.json` does not name, or nothing; the format may be an older one."""
    try:
        own = {SNAPSHOT, *json.loads((folder / SNAPSHOT).read_text(encoding="utf-8"))["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        own = {SNAPSHOT}
    paths = (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())
    names = (path.relative_to(folder).as_posix() for path in paths)
    return next((name for name in names if name not in own), "")


def read_sealed(folder: Path, header: SnapshotHeader, name: str) -> bytes:
    """What a file of a snapshot holds. OSError where it cannot be read, ValueError where it is another than was written."""
    try:
        found = (folder / name).read_bytes()
    except FileNotFoundError:
        raise ValueError(f"its file `{name}` is missing") from None
    if header.files.get(name) != _digest(found):
        raise ValueError(f"its file `{name}` is not the one that was laid out")
    return found


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _seal_of(content: Mapping[str, Any]) -> str:
    told = {name: value for name, value in content.items() if name != _SEAL}
    return _digest(json.dumps(told, sort_keys=True).encode())


def _write(folder: Path, content: Mapping[str, Any]) -> None:
    (folder / SNAPSHOT).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_header(folder: Path) -> SnapshotHeader:
    """Read `snapshot.json`. OSError where it is not there, ValueError where it is of another version or damaged."""
    content = json.loads((folder / SNAPSHOT).read_text(encoding="utf-8"))
    found = content.get("format") if isinstance(content, dict) else None
    if found != FORMAT_VERSION:
        raise ValueError(f"its format is {found}, and this version of the program reads {FORMAT_VERSION}")
    if content.get(_SEAL) != _seal_of(content):
        raise ValueError(f"`{SNAPSHOT}` is damaged: it does not say what was written into it")
    try:
        tables = {
            plural: KeptTable(
                {name: _column_of_json(column) for name, column in table["columns"].items()},
                table["rows_max"],
                table["rows_max_by"],
                table["has_corrections"],
            )
            for plural, table in content["tables"].items()
        }
        return SnapshotHeader(
            content["learners"],
            content["learners_a_bucket"],
            content["digests"],
            tables,
            content["read_with"],
            content["files"],
            content["rejected"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"`{SNAPSHOT}` is damaged: {error}") from error


def _column_as_json(column: KeptColumn) -> dict[str, Any]:
    if column.described is None:
        return {"type": column.type}
    described = {**asdict(column.described), "holds": column.described.holds.value}
    return {"type": column.type, "described": described, "zones": list(column.zones)}


def _column_of_json(column: dict[str, Any]) -> KeptColumn:
    described = column.get("described")
    if described is None:
        return KeptColumn(column["type"])
    found = {**described, "holds": Holds(described["holds"]), "among": tuple(described["among"])}
    return KeptColumn(column["type"], FactColumn(**found), tuple(column["zones"]))
