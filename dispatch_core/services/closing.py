"""How a mission moves and ends, and what that means for its unit and its incident."""

from __future__ import annotations

from typing import Any

from dispatch_core.fleet.unit import UnitEvent, UnitStatus, unit_after
from dispatch_core.incidents import Incident, IncidentEvent, IncidentStatus, incident_after, outstanding
from dispatch_core.missions import FILLING, Mission, MissionEvent, MissionStatus, mission_after
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import incidents, missions, timers, units

OFFER_CLOCK = "offer"


def move_mission(
    tx: Transaction, mission: Mission, event: MissionEvent, *, reason: str = "", **facts: Any
) -> Mission:
    """One step of a mission that goes on; Conflict if the table has none. Told as a fact."""
    moved = mission_after(mission, event, at=tx.now, reason=reason)
    missions.save(tx.connection, moved)
    if mission.status is MissionStatus.OFFERED:
        timers.stop(tx.connection, OFFER_CLOCK, mission.id)
    tx.record(
        "mission", moved.status.value, moved.id, incident_id=str(moved.incident_id),
        unit_id=str(moved.unit_id), need=moved.need.value, **({"reason": reason} if reason else {}), **facts,
    )  # fmt: skip
    return moved


def end_mission(tx: Transaction, mission: Mission, event: MissionEvent, *, reason: str = "") -> Mission:
    """The last step: the unit is free again (or out of service), the incident closed if nothing is left."""
    ended = move_mission(tx, mission, event, reason=reason)
    unit = units.get(tx.connection, mission.unit_id, for_update=True)
    if unit.status is UnitStatus.ENGAGED:
        broken = event is MissionEvent.BREAK_DOWN
        free = unit_after(unit, UnitEvent.BREAK_DOWN if broken else UnitEvent.RELEASE)
        units.save(tx.connection, free)
        tx.record("unit", free.status.value, free.id, call_sign=free.call_sign)
    if ended.status is MissionStatus.DONE:
        close_if_done(tx, incidents.get(tx.connection, mission.incident_id, for_update=True))
    return ended


def close_if_done(tx: Transaction, incident: Incident) -> None:
    """Closes an open incident once every need is filled and every mission has ended."""
    if incident.status is not IncidentStatus.OPEN:
        return
    known = missions.of_incidents(tx.connection, [incident.id])
    filled = [m.need for m in known if m.status in FILLING]
    if outstanding(incident.needs, filled) or any(m.is_active for m in known):
        return
    incidents.save(tx.connection, incident_after(incident, IncidentEvent.CLOSE), ended_at=tx.now)
    tx.record("incident", "closed", incident.id)
