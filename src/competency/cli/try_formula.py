"""`competency try`: what a formula makes of a few scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from competency.cli.render import Format, report, status, write

if TYPE_CHECKING:
    from competency.services.try_formula import TriedFormula, TriedScore


def try_(
    formula: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *,
    scores: Annotated[str, Parameter(allow_leading_hyphen=True)],
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Try a formula on a few scores: its exact value, the rounded one, and which scores took part.

    Parameters
    ----------
    formula: str
        A formula of the language, such as 'average of the latest 3 scores' or 'decaying average at 65%'.
    scores: str
        Scores from the oldest to the newest, as '3, 1, 5, 4'; each may say its date: '3@2026-09-01'.
    format: Format
        How the outcome is written.
    """
    from competency.services.try_formula import try_formula

    tried = try_formula(formula, scores)
    report(
        tried.diagnostics,
        format,
        formula=tried.formula,
        exact=tried.exact or None,
        rounded=tried.rounded or None,
        scores=[
            {"value": str(score.value), "on": score.on.isoformat() if score.on else None, "used": score.is_used}
            for score in tried.scores
        ],
        meaning=tried.meaning,
        needs=tried.needs,
    )
    ended = status(tried.diagnostics)
    if format == "text" and not ended:
        write(_words(tried))
    return ended


def _words(tried: TriedFormula) -> str:
    lines = [tried.formula]
    if tried.value is None:
        lines.append(f"  value    {tried.exact}")
    else:
        lines.append(f"  exactly  {tried.exact}")
        if tried.rounded != tried.exact:
            lines.append(f"  rounded  {tried.rounded}")
    if tried.needs:
        lines.append(f"  needed   {tried.needs}")
    lines.append(f"  scores   {', '.join(_score(score) for score in tried.scores) or 'none'}")
    if tried.meaning:
        lines += ["", tried.meaning]
    return "\n".join(lines) + "\n"


def _score(score: TriedScore) -> str:
    from competency.rules.program.rounding import as_decimal_text

    on = f" on {score.on}" if score.on else ""
    return f"{as_decimal_text(score.value)}{on}{'' if score.is_used else ' (left out)'}"
