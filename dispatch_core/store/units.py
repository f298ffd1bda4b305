"""Units and stations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.errors import NotFound
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.station import Station
from dispatch_core.fleet.unit import Unit, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import StationId, UnitId
from dispatch_core.store.asking import of_ids
from dispatch_core.store.points import lat, lon, point
from dispatch_core.store.tables import station, unit
from dispatch_core.store.versions import write_over

_COLUMNS = (
    unit.c.id, unit.c.call_sign, unit.c.kind, unit.c.capabilities, unit.c.status, unit.c.agency,
    unit.c.station_id, unit.c.plate, unit.c.phone, unit.c.turnout_s, unit.c.version,
    unit.c.retired_at,
)  # fmt: skip
_EVER = select(*_COLUMNS).order_by(unit.c.call_sign)
_ALL = _EVER.where(unit.c.retired_at.is_(None))
_BY_IDS = select(*_COLUMNS).where(of_ids(unit.c.id)).order_by(unit.c.id)
_BY_IDS_LOCKED = _BY_IDS.with_for_update()
_NEW_STATUS: dict[str, Any] = {"status": bindparam("new_status"), "version": bindparam("new_version")}
_SAVE_LOCKED = update(unit).where(unit.c.id == bindparam("key")).values(_NEW_STATUS)


def _unit(row: Row[*tuple[Any, ...]]) -> Unit:
    return Unit(
        id=UnitId(row.id),
        call_sign=row.call_sign,
        kind=UnitKind(row.kind),
        capabilities=frozenset(Capability(c) for c in row.capabilities),
        status=UnitStatus(row.status),
        agency=row.agency,
        station_id=StationId(row.station_id) if row.station_id else None,
        plate=row.plate,
        phone=row.phone,
        turnout_s=row.turnout_s,
        version=row.version,
        is_retired=row.retired_at is not None,
    )


def get(connection: Connection, unit_id: UnitId, *, for_update: bool = False) -> Unit:
    query = select(*_COLUMNS).where(unit.c.id == unit_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound("unit", unit_id)
    return _unit(row)


def all_units(connection: Connection, *, with_retired: bool = False) -> list[Unit]:
    """By call sign."""
    return [_unit(row) for row in connection.execute(_EVER if with_retired else _ALL).all()]


def _values(one: Unit) -> dict[str, Any]:
    return {
        "id": one.id,
        "call_sign": one.call_sign,
        "kind": one.kind.value,
        "capabilities": sorted(c.value for c in one.capabilities),
        "status": one.status.value,
        "agency": one.agency,
        "station_id": one.station_id,
        "plate": one.plate,
        "phone": one.phone,
        "turnout_s": one.turnout_s,
        "version": one.version,
    }


def by_ids(connection: Connection, ids: Iterable[UnitId], *, for_update: bool = False) -> list[Unit]:
    """Sorted by id, so that two who lock several do not wait for each other."""
    query = _BY_IDS_LOCKED if for_update else _BY_IDS
    return [_unit(row) for row in connection.execute(query, {"ids": list(ids)}).all()]


def add(connection: Connection, units: Iterable[Unit]) -> None:
    """Inserts those whose call sign is not there yet."""
    rows = [_values(one) for one in units]
    if rows:
        connection.execute(upsert(unit).on_conflict_do_nothing(), rows)


def save(connection: Connection, changed: Unit) -> None:
    """Writes a unit that a transition has moved one version on."""
    values = _values(changed)
    write_over(connection, unit, values.pop("id"), read_version=changed.version - 1, values=values)


def save_locked(connection: Connection, changed: Sequence[Unit]) -> None:
    """Writes the new status of units that the transaction holds locked, all at once."""
    rows = [{"key": one.id, "new_status": one.status.value, "new_version": one.version} for one in changed]
    if rows:
        connection.execute(_SAVE_LOCKED, rows)


def add_stations(connection: Connection, stations: Sequence[Station]) -> None:
    rows = [{"id": s.id, "name": s.name, "kind": s.kind.value, "place": point(s.place)} for s in stations]
    for row in rows:
        connection.execute(upsert(station).values(**row).on_conflict_do_nothing())


def all_stations(connection: Connection) -> list[Station]:
    query = select(station.c.id, station.c.name, station.c.kind, lon(station.c.place), lat(station.c.place))
    query = query.where(station.c.retired_at.is_(None))
    return [
        Station(id=StationId(r.id), name=r.name, kind=UnitKind(r.kind), place=LonLat(r.lon, r.lat))
        for r in connection.execute(query.order_by(station.c.name))
    ]
