"""Which columns of each relation are read in the end: what nobody reads is not computed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import assert_never

from competency.rules.population.columns import Expression, columns_of
from competency.rules.population.relations import (
    Extend,
    Filter,
    Group,
    Join,
    Keep,
    Measured,
    Numbered,
    Opened,
    Relation,
    Scan,
    Union,
)


def columns_read(root: Relation) -> dict[int, set[str]]:
    """For each relation below a root, by its identity, the names of its columns that are read; of the root, all."""
    read: dict[int, set[str]] = {}
    pending: list[tuple[Relation, set[str]]] = [(root, set(names_of(root)))]
    while pending:
        relation, wanted = pending.pop()
        is_new = id(relation) not in read
        known = read.setdefault(id(relation), set())
        if not is_new and wanted <= known:
            continue
        known |= wanted
        pending.extend(_below(relation, known))
    return read


def columns_read_of_tables(roots: Iterable[Relation]) -> dict[str, set[str]]:
    """For each table that relations scan, by its name, the columns that they read of it."""
    found: dict[str, set[str]] = {}
    for root in roots:
        read = columns_read(root)
        seen: set[int] = set()
        pending = [root]
        while pending:
            relation = pending.pop()
            if id(relation) in seen:
                continue
            seen.add(id(relation))
            if isinstance(relation, Scan):
                found.setdefault(relation.table, set()).update(read[id(relation)])
            pending.extend(relations_below(relation))
    return found


def readers_of(root: Relation) -> Counter[int]:
    """How many relations read each relation below a root, by its identity."""
    found: Counter[int] = Counter()
    pending = [root]
    while pending:
        for below in relations_below(pending.pop()):
            found[id(below)] += 1
            if found[id(below)] == 1:
                pending.append(below)
    return found


def relations_below(relation: Relation) -> tuple[Relation, ...]:
    """The relations that a relation reads."""
    match relation:
        case Scan():
            return ()
        case Opened(only=only):
            return tuple(one for _, one in only)
        case Join(left=left, right=right):
            return left, right
        case Union(parts=parts):
            return parts
        case Extend() | Keep() | Filter() | Numbered() | Group() | Measured():
            return (relation.of,)
        case _:
            assert_never(relation)


def names_of(relation: Relation) -> tuple[str, ...]:
    """The columns of a relation, in order."""
    match relation:
        case Scan(columns=columns):
            return tuple(name for name, _ in columns)
        case Opened(keys=keys, columns=columns, number=number, size=size):
            return (*keys, *[name for name, _ in columns], number, size)
        case Measured(of=opened, measures=measures):
            return (*opened.keys, *[one.name for one in measures])
        case Keep(columns=columns):
            return tuple(name for name, _ in columns)
        case Extend(of=of, columns=columns):
            return (*names_of(of), *[name for name, _ in columns])
        case Filter(of=of):
            return names_of(of)
        case Join(left=left, taken=taken):
            return (*names_of(left), *[new for _, new in taken])
        case Numbered(of=of, name=name):
            return (*names_of(of), name)
        case Group(keys=keys, measures=measures):
            return (*keys, *[one.name for one in measures])
        case Union(parts=parts):
            return names_of(parts[0])
        case _:
            assert_never(relation)


def _read_by(expressions: Iterable[Expression]) -> set[str]:
    return {name for expression in expressions for name in columns_of(expression)}


def _below(relation: Relation, wanted: set[str]) -> list[tuple[Relation, set[str]]]:
    """What a relation reads of those below it, where these columns are read of itself."""
    match relation:
        case Scan():
            return []
        case Measured(of=opened):
            return [(opened, set())]
        case Opened(only=only):
            return [(one, set(names_of(one))) for _, one in only]
        case Keep(of=of, columns=columns):
            return [(of, _read_by(one for name, one in columns if name in wanted))]
        case Extend(of=of, columns=columns):
            own = {name for name, _ in columns}
            return [(of, (wanted - own) | _read_by(one for name, one in columns if name in wanted))]
        case Filter(of=of, condition=condition):
            return [(of, wanted | _read_by([condition]))]
        case Join(left=left, right=right, on=on, taken=taken):
            new = {name for _, name in taken}
            return [
                (left, (wanted - new) | {here for here, _ in on}),
                (right, {name for name, one in taken if one in wanted} | {there for _, there in on}),
            ]
        case Numbered(of=of, name=name, of_value=value, within=within, order=order):
            if name not in wanted:
                return [(of, wanted)]
            read = _read_by([*within, *[one for one, _ in order], *([] if value is None else [value])])
            return [(of, (wanted - {name}) | read)]
        case Group(of=of, keys=keys, measures=measures):
            used = [one for one in measures if one.name in wanted]
            values = [value for one in used for value in (one.value, one.by) if value is not None]
            return [(of, {*keys, *_read_by([*values, *[one.where for one in used]])})]
        case Union(parts=parts):
            return [(part, wanted) for part in parts]
        case _:
            assert_never(relation)
