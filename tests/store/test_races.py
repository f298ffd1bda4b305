"""Two people act at the same moment: the database lets one go first, and nobody's errand is forgotten."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as waited_for
from dataclasses import replace
from itertools import count
from threading import Barrier
from typing import Any

import pytest

from accident_case.services.timeline import read_timeline
from dispatch_core.errors import Conflict
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.unit import UnitEvent, UnitStatus
from dispatch_core.ids import IncidentId, MissionId, UnitId
from dispatch_core.incidents import IncidentKind, IncidentStatus
from dispatch_core.missions import Mission, MissionEvent, MissionStatus
from dispatch_core.services import clocks, crews, reporting
from dispatch_core.store import incidents, missions, outbox
from tests.city import Desk, corner
from tests.waiting import PATIENCE_S

LONG_ENOUGH_S = 0.6  # for the second to arrive at the lock that the first holds
ROUNDS = 12


class Meanwhile:
    """Somebody else acts in the midst of what one desk does, and is given time to get as far as he may."""

    def __init__(self, act: Callable[[], Any], *, within_s: float = LONG_ENOUGH_S) -> None:
        self._act, self._within_s = act, within_s
        self._others = ThreadPoolExecutor(1)
        self._other: Future[Any] | None = None

    def before(self, nth: int, call: Callable[..., Any]) -> Callable[..., Any]:
        """`call`, but the other acts before its n-th time."""
        calls = count(1)

        def interrupted(*args: Any) -> Any:
            if next(calls) == nth:
                self._other = self._others.submit(self._act)
                waited_for([self._other], timeout=self._within_s)
            return call(*args)

        return interrupted

    def before_commit(self, desk: Desk) -> Desk:
        changed = replace(desk)
        last = self.before(1, lambda _tx, _facts: None)
        changed.uow = replace(desk.uow, subscribers=[*desk.uow.subscribers, last])
        return changed

    def result(self) -> Any:
        assert self._other is not None
        return self._other.result(timeout=PATIENCE_S)


def _cancel(desk: Desk, incident_id: IncidentId) -> None:
    with desk.uow.begin() as tx:
        reporting.cancel_incident(tx, incident_id, reason="false alarm", by="operator")
        tx.commit()


def _step(desk: Desk, mission: Mission, *events: MissionEvent) -> None:
    for event in events:
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, mission.unit_id, mission.id, event, reason="cannot")
            tx.commit()


def _pedestrian_hurt(desk: Desk, column: float = 1, row: float = 2) -> IncidentId:
    reported = desk.report(corner(column, row), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    return reported.incident.id


def _active(desk: Desk) -> list[Mission]:
    with desk.engine.connect() as connection:
        return missions.active(connection)


def test_nobody_is_sent_to_an_incident_cancelled_at_that_moment(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    incident_id = _pedestrian_hurt(desk)
    cancelling = Meanwhile(lambda: _cancel(desk, incident_id))
    sending = replace(desk)
    # The first id is the decision's; the second the mission's, when its incident has been looked at.
    sending.uow = replace(desk.uow, new_id=cancelling.before(2, desk.new_id))
    sending.solve()
    cancelling.result()
    assert _active(desk) == []
    assert desk.unit(unit).status is UnitStatus.AVAILABLE


def test_a_report_never_joins_an_incident_that_is_being_closed(desk: Desk) -> None:
    desk.add_unit("A1", corner(1, 1), Capability.ALS)
    first_id = _pedestrian_hurt(desk)
    (mission,) = desk.solve()
    _step(desk, mission, MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE)
    reporting_another = Meanwhile(lambda: _pedestrian_hurt(desk, 1.1, 2))
    _step(reporting_another.before_commit(desk), mission, MissionEvent.FINISH)
    second_id = reporting_another.result()
    assert second_id != first_id
    with desk.engine.connect() as connection:
        assert incidents.get(connection, first_id).status is IncidentStatus.CLOSED
        assert incidents.get(connection, second_id).status is IncidentStatus.OPEN


def test_a_plan_made_stale_by_another_desk_does_not_tell_a_served_need_as_held(desk: Desk) -> None:
    incident_id = _pedestrian_hurt(desk)

    def a_unit_comes_and_is_sent() -> list[Mission]:
        desk.add_unit("A1", corner(1, 1), Capability.ALS)
        return desk.solve()

    sending = Meanwhile(
        a_unit_comes_and_is_sent, within_s=PATIENCE_S
    )  # nothing is locked yet: he gets through
    late = replace(desk)
    # It asks the time first when it reads, and then when it carries out.
    late.uow = replace(desk.uow, clock=sending.before(2, desk.uow.clock))
    assert late.solve() == []
    assert len(sending.result()) == 1
    with desk.engine.connect() as connection:
        kinds = [row.kind for row in outbox.after(connection, 0) if row.subject_id == incident_id]
    assert kinds == ["reported"]


def _together(*acts: Callable[[], object]) -> list[BaseException | None]:
    """Starts all at one moment; what each raised."""
    gate = Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        gate.wait(PATIENCE_S)
        one()

    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.exception() for future in [pool.submit(act, one) for one in acts]]


def _expected(raised: list[BaseException | None]) -> bool:
    return all(one is None or isinstance(one, Conflict) for one in raised)


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda desk, m: _step(desk, m, MissionEvent.FINISH), id="the crew finishes"),
        pytest.param(lambda desk, m: _step(desk, m, MissionEvent.BREAK_DOWN), id="the crew breaks down"),
        pytest.param(lambda desk, m: _out_of_service(desk, m.unit_id), id="the desk takes the unit out"),
        pytest.param(lambda desk, m: _recall(desk, m.id), id="the desk recalls the crew"),
    ],
)
def test_while_an_incident_is_cancelled(desk: Desk, act: Callable[[Desk, Mission], None]) -> None:
    for i in range(ROUNDS):
        unit = desk.add_unit(f"A{i}", corner(1, 1), Capability.ALS)
        incident_id = _pedestrian_hurt(desk)
        (mission,) = desk.solve()
        _step(desk, mission, MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE)
        raised = _together(lambda: _cancel(desk, incident_id), lambda: act(desk, mission))  # noqa: B023
        assert _expected(raised), raised
        assert _active(desk) == []
        with desk.engine.connect() as connection:
            assert incidents.get(connection, incident_id).status is not IncidentStatus.OPEN
            assert read_timeline(connection, incident_id)[2] is None
        if desk.unit(unit).status is UnitStatus.AVAILABLE:
            _end_shift(desk, unit)


def test_an_answer_in_the_last_moment_and_the_clock_do_not_wait_for_each_other(desk: Desk) -> None:
    for i in range(ROUNDS):
        desk.add_unit(f"A{i}", corner(1, 1), Capability.ALS)
        incident_id = _pedestrian_hurt(desk)
        (mission,) = desk.solve()
        desk.wait(30)
        raised = _together(
            lambda: _step(desk, mission, MissionEvent.DECLINE),  # noqa: B023
            lambda: clocks.expire_offers(desk.uow),
            lambda: clocks.expire_offers(desk.uow),
        )
        assert _expected(raised), raised
        with desk.engine.connect() as connection:
            ended = missions.get(connection, mission.id)
        assert ended.status in (MissionStatus.DECLINED, MissionStatus.EXPIRED)
        _cancel(desk, incident_id)
        _end_shift(desk, mission.unit_id)


def test_two_crews_that_finish_together_close_their_incident(desk: Desk) -> None:
    for i in range(ROUNDS):
        signs = [desk.add_unit(f"{i}{c}", corner(1, 1), c) for c in (Capability.ALS, Capability.WHEEL_LIFT)]
        incident_id = desk.report(corner(1, 2)).incident.id
        offered = desk.solve()
        for mission in offered:
            _step(desk, mission, MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE)
        ambulance, tow = offered
        raised = _together(
            lambda: _step(desk, ambulance, MissionEvent.FINISH),  # noqa: B023
            lambda: _step(desk, tow, MissionEvent.FINISH),  # noqa: B023
        )
        assert raised == [None, None]
        with desk.engine.connect() as connection:
            assert incidents.get(connection, incident_id).status is IncidentStatus.CLOSED
        for unit in signs:
            _end_shift(desk, unit)


def _out_of_service(desk: Desk, unit_id: UnitId) -> None:
    with desk.uow.begin() as tx:
        crews.shift(tx, unit_id, UnitEvent.BREAK_DOWN)
        tx.commit()


def _end_shift(desk: Desk, unit_id: UnitId) -> None:
    with desk.uow.begin() as tx:
        crews.shift(tx, unit_id, UnitEvent.END_SHIFT)
        tx.commit()


def _recall(desk: Desk, mission_id: MissionId) -> None:
    with desk.uow.begin() as tx:
        crews.cancel_mission(tx, mission_id, reason="not needed")
        tx.commit()
