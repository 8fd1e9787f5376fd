"""`competency backup`, `restore`, `migrate`: the records as a whole."""

from __future__ import annotations

from pathlib import Path

from competency.cli.arguments import unusable
from competency.cli.over_records import At, Stop, clock, opened, over_records, records_address
from competency.cli.quantity import quantity
from competency.cli.render import report, write


@over_records
def backup(
    *,
    out: Path,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Write everything that the records hold into one file, from which they can be made again.

    Parameters
    ----------
    out: Path
        The file to write; its name ends in .jsonl.gz.
    """
    from competency.records.dump import write_dump
    from competency.services.replace_file import check_output, replace_file, unwritable

    wrong = check_output(out, "--out", (".gz",))
    if not wrong and out.exists():
        wrong = (unusable("--out", f"`{out}` is there already, and a backup is not overwritten", "name another file"),)
    if wrong:
        raise Stop(*wrong)
    with opened(at.db, at.book) as records:
        try:
            with records.reading() as connection, replace_file(out) as unfinished:
                entries = write_dump(connection, unfinished)
        except OSError as error:
            raise Stop(unwritable(out, error)) from error
    report((), at.format, out=str(out), entries=entries)
    if at.format == "text":
        write(f"{quantity(entries, 'entry', 'entries')}: {out}\n")
    return 0


@over_records
def restore(
    backup: Path,
    /,
    *,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Make records again from a backup, in a database that holds none.

    Parameters
    ----------
    backup: Path
        The file that `competency backup` wrote.
    """
    from competency.diagnostics import Diagnostic, Fix, kinds
    from competency.records.dump import DumpUnusable, restore_dump

    def refused(reason: str) -> Stop:
        fix = Fix("name a backup that is whole, and a database that holds no records")
        message = f"`{backup}` cannot be restored: {reason}; nothing was restored"
        return Stop(Diagnostic(kinds.BACKUP_UNUSABLE, message, fixes=(fix,)))

    if not backup.is_file():
        raise refused("there is no such file")
    with opened(at.db, at.book, makes=True) as records:
        try:
            with records.writing(clock) as appender:
                entries = restore_dump(appender.connection, backup)
        except DumpUnusable as error:
            raise refused(str(error)) from error
        except OSError as error:
            from competency.interchange.file_problem import reason_of

            raise refused(reason_of(error)) from error
    report((), at.format, entries=entries)
    if at.format == "text":
        write(f"{quantity(entries, 'entry', 'entries')} restored, and verified: nothing was altered\n")
    return 0


@over_records
def migrate(
    *,
    at: At = At(),  # noqa: B008 - frozen
) -> int:
    """Bring records that an older version of this program made up to date, in one step."""
    from competency.records.database import migrate_records

    before, after = migrate_records(records_address(at.db, at.book))
    report((), at.format, before=before, after=after)
    if at.format == "text":
        write(
            f"the records are of the form {after}" + (f"; they were of {before}\n" if before != after else " already\n")
        )
    return 0
