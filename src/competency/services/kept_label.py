"""What `kept.json` says: for what a run decided, and the SHA-256 of each file that is kept, by which damage is found."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from competency.services.kept_folder import LABEL
from competency.services.replace_file import replace_file

FORMAT_VERSION = 2

_SEAL = "seal"


@dataclass(frozen=True, slots=True)
class RunLabel:
    """For what a run decides: only what was kept for the same can stand in the place of a decision.

    `book` is the program's fingerprint, `shared` the digest of the facts that are about no learner.
    """

    version: str
    book: str
    as_of: date
    known_on: str
    shared: str


@dataclass(frozen=True, slots=True)
class KeptLabel:
    """What `kept.json` holds. `index`: the file that says where each learner's rows are.

    `files`: of each file that is kept the SHA-256, by its name within the folder.
    """

    run: RunLabel
    index: str
    files: Mapping[str, str]


def write_label(folder: Path, label: KeptLabel) -> None:
    """Write `kept.json`: it is there whole or not at all. OSError where the disk refuses."""
    run = {**asdict(label.run), "as_of": label.run.as_of.isoformat()}
    content = {"format": FORMAT_VERSION, "label": run, "index": label.index, "files": dict(label.files)}
    with replace_file(folder / LABEL) as unfinished:
        unfinished.write_bytes(_sealed(content))


def read_label(folder: Path) -> tuple[KeptLabel | None, str]:
    """What `kept.json` says; or nothing, and why. FileNotFoundError where it is not there."""
    try:
        found = (folder / LABEL).read_bytes()
        content = json.loads(found.decode())
    except FileNotFoundError:
        raise
    except OSError:
        return None, damaged(LABEL, "cannot be read")
    except ValueError:
        return None, damaged(LABEL)
    if not isinstance(content, dict):
        return None, damaged(LABEL)
    seal = content.pop(_SEAL, None)
    if seal is None and "format" not in content and "label" in content:
        return None, "what is kept has the format of an older version of this program"
    if found != _sealed(content):
        return None, damaged(LABEL)
    if content["format"] != FORMAT_VERSION:
        return None, "what is kept has the format of another version of this program"
    run = content["label"]
    return KeptLabel(
        RunLabel(**{**run, "as_of": date.fromisoformat(run["as_of"])}), content["index"], content["files"]
    ), ""


def digest_of_file(path: Path) -> str:
    """The SHA-256 of a file, as 64 hexadecimal digits; the file may be larger than memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def why_damaged(folder: Path, files: Mapping[str, str]) -> str:
    """Which file is not what it was when its SHA-256 was taken, or nothing. Every file is read once, from end to end."""
    for name, digest in files.items():
        try:
            found = digest_of_file(folder / name)
        except FileNotFoundError:
            return damaged(name, "is missing")
        except OSError:
            return damaged(name, "cannot be read")
        if found != digest:
            return damaged(name)
    return ""


def damaged(name: str, how: str = "is not as it was written") -> str:
    """That a file cannot be relied on."""
    return f"what is kept is damaged: `{name}` {how}"


def _sealed(content: Mapping[str, Any]) -> bytes:
    """The bytes of `kept.json`, which end with the SHA-256 of what it says."""
    seal = hashlib.sha256(json.dumps(content).encode()).hexdigest()
    return (json.dumps({**content, _SEAL: seal}, indent=1) + "\n").encode()
