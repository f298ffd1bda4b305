"""Reports that may be of one accident, and what people made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, or_, select, update

from dispatch_core.errors import Conflict, NotFound
from dispatch_core.ids import DuplicateId, IncidentId, ReportId
from dispatch_core.store.tables import duplicate, incident, report


def add(connection: Connection, **values: Any) -> None:
    connection.execute(insert(duplicate).values(**values))


def get(connection: Connection, duplicate_id: DuplicateId) -> Row[Any]:
    row = connection.execute(select(duplicate).where(duplicate.c.id == duplicate_id)).one_or_none()
    if row is None:
        raise NotFound("duplicate", duplicate_id)
    return row


def of_report(connection: Connection, report_id: ReportId) -> Row[Any] | None:
    return connection.execute(select(duplicate).where(duplicate.c.report_id == report_id)).one_or_none()


def of_incident(connection: Connection, incident_id: IncidentId) -> list[Row[Any]]:
    """Those that name the incident on either side, the first first."""
    query = select(duplicate).where(
        or_(duplicate.c.known_id == incident_id, duplicate.c.opened_id == incident_id)
    )
    return list(connection.execute(query.order_by(duplicate.c.found_at, duplicate.c.id)))


def by_ids(connection: Connection, ids: Sequence[UUID]) -> list[Row[Any]]:
    query = select(duplicate).where(duplicate.c.id.in_(ids)).order_by(duplicate.c.id)
    return list(connection.execute(query)) if ids else []


def page(connection: Connection, *, state: str | None, limit: int) -> list[Row[Any]]:
    """Newest first."""
    query = select(duplicate).order_by(duplicate.c.found_at.desc(), duplicate.c.id.desc()).limit(limit)
    return list(connection.execute(query if state is None else query.where(duplicate.c.state == state)))


def waiting(connection: Connection) -> list[Row[Any]]:
    """Proposed, the incident opened for the report being open still; the oldest first."""
    query = select(duplicate).join(incident, incident.c.id == duplicate.c.opened_id)
    query = query.where(duplicate.c.state == "proposed", incident.c.status == "open")
    return list(connection.execute(query.order_by(duplicate.c.found_at, duplicate.c.id)))


def answer(connection: Connection, seen: Row[Any], **values: Any) -> None:
    """Writes over the row that was read; Conflict if somebody else answered meanwhile."""
    written = connection.execute(
        update(duplicate)
        .where(duplicate.c.id == seen.id, duplicate.c.version == seen.version)
        .values(version=seen.version + 1, **values)
        .returning(duplicate.c.id)
    )
    if written.first() is None:
        raise Conflict("somebody else has answered meanwhile; read it again", code="version-conflict")


def root(connection: Connection, incident_id: IncidentId) -> IncidentId:
    """The incident that this one is joined to in the end; itself if it is joined to none."""
    seen: set[UUID] = set()
    here: UUID = incident_id
    while here not in seen:
        seen.add(here)
        query = select(incident.c.merged_into).where(incident.c.id == here)
        into: UUID | None = connection.execute(query).scalar()
        if into is None:
            return IncidentId(here)
        here = into
    return IncidentId(here)


def merged_into(connection: Connection, incident_id: IncidentId) -> list[IncidentId]:
    query = select(incident.c.id).where(incident.c.merged_into == incident_id).order_by(incident.c.id)
    return [IncidentId(row.id) for row in connection.execute(query)]


def move_reports(
    connection: Connection, reports: Sequence[UUID] | None, *, origin: IncidentId, to: IncidentId
) -> list[UUID]:
    """Makes these reports (None: all) of one incident another's; the ids of those moved."""
    moved = update(report).where(report.c.incident_id == origin).values(incident_id=to)
    if reports is not None:
        moved = moved.where(report.c.id.in_(reports))
    return sorted(row.id for row in connection.execute(moved.returning(report.c.id)))
