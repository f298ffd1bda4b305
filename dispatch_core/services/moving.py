"""Crews taken off their missions, as a plan says: the old one ends as the new one is offered."""

from __future__ import annotations

from collections.abc import Mapping

from dispatch_core.assignment.plan import Plan
from dispatch_core.fleet.unit import Unit, UnitEvent, UnitStatus, unit_after
from dispatch_core.ids import UnitId
from dispatch_core.missions import MOVABLE, Mission, MissionEvent
from dispatch_core.services.closing import move_mission
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import missions, units

REASSIGNED = "reassigned"


def bump(tx: Transaction, plan: Plan, commitments: Mapping[UnitId, Mission]) -> dict[UnitId, Mission] | None:
    """Ends the missions that the plan moves, by unit; None if one has gone on beyond moving meanwhile.

    Their incidents are locked already, their units not yet.
    """
    known = {move.unit_id: commitments[move.unit_id] for move in plan.moves}
    bumped: dict[UnitId, Mission] = {}
    to = {move.unit_id: move.to_incident_id for move in plan.moves}
    for seen in sorted(known.values(), key=lambda mission: mission.id):
        mission = missions.get(tx.connection, seen.id, for_update=True)
        if mission.status not in MOVABLE or mission.incident_id != seen.incident_id:
            return None
        goes = to[mission.unit_id]
        bumped[mission.unit_id] = move_mission(
            tx, mission, MissionEvent.BUMP, by="dispatcher", reason=REASSIGNED,
            **({"to_incident_id": str(goes)} if goes else {}),
        )  # fmt: skip
    return bumped


_READY = {UnitStatus.OFF_SHIFT: UnitEvent.BEGIN_SHIFT, UnitStatus.OUT_OF_SERVICE: UnitEvent.REPAIRED}


def ready(tx: Transaction, locked: Unit) -> Unit:
    """A unit that a person sends though it is off shift or out of service: available, and told so."""
    if locked.status not in _READY:
        return locked
    changed = unit_after(locked, _READY[locked.status])
    units.save(tx.connection, changed)
    tx.record("unit", changed.status.value, changed.id, call_sign=changed.call_sign, by="operator")
    return changed


def set_free(tx: Transaction, plan: Plan, locked: Mapping[UnitId, Unit]) -> None:
    """Units that a nearer one relieved may be sent again."""
    for move in plan.moves:
        if move.to_incident_id is None:
            free = unit_after(locked[move.unit_id], UnitEvent.RELEASE)
            units.save(tx.connection, free)
            tx.record("unit", free.status.value, free.id, call_sign=free.call_sign)
