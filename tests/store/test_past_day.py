"""A day that was lived on a real database, decided again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import update

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.fleet.capability import Capability
from dispatch_core.incidents import IncidentKind
from dispatch_core.missions import MissionEvent
from dispatch_core.services import crews
from dispatch_core.services.covering import Cover, demand_of
from dispatch_core.services.past_day import replay_day
from dispatch_core.store import tables
from tests.city import NOON, Desk, corner


def test_a_day_is_told_as_it_happened_and_under_two_policies(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(2, 1), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (mission,) = desk.solve()
    for event, after_s in (("accept", 10), ("depart", 20), ("arrive", 90), ("finish", 600)):
        desk.wait(after_s)
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, MissionEvent(event))
            tx.commit()
    cover = Cover(demand=demand_of(desk.world.roads.graph, []), hour=0)
    with desk.engine.connect() as connection:
        told = replay_day(
            connection, desk.world, cover, NOON, NOON + timedelta(days=1),
            policies=["joint", "nearest_idle"], params=DispatchParams(),
        )  # fmt: skip
    assert told["as_it_happened"]["mean_s"]["value"] == 120.0
    replayed = told["replayed"]["joint"]
    # One block under siren and 30 s of turnout.
    assert replayed["mean_s"]["value"] == round(30 + 30 / 1.15, 1)
    assert told["replayed"]["nearest_idle"] == replayed
    assert (told["accidents"], told["units"], replayed["unserved"]) == (1, 1, 0)
    # One block of the town; the only unit stood there, free, when the only decision was made.
    happened = told["as_it_happened"]
    assert happened["drive_km"] == replayed["drive_km"] == 0.5
    assert happened["coverage_points"] == replayed["coverage_points"] == told["coverage_points_at_start"]
    assert happened["coverage_points"]["ambulance"] > 0


def test_a_day_of_a_drill_is_told_in_the_seconds_of_life(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(2, 1), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (mission,) = desk.solve()
    for event, after_s in (("accept", 1), ("depart", 2), ("arrive", 3), ("finish", 60)):
        desk.wait(after_s)
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, unit, mission.id, MissionEvent(event))
            tx.commit()
    with desk.engine.begin() as connection:
        connection.execute(update(tables.mission).values(world_speed=20))
    cover = Cover(demand=demand_of(desk.world.roads.graph, []), hour=0)
    with desk.engine.connect() as connection:
        told = replay_day(
            connection, replace(desk.world, speed=20.0), cover, NOON, NOON + timedelta(days=1),
            policies=["joint"], params=DispatchParams(),
        )  # fmt: skip
    assert told["as_it_happened"]["mean_s"]["value"] == 20 * (1 + 2 + 3)
    assert told["replayed"]["joint"]["mean_s"]["value"] == round(30 + 30 / 1.15, 1)
