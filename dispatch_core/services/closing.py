"""How a mission moves and ends, and what that means for its unit and its incident.

Everybody who changes a mission locks in one order: its incident, the mission, the unit (several of a sort by
id), then the case and the outbox with the commit. So nobody waits in a circle.
"""

from __future__ import annotations

from typing import Any

from dispatch_core.fleet.unit import UnitEvent, UnitStatus, unit_after
from dispatch_core.ids import MissionId
from dispatch_core.incidents import Incident, IncidentEvent, IncidentStatus, incident_after, outstanding
from dispatch_core.missions import FILLING, Mission, MissionEvent, MissionStatus, mission_after
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import incidents, missions, units

OFFER_CLOCK = "offer"


def locked_mission(tx: Transaction, mission_id: MissionId) -> Mission:
    """The mission to change, its incident locked before it."""
    incidents.lock_of_mission(tx.connection, mission_id)
    return missions.get(tx.connection, mission_id, for_update=True)


def move_mission(
    tx: Transaction, mission: Mission, event: MissionEvent, *, by: str, reason: str = "", **facts: Any
) -> Mission:
    """One step of a locked mission; Conflict if the table has none. Told as a fact, with who did it.

    The clock of an answered offer runs out by itself: to stop it here would be to wait for who takes it.
    """
    moved = mission_after(mission, event, at=tx.now, reason=reason)
    missions.save(tx.connection, moved)
    tx.record(
        "mission", moved.status.value, moved.id, incident_id=str(moved.incident_id), by=by,
        unit_id=str(moved.unit_id), need=moved.need.value, **({"reason": reason} if reason else {}), **facts,
    )  # fmt: skip
    return moved


def end_mission(
    tx: Transaction, mission: Mission, event: MissionEvent, *, by: str, reason: str = ""
) -> Mission:
    """The last step: the unit is free again (or out of service), the incident closed if nothing is left."""
    ended = move_mission(tx, mission, event, by=by, reason=reason)
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
