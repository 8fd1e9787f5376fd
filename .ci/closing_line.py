"""From the test reports of all environments, one closing line as pytest prints it; exits as the checks ended."""

import sys
from pathlib import Path
from xml.etree import ElementTree


def counts(folder: Path) -> dict[str, float]:
    """How many tests passed, failed and so on, summed over the reports; `seconds` is their working time."""
    total = {"failed": 0, "passed": 0, "skipped": 0, "xfailed": 0, "error": 0, "seconds": 0.0}
    for report in sorted(folder.glob("*.xml")):
        for suite in ElementTree.parse(report).getroot().iter("testsuite"):
            total["seconds"] += float(suite.get("time", "0"))
        for case in ElementTree.parse(report).getroot().iter("testcase"):
            total[_outcome(case)] += 1
    return total


def _outcome(case: ElementTree.Element) -> str:
    if case.find("error") is not None:
        return "error"
    if case.find("failure") is not None:
        return "failed"
    skipped = case.find("skipped")
    if skipped is None:
        return "passed"
    return "xfailed" if skipped.get("type") == "pytest.xfail" else "skipped"


def closing_line(total: dict[str, float], outcome: int) -> str:
    """The line; a check that failed without failing a test (style, types) counts as an error."""
    if outcome and not total["failed"] and not total["error"]:
        total = {**total, "error": 1}
    words = [f"{int(number)} {name}" for name, number in total.items() if name != "seconds" and number]
    return f" {', '.join(words) or 'no tests ran'} in {total['seconds']:.2f}s ".center(80, "=")


if __name__ == "__main__":
    status, reports = int(sys.argv[1]), Path(sys.argv[2])
    summed = counts(reports)
    print(closing_line(summed, status))
    sys.exit(status or (0 if summed["passed"] else 1))
