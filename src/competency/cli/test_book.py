"""`competency test`: the examples of a book against its rules; what fails is shown with the decision in a sentence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from competency.cli.exit_status import ExitStatus
from competency.cli.progress import progress
from competency.cli.quantity import quantity
from competency.cli.render import Format, records, report, show_diagnostics, show_json, status, write

if TYPE_CHECKING:
    from competency.services.test_book import TestedExample


def test(
    book: Path,
    /,
    *,
    containing: Annotated[str, Parameter(name=("--containing", "-k"))] = "",
    junit: Path | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Run the examples of a book against its rules.

    Parameters
    ----------
    book: Path
        The folder of the book, or one .rules file.
    containing: str
        Run only the examples with this text in their title, or in the name of their rule.
    junit: Path
        Also write a report as JUnit XML, for CI.
    format: Format
        How the outcome is written.
    """
    from competency.services.read_book import read_book
    from competency.services.replace_file import check_output, unwritable
    from competency.services.test_book import examples_containing, try_examples
    from competency.services.write_junit import write_junit

    if junit is not None and (wrong := check_output(junit, "--junit", (".xml",))):
        report(wrong, format)
        return status(wrong)
    read, diagnostics = read_book(book)
    if read is None or read.rules.program is None or read.rules.resolved is None:
        report(diagnostics, format)
        return status(diagnostics)
    examples = examples_containing(read.rules.resolved, containing)
    tested = []
    with progress("examples", len(examples)) as told:
        for example in try_examples(examples, read.rules.program):
            tested.append(example)
            if told is not None:
                told(1)
    if junit is not None:
        try:
            write_junit(tested, junit)
        except OSError as error:
            report((unwritable(junit, error),), format)
            return ExitStatus.FINDINGS
    _show(tested, containing, format)
    return ExitStatus.FINE if all(example.has_passed for example in tested) else ExitStatus.FINDINGS


def _show(tested: list[TestedExample], containing: str, format_: Format) -> None:
    failed = [example for example in tested if not example.has_passed]
    if format_ == "json":
        examples = [
            {
                "title": example.title,
                "rule": example.rule,
                "file": example.file,
                "line": example.position.line,
                "passed": example.has_passed,
                "decided": example.decided,
                "diagnostics": records(example.faults),
            }
            for example in tested
        ]
        show_json(examples=examples, passed=len(tested) - len(failed), failed=len(failed))
        return
    show_diagnostics([fault for example in failed for fault in example.faults])
    if not tested:
        write(f"no example has `{containing}` in its title or rule\n" if containing else "the book has no examples\n")
        return
    write(f"{len(tested) - len(failed)} of {quantity(len(tested), 'example')} passed\n")
