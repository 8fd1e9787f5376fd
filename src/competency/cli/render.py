"""Puts diagnostics and records on the screen, in the format asked for: people's on a terminal, or a machine's."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO, TypeAlias

from competency.cli.exit_status import ExitStatus

if TYPE_CHECKING:
    from rich.console import Console

    from competency.diagnostics import Diagnostic

Format: TypeAlias = Literal["text", "json"]
DiagnosticFormat: TypeAlias = Literal["text", "json", "sarif", "github"]


def show_diagnostics(diagnostics: Sequence[Diagnostic]) -> None:
    """Diagnostics for people, on the error stream."""
    from competency.diagnostics.terminal import COLUMNS, render_terminal

    stream = sys.stderr
    is_terminal = stream.isatty()
    columns = os.get_terminal_size(stream.fileno()).columns if is_terminal else COLUMNS
    in_colour = is_terminal and not os.environ.get("NO_COLOR")
    write(render_terminal(diagnostics, in_colour=in_colour, columns=columns), stream)


def write(text: str, stream: TextIO | None = None) -> None:
    """A text on the standard output or another stream; what the stream's encoding lacks is escaped, not an error."""
    stream = stream or sys.stdout
    try:
        stream.write(text)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def show_json(**record: Any) -> None:
    """One JSON object on the standard output, all ASCII."""
    write(json.dumps(record, indent=2) + "\n")


def records(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Diagnostics as plain JSON values."""
    from competency.diagnostics.as_json import diagnostic_record

    return [diagnostic_record(diagnostic) for diagnostic in diagnostics]


def report(diagnostics: Sequence[Diagnostic], format_: DiagnosticFormat, /, **record: Any) -> None:
    """Diagnostics in a format; `record` are further members of the JSON object, and are left out elsewhere."""
    match format_:
        case "text":
            show_diagnostics(diagnostics)
        case "json":
            show_json(diagnostics=records(diagnostics), **record)
        case "sarif":
            from competency.cli.installed_version import installed_version
            from competency.diagnostics.sarif import render_sarif

            write(render_sarif(diagnostics, tool_version=installed_version()) + "\n")
        case "github":
            from competency.diagnostics.github import render_github

            write(render_github(diagnostics))


def status(diagnostics: Sequence[Diagnostic]) -> ExitStatus:
    """2 where an argument cannot be used, 1 where there are other errors, else 0."""
    from competency.diagnostics import has_errors, kinds

    if any(diagnostic.kind is kinds.ARGUMENT_UNUSABLE for diagnostic in diagnostics):
        return ExitStatus.USAGE
    return ExitStatus.FINDINGS if has_errors(diagnostics) else ExitStatus.FINE


def console() -> Console:
    """Where tables and trees for people are printed; as wide as the terminal, or wide enough for a file."""
    from rich.console import Console

    from competency.diagnostics.terminal import COLUMNS

    width = None if sys.stdout.isatty() else COLUMNS
    return Console(file=sys.stdout, width=width, highlight=False, emoji=False, markup=False)
