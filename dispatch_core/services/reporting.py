"""An accident is reported, perhaps by many at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from dispatch_core.assignment.response_book import DEFAULT_BOOK
from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.duplicates import Asked, DuplicateParams, joined
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.geo import distance_m
from dispatch_core.ids import IncidentId, ReportId
from dispatch_core.incidents import Incident, IncidentEvent, IncidentStatus, incident_after
from dispatch_core.missions import MissionEvent, MissionStatus
from dispatch_core.services.alikeness import Match, keep_match, most_alike
from dispatch_core.services.closing import end_mission
from dispatch_core.services.reports import AccidentReport
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions

# One report at a time decides whether its accident is known already; held for some milliseconds.
_LOCK = 0x59435402


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """`joined`: the accident was known; `repeated`: so was this very report."""

    incident: Incident
    report_id: ReportId
    joined: bool
    repeated: bool = False


def report_accident(
    tx: Transaction,
    world: World,
    report: AccidentReport,
    *,
    params: DuplicateParams,
    book: ResponsePlanBook = DEFAULT_BOOK,
) -> Reported:
    """Keeps the report and opens an incident, or joins the open one it is surely of; does not commit.

    Where it is only perhaps of a known accident, an incident is opened and a person asked (`joining`).
    InvalidInput where no road is near; Conflict if the idempotency key came before with other words.
    """
    if not world.is_near_road([report.place])[0]:
        raise InvalidInput("lon, lat", "no road of this region is within 3 km; check the position")
    tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    repeated = _reported_before(tx, report)
    if repeated is not None:
        return repeated
    match = most_alike(tx, world, report, params)
    known = None if match is None else _surely(tx, match, params)
    asked = report.asked(book)
    incident = open_incident(tx, world, report, asked) if known is None else _joined(tx, known, report, asked)
    report_id = ReportId(tx.new_id())
    incidents.add_report(
        tx.connection, report_id=report_id, incident_id=incident.id, key=report.idempotency_key,
        received_at=tx.now, place=report.place, caller_phone=report.caller_phone, said=report.said(),
    )  # fmt: skip
    if match is not None and match.likelihood >= params.propose_at:
        keep_match(tx, match, report_id, opened=incident.id if known is None else None)
    return Reported(incident=incident, report_id=report_id, joined=known is not None)


def _surely(tx: Transaction, match: Match, params: DuplicateParams) -> Incident | None:
    """The known accident, locked, if the report is to join it without asking; None if it ended meanwhile."""
    if match.likelihood < params.join_at:
        return None
    known = incidents.get(tx.connection, match.known.id, for_update=True)
    return known if known.status is IncidentStatus.OPEN else None


def _reported_before(tx: Transaction, report: AccidentReport) -> Reported | None:
    if report.idempotency_key is None:
        return None
    found = incidents.reported_under(tx.connection, report.idempotency_key)
    if found is None:
        return None
    report_id, incident_id, said = found
    if said != report.said():
        raise Conflict(
            "this Idempotency-Key was used for another report; use a new one", code="idempotency-key-reused"
        )
    incident = incidents.get(tx.connection, incident_id)
    return Reported(incident=incident, report_id=report_id, joined=True, repeated=True)


def open_incident(
    tx: Transaction, world: World, report: AccidentReport, asked: Asked, *,
    at: datetime | None = None, **facts: Any,
) -> Incident:  # fmt: skip
    """A new incident for a report made now, or `at` a time; does not commit."""
    incident = incidents.add(
        tx.connection,
        Incident(
            id=IncidentId(tx.new_id()),
            kind=report.kind,
            status=IncidentStatus.OPEN,
            priority=asked.priority,
            place=report.place,
            reported_at=at or tx.now,
            needs=asked.needs,
            casualties=report.casualties,
            vehicles=report.vehicles,
            address=report.address or world.street_at(report.place),
            description=report.description,
        ),
    )
    tx.record("incident", "reported", incident.id, **told(incident), **facts)
    return incident


def _joined(tx: Transaction, known: Incident, report: AccidentReport, asked: Asked) -> Incident:
    apart = round(distance_m(known.place, report.place))
    grown = joined(known, asked)
    if grown is known:
        tx.record("incident", "reported_again", known.id, distance_m=apart)
        return known
    incidents.save(tx.connection, grown)
    tx.record("incident", "changed", known.id, distance_m=apart, **told(grown))
    return grown


def told(incident: Incident) -> dict[str, Any]:
    """What the case's timeline says of an incident."""
    return {
        "number": incident.number,
        "kind": incident.kind.value,
        "priority": incident.priority,
        "casualties": incident.casualties,
        "vehicles": incident.vehicles,
        "needs": [[need.capability.value, need.count] for need in incident.needs],
        "lon": incident.place.lon,
        "lat": incident.place.lat,
        "address": incident.address,
    }


# Beyond these a crew has somebody or something aboard and must finish its errand.
_RECALLABLE = frozenset(
    {MissionStatus.OFFERED, MissionStatus.ACCEPTED, MissionStatus.EN_ROUTE, MissionStatus.ON_SCENE}
)


def cancel_incident(tx: Transaction, incident_id: IncidentId, *, reason: str, by: str) -> Incident:
    """Calls off an incident and its crews, except those already loaded, who finish; does not commit."""
    if not reason.strip():
        raise InvalidInput("reason", "say why the incident is cancelled")
    incident = incident_after(
        incidents.get(tx.connection, incident_id, for_update=True), IncidentEvent.CANCEL
    )
    incidents.save(tx.connection, incident, ended_at=tx.now)
    tx.record("incident", "cancelled", incident.id, reason=reason, by=by)
    known = missions.of_incidents(tx.connection, [incident_id])
    for mission in sorted(known, key=lambda m: m.unit_id):
        if mission.status in _RECALLABLE:
            end_mission(tx, mission, MissionEvent.CANCEL, by=by, reason=reason)
    return incident
