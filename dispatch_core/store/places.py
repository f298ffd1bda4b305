"""Hospitals, repair shops, service points, yards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.errors import NotFound
from dispatch_core.geo import LonLat
from dispatch_core.ids import PlaceId
from dispatch_core.places import Place, PlaceKind
from dispatch_core.store.points import lat, lon, point
from dispatch_core.store.tables import place
from dispatch_core.store.versions import write_over

_COLUMNS = (
    place.c.id, place.c.kind, place.c.name, place.c.phone, place.c.facts, place.c.version, place.c.retired_at,
    lon(place.c.place), lat(place.c.place),
)  # fmt: skip


def _place(row: Row[Any]) -> Place:
    return Place(
        id=PlaceId(row.id),
        kind=PlaceKind(row.kind),
        name=row.name,
        place=LonLat(row.lon, row.lat),
        phone=row.phone,
        facts=row.facts,
        version=row.version,
        is_retired=row.retired_at is not None,
    )


def get(connection: Connection, place_id: PlaceId, *, for_update: bool = False) -> Place:
    query = select(*_COLUMNS).where(place.c.id == place_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound("place", place_id)
    return _place(row)


def all_places(connection: Connection, kind: PlaceKind | None = None) -> list[Place]:
    """By kind and name."""
    query = select(*_COLUMNS).where(place.c.retired_at.is_(None)).order_by(place.c.kind, place.c.name)
    return [
        _place(r)
        for r in connection.execute(query if kind is None else query.where(place.c.kind == kind.value))
    ]


def by_ids(connection: Connection, ids: Iterable[PlaceId]) -> list[Place]:
    """In no order."""
    return [_place(row) for row in connection.execute(select(*_COLUMNS).where(place.c.id.in_(list(ids))))]


def save(connection: Connection, changed: Place) -> None:
    """Writes the facts of a place moved one version on."""
    values = {"facts": changed.facts, "version": changed.version}
    write_over(connection, place, changed.id, read_version=changed.version - 1, values=values)


def add(connection: Connection, places: Iterable[Place]) -> None:
    """Inserts those that are not there yet."""
    for one in places:
        values = {"id": one.id, "kind": one.kind.value, "name": one.name, "place": point(one.place)}
        connection.execute(
            upsert(place)
            .values(**values, phone=one.phone, facts=one.facts, version=one.version)
            .on_conflict_do_nothing()
        )
