"""Report accidents, read and cancel incidents, read what was decided and the case's timeline."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool

from accident_case.services.timeline import read_timeline
from api import jobs, tokens
from api.auth import InService, Operator
from api.incident_views import incidents_told
from api.schemas import IncidentIn, LinkIn, ReasonIn
from api.service import Service
from dispatch_core.ids import IncidentId
from dispatch_core.incidents import IncidentStatus
from dispatch_core.services import reporting, views
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import duplicates, incidents, missions
from dispatch_core.store import tokens as stored_tokens

router = APIRouter(prefix="/v1", tags=["incidents"])
Json = dict[str, Any]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=100)]


@router.post("/incidents", status_code=201)
async def report(
    body: IncidentIn, request: Request, service: InService, _: Operator, key: Key = None
) -> Json:
    """Report an accident; it joins an open incident that it is surely of, and may be proposed as of another.

    The answer is committed: the incident, its case and the report are kept, and the units are being chosen.
    Repeat with the same `Idempotency-Key` if no answer came.
    """
    async with service.reports.mine():
        return await run_in_threadpool(_reported, body, request, service, key)


def _reported(body: IncidentIn, request: Request, service: Service, key: str | None) -> Json:
    rules = service.rules.read()
    with service.uow.begin() as tx:
        reported = reporting.report_accident(
            tx, service.world(), body.report(key), params=rules.duplicates, book=rules.book
        )
        url = _tracking_url(tx, service, request, reported.incident.id, "caller")
        if body.caller_phone and not reported.repeated:
            jobs.send_tracking_link(tx.connection, phone=body.caller_phone, url=url)
        tx.commit()
        (view,) = incidents_told(tx.connection, [reported.incident])
    return {
        "incident": view,
        "report_id": str(reported.report_id),
        "joined": reported.joined,
        "repeated": reported.repeated,
        "case_number": view["case_number"],
        "tracking_url": url,
    }


def _tracking_url(
    tx: Transaction, service: Service, request: Request, incident_id: IncidentId, party: str
) -> str:
    token = tokens.draw()
    stored_tokens.add_link(
        tx.connection, tokens.known_digest(token), incident_id=incident_id, party=party, at=tx.now
    )
    base = service.settings.public_url or str(request.base_url).rstrip("/")
    return f"{base}/t/{token}"


@router.get("/incidents")
def list_incidents(
    service: InService,
    _: Operator,
    status: IncidentStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: UUID | None = None,
) -> Json:
    """Incidents, the newest first; `before` is the last id of the page before."""
    last = IncidentId(before) if before is not None else None
    with service.engine.connect() as connection:
        found = incidents.page(connection, status=status, limit=limit, before=last)
        return {"incidents": incidents_told(connection, found)}


@router.get("/incidents/{incident_id}")
def read_incident(incident_id: UUID, service: InService, _: Operator) -> Json:
    """One incident with every mission there was and every report it stands on."""
    with service.engine.connect() as connection:
        incident = incidents.get(connection, IncidentId(incident_id))
        (view,) = incidents_told(connection, [incident])
        known = missions.of_incidents(connection, [incident.id])
        shown = views.mission_views(connection, known)
        reports = incidents.reports_of(connection, incident.id)
        alike = [views.duplicate_view(row) for row in duplicates.of_incident(connection, incident.id)]
        merged = duplicates.merged_into(connection, incident.id)
    return view | {
        "duplicates": alike,
        "joined_incident_ids": [str(one) for one in merged],
        "missions": shown,
        "reports": [
            {
                "id": str(row.id), "received_at": views.at(row.received_at), "caller_phone": row.caller_phone,
                "lon": row.lon, "lat": row.lat, "said": row.said,
            }
            for row in reports
        ],
        "decisions": sorted({str(mission.decision_id) for mission in known}),
    }  # fmt: skip


@router.post("/incidents/{incident_id}/cancel")
def cancel(incident_id: UUID, body: ReasonIn, service: InService, _: Operator) -> Json:
    """Call an incident off; crews not yet loaded are called back."""
    with service.uow.begin() as tx:
        incident = reporting.cancel_incident(tx, IncidentId(incident_id), reason=body.reason, by="operator")
        tx.commit()
    with service.engine.connect() as connection:
        (view,) = incidents_told(connection, [incident])
    return view


@router.post("/incidents/{incident_id}/tracking-links", status_code=201)
def make_link(incident_id: UUID, body: LinkIn, request: Request, service: InService, _: Operator) -> Json:
    """A link for one party: it shows this rescue alone and ends on arrival."""
    with service.uow.begin() as tx:
        incident = incidents.get(tx.connection, IncidentId(incident_id))
        url = _tracking_url(tx, service, request, incident.id, body.party)
        tx.commit()
    return {"tracking_url": url}


@router.get("/incidents/{incident_id}/case")
def read_case(incident_id: UUID, service: InService, _: Operator) -> Json:
    """The case and its timeline; `broken_at` is null while the chain of hashes holds."""
    with service.engine.connect() as connection:
        case, entries, broken = read_timeline(connection, IncidentId(incident_id))
    return {
        "id": str(case.id),
        "number": case.number,
        "state": case.state.value,
        "opened_at": views.at(case.opened_at),
        "broken_at": broken,
        "entries": [
            {
                "seq": e.seq, "at": views.at(e.at), "kind": e.kind, "actor": e.actor, "facts": e.facts,
                "sha256": e.sha256.hex(),
            }
            for e in entries
        ],
    }  # fmt: skip
