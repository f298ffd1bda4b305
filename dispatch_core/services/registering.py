"""A city's list of stations, units and places, taken over as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Connection

from dispatch_core.fleet.unit import UnitEvent, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import UnitId
from dispatch_core.register import (
    Change,
    Deed,
    Entry,
    PlaceEntry,
    Register,
    StationEntry,
    UnitEntry,
    changes,
    refuse,
)
from dispatch_core.services.crews import shift
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import devices, register, tokens, units
from dispatch_core.store.register import Kept

NearRoad = Callable[[Sequence[LonLat]], Sequence[bool]]
_KIND: dict[type[Any], Literal["station", "unit", "place"]] = {
    StationEntry: "station", UnitEntry: "unit", PlaceEntry: "place",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    stations: Kept[StationEntry]
    units: Kept[UnitEntry]
    places: Kept[PlaceEntry]

    def of(self, entry: Entry) -> Kept[Any]:
        if isinstance(entry, StationEntry):
            return self.stations
        return self.units if isinstance(entry, UnitEntry) else self.places


def registered(connection: Connection) -> Register:
    """The register of today."""
    known = _known(connection, for_update=False)
    return Register(
        stations=tuple(known.stations.current.values()),
        units=tuple(sorted(known.units.current.values(), key=lambda one: (one.kind, one.call_sign))),
        places=tuple(known.places.current.values()),
    )


def take_over(
    tx: Transaction, given: Register, *, near_road: NearRoad, by: str, retire_missing: bool = False,
    retire: Collection[str] = (),
) -> list[Change]:  # fmt: skip
    """What the lists changed; InvalidInput with every problem at once, and then nothing is. Does not commit.

    Whose key `retire` names, with `retire_missing` whoever is not on a list that was given, is retired:
    offered and sent no more, its token and devices worthless, its history readable. A unit on a mission keeps
    its capabilities and stays.
    """
    refuse(given.twice())
    register.lock(tx.connection)
    known = _known(tx.connection, for_update=True)
    pairs: tuple[tuple[Kept[Any], Sequence[Entry] | None], ...] = (
        (known.stations, given.stations), (known.units, given.units), (known.places, given.places),
    )  # fmt: skip
    told = [
        change
        for kept, entries in pairs
        for change in changes(
            list(kept.current.values()), list(kept.retired.values()), entries,
            retire_missing=retire_missing, retire=retire,
        )
    ]  # fmt: skip
    strangers = sorted(set(retire) - {change.entry.key for change in told if change.deed is Deed.RETIRED})
    refuse([f"retire: there is no {key} on the lists given" for key in strangers])
    refuse([*_far_from_roads(told, near_road), *_kinds_changed(told), *_unfit_units(tx, told, known)])
    ids = {id(change): known.of(change.entry).id_of(change.entry) or tx.new_id() for change in told}
    base = {name: key for key, name in _names(known.stations)}
    base |= {c.entry.key: ids[id(c)] for c in told if isinstance(c.entry, StationEntry)}
    # A station goes after the units that stood there.
    for change in sorted(told, key=lambda c: c.deed is Deed.RETIRED and isinstance(c.entry, StationEntry)):
        _carry_out(tx, change, ids[id(change)], base)
        tx.record(
            _KIND[type(change.entry)], change.deed.value, ids[id(change)], by=by, fields=list(change.fields),
            **_named(change.entry),
        )  # fmt: skip
    return told


def _known(connection: Connection, *, for_update: bool) -> _Known:
    return _Known(
        stations=register.stations(connection), units=register.units(connection, for_update=for_update),
        places=register.places(connection),
    )  # fmt: skip


def _names(kept: Kept[StationEntry]) -> Iterator[tuple[UUID, str]]:
    return ((key, entry.name) for key, entry in kept.current.items())


def _named(entry: Entry) -> dict[str, str]:
    return {"call_sign": entry.call_sign} if isinstance(entry, UnitEntry) else {"name": entry.name}


# -- what cannot be ----------------------------------------------------------------------------------------


def _far_from_roads(told: Sequence[Change], near_road: NearRoad) -> Iterator[str]:
    staying = [c.entry for c in told if c.deed is not Deed.RETIRED]
    moved = [entry for entry in staying if not isinstance(entry, UnitEntry)]
    for entry, is_near in zip(moved, near_road([entry.place for entry in moved]), strict=True):
        if not is_near:
            place = entry.place
            yield (
                f"{entry.source}: {entry.name} lies 3 km or more from any road of this region "
                f"({place.lon}, {place.lat}); are longitude and latitude exchanged?"
            )


def _kinds_changed(told: Sequence[Change]) -> Iterator[str]:
    for change in told:
        if change.deed is not Deed.ADDED and "kind" in change.fields:
            yield (
                f"{change.entry.source}: {change.entry.key} is of another kind than "
                f"{change.entry.kind.value}, which never changes; give the new one another name"
            )


def _unfit_units(tx: Transaction, told: Sequence[Change], known: _Known) -> Iterator[str]:
    """Units with a mission that would change under it, and units whose station would not be theirs."""
    status = {
        one.call_sign: one.status for one in units.by_ids(tx.connection, map(UnitId, known.units.current))
    }
    bases = {entry.name: entry.kind for entry in known.stations.current.values()}
    fleet = {entry.call_sign: entry for entry in known.units.current.values()}
    for change in told:
        entry = change.entry
        if isinstance(entry, StationEntry):
            bases[entry.name] = entry.kind
            if change.deed is Deed.RETIRED:
                del bases[entry.name]
        if isinstance(entry, UnitEntry):
            fleet[entry.call_sign] = entry
            if change.deed is Deed.RETIRED:
                del fleet[entry.call_sign]
            if status.get(entry.call_sign) is UnitStatus.ENGAGED and (
                change.deed is Deed.RETIRED or "capabilities" in change.fields
            ):
                where = f"{entry.source}: " if entry.source else ""
                yield f"{where}{entry.call_sign} has a mission; repeat it when that is over"
    for entry in fleet.values():
        if entry.station is not None and bases.get(entry.station) is not entry.kind:
            what = (
                "no station of today" if entry.station not in bases else f"no station of {entry.kind.value}s"
            )
            yield f"{entry.source or 'kept'}: {entry.call_sign} stands at {entry.station}, {what}"


# -- carrying out ------------------------------------------------------------------------------------------


def _carry_out(tx: Transaction, change: Change, key: UUID, base: dict[str, UUID]) -> None:
    entry, is_new = change.entry, change.deed is Deed.ADDED
    if change.deed is Deed.RETIRED:
        if isinstance(entry, UnitEntry):
            _let_go(tx, UnitId(key))
        register.retire(tx.connection, entry, key, at=tx.now)
    elif isinstance(entry, StationEntry):
        register.write_station(tx.connection, key, entry, is_new=is_new)
    elif isinstance(entry, UnitEntry):
        station_id = None if entry.station is None else base[entry.station]
        register.write_unit(tx.connection, key, entry, station_id=station_id, is_new=is_new)
    else:
        register.write_place(tx.connection, key, entry, is_new=is_new)


def _let_go(tx: Transaction, unit_id: UnitId) -> None:
    """Its shift ends, and what reported for it is believed no more."""
    if units.get(tx.connection, unit_id).status is not UnitStatus.OFF_SHIFT:
        shift(tx, unit_id, UnitEvent.END_SHIFT)
    tokens.revoke_unit(tx.connection, unit_id, at=tx.now)
    for device in devices.page(tx.connection, unit_id=unit_id):
        if device.retired_at is None:
            devices.retire(tx.connection, device.id, at=tx.now)
