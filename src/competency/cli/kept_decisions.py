"""The folder of `--keep`: whether decisions can be kept there, and that one run at a time does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import Stop

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic


def check_keep(keep: Path | None, engine: str, learner: str | None) -> tuple[Diagnostic, ...]:
    """Whether decisions can be kept in a folder, which may still have to be made."""
    from competency.cli.laid_out import SNAPSHOT_NAME
    from competency.services.engines import INTERPRETER

    if keep is None:
        return ()
    found: tuple[Diagnostic, ...] = ()
    if engine == INTERPRETER:
        remedy = "decide by --engine duckdb, or leave --keep out"
        found += (unusable("--keep", f"the engine `{engine}` keeps nothing", remedy),)
    if learner is not None:
        found += (unusable("--keep", "what is kept is about all learners", "leave --learner out"),)
    if keep.exists() and not keep.is_dir():
        found += (unusable("--keep", f"`{keep}` is a file", "name a folder"),)
    elif (keep / SNAPSHOT_NAME).is_file():
        found += (unusable("--keep", f"`{keep}` is a snapshot of facts", "name a folder for decisions alone"),)
    elif not keep.parent.is_dir():
        remedy = "make the folder first, or correct the path"
        found += (unusable("--keep", f"there is no folder `{keep.parent}`", remedy),)
    elif not found and keep.is_dir():
        found += _check_kept(keep)
    return found


@contextmanager
def used_alone(keep: Path | None) -> Iterator[None]:
    """That no other run uses the folder in which decisions are kept, which is made if need be.

    Stops where one does, or where what is kept there is lost while it is read.
    """
    if keep is None:
        yield
        return
    from competency.interchange.file_problem import reason_of
    from competency.services.kept_folder import LOCK
    from competency.services.kept_run import KeptLost
    from competency.services.lock_file import lock_file

    with ExitStack() as held:
        try:
            keep.mkdir(exist_ok=True)
            is_ours = held.enter_context(lock_file(keep / LOCK))
        except OSError as error:
            remedy = "make room, or name a folder in which you may write"
            raise Stop(unusable("--keep", f"`{keep}` cannot be written in: {reason_of(error)}", remedy)) from error
        if not is_ours:
            raise Stop(unusable("--keep", f"another run is using `{keep}`", "wait for it, or name another folder"))
        try:
            yield
        except KeptLost as lost:
            remedy = "give the command again: if it still cannot be read, everybody is decided anew"
            raise Stop(unusable("--keep", str(lost), remedy)) from lost


def _check_kept(keep: Path) -> tuple[Diagnostic, ...]:
    """Whether a folder holds nothing but what runs keep: they remove what they need no more."""
    from competency.interchange.file_problem import reason_of
    from competency.services.kept_folder import file_in_the_way

    try:
        other = file_in_the_way(keep)
    except OSError as error:
        return (unusable("--keep", f"`{keep}` cannot be read: {reason_of(error)}", "name another folder"),)
    if not other:
        return ()
    what = f"`{keep}` holds `{other}`, which is nothing that a run keeps"
    return (unusable("--keep", what, "name another folder: a new or an empty one, or one that holds kept runs alone"),)
