"""`competency explain-code`: the page of a message's code."""

from __future__ import annotations

import difflib

from competency.cli.render import Format, console, report, show_json, status


def explain_code(code: str, /, *, format: Format = "text") -> int:  # noqa: A002 - the option is called so
    """Explain the code of a message, such as CBE201: what it means, a wrong and a right example, what to do.

    Parameters
    ----------
    code: str
        The code, or the name behind it, such as unknown-competency.
    format: Format
        How the page is written.
    """
    from rich.markdown import Markdown

    from competency.cli.arguments import unusable
    from competency.cli.exit_status import ExitStatus
    from competency.diagnostics import kinds
    from competency.diagnostics.pages import PageMissingError, page

    names = {kind.name: kind for kind in kinds.ALL.values()}
    kind = kinds.ALL.get(code.upper()) or names.get(code.lower())
    if kind is None:
        near = difflib.get_close_matches(code.upper(), kinds.ALL, n=1) or difflib.get_close_matches(
            code.lower(), names, n=1
        )
        remedy = f"did you mean `{near[0]}`?" if near else "write a code as it stands in a message, such as CBE201"
        found = (unusable("CODE", f"there is no message with the code `{code}`", remedy),)
        report(found, format)
        return status(found)
    try:
        text = page(kind.code)
    except PageMissingError:
        text = f"# {kind.code} {kind.name}\n\n{kind.summary}\n"
    if format == "json":
        show_json(code=kind.code, name=kind.name, severity=kind.severity.value, summary=kind.summary, page=text)
    else:
        console().print(Markdown(text))
    return ExitStatus.FINE
