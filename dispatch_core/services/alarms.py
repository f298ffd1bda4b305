"""What the desk learns later: a graver alarm, a hospital that is full or asks to be spared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Need
from dispatch_core.ids import IncidentId, PlaceId
from dispatch_core.incidents import Incident, IncidentStatus
from dispatch_core.places import Place, PlaceKind
from dispatch_core.services.situation import circumstances
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import incidents, places


def raise_alarm(
    tx: Transaction, incident_id: IncidentId, *, level: int, book: ResponsePlanBook, reason: str, by: str
) -> Incident:
    """Asks what the book adds from the old level to the new; Conflict unless higher. Does not commit."""
    incident = incidents.get(tx.connection, incident_id, for_update=True)
    if incident.status is not IncidentStatus.OPEN:
        raise Conflict(f"the incident is {incident.status}", code="incident-status-conflict")
    if level <= incident.alarm_level:
        raise Conflict(f"alarm level {incident.alarm_level} stands already", code="alarm-not-higher")
    now = circumstances(incident)
    before = {p.need.capability: p.need.count for p in book.needs(now)}
    after = {p.need.capability: p.need.count for p in book.needs(replace(now, alarm_level=level))}
    count = {need.capability: need.count for need in incident.needs}
    for capability, asked in after.items():
        more = asked - before.get(capability, 0)
        if more > 0:
            count[capability] = min(count.get(capability, 0) + more, 50)
    raised = replace(
        incident,
        alarm_level=level,
        needs=tuple(Need(capability=c, count=n) for c, n in sorted(count.items())),
        version=incident.version + 1,
    )
    incidents.save(tx.connection, raised)
    needs = [[need.capability.value, need.count] for need in raised.needs]
    tx.record("incident", "changed", raised.id, alarm_level=level, needs=needs, reason=reason, by=by)
    return raised


def change_place(tx: Transaction, place_id: PlaceId, changes: Mapping[str, Any], *, by: str) -> Place:
    """New facts of a hospital beside those that stay; does not commit."""
    place = places.get(tx.connection, place_id, for_update=True)
    if place.kind is not PlaceKind.HOSPITAL:
        raise InvalidInput("place", "only a hospital has beds, wards and diversion")
    changed = replace(place, facts=place.facts | dict(changes), version=place.version + 1)
    places.save(tx.connection, changed)
    tx.record("place", "changed", place.id, by=by, **dict(changes))
    return changed
