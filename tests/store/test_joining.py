"""Whatever is joined and split while crews work: nothing is lost, doubled or left behind."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from accident_case.services.timeline import read_timeline
from dispatch_core.assignment.response_book import DEFAULT_BOOK
from dispatch_core.duplicates import together
from dispatch_core.errors import Conflict
from dispatch_core.fleet.capability import Capability
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import DuplicateId, IncidentId, MissionId
from dispatch_core.incidents import IncidentKind, IncidentStatus
from dispatch_core.missions import MissionEvent
from dispatch_core.services import crews, joining
from dispatch_core.services.alarms import raise_alarm
from dispatch_core.services.reports import AccidentReport
from dispatch_core.store import duplicates, incidents, missions, units
from dispatch_core.store.tables import incident, mission, report
from tests.city import Desk, corner

Step = tuple[str, int, int]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("report", "report", "solve", "join", "join", "split", "split", "crew", "crew")),
        st.integers(0, 5),
        st.integers(0, 4),
    ),
    min_size=4,
    max_size=12,
)
WHERE = (2.0, 2.1, 2.45, 2.55, 2.9, 3.1)
EVENTS = (
    MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE, MissionEvent.FINISH, MissionEvent.DECLINE
)  # fmt: skip


def _act(desk: Desk, step: Step, began: datetime) -> None:
    what, which, how = step
    with desk.engine.connect() as connection:
        pairs = [row for row in duplicates.page(connection, state=None, limit=50) if row.found_at >= began]
        running = [m for m in missions.active(connection) if m.offered_at >= began]
    if what == "report":
        desk.report(corner(WHERE[which], 1), casualties=how, vehicles=0, phone=f"1380000{which}{how}",
                    kind=IncidentKind.INJURY_ACCIDENT)  # fmt: skip
    elif what == "solve":
        desk.solve()
    elif what in ("join", "split") and pairs:
        chosen = DuplicateId(pairs[which % len(pairs)].id)
        with desk.uow.begin() as tx:
            if what == "join":
                joining.join(tx, chosen, reason="one", by="desk")
            else:
                joining.split(tx, desk.world, chosen, book=DEFAULT_BOOK, reason="two", by="desk")
            tx.commit()
    elif what == "crew" and running:
        moves = running[which % len(running)]
        with desk.uow.begin() as tx:
            crews.advance(tx, desk.world, moves.unit_id, moves.id, EVENTS[how], reason="so it is")
            tx.commit()


def _holds(desk: Desk, began: datetime, seen: set[MissionId], reports: int) -> None:
    with desk.engine.connect() as connection:
        ids = connection.execute(select(incident.c.id).where(incident.c.reported_at >= began)).scalars().all()
        known = incidents.by_ids(connection, map(IncidentId, ids))
        made = missions.of_incidents(connection, [one.id for one in known])
        heard = {one.id: incidents.reports_of(connection, one.id) for one in known}
        assert sum(map(len, heard.values())) == reports
        assert seen <= {m.id for m in made}
        seen |= {m.id for m in made}
        for one in known:
            _, _, broken = read_timeline(connection, one.id)
            assert broken is None
            mine = [m for m in made if m.incident_id == one.id]
            assert (one.status is IncidentStatus.MERGED) == (one.merged_into is not None)
            if one.status is IncidentStatus.MERGED:
                assert mine == heard[one.id] == []
            if one.status is IncidentStatus.OPEN:
                said = [
                    AccidentReport.of_said(r.said, caller_phone="").asked(DEFAULT_BOOK) for r in heard[one.id]
                ]
                asked = {n.capability: n.count for n in one.needs}
                assert all(asked[n.capability] >= n.count for n in together(said).needs)
        busy = Counter(m.unit_id for m in made if m.is_active)
        assert set(busy.values()) <= {1}
        for unit in units.by_ids(connection, {m.unit_id for m in made}):
            assert (unit.status is UnitStatus.ENGAGED) == (unit.id in busy)


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(STEPS)
def test_no_order_of_joining_and_splitting_loses_a_report_a_mission_or_an_entry(
    desk: Desk, steps: list[Step]
) -> None:
    desk.wait(86_400)  # whatever was before is of another day
    began = desk.now
    for n in range(3):
        desk.add_unit(f"A{began:%d}{n}", corner(n, n), Capability.ALS)
    seen: set[MissionId] = set()
    reports = 0
    for step in [("report", 0, 1), ("report", 3, 1), *steps]:
        desk.wait(1)
        with suppress(Conflict):
            _act(desk, step, began)
        reports += step[0] == "report"
        _holds(desk, began, seen, reports)


def test_joined_and_split_again_every_report_and_mission_is_where_it_was(desk: Desk) -> None:
    for n in range(3):
        desk.add_unit(f"A{n}", corner(n, n), Capability.ALS)
    desk.report(corner(2, 1), vehicles=0, phone="1")
    later = desk.report(corner(2.55, 1), vehicles=0, phone="2")
    assert not later.joined
    desk.solve()
    rows = select(report.c.id, report.c.incident_id), select(mission.c.id, mission.c.incident_id)

    def whose() -> list[set[object]]:
        with desk.engine.connect() as connection:
            return [set(map(tuple, connection.execute(query))) for query in rows]

    before = whose()
    with desk.engine.connect() as connection:
        (pair,) = duplicates.page(connection, state="proposed", limit=5)
    with desk.uow.begin() as tx:
        joining.join(tx, DuplicateId(pair.id), reason="one", by="desk")
        tx.commit()
    assert whose() != before
    with desk.uow.begin() as tx:
        joining.split(tx, desk.world, DuplicateId(pair.id), book=DEFAULT_BOOK, reason="two", by="desk")
        tx.commit()
    assert whose() == before


def test_of_many_who_join_at_once_one_does_and_crews_that_step_meanwhile_are_heard(desk: Desk) -> None:
    for n in range(2):
        desk.add_unit(f"A{n}", corner(2 + n, 1), Capability.ALS)
    desk.report(corner(2, 1), vehicles=0, phone="1")
    desk.report(corner(2.55, 1), vehicles=0, phone="2")
    made = desk.solve()
    with desk.engine.connect() as connection:
        (pair,) = duplicates.page(connection, state="proposed", limit=5)

    def act(n: int) -> str:
        try:
            with desk.uow.begin() as tx:
                if n % 4:
                    one = made[n % 2]
                    crews.advance(tx, desk.world, one.unit_id, one.id, MissionEvent.ACCEPT)
                else:
                    joining.join(tx, DuplicateId(pair.id), reason="one", by="desk")
                tx.commit()
        except Conflict:
            return "refused"
        return "stepped" if n % 4 else "joined"

    with ThreadPoolExecutor(8) as pool:
        told = Counter(pool.map(act, range(24)))
    assert told["joined"] == 1
    with desk.engine.connect() as connection:
        now = missions.by_ids(connection, [m.id for m in made])
    assert len({m.incident_id for m in now}) == 1
    with pytest.raises(Conflict), desk.uow.begin() as tx:
        joining.dismiss(tx, DuplicateId(pair.id), reason="late", by="desk")


def test_the_alarm_level_that_joining_raised_is_lowered_by_splitting(desk: Desk) -> None:
    first = desk.report(corner(2, 1), vehicles=0, phone="1").incident
    later = desk.report(corner(2.55, 1), vehicles=0, phone="2").incident
    with desk.uow.begin() as tx:
        raise_alarm(tx, later.id, level=2, book=DEFAULT_BOOK, reason="many hurt", by="desk")
        tx.commit()
    with desk.engine.connect() as connection:
        (pair,) = duplicates.page(connection, state="proposed", limit=5)
    levels = []
    for act in ("join", "split"):
        with desk.uow.begin() as tx:
            if act == "join":
                joining.join(tx, DuplicateId(pair.id), reason="one", by="desk")
            else:
                joining.split(
                    tx, desk.world, DuplicateId(pair.id), book=DEFAULT_BOOK, reason="two", by="desk"
                )
            tx.commit()
        with desk.engine.connect() as connection:
            levels.append(incidents.get(connection, first.id).alarm_level)
    assert levels == [2, 1]
