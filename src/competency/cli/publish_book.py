"""`competency publish`, `trust`, `new-key`: which rules are in force, and by whose signature."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from competency.cli.arguments import unusable
from competency.cli.over_records import By, Stop, a_day, actor, clock, needed, opened, over_records
from competency.cli.render import Format, report, show_diagnostics, status, write

if TYPE_CHECKING:
    from competency.diagnostics import Diagnostic
    from competency.records.bundles import Bundle

# A bundle holds a book's texts; the largest known, with a state's standards, has 12 MB.
BUNDLE_BYTES_MAX = 200_000_000
KEY_BYTES_MAX = 10_000


@over_records
def publish(
    book: Path,
    /,
    *,
    reason: str = "",
    begins: str | None = None,
    key: Path | None = None,
    out: Path | None = None,
    other_policy: bool = False,
    by: str | None = None,
    db: str | None = None,
    format: Format = "text",  # noqa: A002 - the option is called so
) -> int:
    """Put a book in force: from now on decisions are recorded by it. Every book of before stays in the archive.

    Parameters
    ----------
    book: Path
        The folder of the book; or a bundle that was published elsewhere, a file that ends in .bundle.json.
    reason: str
        Why it is published, for the auditor; a bundle brings its own.
    begins: str
        From when on decisions are made by it; without it, as its policy says.
    key: Path
        The private key that signs it; needed where a key is trusted.
    out: Path
        Write the bundle to this file too, for other records or for an auditor.
    other_policy: bool
        Put it in the place of a book of another policy.
    by: str
        Who publishes it; without it, the user of this computer.
    db: str
        The records: a file, or an address as postgresql://user@host/database; without it, records.db in the book.
    format: Format
        How the outcome is written.
    """
    from competency.diagnostics.diagnostic import Severity
    from competency.services.published_books import accept_bundle, publish_book
    from competency.services.replace_file import check_output, replace_file, unwritable

    who = actor(by)
    day = a_day(begins, "--begins")
    if out is not None:
        wrong = check_output(out, "--out", (".json",))
        if wrong:
            raise Stop(*wrong)
    is_bundle = book.name.endswith(".bundle.json")
    if is_bundle:
        brought = {"--reason": reason, "--begins": begins, "--key": key}
        for option, value in brought.items():
            if value:
                remedy = "leave it out; who publishes the book says it there"
                raise Stop(unusable(option, "a bundle brings its own reason, beginning and signature", remedy))
        if db is None:
            raise Stop(unusable("--db", "it is not said where the records are", "name them with --db"))
        text = _read(book, BUNDLE_BYTES_MAX, "BOOK").decode("utf-8", "replace")
        with opened(db, None, makes=True) as records:
            published = accept_bundle(records, text, replaces=other_policy, now=clock)
    else:
        why = needed(reason, "--reason", "say why it is published")
        private = _read(key, KEY_BYTES_MAX, "--key") if key is not None else None
        _must_be_there(book)
        with opened(db, book, makes=True) as records:
            published = publish_book(
                records,
                book,
                by=who,
                reason=why,
                begins=day,
                private_key=private,
                replaces=other_policy,
                now=clock,
            )
    diagnostics = tuple(each for each in published.diagnostics if each.kind.severity is not Severity.NOTE)
    if published.bundle is None:
        raise Stop(*diagnostics)
    if out is not None:
        try:
            with replace_file(out) as unfinished:
                unfinished.write_text(published.text, encoding="utf-8", newline="\n")
        except OSError as error:
            diagnostics += (unwritable(out, error),)
    _show(published.bundle, published.is_new, diagnostics, format)
    return status(diagnostics)


@over_records
def trust(
    key: Path,
    /,
    *,
    reason: str,
    withdraw: bool = False,
    at: By = By(),  # noqa: B008 - frozen
) -> int:
    """Trust a public key. From the first one on, a book is put in force only if a trusted key signed it.

    Parameters
    ----------
    key: Path
        The public key, as `competency new-key` makes it.
    reason: str
        Why it is trusted, or no longer, for the auditor.
    withdraw: bool
        Trust it no longer.
    """
    from competency.services.published_books import identity_of_key, trust_key

    who = actor(at.by)
    why = needed(reason, "--reason", "say why")
    public = _read(key, KEY_BYTES_MAX, "KEY")
    _, wrong = identity_of_key(public)
    if wrong:  # before records are made for it
        raise Stop(*wrong)
    with opened(at.db, at.book, makes=not withdraw) as records:
        identity, wrong = trust_key(records, public, by=who, reason=why, withdraws=withdraw, now=clock)
    if wrong:
        raise Stop(*wrong)
    report((), at.format, key=identity, trusted=not withdraw)
    if at.format == "text":
        write(f"the key {identity[:16]} is {'no longer trusted' if withdraw else 'trusted'}\n")
    return 0


@over_records
def new_key(key: Path, /, *, format: Format = "text") -> int:  # noqa: A002 - the option is called so
    """Make a pair of keys: KEY signs books and is kept secret, KEY.pub is given to whoever is to trust them.

    Parameters
    ----------
    key: Path
        The file of the private key; it must not be there.
    format: Format
        How the outcome is written.
    """
    import os

    from competency.records.signing import new_key as make
    from competency.services.replace_file import unwritable

    public_path = key.with_name(f"{key.name}.pub")
    for path in (key, public_path):
        if path.exists():
            raise Stop(unusable("KEY", f"`{path}` is there already", "name another file"))
    private, public = make()
    try:
        with open(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123 - the rights from the start
            file.write(private)
        public_path.write_bytes(public)
    except OSError as error:
        raise Stop(unwritable(key, error)) from error
    report((), format, private=str(key), public=str(public_path))
    if format == "text":
        write(
            f"wrote {key}: keep it secret, and where a backup is\nwrote {public_path}: give it to whoever trusts it\n"
        )
    return 0


def _must_be_there(book: Path) -> None:
    from competency.services.read_book import rule_files

    files, diagnostics = rule_files(book)
    if not files:
        raise Stop(*diagnostics)


def _read(path: Path, bytes_max: int, argument: str) -> bytes:
    try:
        if path.stat().st_size > bytes_max:
            raise Stop(unusable(argument, f"`{path}` is larger than {bytes_max:,} bytes", "name another file"))
        return path.read_bytes()
    except OSError as error:
        from competency.interchange.file_problem import reason_of

        raise Stop(unusable(argument, f"`{path}` cannot be read: {reason_of(error)}", "correct the path")) from error


def _show(bundle: Bundle, is_new: bool, diagnostics: tuple[Diagnostic, ...], format_: Format) -> None:
    if format_ == "json":
        report(diagnostics, format_, revision=bundle.revision, fingerprint=bundle.fingerprint, new=is_new)
        return
    show_diagnostics(diagnostics)
    begins = f", in force from {bundle.begins}" if bundle.begins else ", in force"
    what = "published" if is_new else "published before, and not again"
    write(f"{what}: revision {bundle.revision} of {bundle.title or bundle.policy}{begins}\n")
    write(f"fingerprint {bundle.fingerprint}\n")
