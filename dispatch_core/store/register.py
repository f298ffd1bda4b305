"""The city's register in the tables of stations, units and places; what is retired stays for its history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Connection, Table, func, insert, select, update

from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.register import Entry, PlaceEntry, StationEntry, UnitEntry
from dispatch_core.store.points import lat, lon, point
from dispatch_core.store.tables import place, station, unit

E = TypeVar("E", bound=Entry)
_LOCK = 0x59435403  # any constant of our own


def lock(connection: Connection) -> None:
    """Until the transaction ends: of two lists that come at once the second sees what the first did."""
    connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept(Generic[E]):
    """Entries by id, those of today and those of before."""

    current: dict[UUID, E]
    retired: dict[UUID, E]

    def id_of(self, wanted: Entry) -> UUID | None:
        """Its own, else that of the entry of its name, today's before a former one's."""
        rows = [*self.current.items(), *self.retired.items()]
        own = (key for key, entry in rows if entry is wanted)
        return next(own, next((key for key, entry in rows if entry.key == wanted.key), None))


def stations(connection: Connection) -> Kept[StationEntry]:
    """By name."""
    columns = (station.c.id, station.c.name, station.c.kind, station.c.retired_at)
    query = select(*columns, lon(station.c.place), lat(station.c.place)).order_by(station.c.name)
    kept: Kept[StationEntry] = Kept(current={}, retired={})
    for row in connection.execute(query):
        entry = StationEntry(name=row.name, kind=UnitKind(row.kind), place=LonLat(row.lon, row.lat))
        _side(kept, row.retired_at)[row.id] = entry
    return kept


def units(connection: Connection, *, for_update: bool) -> Kept[UnitEntry]:
    """By id; locked if they shall change, so that nobody is sent meanwhile."""
    named = select(unit, station.c.name.label("station")).outerjoin(
        station, unit.c.station_id == station.c.id
    )
    query = named.order_by(unit.c.id)
    kept: Kept[UnitEntry] = Kept(current={}, retired={})
    for row in connection.execute(query.with_for_update(of=unit) if for_update else query):
        entry = UnitEntry(
            call_sign=row.call_sign, kind=UnitKind(row.kind), agency=row.agency, station=row.station,
            capabilities=frozenset(Capability(c) for c in row.capabilities), plate=row.plate,
            phone=row.phone, turnout_s=row.turnout_s,
        )  # fmt: skip
        _side(kept, row.retired_at)[row.id] = entry
    return kept


def places(connection: Connection) -> Kept[PlaceEntry]:
    """By kind and name."""
    columns = (place.c.id, place.c.kind, place.c.name, place.c.phone, place.c.facts, place.c.retired_at)
    query = select(*columns, lon(place.c.place), lat(place.c.place)).order_by(place.c.kind, place.c.name)
    kept: Kept[PlaceEntry] = Kept(current={}, retired={})
    for row in connection.execute(query):
        entry = PlaceEntry(
            kind=PlaceKind(row.kind), name=row.name, place=LonLat(row.lon, row.lat), phone=row.phone,
            facts=row.facts,
        )  # fmt: skip
        _side(kept, row.retired_at)[row.id] = entry
    return kept


def _side(kept: Kept[E], retired_at: datetime | None) -> dict[UUID, E]:
    return kept.current if retired_at is None else kept.retired


def write_station(connection: Connection, key: UUID, entry: StationEntry, *, is_new: bool) -> None:
    values = {"name": entry.name, "kind": entry.kind.value, "place": point(entry.place)}
    _write(connection, station, key, values, is_new=is_new)


def write_unit(
    connection: Connection, key: UUID, entry: UnitEntry, *, station_id: UUID | None, is_new: bool
) -> None:
    values: dict[str, Any] = {
        "call_sign": entry.call_sign, "kind": entry.kind.value, "agency": entry.agency,
        "capabilities": sorted(c.value for c in entry.capabilities), "station_id": station_id,
        "plate": entry.plate, "phone": entry.phone, "turnout_s": entry.turnout_s,
    }  # fmt: skip
    if is_new:
        values |= {"status": UnitStatus.OFF_SHIFT.value, "version": 0}
    else:
        values["version"] = unit.c.version + 1
    _write(connection, unit, key, values, is_new=is_new)


def write_place(connection: Connection, key: UUID, entry: PlaceEntry, *, is_new: bool) -> None:
    values: dict[str, Any] = {
        "kind": entry.kind.value, "name": entry.name, "place": point(entry.place), "phone": entry.phone,
        "facts": dict(entry.facts), "version": 0 if is_new else place.c.version + 1,
    }  # fmt: skip
    _write(connection, place, key, values, is_new=is_new)


def _write(
    connection: Connection, table: Table, key: UUID, values: Mapping[str, Any], *, is_new: bool
) -> None:
    if is_new:
        connection.execute(insert(table).values(id=key, **values))
    else:
        connection.execute(update(table).where(table.c.id == key).values(retired_at=None, **values))


def retire(connection: Connection, entry: Entry, key: UUID, *, at: datetime) -> None:
    """It is offered and sent no more; what it did stays readable."""
    tables: dict[type[Entry], Table] = {StationEntry: station, UnitEntry: unit, PlaceEntry: place}
    table = tables[type(entry)]
    values: dict[str, Any] = {"retired_at": at}
    if table is not station:
        values["version"] = table.c.version + 1
    connection.execute(update(table).where(table.c.id == key).values(**values))
