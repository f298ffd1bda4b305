"""Fifty desks order at the same moment: a unit never has two missions, and its status tells the truth."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from dispatch_core.errors import Conflict
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import IncidentId, UnitId
from dispatch_core.incidents import IncidentKind
from dispatch_core.missions import Mission, MissionEvent
from dispatch_core.services import crews, ordering
from dispatch_core.services.rules import DeskRules
from dispatch_core.store import missions, units
from tests.city import Desk, corner

DESKS = 50


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_unit_never_has_two_missions_under_fifty_racing_desks(desk: Desk, seed: int) -> None:
    fleet = [desk.add_unit(f"A{k}", corner(k % 9, k // 9), Capability.ALS) for k in range(6)]
    scenes = [
        desk.report(corner(1 + k, 7), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0).incident.id
        for k in range(0, 8, 1)
    ]
    rng = random.Random(seed)
    orders = [(rng.choice(fleet), rng.choice(scenes), rng.random()) for _ in range(DESKS)]
    with ThreadPoolExecutor(DESKS) as desks:
        done = list(desks.map(lambda order: _act(desk, *order), orders))
    assert len(done) == DESKS
    with desk.engine.connect() as connection:
        active = missions.active(connection)
        known = {unit.id: unit.status for unit in units.all_units(connection)}
    held = Counter(mission.unit_id for mission in active)
    assert max(held.values(), default=0) <= 1
    assert {u for u, status in known.items() if status is UnitStatus.ENGAGED} == set(held)
    assert max(Counter((m.incident_id, m.need) for m in active).values(), default=0) <= 1


def _act(desk: Desk, unit_id: UnitId, incident_id: IncidentId, draw: float) -> None:
    """Solve, send a unit of one's own choice wherever it is, or answer what the unit has."""
    try:
        if draw < 0.4:
            desk.solve()
        elif draw < 0.8:
            order = ordering.Override(
                incident_id=incident_id, unit_id=unit_id, need=Capability.ALS, reason="race",
                even_unavailable=True,
            )  # fmt: skip
            ordering.override(desk.uow, desk.world, DeskRules(), order)
        else:
            _answer(desk, unit_id, MissionEvent.ACCEPT if draw < 0.9 else MissionEvent.DECLINE)
    except Conflict:
        pass  # somebody was faster, and was told so


def _answer(desk: Desk, unit_id: UnitId, event: MissionEvent) -> None:
    with desk.engine.connect() as connection:
        mine: Mission | None = missions.active_of_unit(connection, unit_id)
    if mine is None:
        return
    with desk.uow.begin() as tx:
        crews.advance(tx, desk.world, unit_id, mine.id, event, reason="race")
        tx.commit()
