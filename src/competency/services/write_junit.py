"""Outcomes of examples to a JUnit XML report, as CI systems read it. One suite a rule text, one case an example."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from competency.diagnostics import kinds
from competency.diagnostics.terminal import render_terminal
from competency.services.replace_file import replace_file
from competency.services.test_book import TestedExample

# XML 1.0 has no way to write these, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(examples: Sequence[TestedExample], path: Path) -> None:
    """Write the report; the file is there whole or not at all. OSError where the disk refuses."""
    suites = ElementTree.Element("testsuites", _counts(examples))
    for file, group in groupby(
        sorted(examples, key=lambda each: (each.file, each.position.line)), lambda each: each.file
    ):
        cases = list(group)
        suite = ElementTree.SubElement(suites, "testsuite", {"name": _text(file), **_counts(cases)})
        for example in cases:
            _case(example, suite)
    ElementTree.indent(suites)
    with replace_file(path) as unfinished:
        ElementTree.ElementTree(suites).write(unfinished, encoding="utf-8", xml_declaration=True)


def _case(example: TestedExample, suite: ElementTree.Element) -> None:
    attributes = {
        "name": _text(example.title),
        "classname": _text(example.rule),
        "file": _text(example.file),
        "line": str(example.position.line),
    }
    case = ElementTree.SubElement(suite, "testcase", attributes)
    for fault in example.faults:
        what = "error" if fault.kind is kinds.DECISION_FAILED else "failure"
        attributes = {"type": fault.kind.code, "message": _text(fault.message)}
        ElementTree.SubElement(case, what, attributes).text = _text(render_terminal([fault]))


def _counts(examples: Sequence[TestedExample]) -> dict[str, str]:
    errors = sum(any(fault.kind is kinds.DECISION_FAILED for fault in example.faults) for example in examples)
    failures = sum(not example.has_passed for example in examples) - errors
    return {"tests": str(len(examples)), "failures": str(failures), "errors": str(errors), "skipped": "0"}


def _text(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
