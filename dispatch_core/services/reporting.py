"""An accident is reported, perhaps by many at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from dispatch_core.assignment.response_book import DEFAULT_BOOK
from dispatch_core.assignment.response_plans import Circumstances, ResponsePlanBook
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Need
from dispatch_core.geo import LonLat, distance_m
from dispatch_core.ids import IncidentId, ReportId
from dispatch_core.incidents import (
    Incident,
    IncidentEvent,
    IncidentKind,
    IncidentStatus,
    default_priority,
    incident_after,
)
from dispatch_core.missions import MissionEvent, MissionStatus
from dispatch_core.services.closing import end_mission
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions

# One report at a time decides whether its accident is known already; held for some milliseconds.
_LOCK = 0x59435402


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateParams:
    """Reports so near in space and time are of one accident."""

    within_m: float = 300.0
    within_s: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentReport:
    """What a caller says; `needs` and `priority` only where the call-taker knows better than the defaults."""

    kind: IncidentKind
    place: LonLat
    casualties: int = 0
    vehicles: int = 0
    needs: tuple[Need, ...] = ()
    priority: int | None = None
    address: str = ""
    description: str = ""
    caller_phone: str = ""
    plates: tuple[str, ...] = ()
    idempotency_key: str | None = None

    def said(self) -> dict[str, Any]:
        """The report word for word, as it is kept."""
        return {
            "kind": self.kind.value,
            "casualties": self.casualties,
            "vehicles": self.vehicles,
            "needs": [[need.capability.value, need.count] for need in self.needs],
            "priority": self.priority,
            "address": self.address,
            "description": self.description,
            "plates": list(self.plates),
            "lon": self.place.lon,
            "lat": self.place.lat,
        }


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
    """Keeps the report and opens an incident, or joins the open one it is near to; does not commit.

    InvalidInput where no road is near; Conflict if the idempotency key came before with other words.
    """
    if not world.is_near_road([report.place])[0]:
        raise InvalidInput("lon, lat", "no road of this region is within 3 km; check the position")
    tx.connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    repeated = _reported_before(tx, report)
    if repeated is not None:
        return repeated
    since = tx.now - timedelta(seconds=params.within_s)
    known = incidents.nearest_open(tx.connection, report.place, within_m=params.within_m, since=since)
    incident = _joined(tx, known, report, book) if known is not None else _opened(tx, world, report, book)
    report_id = ReportId(tx.new_id())
    incidents.add_report(
        tx.connection, report_id=report_id, incident_id=incident.id, key=report.idempotency_key,
        received_at=tx.now, place=report.place, caller_phone=report.caller_phone, said=report.said(),
    )  # fmt: skip
    return Reported(incident=incident, report_id=report_id, joined=known is not None)


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


def _opened(tx: Transaction, world: World, report: AccidentReport, book: ResponsePlanBook) -> Incident:
    incident = incidents.add(
        tx.connection,
        Incident(
            id=IncidentId(tx.new_id()),
            kind=report.kind,
            status=IncidentStatus.OPEN,
            priority=_priority(report),
            place=report.place,
            reported_at=tx.now,
            needs=_needs(report, book),
            casualties=report.casualties,
            vehicles=report.vehicles,
            address=report.address or world.street_at(report.place),
            description=report.description,
        ),
    )
    tx.record("incident", "reported", incident.id, **_told(incident))
    return incident


def _joined(tx: Transaction, known: Incident, report: AccidentReport, book: ResponsePlanBook) -> Incident:
    """What the later caller adds counts; what he leaves out takes nothing away."""
    count = {need.capability: need.count for need in known.needs}
    for need in _needs(report, book):
        count[need.capability] = max(count.get(need.capability, 0), need.count)
    grown = replace(
        known,
        priority=min(known.priority, _priority(report)),
        casualties=max(known.casualties, report.casualties),
        vehicles=max(known.vehicles, report.vehicles),
        needs=tuple(Need(capability=c, count=n) for c, n in sorted(count.items())),
    )
    apart = round(distance_m(known.place, report.place))
    if set(grown.needs) == set(known.needs) and grown == replace(known, needs=grown.needs):
        tx.record("incident", "reported_again", known.id, distance_m=apart)
        return known
    grown = replace(grown, version=known.version + 1)
    incidents.save(tx.connection, grown)
    tx.record("incident", "changed", known.id, distance_m=apart, **_told(grown))
    return grown


def _needs(report: AccidentReport, book: ResponsePlanBook) -> tuple[Need, ...]:
    if report.needs:
        return report.needs
    told = Circumstances.as_reported(report.kind, casualties=report.casualties, vehicles=report.vehicles)
    return tuple(planned.need for planned in book.needs(told))


def _priority(report: AccidentReport) -> int:
    if report.priority is not None:
        return report.priority
    return default_priority(report.kind, casualties=report.casualties)


def _told(incident: Incident) -> dict[str, Any]:
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
