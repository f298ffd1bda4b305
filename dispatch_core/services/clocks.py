"""What time brings about by itself: offers that nobody took, arrivals that draw nearer."""

from __future__ import annotations

from dispatch_core.escalation import AlarmKind
from dispatch_core.ids import MissionId
from dispatch_core.missions import Arrival, Mission, MissionEvent, MissionStatus
from dispatch_core.services.closing import OFFER_CLOCK, end_mission, locked_mission
from dispatch_core.services.escalating import raise_alarm
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import incidents, missions, positions, timers, units

ETA_WORTH_TELLING_S = 5.0
ETA_WORTH_DECIDING_S = 60.0  # another crew may now be there sooner


def expire_offers(uow: UnitOfWork) -> list[MissionId]:
    """Ends every offer whose 30 seconds are over; its need is open for the next candidate."""
    expired: list[MissionId] = []
    while _take_one(uow, expired):
        pass
    return expired


def _take_one(uow: UnitOfWork, expired: list[MissionId]) -> bool:
    """Whether there was a clock to look at; one transaction each, so that none waits for another's crew."""
    with uow.begin() as tx:
        subject = timers.take_due(tx.connection, OFFER_CLOCK, at=tx.now)
        if subject is None:
            return False
        mission = locked_mission(tx, MissionId(subject))
        if mission.status is MissionStatus.OFFERED:
            ended = end_mission(tx, mission, MissionEvent.EXPIRE, by="clock", reason="no answer in time")
            raise_alarm(tx, AlarmKind.NOT_ACCEPTED, ended)
            expired.append(mission.id)
        tx.commit()
    return True


def renew_etas(uow: UnitOfWork, world: World) -> int:
    """Expected arrivals of units on their way, from where they are now; returns how many changed."""
    renewed = _renewed(uow, world)
    if not renewed:
        return 0
    with uow.begin() as tx:
        for mission, arrival in renewed:
            if missions.set_eta(tx.connection, mission.id, arrival):
                later_s = (arrival.eta_at - mission.eta_at).total_seconds()
                slipped = later_s > ETA_WORTH_DECIDING_S / world.speed
                tx.record(
                    "mission", "eta_slipped" if slipped else "eta", mission.id,
                    incident_id=str(mission.incident_id), **({"by_s": round(later_s, 1)} if slipped else {}),
                )  # fmt: skip
        changed = len(tx.facts)
        tx.commit()
    return changed


def _renewed(uow: UnitOfWork, world: World) -> list[tuple[Mission, Arrival]]:
    """What is worth telling, by mission id; routed before anything is locked."""
    with uow.reading() as connection:
        rolling = [m for m in missions.active(connection) if m.status is MissionStatus.EN_ROUTE]
        where = positions.newest(connection, [m.unit_id for m in rolling])
        scenes = {i.id: i.place for i in incidents.by_ids(connection, {m.incident_id for m in rolling})}
        kinds = {unit.id: unit.kind for unit in units.by_ids(connection, {m.unit_id for m in rolling})}
    renewed = []
    for mission in sorted(rolling, key=lambda m: m.id):
        position = where.get(mission.unit_id)
        if position is None:
            continue
        kind = kinds[mission.unit_id]
        left_s = world.eta_s([position], kind, [scenes[mission.incident_id]])[0, 0]
        arrival = world.arrival(float(left_s), kind, leaves_at=position.fixed_at)
        if abs((arrival.eta_at - mission.eta_at).total_seconds()) > ETA_WORTH_TELLING_S / world.speed:
            renewed.append((mission, arrival))
    return renewed
