"""Incidents, what they need, and the reports they stand on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Connection,
    Double,
    Integer,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
)

from dispatch_core.errors import NotFound
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId, MissionId, ReportId
from dispatch_core.incidents import Incident, IncidentKind, IncidentStatus
from dispatch_core.store.asking import of_ids
from dispatch_core.store.points import lat, lon, point
from dispatch_core.store.tables import incident, incident_need, mission, report
from dispatch_core.store.versions import write_over

_COLUMNS = (
    incident.c.id, incident.c.number, incident.c.kind, incident.c.status, incident.c.priority,
    lon(incident.c.place), lat(incident.c.place), incident.c.reported_at, incident.c.casualties,
    incident.c.vehicles, incident.c.address, incident.c.description, incident.c.alarm_level,
    incident.c.merged_into, incident.c.version,
)  # fmt: skip


_NEEDS = select(incident_need).where(of_ids(incident_need.c.incident_id)).order_by(incident_need.c.capability)
_OPEN = (
    select(*_COLUMNS)
    .where(incident.c.status == IncidentStatus.OPEN.value)
    .order_by(incident.c.reported_at, incident.c.id)
)
_ANY_OPEN = select(incident.c.id).where(incident.c.status == IncidentStatus.OPEN.value).limit(1)
_BY_IDS = select(*_COLUMNS).where(of_ids(incident.c.id)).order_by(incident.c.id)
_BY_IDS_LOCKED = _BY_IDS.with_for_update()
_HERE = func.ST_GeogFromText(bindparam("here"))
_OPEN_NEAR = (
    select(*_COLUMNS)
    .where(
        incident.c.status == IncidentStatus.OPEN.value,
        incident.c.reported_at >= bindparam("since"),
        func.ST_DWithin(incident.c.place, _HERE, bindparam("within_m", type_=Double)),
    )
    .order_by(func.ST_Distance(incident.c.place, _HERE), incident.c.id)
    .limit(bindparam("most", type_=Integer))
)


def _loaded(connection: Connection, query: Select[Any], /, **asked: Any) -> list[Incident]:
    rows = connection.execute(query, asked).all()
    needs = _needs(connection, [row.id for row in rows])
    return [_incident(row, needs[row.id]) for row in rows]


def _needs(connection: Connection, ids: Sequence[UUID]) -> dict[UUID, tuple[Need, ...]]:
    found: defaultdict[UUID, tuple[Need, ...]] = defaultdict(tuple)
    if ids:
        for row in connection.execute(_NEEDS, {"ids": ids}).all():
            found[row.incident_id] += (
                Need(capability=Capability(row.capability), count=row._mapping["count"]),
            )
    return found


def _incident(row: Row[Any], needs: tuple[Need, ...]) -> Incident:
    return Incident(
        id=IncidentId(row.id),
        number=row.number,
        kind=IncidentKind(row.kind),
        status=IncidentStatus(row.status),
        priority=row.priority,
        place=LonLat(row.lon, row.lat),
        reported_at=row.reported_at,
        needs=needs,
        casualties=row.casualties,
        vehicles=row.vehicles,
        address=row.address,
        description=row.description,
        alarm_level=row.alarm_level,
        merged_into=IncidentId(row.merged_into) if row.merged_into else None,
        version=row.version,
    )


def get(connection: Connection, incident_id: IncidentId, *, for_update: bool = False) -> Incident:
    query = select(*_COLUMNS).where(incident.c.id == incident_id)
    found = _loaded(connection, query.with_for_update() if for_update else query)
    if not found:
        raise NotFound("incident", incident_id)
    return found[0]


def lock_of_mission(connection: Connection, mission_id: MissionId) -> None:
    """Holds the incident of a mission until the transaction ends; NotFound without such a mission.

    While the lock was waited for, the incident may have been joined to another, its missions with it: then it
    is let go before the other is asked for, so that nobody who locks both waits for us in a circle.
    """
    of_mission = select(mission.c.incident_id).where(mission.c.id == mission_id)
    while True:
        incident_id = connection.execute(of_mission).scalar()
        if incident_id is None:
            raise NotFound("mission", mission_id)
        attempt = connection.begin_nested()
        connection.execute(select(incident.c.id).where(incident.c.id == incident_id).with_for_update())
        if connection.execute(of_mission).scalar() == incident_id:
            attempt.commit()
            return
        attempt.rollback()


def are_open(connection: Connection) -> bool:
    """Whether any is."""
    return connection.execute(_ANY_OPEN).first() is not None


def open_incidents(connection: Connection) -> list[Incident]:
    """All that are open, the oldest first."""
    return _loaded(connection, _OPEN)


def by_ids(connection: Connection, ids: Iterable[IncidentId], *, for_update: bool = False) -> list[Incident]:
    """Sorted by id, so that two who lock several do not wait for each other."""
    return _loaded(connection, _BY_IDS_LOCKED if for_update else _BY_IDS, ids=list(ids))


def page(
    connection: Connection, *, status: IncidentStatus | None, limit: int, before: IncidentId | None
) -> list[Incident]:
    """Newest first; `before` is the last id of the page before."""
    query = select(*_COLUMNS).order_by(incident.c.reported_at.desc(), incident.c.id.desc()).limit(limit)
    if status is not None:
        query = query.where(incident.c.status == status.value)
    if before is not None:
        last = select(incident.c.reported_at, incident.c.id).where(incident.c.id == before)
        query = query.where(tuple_(incident.c.reported_at, incident.c.id) < last.scalar_subquery())
    return _loaded(connection, query)


def open_near(
    connection: Connection, place: LonLat, *, within_m: float, since: datetime, limit: int
) -> list[Incident]:
    """Open incidents within a circle, reported since a time, the nearest first."""
    here = point(place).desc
    return _loaded(connection, _OPEN_NEAR, here=here, since=since, within_m=within_m, most=limit)


def add(connection: Connection, one: Incident) -> Incident:
    """Inserts it and returns it with the number that the database gave."""
    number = connection.execute(
        insert(incident)
        .values(
            id=one.id, kind=one.kind.value, status=one.status.value, priority=one.priority,
            place=point(one.place), reported_at=one.reported_at, casualties=one.casualties,
            vehicles=one.vehicles, address=one.address, description=one.description,
            alarm_level=one.alarm_level, version=one.version,
        )
        .returning(incident.c.number)
    ).scalar_one()  # fmt: skip
    _write_needs(connection, one)
    return replace(one, number=number)


def save(connection: Connection, changed: Incident, *, ended_at: datetime | None = None) -> None:
    """Writes an incident moved one version on, with its needs."""
    values: dict[str, Any] = {
        "status": changed.status.value,
        "priority": changed.priority,
        "casualties": changed.casualties,
        "vehicles": changed.vehicles,
        "address": changed.address,
        "description": changed.description,
        "alarm_level": changed.alarm_level,
        "merged_into": changed.merged_into,
        "version": changed.version,
        "ended_at": ended_at,
    }
    write_over(connection, incident, changed.id, read_version=changed.version - 1, values=values)
    connection.execute(delete(incident_need).where(incident_need.c.incident_id == changed.id))
    _write_needs(connection, changed)


def _write_needs(connection: Connection, one: Incident) -> None:
    rows = [
        {"incident_id": one.id, "capability": need.capability.value, "count": need.count}
        for need in one.needs
    ]
    if rows:
        connection.execute(insert(incident_need), rows)


def add_report(
    connection: Connection, *, report_id: ReportId, incident_id: IncidentId, key: str | None,
    received_at: datetime, place: LonLat, caller_phone: str, said: dict[str, Any],
) -> None:  # fmt: skip
    """Keeps what one caller said, word for word."""
    connection.execute(
        insert(report).values(
            id=report_id, incident_id=incident_id, idempotency_key=key, received_at=received_at,
            place=point(place), caller_phone=caller_phone, said=said,
        )
    )  # fmt: skip


def reported_under(connection: Connection, key: str) -> tuple[ReportId, IncidentId, dict[str, Any]] | None:
    """The report made before under an idempotency key, with what it said."""
    query = select(report.c.id, report.c.incident_id, report.c.said).where(report.c.idempotency_key == key)
    row = connection.execute(query).one_or_none()
    return None if row is None else (ReportId(row.id), IncidentId(row.incident_id), row.said)


def reports_of(connection: Connection, incident_id: IncidentId) -> list[Row[Any]]:
    """(id, received_at, caller_phone, said, lon, lat), the first first."""
    query = select(
        report.c.id,
        report.c.received_at,
        report.c.caller_phone,
        report.c.said,
        lon(report.c.place),
        lat(report.c.place),
    )
    return list(
        connection.execute(
            query.where(report.c.incident_id == incident_id).order_by(report.c.received_at, report.c.id)
        )
    )


def places_and_times(connection: Connection, *, limit: int) -> list[tuple[float, float, datetime]]:
    """(lon, lat, reported_at) of the newest incidents that were not called off."""
    query = select(lon(incident.c.place), lat(incident.c.place), incident.c.reported_at)
    happened = query.where(incident.c.status.in_([IncidentStatus.OPEN.value, IncidentStatus.CLOSED.value]))
    rows = connection.execute(happened.order_by(incident.c.reported_at.desc()).limit(limit))
    return [(row.lon, row.lat, row.reported_at) for row in rows]
