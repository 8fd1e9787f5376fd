"""`competency demo`: the made-up district, checked, tested, decided and explained in one go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from competency.cli.exit_status import ExitStatus
from competency.cli.progress import progress as progress_bar
from competency.cli.render import Format, report, show_json, write

if TYPE_CHECKING:
    from competency.services.demo import Demonstration

_OUTCOMES = ("met", "not met", "not yet known", "not applicable")


def demo(
    *,
    keep: Annotated[Path | None, Parameter(negative=())] = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Show a made-up district at work: check, test, decide, explain one learner, and what to try next.

    Parameters
    ----------
    keep: Path
        A new folder for the district's book and the made-up facts, to go on with.
    format: Format
        How the outcome is written.
    """
    from competency.services.demo import LEARNERS, keep_demo, run_demo
    from competency.services.replace_file import unwritable

    if keep is not None and keep.exists():
        write(f"{keep} exists already; give the name of a new folder\n")
        return ExitStatus.USAGE
    if keep is not None:
        try:
            keep.mkdir(parents=True)
        except OSError as error:
            report((unwritable(keep, error),), "text")
            return ExitStatus.FINDINGS
    with progress_bar("deciding", LEARNERS) as progress:
        shown = run_demo(progress)
    if shown.summary is None or shown.facts is None:
        report(shown.diagnostics, format)
        return ExitStatus.FINDINGS
    kept = keep_demo(keep, shown.facts) if keep is not None else None
    if format == "json":
        show_json(**_record(shown, kept))
        return ExitStatus.FINE
    _show(shown)
    if kept is not None:
        book, facts = kept
        write(f"The book is in {book}, the facts in {facts}.\n\n")
        _next_steps(str(book), str(facts), kept=True)
    else:
        _next_steps("my-demo/riverbend", "my-demo/facts", kept=False)
    return ExitStatus.FINE


def _record(shown: Demonstration, kept: tuple[Path, Path] | None) -> dict[str, Any]:
    """The demonstration as plain JSON values."""
    from competency.rules.interpreter.wording import sentence

    return {
        "rules": shown.rules,
        "competencies": shown.competencies,
        "prerequisites": shown.prerequisites,
        "courses": shown.courses,
        "examples": shown.examples,
        "examples_passed": shown.examples_passed,
        "learners": shown.learners,
        "decisions": shown.decisions,
        "summary": {rule: dict(counts) for rule, counts in (shown.summary or {}).items()},
        "planted": [
            {"learner": planted.learner, "rule": planted.rule, "item": planted.item, "decision": sentence(explained)}
            for planted, explained in shown.planted
        ],
        "kept": [str(path) for path in kept or ()],
    }


def _show(shown: Demonstration) -> None:
    from rich.console import Console
    from rich.table import Table

    from competency.rules.interpreter.wording import sentence
    from competency.services.demo import AS_OF

    console = Console(highlight=False, width=None)
    console.rule("Riverbend Unified, a made-up district")
    console.print(
        f"Checked: {shown.rules} rules over {shown.competencies} competencies with {shown.prerequisites} prerequisites "
        f"and {shown.courses} courses; no error."
    )
    console.print(f"Tested: {shown.examples_passed} of {shown.examples} examples in the book decide as they should.")
    console.print(f"Decided: {shown.decisions:,} decisions about {shown.learners} learners as of {AS_OF}.\n")
    table = Table("rule", *_OUTCOMES)
    for column in table.columns[1:]:
        column.justify = "right"
    for rule, counts in (shown.summary or {}).items():
        table.add_row(rule, *(f"{counts.get(name, 0):,}" for name in _OUTCOMES))
    console.print(table)
    console.print("\nThree problems are planted among the learners:\n")
    for planted, explained in shown.planted:
        console.print(f"{planted.learner}: {planted.told}", markup=False, style="bold")
        console.print(f"  {sentence(explained)}", markup=False)
        if explained.decision.reported:
            console.print(f"  Reported: {', '.join(explained.decision.reported)}.", markup=False)
    planted, explained = shown.planted[0]
    console.print()
    console.rule(f"Why {planted.learner} just missed a credit")
    _explain(shown)


def _explain(shown: Demonstration) -> None:
    """The explanation of the credit, and of the one mastery that it lacks."""
    from competency.cli.explain_decision import show_explained
    from competency.services.demo import AS_OF
    from competency.services.explain_decision import explain_decision

    assert shown.program is not None  # the caller has looked
    assert shown.facts is not None
    planted, _ = shown.planted[0]
    facts = shown.facts.for_learner(planted.learner)
    for rule, item in ((planted.rule, planted.item), (planted.lacking_rule, planted.lacking_item)):
        explained, _ = explain_decision(shown.program, shown.texts, facts, rule=rule, item=item, as_of=AS_OF)
        if explained is not None:
            show_explained(explained)
            write("\n")


def _next_steps(book: str, facts: str, *, kept: bool) -> None:
    steps = [] if kept else ["competency demo --keep my-demo"]
    steps += [
        f"competency explain {book} --facts {facts} --learner L-0041 --rule 'credit course' --item MATH-101 --as-of 2026-11-02",
        f"competency test {book} -k breadth",
        f"competency decide {book} --facts {facts} --as-of 2026-11-02 --out decisions.csv",
        "competency try 'decaying average at 65%' --scores '2, 3, 4'",
        "competency new my-book",
    ]
    write("What to try next:\n\n" + "".join(f"  {step}\n" for step in steps))
    write(
        "\nChange `breadth_methods` in mastery.rules from 2 to 1, and see who earns a credit; "
        "the examples will tell you which promise you broke.\n"
    )
