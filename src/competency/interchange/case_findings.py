"""Collects what is wrong with the entries of a package: the same fault of many entries is told once, with its places."""

from __future__ import annotations

from dataclasses import dataclass, field

from competency.diagnostics import Diagnostic, DiagnosticKind, Fix, Label, Severity
from competency.source import Place

# Places shown of one fault: enough to see the pattern; a producer's mistake stands in every entry.
PLACES_SHOWN_MAX = 5
# Different faults of one file: beyond this the file is wrong as a whole.
FAULTS_MAX = 50


@dataclass(slots=True)
class _Fault:
    kind: DiagnosticKind
    remedy: str
    count: int = 0
    labels: list[Label] = field(default_factory=list)


class CaseFindings:
    """The findings of one package so far. `name` is the file as messages name it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._faults: dict[str, _Fault] = {}

    def add(self, kind: DiagnosticKind, message: str, pointer: str, remedy: str, text: str = "") -> None:
        """Enter a fault at a JSON pointer; faults with the same message are one. `text` says what is special here."""
        fault = self._faults.setdefault(message, _Fault(kind, remedy))
        fault.count += 1
        if len(fault.labels) < PLACES_SHOWN_MAX:
            fault.labels.append(Label(Place(self._name, field=pointer), text))

    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """One diagnostic a fault, errors first, each kind in the order in which it was found."""
        faults = sorted(self._faults.items(), key=lambda entry: entry[1].kind.severity is not Severity.ERROR)
        told = [_diagnostic(message, fault) for message, fault in faults[:FAULTS_MAX]]
        more = len(faults) - len(told)
        if more:
            last = told[-1]
            note = f"The file has {more:,} more faults of other kinds."
            told[-1] = Diagnostic(last.kind, last.message, last.labels, (*last.notes, note), last.fixes, last.data)
        return tuple(told)


def _diagnostic(message: str, fault: _Fault) -> Diagnostic:
    more = fault.count - len(fault.labels)
    places = "place" if more == 1 else "places"
    return Diagnostic(
        fault.kind,
        message,
        tuple(fault.labels),
        notes=(f"The same is so in {more:,} more {places}.",) if more else (),
        fixes=(Fix(fault.remedy),),
        data={"count": fault.count},
    )


def pointer_to(*parts: str | int) -> str:
    """The JSON pointer (RFC 6901) of a path of names and positions."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
