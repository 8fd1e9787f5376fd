"""The archive of published books: puts a book in, takes the one in force on a day out, refuses what is not genuine."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath

from competency.diagnostics import Diagnostic, Fix, kinds
from competency.interchange.read_text import read_text
from competency.records.append import Appender
from competency.records.bundles import Bundle, bundle_text, read_bundle
from competency.records.connection import Connection
from competency.records.database import Records
from competency.records.entries import Kind, Payload
from competency.records.read import Stored, entries_of_kind, stored_at, stored_of_type
from competency.records.signing import key_id
from competency.rules.program.fingerprint import fingerprint
from competency.rules.read_rules import attached_paths
from competency.services.read_book import SETTINGS, Book, read_book, rule_files
from competency.services.test_book import examples_containing, try_examples
from competency.services.versions import engine_version

# A CASE package of a state's standards has 10 MB.
FILE_BYTES_MAX = 50_000_000


@dataclass(frozen=True, slots=True)
class Publication:
    """What a publication came to: the bundle (none: refused) with its text, and whether it was not there before."""

    bundle: Bundle | None = None
    text: str = ""
    is_new: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishedBook:
    """A book of the archive: the entry that published it, what it says of itself, and the key that signed it."""

    position: int
    recorded_at: str
    bundle: Bundle
    signer: str | None


def publish_book(
    records: Records,
    path: Path,
    *,
    by: str,
    reason: str,
    begins: date | None,
    private_key: bytes | None,
    replaces: bool = False,
    now: Callable[[], datetime],
) -> Publication:
    """Publish the book at a path as the next revision, if its own examples come out as they say.

    `begins`: from when on decisions are made by it; none: as its policy says. A book that is published already, with the
    same texts and beginning, is not published again; its text is then signed with the key, if there is one. A book of
    another policy is refused unless it `replaces` the one in force.
    """
    book, diagnostics = read_book(path)
    if book is None or book.rules.program is None or book.rules.resolved is None:
        return Publication(diagnostics=diagnostics)
    files, problems = book_files(book)
    resolved = book.rules.resolved
    tried = try_examples(examples_containing(resolved, ""), book.rules.program)
    faults = tuple(fault for example in tried for fault in example.faults)
    if problems or faults:
        return Publication(diagnostics=(*diagnostics, *problems, *faults))
    policy = book.rules.program.policy
    starts = begins or policy.begins
    with records.writing(now) as appender:
        newest = newest_book(appender.connection)
        bundle = Bundle(
            revision=newest.bundle.revision + 1 if newest is not None else 1,
            fingerprint=fingerprint(book.rules.program),
            policy=policy.name,
            title=policy.title,
            version=policy.version,
            begins=starts.isoformat() if starts is not None else "",
            ends=policy.ends.isoformat() if policy.ends is not None else "",
            published_at=appender.recorded_at,
            by=by,
            reason=reason,
            engine=engine_version(),
            files=files,
        )
        is_new = newest is None or not _is_same(bundle, newest.bundle)
        if newest is not None and not is_new:
            kept = stored_at(appender.connection, newest.position)
            bundle = newest.bundle
            if private_key is None and kept is not None:
                appender.discard()
                return Publication(bundle, kept.content, False, diagnostics)
        refused = _refused_beside(newest, bundle, replaces)
        try:
            text = bundle_text(bundle, private_key)
            signer = read_bundle(text, trusted_keys(appender.connection))[1]
        except ValueError as error:
            refused = (_refused("the book", str(error)),)
        if refused:
            appender.discard()
            return Publication(diagnostics=(*diagnostics, *refused))
        if is_new:
            _append(appender, bundle, text, signer)
    return Publication(bundle, text, is_new, diagnostics)


def accept_bundle(records: Records, text: str, *, replaces: bool = False, now: Callable[[], datetime]) -> Publication:
    """Publish a bundle that was made elsewhere; where it is refused, what was in force stays so."""
    with records.writing(now) as appender:
        try:
            bundle, signer = read_bundle(text, trusted_keys(appender.connection))
        except ValueError as error:
            appender.discard()
            return Publication(diagnostics=(_refused("the bundle", str(error)),))
        newest = newest_book(appender.connection)
        refused = _refused_beside(newest, bundle, replaces)
        if newest is not None and bundle.revision <= newest.bundle.revision:
            if bundle == newest.bundle:
                appender.discard()
                return Publication(bundle, text)
            reason = f"it is revision {bundle.revision}, and revision {newest.bundle.revision} is published already"
            refused = (_refused("the bundle", reason),)
        book, problems = open_published(bundle)
        if book is None or refused:
            appender.discard()
            return Publication(diagnostics=(*refused, *(problems if book is None else ())))
        _append(appender, bundle, text, signer)
    return Publication(bundle, text, True)


def _refused_beside(newest: PublishedBook | None, bundle: Bundle, replaces: bool) -> tuple[Diagnostic, ...]:
    """A book of another policy than the one in force is put in its place only on purpose."""
    if newest is None or replaces or bundle.policy == newest.bundle.policy:
        return ()
    diagnostic = _refused(
        "the book",
        f"it is of the policy `{bundle.policy}`, and in force is one of the policy `{newest.bundle.policy}`, by which "
        "nothing would be decided any more",
        "look whether these are the right records; if it is to take that place, add --other-policy",
    )
    return (diagnostic,)


def identity_of_key(public: bytes) -> tuple[str, tuple[Diagnostic, ...]]:
    """The identity of a public key, or why it is none."""
    try:
        return key_id(public), ()
    except ValueError as error:
        remedy = "name the public key, which `competency new-key` writes beside the private one"
        return "", (_refused("the key", str(error), remedy),)


def trust_key(
    records: Records, public: bytes, *, by: str, reason: str, withdraws: bool, now: Callable[[], datetime]
) -> tuple[str, tuple[Diagnostic, ...]]:
    """From now on take a book only if a trusted key signed it, this one among them; or trust this one no longer."""
    identity, wrong = identity_of_key(public)
    if wrong:
        return "", wrong
    with records.writing(now) as appender:
        trusted = trusted_keys(appender.connection)
        if (identity in trusted) is not withdraws:
            appender.discard()
            state = "is not trusted" if withdraws else "is trusted already"
            return "", (_refused("the key", f"it {state}", "look at the trusted keys with `competency acts`"),)
        if withdraws and len(trusted) == 1:
            appender.discard()
            reason = "it is the only key that is trusted, and without it nobody's signature would be asked for"
            return "", (_refused("the key", reason, "trust another key first"),)
        body = {"by": by, "key": identity, "public": public.decode(), "reason": reason, "withdrawn": withdraws}
        appender.append(Kind.TRUST, body)
    return identity, ()


def trusted_keys(connection: Connection, before: int | None = None) -> dict[str, bytes]:
    """The public keys that are trusted, or were before an entry, by identity."""
    trusted: dict[str, bytes] = {}
    for entry in entries_of_kind(connection, Kind.TRUST):
        if before is not None and entry.position >= before:
            break
        body = json.loads(entry.body)
        if body["withdrawn"]:
            trusted.pop(body["key"], None)
        else:
            trusted[body["key"]] = body["public"].encode()
    return trusted


def newest_book(connection: Connection) -> PublishedBook | None:
    """The book of the highest revision; none where none is published."""
    return next(published_books(connection), None)


def book_in_force(connection: Connection, as_of: date, known_by: str | None = None) -> PublishedBook | None:
    """The book by which is decided on a day, of those published by a time (none: by now); none where none is published.

    The highest revision that has begun; where none has, the lowest.
    """
    earliest = None
    for published in published_books(connection):
        if known_by is not None and published.recorded_at > known_by:
            continue
        if published.bundle.begins <= as_of.isoformat():
            return published
        earliest = published
    return earliest


def still_in_force(connection: Connection, published: PublishedBook, as_of: date) -> PublishedBook:
    """The book that was in force on a day, or the one that has taken its place meanwhile."""
    day = as_of.isoformat()
    newer = (entry for entry in entries_of_kind(connection, Kind.PUBLICATION) if entry.position > published.position)
    if not any(json.loads(entry.body)["begins"] <= day for entry in newer):
        return published
    return book_in_force(connection, as_of) or published


def published_books(connection: Connection) -> Iterator[PublishedBook]:
    """The genuine books of the archive, the highest revision first. One that was altered is passed over."""
    for stored in reversed(list(stored_of_type(connection, "book"))):
        published = _published(connection, stored)
        if isinstance(published, PublishedBook):
            yield published


def false_books(connection: Connection) -> Iterator[tuple[int, str]]:
    """The entries of books that are not genuine or come to another program, each with the reason."""
    for stored in stored_of_type(connection, "book"):
        published = _published(connection, stored)
        if isinstance(published, str):
            yield stored.position, published
        else:
            book, problems = open_published(published.bundle)
            if book is None:
                yield stored.position, problems[0].message


def open_published(bundle: Bundle) -> tuple[Book | None, tuple[Diagnostic, ...]]:
    """The rules of a published book. None, and why, where its texts do not come to the program of its fingerprint."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, text in bundle.files.items():
            if not _stays_inside(name):
                return None, (_refused("the bundle", f"its file `{name}` lies outside the book"),)
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        book, diagnostics = read_book(
            root, called=lambda path: f"revision {bundle.revision}, {path.relative_to(root).as_posix()}"
        )
    if book is None or book.rules.program is None:
        first = next((each.message for each in diagnostics if each.is_error), "it has no program")
        return None, (_refused("the bundle", f"its texts have errors: {first}"),)
    if fingerprint(book.rules.program) != bundle.fingerprint:
        reason = "its texts come to another program than its fingerprint says"
        if bundle.engine != engine_version():
            reason += f"; it was published by version {bundle.engine} of this program, and this is {engine_version()}"
        return None, (_refused("the bundle", reason),)
    return book, ()


def book_files(book: Book) -> tuple[Mapping[str, str], tuple[Diagnostic, ...]]:
    """The texts of a book by path within its folder: its rules, its settings and every file that the rules name."""
    root = book.path if book.path.is_dir() else book.path.parent
    paths, problems = rule_files(book.path)
    names = [path.relative_to(root).as_posix() for path in paths]
    names += [SETTINGS] if (root / SETTINGS).is_file() else []
    names += [literal.value for _, literal in attached_paths(book.rules.texts)]
    files: dict[str, str] = {}
    for name in sorted(set(names)):
        if not _stays_inside(name):
            return {}, (_refused("the book", f"it names the file `{name}`, which lies outside its folder"),)
        text, faults = read_text(root / name, FILE_BYTES_MAX)
        problems += faults
        if text is not None:
            files[name] = text
    return files, problems


def unpublished(known_by: str | None = None) -> Diagnostic:
    """That nothing is published, or was by a time."""
    if known_by is not None:
        return Diagnostic(
            kinds.BOOK_UNPUBLISHED,
            f"no book was published in these records by {known_by[:16].replace('T', ' ')} UTC",
            fixes=(Fix("name a later time, or the book by which is to be decided"),),
        )
    return Diagnostic(
        kinds.BOOK_UNPUBLISHED,
        "no book is published in these records, and decisions are recorded only by a published one",
        fixes=(Fix("publish the book first: `competency publish BOOK`"),),
    )


def other_book(path: Path, published: PublishedBook) -> Diagnostic:
    """That a book is not the one in force."""
    bundle = published.bundle
    return Diagnostic(
        kinds.BOOK_UNPUBLISHED,
        f"the book `{path}` is not the one in force in these records, which is revision {bundle.revision}, "
        f"published {bundle.published_at[:10]} by {bundle.by}",
        notes=(f"In force: fingerprint {bundle.fingerprint[:16]}.",),
        fixes=(Fix("publish this book, or leave the book out to decide by the one in force"),),
        data={"revision": bundle.revision, "fingerprint": bundle.fingerprint},
    )


def beside_the_one_in_force(path: Path, published: PublishedBook) -> Diagnostic:
    """That what follows is not by the book in force."""
    return Diagnostic(
        kinds.BOOK_NOT_IN_FORCE,
        f"this is by the book `{path}`, which is not the one in force (revision {published.bundle.revision})",
        fixes=(Fix("leave the book out to go by the one in force"),),
        data={"revision": published.bundle.revision},
    )


def _append(appender: Appender, bundle: Bundle, text: str, signer: str | None) -> None:
    body = {
        "begins": bundle.begins,
        "by": bundle.by,
        "fingerprint": bundle.fingerprint,
        "reason": bundle.reason,
        "revision": bundle.revision,
        "signer": signer,
        "title": bundle.title,
        "version": bundle.version,
    }
    appender.append(Kind.PUBLICATION, body, payload=Payload("book", str(bundle.revision), text))


def _published(connection: Connection, stored: Stored) -> PublishedBook | str:
    try:
        bundle, signer = read_bundle(stored.content, trusted_keys(connection, stored.position))
    except ValueError as error:
        return str(error)
    return PublishedBook(stored.position, stored.recorded_at, bundle, signer)


def _is_same(one: Bundle, other: Bundle) -> bool:
    return (one.fingerprint, one.files, one.begins) == (other.fingerprint, dict(other.files), other.begins)


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def _refused(
    what: str,
    reason: str,
    remedy: str = "ask whoever published it for a bundle that is whole, and signed as is asked here",
) -> Diagnostic:
    return Diagnostic(
        kinds.BUNDLE_REFUSED,
        f"{what} is refused: {reason}",
        notes=("What was in force before is still in force.",),
        fixes=(Fix(remedy),),
    )
