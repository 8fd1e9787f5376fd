"""Values of facts to whole numbers, in two steps: of some rows by themselves, then with what is known of all rows.

After the first step a text has the number that `Texts` gave it and a number stands as numerator and denominator; so rows
can be laid out part by part before anybody knows every text and every denominator.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from math import lcm

import pyarrow
import pyarrow.compute

from competency.model.facts import FactValue
from competency.rules.population import facts as f
from competency.rules.population.facts import FactColumn, Holds

Arrays = Mapping[str, pyarrow.Array]

_WHOLE_MAX = 2**63 - 1


class Texts:
    """Texts, or zones, by numbers in the order in which they came."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text, a new one where it has none yet."""
        return self._numbers.setdefault(text, len(self._numbers))

    @property
    def texts(self) -> tuple[str, ...]:
        """All of them, by their numbers."""
        return tuple(self._numbers)

    def in_order(self, numbers: Mapping[str, int]) -> pyarrow.Array:
        """For each number the one that its text has elsewhere."""
        return pyarrow.array([numbers[text] for text in self._numbers], pyarrow.int64())


@dataclass(slots=True)
class Seen:
    """What is known of the values of a column after some rows; further ones may be told."""

    name: str
    holds: Holds
    has_values: bool = False
    has_blanks: bool = False
    has_times: bool = False
    is_too_long: bool = False
    scale: int = 1
    low: Fraction | None = None
    high: Fraction | None = None
    zones: Texts = field(default_factory=Texts)
    among: set[str] | None = field(default_factory=set)
    _shapes: set[str | None] = field(default_factory=set)

    def add(self, values: Iterable[FactValue]) -> None:
        """Further values; each different one need be told once."""
        match self.holds:
            case Holds.NUMBER:
                self._add_numbers(values)
            case Holds.DAY:
                self._add_days(values)
            case Holds.WORD:
                for value in values:
                    self._add_one(value)
                    if value is not None and self.among is not None:
                        self.among.add(str(value))
                        self.among = self.among if len(self.among) <= f.AMONG_MAX else None
            case Holds.TRUTH:
                for value in values:
                    self._add_one(value)

    def described(self, numbers: Mapping[str, int]) -> FactColumn:
        """The column, of whose words the numbers are given."""
        if not self.has_values:
            return FactColumn(self.holds, is_blank=True)
        match self.holds:
            case Holds.NUMBER:
                return self._described_number()
            case Holds.DAY:
                return FactColumn(
                    Holds.DAY,
                    low=int(self.low or 1),
                    high=int(self.high or 1),
                    has_blanks=self.has_blanks,
                    has_times=self.has_times,
                    is_uniform=len(self._shapes) == 1,
                )
            case Holds.WORD:
                among = tuple(sorted(numbers[text] for text in self.among)) if self.among is not None else ()
                high = max(len(numbers), 1)
                return FactColumn(Holds.WORD, low=0, high=high, has_blanks=self.has_blanks, among=among)
            case Holds.TRUTH:
                return FactColumn(Holds.TRUTH, has_blanks=self.has_blanks)

    def _described_number(self) -> FactColumn:
        low, high = (self.low or Fraction()) * self.scale, (self.high or Fraction()) * self.scale
        if self.is_too_long or max(abs(low), abs(high)) > _WHOLE_MAX:
            return FactColumn(Holds.NUMBER, reason=f"the numbers of `{self.name}` have too many digits")
        return FactColumn(Holds.NUMBER, self.scale, int(low), int(high), self.has_blanks)

    def _add_one(self, value: FactValue) -> None:
        if value is None:
            self.has_blanks = True
        else:
            self.has_values = True

    def _add_numbers(self, values: Iterable[FactValue]) -> None:
        ratios = {value.as_integer_ratio() if isinstance(value, Fraction) else None for value in values}
        self.has_blanks |= None in ratios
        different = {ratio for ratio in ratios if ratio is not None}
        self.has_values |= bool(different)
        self.is_too_long |= any(is_too_long(*ratio) for ratio in different)
        if not different or self.is_too_long:
            return
        self.scale = lcm(self.scale, *{below for _, below in different})
        self.is_too_long = self.scale > f.SCALE_MAX
        found = [Fraction(*ratio) for ratio in different]
        self._widen(min(found), max(found))

    def _add_days(self, values: Iterable[FactValue]) -> None:
        days: set[int] = set()
        for value in values:
            self._add_one(value)
            if isinstance(value, date):
                is_time = isinstance(value, datetime)
                self.has_times |= is_time
                zone = zone_of(value) if isinstance(value, datetime) else None
                self._shapes.add(zone)
                if zone is not None:
                    self.zones.number(zone)
                days.add(value.toordinal())
        if days:
            self._widen(Fraction(min(days)), Fraction(max(days)))

    def _widen(self, low: Fraction, high: Fraction) -> None:
        self.low = low if self.low is None else min(self.low, low)
        self.high = high if self.high is None else max(self.high, high)


def numbered(
    name: str, holds: Holds, values: Sequence[FactValue], texts: Texts, zones: Texts, *, has_times: bool
) -> dict[str, pyarrow.Array]:
    """Values of a column by themselves. A number that is too long is blank. `has_times`: some days may have a time."""
    own = f.engine_name(name)
    match holds:
        case Holds.TRUTH:
            return {own: pyarrow.array(values, pyarrow.bool_())}
        case Holds.WORD:
            numbers = [None if value is None else texts.number(str(value)) for value in values]
            return {own: pyarrow.array(numbers, pyarrow.int64())}
        case Holds.NUMBER:
            ratios = [
                ratio if isinstance(value, Fraction) and not is_too_long(*(ratio := value.as_integer_ratio())) else None
                for value in values
            ]
            return {
                own: pyarrow.array([None if ratio is None else ratio[0] for ratio in ratios], pyarrow.int64()),
                below_name(name): pyarrow.array(
                    [None if ratio is None else ratio[1] for ratio in ratios], pyarrow.int32()
                ),
            }
        case Holds.DAY:
            days = [value.toordinal() if isinstance(value, date) else None for value in values]
            arrays = {own: pyarrow.array(days, pyarrow.int64())}
            if has_times:
                arrays.update(_moments(name, values, zones))
            return arrays


def finished(
    name: str, column: FactColumn, arrays: Arrays, words: pyarrow.Array, zones: pyarrow.Array
) -> dict[str, pyarrow.Array]:
    """The arrays of `numbered` as engines read them; `words` and `zones` are their last numbers by those of `Texts`.

    Nothing of a column that is blank.
    """
    if column.is_blank:
        return {}
    own = f.engine_name(name)
    given = arrays[own]
    if column.reason:
        return {own: pyarrow.nulls(len(given), pyarrow.int64())}
    match column.holds:
        case Holds.TRUTH:
            return {own: given}
        case Holds.WORD:
            return {own: words.take(given)}
        case Holds.NUMBER:
            below = arrays[below_name(name)].cast(pyarrow.int64())
            parts = pyarrow.compute.divide(pyarrow.scalar(column.scale, pyarrow.int64()), below)
            return {own: pyarrow.compute.multiply_checked(given, parts)}
        case Holds.DAY:
            found = {own: given, f.calendar_name(name): _calendar(given)}
            return {**found, **_finished_moments(name, arrays, zones)} if column.has_times else found


def below_name(name: str) -> str:
    """The denominator of a number, until the scale of its column is known."""
    return f"{f.engine_name(name)}__below"


def number_names(name: str) -> tuple[str, ...]:
    """The arrays that a column may have before the whole is known."""
    return (
        f.engine_name(name),
        below_name(name),
        *[one(name) for one in (f.kind_name, f.moment_name, f.clock_name, f.zone_name)],
    )


def zone_of(value: datetime) -> str:
    """The zone as it is written after the clock time; empty for a local time."""
    return value.isoformat()[len(value.replace(tzinfo=None).isoformat()) :]


def numbers_of_zones(zones: Iterable[str]) -> dict[str, int]:
    """The zones' numbers in the order in which moments of one clock time follow each other; 0 is left to dates."""
    return {zone: number for number, zone in enumerate(sorted(zones), start=1)}


def is_too_long(above: int, below: int) -> bool:
    """Whether a number, as numerator and denominator, is left to the interpreter."""
    return below > f.SCALE_MAX or abs(above) > f.NUMBER_MAX * below or abs(above) > _WHOLE_MAX


def _calendar(days: pyarrow.Array) -> pyarrow.Array:
    encoded = days.dictionary_encode()
    found = [date.fromordinal(day) for day in encoded.dictionary.to_pylist()]
    calendar = pyarrow.array([day.year * 10000 + day.month * 100 + day.day for day in found], pyarrow.int64())
    return calendar.take(encoded.indices)


def _moments(name: str, values: Sequence[FactValue], zones: Texts) -> dict[str, pyarrow.Array]:
    kinds: list[int | None] = []
    moments: list[int | None] = []
    clocks: list[int | None] = []
    of_zone: list[int | None] = []
    for value in values:
        if not isinstance(value, date):
            for each in (kinds, moments, clocks, of_zone):
                each.append(None)
            continue
        clock = value.toordinal() * f.MICROSECONDS_A_DAY
        zone: int | None = None
        kind, offset = 0, 0
        if isinstance(value, datetime):
            seconds = (value.hour * 60 + value.minute) * 60 + value.second
            clock += seconds * 1_000_000 + value.microsecond
            zone = zones.number(zone_of(value))
            away = value.utcoffset()
            kind = 1 if away is None else 2
            offset = 0 if away is None else (away.days * 86_400 + away.seconds) * 1_000_000 + away.microseconds
        kinds.append(kind)
        moments.append(clock - offset)
        clocks.append(clock)
        of_zone.append(zone)
    return {
        f.kind_name(name): pyarrow.array(kinds, pyarrow.int8()),
        f.moment_name(name): pyarrow.array(moments, pyarrow.int64()),
        f.clock_name(name): pyarrow.array(clocks, pyarrow.int64()),
        f.zone_name(name): pyarrow.array(of_zone, pyarrow.int32()),
    }


def _finished_moments(name: str, arrays: Arrays, zones: pyarrow.Array) -> dict[str, pyarrow.Array]:
    """Further columns of a column with times; of rows that hold dates alone, their midnights."""
    days = arrays[f.engine_name(name)]
    nothing = pyarrow.compute.multiply(days, 0)
    if f.kind_name(name) not in arrays:
        clock = pyarrow.compute.multiply(days, f.MICROSECONDS_A_DAY)
        zone, moment, kind = nothing, clock, nothing
    else:
        kind = arrays[f.kind_name(name)].cast(pyarrow.int64())
        moment, clock = arrays[f.moment_name(name)], arrays[f.clock_name(name)]
        zone = pyarrow.compute.coalesce(zones.take(arrays[f.zone_name(name)]), nothing)
    return {f.kind_name(name): kind, f.moment_name(name): moment, f.clock_name(name): clock, f.zone_name(name): zone}
