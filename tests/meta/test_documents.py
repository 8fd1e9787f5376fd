"""The documents of the project point at things that exist, and the commands they give are the ones that are run."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]+\]\((?P<target>[^)#\s]+)[^)]*\)")
DOCUMENTS = sorted(
    path
    for folder in (".", "docs", "grammar", "plugins", "policies", "benchmarks", "changelog.d")
    for path in (ROOT / folder).glob("*.md" if folder == "." else "**/*.md")
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    targets = [found["target"] for found in LINK.finditer(document.read_text(encoding="utf-8"))]
    missing = [each for each in targets if "://" not in each and not (document.parent / each).exists()]
    assert missing == []


def test_a_changelog_fragment_has_a_kind_that_the_changelog_knows() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    known = {kind["directory"] for kind in settings["type"]}
    fragments = [path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md"]
    assert {path.name.split(".")[-2] for path in fragments} <= known


def test_the_readme_gives_the_command_that_runs_every_check() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(r"^\s*python3\.11 -m venv .*tox$", readme, re.MULTILINE), (
        ".ci/run takes its command from README.md"
    )


def test_every_plugin_has_an_environment_of_its_own() -> None:
    plugins = {path.parent.name for path in (ROOT / "plugins").glob("*/pyproject.toml")}
    environments = set(
        re.findall(r"^\[testenv:([\w-]+)\]$", (ROOT / "tox.ini").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert plugins <= environments
