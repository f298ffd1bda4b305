"""Missions; the partial unique index on the unit is what makes a claim exclusive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.errors import NotFound
from dispatch_core.fleet.capability import Capability
from dispatch_core.ids import DecisionId, IncidentId, MissionId, PlaceId, UnitId
from dispatch_core.missions import ACTIVE, Arrival, Mission, MissionStatus
from dispatch_core.store.asking import of_ids
from dispatch_core.store.tables import mission, unit
from dispatch_core.store.versions import write_over

_COLUMNS = tuple(column for column in mission.c if column.name != "route")
# Written out, not as parameters: so the index of active missions is seen to serve.
_IS_ACTIVE = mission.c.status.in_([literal_column(f"'{status.value}'") for status in sorted(ACTIVE)])
_OF_INCIDENTS = (
    select(*_COLUMNS).where(of_ids(mission.c.incident_id)).order_by(mission.c.offered_at, mission.c.id)
)
_BY_IDS = select(*_COLUMNS).where(of_ids(mission.c.id)).order_by(mission.c.id)
_ACTIVE_IDS = select(mission.c.unit_id, mission.c.id).where(_IS_ACTIVE)
_ACTIVE_IDS_OF = _ACTIVE_IDS.where(of_ids(mission.c.unit_id))
_SIGNS_AND_ROUTES = (
    select(mission.c.id, unit.c.call_sign, mission.c.route)
    .join(unit, unit.c.id == mission.c.unit_id)
    .where(of_ids(mission.c.id))
)
_UNTIL = bindparam("until", type_=mission.c.ended_at.type)
_ENDED = func.least(func.coalesce(mission.c.ended_at, _UNTIL), _UNTIL)
_WORKED = (
    select(
        mission.c.unit_id,
        func.sum(func.extract("epoch", _ENDED - mission.c.accepted_at)).label("spent_s"),
    )
    .where(mission.c.offered_at >= bindparam("since"), mission.c.accepted_at.is_not(None))
    .group_by(mission.c.unit_id)
)


def _mission(row: Row[Any]) -> Mission:
    values = dict(row._mapping)
    return Mission(
        **values
        | {
            "id": MissionId(row.id),
            "incident_id": IncidentId(row.incident_id),
            "unit_id": UnitId(row.unit_id),
            "decision_id": DecisionId(row.decision_id),
            "need": Capability(row.need),
            "status": MissionStatus(row.status),
            "destination_id": PlaceId(row.destination_id) if row.destination_id else None,
            "replaces_id": MissionId(row.replaces_id) if row.replaces_id else None,
        }
    )


def _loaded(connection: Connection, query: Select[Any], /, **asked: Any) -> list[Mission]:
    return [_mission(row) for row in connection.execute(query, asked).all()]


def get(connection: Connection, mission_id: MissionId, *, for_update: bool = False) -> Mission:
    query = select(*_COLUMNS).where(mission.c.id == mission_id)
    row = connection.execute(query.with_for_update() if for_update else query).one_or_none()
    if row is None:
        raise NotFound("mission", mission_id)
    return _mission(row)


def active(connection: Connection) -> list[Mission]:
    """All that have not ended, the oldest first."""
    query = select(*_COLUMNS).where(_IS_ACTIVE)
    return _loaded(connection, query.order_by(mission.c.offered_at, mission.c.id))


def active_of_unit(connection: Connection, unit_id: UnitId) -> Mission | None:
    """The one mission of a unit; the database allows no second."""
    query = select(*_COLUMNS).where(mission.c.unit_id == unit_id, _IS_ACTIVE)
    row = connection.execute(query).one_or_none()
    return None if row is None else _mission(row)


def active_ids(connection: Connection, units: Iterable[UnitId] | None = None) -> dict[UnitId, MissionId]:
    """The mission of each busy unit, or of these."""
    asked = {} if units is None else {"ids": list(units)}
    rows = connection.execute(_ACTIVE_IDS if units is None else _ACTIVE_IDS_OF, asked).all()
    return {UnitId(row.unit_id): MissionId(row.id) for row in rows}


def of_incidents(connection: Connection, incident_ids: Iterable[IncidentId]) -> list[Mission]:
    """Every mission there ever was for these incidents, the oldest first."""
    return _loaded(connection, _OF_INCIDENTS, ids=list(incident_ids))


def by_ids(connection: Connection, ids: Iterable[MissionId]) -> list[Mission]:
    """Sorted by id."""
    wanted = list(ids)
    return _loaded(connection, _BY_IDS, ids=wanted) if wanted else []


def bound_for(connection: Connection) -> dict[PlaceId, int]:
    """How many loaded units are on their way to each place."""
    count = func.count()
    query = select(mission.c.destination_id, count).where(mission.c.status == MissionStatus.LOADED.value)
    rows = connection.execute(query.group_by(mission.c.destination_id))
    return {PlaceId(row[0]): row[1] for row in rows if row[0] is not None}


def page(connection: Connection, *, active_only: bool, limit: int) -> list[Mission]:
    """Newest first."""
    query = select(*_COLUMNS).order_by(mission.c.offered_at.desc(), mission.c.id.desc()).limit(limit)
    return _loaded(connection, query.where(_IS_ACTIVE) if active_only else query)


def claim(connection: Connection, offered: Sequence[tuple[Mission, dict[str, Any] | None]]) -> set[MissionId]:
    """Inserts missions with their routes, save those whose unit has an active one; the ids that went in."""
    if not offered:
        return set()
    rows = [_values(one) | {"route": route} for one, route in offered]
    claimed = connection.execute(upsert(mission).on_conflict_do_nothing().returning(mission.c.id), rows)
    return {MissionId(row.id) for row in claimed}


def _values(one: Mission) -> dict[str, Any]:
    values = {column.name: getattr(one, column.name) for column in _COLUMNS}
    return values | {"need": one.need.value, "status": one.status.value}


def save(connection: Connection, changed: Mission) -> None:
    """Writes a mission that a transition has moved one version on."""
    values = _values(changed)
    write_over(connection, mission, values.pop("id"), read_version=changed.version - 1, values=values)


def set_destination(
    connection: Connection, mission_id: MissionId, place_id: PlaceId, route: dict[str, Any] | None
) -> None:
    """Where a loaded unit goes and the way there; settled with the step that loads, so of its version."""
    connection.execute(
        update(mission).where(mission.c.id == mission_id).values(destination_id=place_id, route=route)
    )


def set_eta(connection: Connection, mission_id: MissionId, arrival: Arrival) -> bool:
    """Renews the expected arrival, without a new version; whether the mission is still on its way."""
    renewed = connection.execute(
        update(mission)
        .where(mission.c.id == mission_id, mission.c.status == MissionStatus.EN_ROUTE.value)
        .values(**_expected(arrival))
    )
    return renewed.rowcount == 1


def reroute(
    connection: Connection, mission_id: MissionId, route: dict[str, Any] | None, arrival: Arrival | None
) -> None:
    """Another way for a locked mission, one version on; with None its expected arrival stays."""
    values = {} if arrival is None else _expected(arrival)
    changed = update(mission).where(mission.c.id == mission_id)
    connection.execute(changed.values(route=route, version=mission.c.version + 1, **values))


def _expected(arrival: Arrival) -> dict[str, Any]:
    return {
        "eta_at": arrival.eta_at,
        "earliest_eta_at": arrival.earliest_at,
        "latest_eta_at": arrival.latest_at,
    }


def move(
    connection: Connection, ids: Iterable[MissionId] | None, *, origin: IncidentId, to: IncidentId
) -> list[Mission]:
    """Makes these missions (None: all) of one locked incident another's, each one version on; by id."""
    query = select(mission.c.id).where(mission.c.incident_id == origin).order_by(mission.c.id)
    if ids is not None:
        query = query.where(mission.c.id.in_(list(ids)))
    found = [row.id for row in connection.execute(query.with_for_update())]
    changed = update(mission).where(mission.c.id.in_(found))
    connection.execute(changed.values(incident_id=to, version=mission.c.version + 1))
    return by_ids(connection, found)


def worked_s(connection: Connection, *, since: datetime, until: datetime) -> dict[UnitId, float]:
    """Seconds that each unit spent on missions offered in the span, from acceptance to the end."""
    rows = connection.execute(_WORKED, {"since": since, "until": until}).all()
    return {UnitId(row.unit_id): max(float(row.spent_s), 0.0) for row in rows}


def arrived(connection: Connection, *, drilled: bool, limit: int) -> list[Row[*tuple[Any, ...]]]:
    """(kind, drive_s, world_speed, departed_at, arrived_at) of the newest drives to a scene, oldest first."""
    query = (
        select(
            unit.c.kind,
            mission.c.drive_s,
            mission.c.world_speed,
            mission.c.departed_at,
            mission.c.arrived_at,
        )
        .join(unit, unit.c.id == mission.c.unit_id)
        .where(
            mission.c.arrived_at.is_not(None),
            mission.c.departed_at.is_not(None),
            mission.c.drive_s.is_not(None),
            (mission.c.world_speed != 1) if drilled else (mission.c.world_speed == 1),
        )
        .order_by(mission.c.arrived_at.desc(), mission.c.id.desc())
        .limit(limit)
    )
    return list(connection.execute(query))[::-1]


def signs_and_routes(
    connection: Connection, ids: Iterable[MissionId]
) -> dict[MissionId, tuple[str, dict[str, Any] | None]]:
    """(call sign of the unit, route as it was drawn) of each mission."""
    rows = connection.execute(_SIGNS_AND_ROUTES, {"ids": list(ids)}).all()
    return {MissionId(row.id): (row.call_sign, row.route) for row in rows}
