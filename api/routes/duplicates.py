"""Reports that may be of one accident: proposed, joined, kept apart, split again."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from api.auth import InService, Operator
from api.incident_views import incidents_told
from api.schemas import Model, ReasonIn
from api.service import Service
from dispatch_core.duplicates import DuplicateState
from dispatch_core.ids import DuplicateId, IncidentId
from dispatch_core.incidents import Incident
from dispatch_core.services import joining, views
from dispatch_core.store import duplicates

router = APIRouter(prefix="/v1", tags=["duplicates"])
Json = dict[str, Any]


class JoinIn(Model):
    """The incident that is the same accident, and why."""

    into: UUID
    reason: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/duplicates")
def list_duplicates(
    service: InService,
    _: Operator,
    state: DuplicateState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Json:
    """Reports that may be, were, or turned out not to be of an accident known already; the newest first."""
    with service.engine.connect() as connection:
        rows = duplicates.page(connection, state=None if state is None else state.value, limit=limit)
    return {"duplicates": [views.duplicate_view(row) for row in rows]}


@router.post("/duplicates/{duplicate_id}/join")
def join(duplicate_id: UUID, body: ReasonIn, service: InService, _: Operator) -> Json:
    """They are one accident: reports and missions of the later incident become the earlier one's."""
    with service.uow.begin() as tx:
        known = joining.join(tx, DuplicateId(duplicate_id), reason=body.reason, by="operator")
        tx.commit()
    return _shown(service, known)


@router.post("/duplicates/{duplicate_id}/dismiss")
def dismiss(duplicate_id: UUID, body: ReasonIn, service: InService, _: Operator) -> Json:
    """They are two accidents."""
    with service.uow.begin() as tx:
        joining.dismiss(tx, DuplicateId(duplicate_id), reason=body.reason, by="operator")
        tx.commit()
    with service.engine.connect() as connection:
        return views.duplicate_view(duplicates.get(connection, DuplicateId(duplicate_id)))


@router.post("/duplicates/{duplicate_id}/split")
def split(duplicate_id: UUID, body: ReasonIn, service: InService, _: Operator) -> Json:
    """Joined by mistake: the report is an incident of its own, with the missions that it had before."""
    with service.uow.begin() as tx:
        parted = joining.split(
            tx, service.world(), DuplicateId(duplicate_id), book=service.rules.read().book,
            reason=body.reason, by="operator",
        )  # fmt: skip
        tx.commit()
    return _shown(service, parted)


@router.post("/incidents/{incident_id}/join")
def join_incident(incident_id: UUID, body: JoinIn, service: InService, _: Operator) -> Json:
    """Join an open incident to another that nobody had proposed."""
    with service.uow.begin() as tx:
        known = joining.join_incidents(
            tx, service.world(), IncidentId(incident_id), IncidentId(body.into),
            params=service.rules.read().duplicates, reason=body.reason, by="operator",
        )  # fmt: skip
        tx.commit()
    return _shown(service, known)


def _shown(service: Service, incident: Incident) -> Json:
    with service.engine.connect() as connection:
        (view,) = incidents_told(connection, [incident])
    return view
