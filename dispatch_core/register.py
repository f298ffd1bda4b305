"""A city's register: the stations, units and places that its administration keeps on a list.

An entry is known as people know it: a station by its name, a unit by its call sign, a place by its kind and
name. Compared with what is known, a list says what is new, what changed and what is gone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from enum import StrEnum
from typing import Any
from uuid import UUID

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.places import PlaceKind


def _refuse_nameless(name: str) -> None:
    if not name.strip():
        raise InvalidInput("name", "must not be empty")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """`source` tells people where an entry stands, such as a file and its line.

    `told` names the fields that a list tells of a known entry, the others stay as they are; None: all.
    """

    source: str = field(default="", compare=False)
    told: frozenset[str] | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEntry(_Listed):
    name: str
    kind: UnitKind
    place: LonLat

    def __post_init__(self) -> None:
        _refuse_nameless(self.name)

    @property
    def key(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitEntry(_Listed):
    """`station` is the name of its base, None for none; `turnout_s` is dispatch to wheels rolling."""

    call_sign: str
    kind: UnitKind
    capabilities: frozenset[Capability]
    agency: str
    station: str | None = None
    plate: str = ""
    phone: str = ""
    turnout_s: float = 60.0

    def __post_init__(self) -> None:
        # A unit's own rules, told before there is one.
        Unit(
            id=UnitId(UUID(int=0)), call_sign=self.call_sign, kind=self.kind, capabilities=self.capabilities,
            status=UnitStatus.OFF_SHIFT, agency=self.agency, turnout_s=self.turnout_s,
        )  # fmt: skip

    @property
    def key(self) -> str:
        return self.call_sign


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceEntry(_Listed):
    """`facts` that are named are set, the others stay as they are."""

    kind: PlaceKind
    name: str
    place: LonLat
    phone: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _refuse_nameless(self.name)

    @property
    def key(self) -> str:
        return f"{self.kind.value} {self.name}"


Entry = StationEntry | UnitEntry | PlaceEntry


class ListName(StrEnum):
    STATIONS = "stations"
    UNITS = "units"
    PLACES = "places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Lists of entries; None: that list was not given."""

    stations: tuple[StationEntry, ...] | None = None
    units: tuple[UnitEntry, ...] | None = None
    places: tuple[PlaceEntry, ...] | None = None

    def twice(self) -> list[str]:
        """What stands more than once, where an entry must be known by its name."""
        return [line for listed in (self.stations, self.units, self.places) for line in _twice(listed or ())]

    def key_of(self, listed: ListName, name: str) -> str:
        """Of the entry that people call so, a place by its name alone where no other has it."""
        entries: tuple[Entry, ...] = getattr(self, listed.value) or ()
        found = [e.key for e in entries if name == e.key or (isinstance(e, PlaceEntry) and name == e.name)]
        if not found:
            raise InvalidInput(listed.value, f"hold no {name} today{_meant(name, entries)}")
        if len(found) > 1:
            raise InvalidInput(listed.value, f"hold {len(found)} called {name}; say {_one_of(found)}")
        return found[0]


def _meant(name: str, entries: Sequence[Entry]) -> str:
    near = get_close_matches(name, [entry.key for entry in entries])
    return f"; is it {_one_of(near)}?" if near else ""


def _one_of(keys: Sequence[str]) -> str:
    return " or ".join(f"'{key}'" for key in keys)


def _twice(entries: Sequence[Entry]) -> Iterator[str]:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.key in first:
            where = first[entry.key].source or "an earlier place"
            yield f"{entry.source}: {entry.key} stands already at {where}"
        first.setdefault(entry.key, entry)


class Deed(StrEnum):
    ADDED = "added"
    CHANGED = "changed"
    RETURNED = "returned"  # it had been retired
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one entry; `fields` are those that differ from what was known."""

    entry: Entry
    deed: Deed
    fields: tuple[str, ...] = ()


def changes(
    known: Sequence[Entry], retired: Sequence[Entry], given: Sequence[Entry] | None, *, retire_missing: bool,
    retire: Collection[str] = (),
) -> list[Change]:  # fmt: skip
    """What a list does to what is known, in the order of the list; what is gone comes last.

    `retired` are entries that were on the list once, `retire` keys of those that shall leave it. A list that
    was not given changes nothing.
    """
    if given is None:
        return []
    current, former = {one.key: one for one in known}, {one.key: one for one in retired}
    told: list[Change] = []
    for entry in given:
        before = current.get(entry.key) or former.get(entry.key)
        if before is None:
            told.append(Change(entry=entry, deed=Deed.ADDED))
            continue
        wanted = _merged(entry, before)
        differ = tuple(
            f.name for f in fields(wanted) if f.compare and getattr(wanted, f.name) != getattr(before, f.name)
        )
        if entry.key in former and entry.key not in current:
            told.append(Change(entry=wanted, deed=Deed.RETURNED, fields=differ))
        elif differ:
            told.append(Change(entry=wanted, deed=Deed.CHANGED, fields=differ))
    listed = {entry.key for entry in given}
    gone = [one for one in known if one.key in retire or (retire_missing and one.key not in listed)]
    return told + [Change(entry=one, deed=Deed.RETIRED) for one in gone]


def _merged(entry: Entry, before: Entry) -> Entry:
    """What the list tells, and of the rest what was known."""
    kept = [
        f.name for f in fields(entry) if f.compare and entry.told is not None and f.name not in entry.told
    ]
    known: dict[str, Any] = {name: getattr(before, name) for name in kept}
    if isinstance(entry, PlaceEntry) and isinstance(before, PlaceEntry):
        known["facts"] = {**before.facts, **entry.facts}
    return replace(entry, **known)


def refuse(problems: Sequence[str], *, most: int = 20) -> None:
    """InvalidInput with all problems at once, one a line, if there are any."""
    if problems:
        more = [f"and {len(problems) - most} more"] if len(problems) > most else []
        raise InvalidInput("register", "\n".join([*problems[:most], *more]))
