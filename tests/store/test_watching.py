"""Signs of a mission on a real database: told once, along both legs, whoever watches."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from dispatch_core.escalation import EscalationParams
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.legs import LegParams
from dispatch_core.missions import MissionEvent
from dispatch_core.services import crews
from dispatch_core.services.escalating import escalate
from dispatch_core.services.watching import watch_legs
from dispatch_core.store import alarms
from dispatch_core.store.tables import outbox
from tests.city import Desk, corner


def signs(desk: Desk) -> list[str]:
    query = select(outbox.c.kind).where(outbox.c.topic == "sign").order_by(outbox.c.seq)
    with desk.engine.connect() as connection:
        return list(connection.execute(query).scalars())


def test_a_unit_is_watched_to_the_scene_and_to_the_hospital(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    desk.add_hospital("H", corner(8, 0))
    desk.report(corner(4, 0))
    (mission,) = (m for m in desk.solve() if m.unit_id == unit)

    def step(event: MissionEvent) -> None:
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()

    def at(column: float, row: float, seconds: float) -> None:
        desk.wait(seconds)
        desk.drive_to(unit, corner(column, row))
        watch_legs(desk.uow, LegParams())

    step(MissionEvent.ACCEPT)
    at(0, 0, 30)
    assert signs(desk) == []  # it has not left: nothing is expected of it yet
    step(MissionEvent.DEPART)
    at(1, 0, 40)
    at(1, 1.2, 60)  # 600 m from the route
    at(1, 1.3, 60)
    at(3, 0, 60)
    assert signs(desk) == ["deviated", "on_route_again"]
    desk.wait(90)
    assert watch_legs(desk.uow, LegParams()) == 1
    assert watch_legs(desk.uow, LegParams()) == 0
    at(4, 0, 30)
    at(4, 0, 25)
    at(4, 0, 300)  # at work there
    assert signs(desk)[2:] == ["silent", "heard_again", "arrived"]
    step(MissionEvent.ARRIVE)
    step(MissionEvent.LOAD)
    at(6, 0, 60)
    at(8, 0, 60)
    at(8, 0, 30)
    assert signs(desk)[5:] == ["arrived"]


def test_who_waits_at_the_station_until_told_to_leave_has_not_stopped_on_the_way(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    desk.report(corner(4, 0))
    (mission,) = (m for m in desk.solve() if m.unit_id == unit)

    def stand(seconds: float) -> None:
        desk.wait(seconds)
        desk.drive_to(unit, corner(0, 0))
        watch_legs(desk.uow, LegParams())
        escalate(desk.uow, EscalationParams())

    def step(event: MissionEvent) -> None:
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()

    def stops() -> list[str]:
        with desk.engine.connect() as connection:
            return [row.kind for row in alarms.standing(connection) if row.kind == "stopped"]

    step(MissionEvent.ACCEPT)
    for _ in range(5):
        stand(60)
    step(MissionEvent.DEPART)
    stand(20)
    assert (signs(desk), stops()) == ([], [])
    stand(60)
    stand(60)
    assert (signs(desk), stops()) == (["stopped"], ["stopped"])


def test_what_happened_between_two_looks_is_told_in_order_and_once(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    desk.report(corner(4, 0))
    (mission,) = (m for m in desk.solve() if m.unit_id == unit)
    for event in (MissionEvent.ACCEPT, MissionEvent.DEPART):
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()
    desk.drive_to(unit, corner(0, 0))
    watch_legs(desk.uow, LegParams())
    # Out of reach for a while, then all at once: to the scene, 30 s there, and on.
    for column, seconds in ((2, 40), (4, 40), (4, 15), (4, 15), (4.7, 40), (4.8, 5)):
        desk.wait(seconds)
        desk.drive_to(unit, corner(column, 0))
    assert watch_legs(desk.uow, LegParams()) == 2
    assert signs(desk) == ["arrived", "departed"]
    desk.drive_to(unit, corner(4.8, 0))
    assert watch_legs(desk.uow, LegParams()) == 0
    query = select(outbox.c.facts).where(outbox.c.topic == "sign").order_by(outbox.c.seq)
    with desk.engine.connect() as connection:
        told = list(connection.execute(query).scalars())
    assert [fact["lon"] for fact in told] == pytest.approx([corner(4, 0).lon, corner(4.7, 0).lon])


def test_where_a_unit_was_before_it_left_is_no_sign(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    for column in (4, 4, 4, 0):  # it stood for a while where the accident is going to be
        desk.wait(40)
        desk.drive_to(unit, corner(column, 0))
    desk.report(corner(4, 0))
    (mission,) = (m for m in desk.solve() if m.unit_id == unit)
    for event in (MissionEvent.ACCEPT, MissionEvent.DEPART):
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()
    desk.wait(20)
    desk.drive_to(unit, corner(0.5, 0))
    assert watch_legs(desk.uow, LegParams()) == 0


def test_two_who_watch_at_once_tell_a_sign_once(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    desk.report(corner(4, 0))
    (mission,) = (m for m in desk.solve() if m.unit_id == unit)
    for event in (MissionEvent.ACCEPT, MissionEvent.DEPART):
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, event)
            tx.commit()
    watch_legs(desk.uow, LegParams())
    desk.wait(100)
    with ThreadPoolExecutor(4) as pool:
        told = sum(pool.map(lambda _: watch_legs(desk.uow, LegParams()), range(8)))
    assert told == 1
    assert signs(desk) == ["silent"]
