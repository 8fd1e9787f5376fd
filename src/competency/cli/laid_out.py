"""Facts that are laid out, as commands tell of it: while it goes on, and why it cannot be."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import Stop
from competency.cli.progress import progress

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.interchange.fact_set import Facts
    from competency.rules.language.resolved import Declared
    from competency.rules.program.ir import Program
    from competency.services.engines import EngineChoice
    from competency.services.lay_out_book_facts import BookFactsLaidOut
    from competency.services.snapshot_facts import SnapshotFacts

# A folder with such a file holds facts that are laid out. The name stands here too: only who has a snapshot needs more.
SNAPSHOT_NAME = "snapshot.json"
# The files of the first bucket, which a snapshot has where there are any learners; a folder of fact tables has none.
_OF_FIRST_BUCKET = "000000/*.texts.parquet"

_MAY_NOT_READ = "see to it that you may read the folder and every file in it"
_LAY_OUT_ANEW = "lay the facts out anew: competency snapshot BOOK --facts FOLDER --out SNAPSHOT"


def packages_lacking(argument: str) -> tuple[Diagnostic, ...]:
    """What must be installed before a snapshot can be written or read."""
    from competency.services.engines import DUCKDB, EXTRA_OF, missing_packages

    if not (missing := missing_packages(DUCKDB)):
        return ()
    what = f"a snapshot needs {' and '.join(missing)}, not installed here"
    return (unusable(argument, what, f"install them: pip install 'competency[{EXTRA_OF[DUCKDB]}]'"),)


def is_laid_out(facts: Path) -> bool:
    """Whether a folder holds facts that are laid out, and not fact tables; even if it lacks what says so."""
    return has_label(facts) or any(facts.glob(_OF_FIRST_BUCKET))


def has_label(facts: Path) -> bool:
    """Whether a folder has the file that makes it a snapshot. Where we may not look, that is told when it is read."""
    try:
        return (facts / SNAPSHOT_NAME).is_file()
    except OSError:
        return False


def rows_lacking(facts: Path | None) -> tuple[Diagnostic, ...]:
    """Why a snapshot does not do where a folder of fact tables is needed."""
    if facts is None or not is_laid_out(facts):
        return ()
    what = f"`{facts}` is a snapshot, which holds what decides and not all that is told"
    return (unusable("--facts", what, "name the folder of fact tables"),)


def label_lacking(facts: Path) -> tuple[Diagnostic, ...]:
    """Why a folder is no snapshot any more that otherwise looks like one."""
    if has_label(facts) or not is_laid_out(facts):
        return ()
    what = f"`{facts}` looks like a snapshot of facts, but lacks its `{SNAPSHOT_NAME}`"
    return (unusable("--facts", what, _LAY_OUT_ANEW),)


def lay_out_told(
    program: Program, declared: Declared, folder: Path, out: Path, rejects: Path | None, engine: EngineChoice
) -> BookFactsLaidOut:
    """Lay a folder of facts out into a snapshot. Stops where it cannot be."""
    from competency.services.lay_out_book_facts import lay_out_book_facts
    from competency.services.replace_file import unwritable

    try:
        with progress("reading facts") as told, enough_memory(engine.memory):
            made = lay_out_book_facts(program, declared, folder, out, rejects=rejects, progress=told, engine=engine)
    except OSError as error:
        raise Stop(unwritable(_refused(out, rejects, error), error)) from error
    if not made.is_written:
        raise Stop(*made.diagnostics)
    return made


def lay_out_known_told(program: Program, facts: Facts, out: Path, engine: EngineChoice) -> None:
    """Lay the facts of records out into a snapshot. Stops where it cannot be."""
    from competency.services.lay_out_book_facts import lay_out_known_facts
    from competency.services.replace_file import unwritable

    try:
        with progress("reading facts", len(facts.learners)) as told, enough_memory(engine.memory):
            lay_out_known_facts(program, facts, out, progress=told, engine=engine)
    except OSError as error:
        raise Stop(unwritable(_refused(out, None, error), error)) from error


def _refused(out: Path, rejects: Path | None, error: OSError) -> Path:
    """What the system did not let us write: the file of rejected rows, or the snapshot, or where that stands for a while."""
    if rejects is not None and rejects.resolve().name in Path(error.filename or "").name:
        return rejects
    return out.parent if out.name.startswith(".") else out


def of_snapshot(path: Path, program: Program, declared: Declared) -> SnapshotFacts:
    """The facts of a snapshot, for any engine. Stops where what reads it is not installed."""
    if lacking := packages_lacking("--facts"):
        raise Stop(*lacking)
    from competency.services.lay_out_book_facts import open_book_snapshot

    return open_book_snapshot(path, program, declared)


def rows_left_out(snapshot: Path, rejected: int) -> tuple[Diagnostic, ...]:
    """That rows were not taken when facts were laid out, as is said where they are decided from their tables."""
    if not rejected:
        return ()
    from competency.cli.quantity import quantity
    from competency.diagnostics import Diagnostic, Fix, Label, kinds
    from competency.source import Place

    rejects = snapshot.with_name(f"{snapshot.name}.rejected.csv")
    message = f"{quantity(rejected, 'row')} of the facts were not taken when `{snapshot}` was laid out."
    remedy = f"mend the rows that `{rejects.name}` names, and lay the facts out again"
    return (Diagnostic(kinds.FACTS_ROW, message, (Label(Place(str(snapshot)), "here"),), (), (Fix(remedy),)),)


@contextmanager
def passing_snapshot(beside: Path) -> Iterator[Path]:
    """Where a snapshot may be written, on the disk of a file; it is gone when the block ends."""
    from competency.interchange.replace_file import left_by_killed

    target = beside.resolve()
    path = target.with_name(f".{target.name}.{os.getpid()}.facts")
    # what runs left that were killed: facts that were laid out, and those that were about to be
    name = glob.escape(target.name)
    for pattern in (f".{name}.*.facts", f"..{name}.*.facts.*.unfinished"):
        for left in left_by_killed(target.parent, pattern):
            shutil.rmtree(left, ignore_errors=True)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def fit() -> Iterator[None]:
    """A snapshot that is not fit for a book, or cannot be read on the way, stops the command."""
    try:
        yield
    except Exception as error:
        from competency.snapshots.snapshot_unfit import SnapshotUnfit, SnapshotUnreadable

        if not isinstance(error, SnapshotUnfit):
            raise
        remedy = _MAY_NOT_READ if isinstance(error, SnapshotUnreadable) else _LAY_OUT_ANEW
        raise Stop(unusable("--facts", str(error), remedy)) from error


@contextmanager
def enough_memory(memory: str | None) -> Iterator[None]:
    """Stops the command where an engine has too little memory for a bucket of learners."""
    from competency.rules.population.engine import TooLittleMemory

    try:
        yield
    except TooLittleMemory as error:
        what = f"a bucket of learners does not fit in {memory or error}, even with the help of the disk"
        raise Stop(unusable("--memory", what, "allow more, as 2GB")) from error
