"""What wakes the thread that decides is never lost, whatever else wakes it or goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from api.desk_rules import RulesBook
from api.dispatcher import Dispatcher
from dispatch_core.fleet.capability import Capability
from dispatch_core.incidents import IncidentKind
from dispatch_core.missions import MissionEvent
from dispatch_core.services import crews
from dispatch_core.services.pricing import LossOf
from dispatch_core.services.rules import DeskRules
from dispatch_core.services.unit_of_work import UnitOfWork
from dispatch_core.services.world import World
from dispatch_core.store import missions
from tests.city import Desk, corner
from tests.waiting import eventually


@dataclass
class Decides:
    """What a dispatcher needs of a service; `meanwhile` happens once, in the midst of its next decision."""

    desk: Desk
    meanwhile: list[Callable[[], None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.uow: UnitOfWork = self.desk.uow
        self.rules = RulesBook(self.desk.engine, lambda: self.desk.now)

    def world(self) -> World:
        return self.desk.world

    def loss_of(self, _: DeskRules) -> LossOf | None:
        while self.meanwhile:
            self.meanwhile.pop()()
        return None


@pytest.fixture
def service(desk: Desk) -> Decides:
    """A crew is on a long way to the only accident."""
    far = desk.add_unit("A1", corner(8, 8), Capability.ALS)
    desk.report(corner(0, 0), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (mission,) = desk.solve()
    for event in (MissionEvent.ACCEPT, MissionEvent.DEPART):
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, far, mission.id, event)
            tx.commit()
    return Decides(desk)


@pytest.fixture
def dispatcher(service: Decides) -> Iterator[Dispatcher]:
    one = Dispatcher(service)
    yield one
    one.stop()


def relieved(desk: Desk) -> bool:
    with desk.engine.connect() as connection:
        (sent,) = missions.active(connection)
    return desk.unit(sent.unit_id).call_sign == "A2"


def test_a_unit_that_became_free_relieves_though_something_else_woke_the_dispatcher_after_it(
    service: Decides, dispatcher: Dispatcher
) -> None:
    service.desk.add_unit("A2", corner(0, 1), Capability.ALS)
    for cause in ("unit.available", "rules"):
        dispatcher.wake(cause)
    dispatcher.start()
    eventually(lambda: relieved(service.desk))


def test_a_unit_that_becomes_free_while_the_dispatcher_decides_relieves_at_its_next_look(
    service: Decides, dispatcher: Dispatcher
) -> None:
    def comes_free() -> None:
        service.desk.add_unit("A2", corner(0, 1), Capability.ALS)
        dispatcher.wake("unit.available")

    service.meanwhile.append(comes_free)
    dispatcher.start()
    eventually(lambda: relieved(service.desk))
