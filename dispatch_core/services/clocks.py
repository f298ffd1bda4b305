"""What time brings about by itself: offers that nobody took, arrivals that draw nearer."""

from __future__ import annotations

from datetime import timedelta

from dispatch_core.ids import MissionId
from dispatch_core.missions import MissionEvent, MissionStatus
from dispatch_core.services.closing import OFFER_CLOCK, end_mission
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, positions, timers, units

ETA_WORTH_TELLING_S = 5.0


def expire_offers(uow: UnitOfWork) -> list[MissionId]:
    """Ends every offer whose 30 seconds are over; its need is open for the next candidate."""
    with uow.begin() as tx:
        expired = []
        for subject in timers.take_due(tx.connection, OFFER_CLOCK, at=tx.now):
            mission = missions.get(tx.connection, MissionId(subject), for_update=True)
            if mission.status is MissionStatus.OFFERED:
                end_mission(tx, mission, MissionEvent.EXPIRE, reason="no answer in time")
                expired.append(mission.id)
        tx.commit()
    return expired


def renew_etas(uow: UnitOfWork, world: World) -> int:
    """Expected arrivals of units on their way, from where they are now; returns how many changed."""
    with uow.begin() as tx:
        rolling = [m for m in missions.active(tx.connection) if m.status is MissionStatus.EN_ROUTE]
        if not rolling:
            return 0
        where = positions.newest(tx.connection, [m.unit_id for m in rolling])
        scenes = {i.id: i.place for i in incidents.by_ids(tx.connection, {m.incident_id for m in rolling})}
        kinds = {unit.id: unit.kind for unit in units.all_units(tx.connection)}
        changed = 0
        for mission in rolling:
            position = where.get(mission.unit_id)
            if position is None:
                continue
            left_s = world.eta_s([position], kinds[mission.unit_id], [scenes[mission.incident_id]])[0, 0]
            eta_at = position.fixed_at + timedelta(seconds=min(float(left_s), 86_400.0))
            if abs((eta_at - mission.eta_at).total_seconds()) > ETA_WORTH_TELLING_S / world.speed:
                missions.set_eta(tx.connection, mission.id, eta_at)
                tx.record("mission", "eta", mission.id, incident_id=str(mission.incident_id))
                changed += 1
        tx.commit()
    return changed
