"""The commands with their one-line descriptions. Each one's module is imported when it is called, and not before."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

from cyclopts import App, CycloptsError

from competency.cli.exit_status import ExitStatus
from competency.cli.installed_version import installed_version

_HELP = """Competency-based rules for student information systems: mastery, credit, progression and credit recovery.

Exit status: 0 fine, 1 something was found (errors, failing examples, rejected rows), 2 the arguments cannot be used."""

# In the order in which a registrar meets them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("demo", "demo:demo", "Show a made-up district at work, with nothing to prepare."),
    ("new", "new_book:new", "Make a small policy book that passes its own examples."),
    ("check", "check_book:check", "Check a policy book and show everything that is wrong with it."),
    ("format", "format_book:format_", "Write the rule texts of a book in their one layout."),
    ("test", "test_book:test", "Run the examples of a book against its rules."),
    ("clauses", "list_clauses:clauses", "Show which clauses of a policy document a book carries out, and where."),
    (
        "snapshot",
        "lay_out_facts:snapshot",
        "Lay out the facts of many learners once, to be decided from again and again.",
    ),
    ("decide", "decide_learners:decide", "Decide every learner, and write one row a decision."),
    (
        "plan",
        "plan_book:plan",
        "Show which rules are decided for all learners at once, why others are not, and the cost.",
    ),
    ("explain", "explain_decision:explain", "Explain one decision: a sentence, the reasons, the rule, its source."),
    ("try", "try_formula:try_", "Try a formula on a few scores."),
    ("show", "show_stage:show", "Show what the rules become: their syntax, their resolved form, the program."),
    ("import", "import_source:import_", "Import facts from another system through a connector."),
    ("publish", "publish_book:publish", "Put a book in force: from now on decisions are recorded by it."),
    ("history", "audit_records:history", "Show everything that is recorded about a learner."),
    ("acts", "audit_records:acts", "Show what people did: awards, overrides, waivers, corrections, publications."),
    ("award", "record_acts:award", "Award a learner what a rule decides; it stands until it is revoked."),
    ("revoke", "record_acts:revoke", "Revoke an award, or end a waiver."),
    ("waive", "record_acts:waive", "Waive a clause of a rule for one learner."),
    ("correct", "record_acts:correct", "Correct a recorded fact, and see first which decisions change."),
    ("watch", "watch_events:watch", "Take rows of facts as they happen, and decide anew at once."),
    ("replay", "audit_records:replay", "Recompute recorded decisions, and compare byte for byte."),
    ("verify", "audit_records:verify", "Prove that nothing in the records was altered."),
    ("late", "audit_records:late", "Show facts recorded long after they happened, and what they changed."),
    ("erase", "record_acts:erase", "Erase everything about a learner, where the law demands it."),
    ("new-key", "publish_book:new_key", "Make a pair of keys with which books are signed."),
    ("trust", "publish_book:trust", "Trust a public key, or no longer: who may put books in force."),
    ("backup", "keep_records:backup", "Write everything that the records hold into one file."),
    ("restore", "keep_records:restore", "Make records again from a backup."),
    ("migrate", "keep_records:migrate", "Bring records of an older version of this program up to date."),
    ("card", "print_card:card", "Print the whole rule language on two pages."),
    ("explain-code", "explain_code:explain_code", "Explain the code of a message, such as CBE201."),
)


def application() -> App:
    """The application with all commands, none of them imported yet."""
    app = App(
        name="competency",
        help=_HELP,
        help_format="plaintext",
        version=installed_version,
        result_action="return_value",
        exit_on_error=False,
        print_error=True,
    )
    for position, (name, place, description) in enumerate(COMMANDS):
        app.command(f"competency.cli.{place}", name=name, help=description, sort_key=position)
    return app


def run_application(arguments: Sequence[str]) -> int:
    """Parse the arguments and run the command. Returns the exit status."""
    try:
        status: Any = application()(list(arguments))
    except CycloptsError:
        return ExitStatus.USAGE  # the message was printed
    except BrokenPipeError:
        # Whoever read the output has enough of it; nothing may be written to it while Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.FINE
    except KeyboardInterrupt:
        return ExitStatus.INTERRUPTED
    return int(status or ExitStatus.FINE)
