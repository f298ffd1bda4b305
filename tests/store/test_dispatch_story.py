"""An accident from the first call to the closed case, on a real database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from accident_case.services.timeline import read_timeline
from dispatch_core.errors import Conflict, InvalidInput, NotFound
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.fleet.unit import UnitEvent, UnitStatus
from dispatch_core.geo import LonLat
from dispatch_core.ids import MissionId, UnitId
from dispatch_core.incidents import IncidentKind, IncidentStatus
from dispatch_core.missions import Mission, MissionEvent, MissionStatus, OfferParams
from dispatch_core.services import clocks, crews, dispatching, reporting
from dispatch_core.services.covering import Cover, demand_of
from dispatch_core.services.explaining import explained_decision
from dispatch_core.store import decisions, incidents, missions, outbox
from dispatch_core.store.tables import fix
from tests.city import Desk, corner

STEPS_TO_HOSPITAL = (
    MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.ARRIVE, MissionEvent.LOAD, MissionEvent.DELIVER,
    MissionEvent.FINISH,
)  # fmt: skip


def _crew(
    desk: Desk, unit_id: UnitId, mission_id: MissionId, *events: MissionEvent, reason: str = ""
) -> Mission:
    for event in events:
        with desk.uow.begin() as tx:
            moved = crews.advance(tx, desk.world, unit_id, mission_id, event, reason=reason)
            tx.commit()
    return moved


def test_the_nearest_ambulance_and_tow_truck_go_and_the_case_closes(desk: Desk) -> None:
    near = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.add_unit("A2", corner(8, 8), Capability.ALS)
    tow = desk.add_unit("T1", corner(4, 4), Capability.WHEEL_LIFT)
    hospital = desk.add_hospital("H", corner(7, 0))
    incident = desk.report(corner(2, 1)).incident
    offered = desk.solve()
    assert {(m.unit_id, m.need) for m in offered} == {(near, Capability.ALS), (tow, Capability.WHEEL_LIFT)}
    ambulance = next(m for m in offered if m.unit_id == near)
    # One block of 500 m at 60 km/h under siren (x1.15), and 30 s to turn out.
    assert (ambulance.eta_at - desk.now).total_seconds() == pytest.approx(30 + 30 / 1.15, abs=0.5)
    done = _crew(desk, near, ambulance.id, *STEPS_TO_HOSPITAL)
    assert (done.status, done.destination_id) == (MissionStatus.DONE, hospital)
    towing = next(m for m in offered if m.unit_id == tow)
    _crew(
        desk,
        tow,
        towing.id,
        MissionEvent.ACCEPT,
        MissionEvent.DEPART,
        MissionEvent.ARRIVE,
        MissionEvent.FINISH,
    )
    assert {desk.unit(near).status, desk.unit(tow).status} == {UnitStatus.AVAILABLE}
    with desk.engine.connect() as connection:
        assert incidents.get(connection, incident.id).status is IncidentStatus.CLOSED
        case, entries, broken = read_timeline(connection, incident.id)
    assert broken is None
    assert case.number == "20261123-0001"
    assert [e.kind for e in entries][:1] == ["incident.reported"]
    assert [e.kind for e in entries][-1:] == ["incident.closed"]
    assert sum(e.kind == "mission.done" for e in entries) == 2


def test_every_decision_is_kept_with_reasons_for_every_unit(desk: Desk) -> None:
    desk.add_unit("A1", corner(1, 1), Capability.ALS)
    far = desk.add_unit("A2", corner(8, 8), Capability.BLS)
    desk.report(corner(2, 1))
    (mission,) = desk.solve()
    with desk.engine.connect() as connection:
        kept = decisions.get(connection, mission.decision_id)
    cover = Cover(demand=demand_of(desk.world.roads.graph, []), hour=0)
    why = explained_decision(kept, language="en", world=desk.world, cover=cover)
    als = next(e for e in why["explanation"] if e["need"] == "als")
    assert [c["call_sign"] for c in als["chosen"]] == ["A1"]
    assert als["passed_over"]["not_capable"] == [[str(far)]]
    assert {h["need"] for h in kept.outputs["held"]} == {"wheel_lift"}


def test_a_declined_offer_goes_to_the_next_candidate_and_not_back(desk: Desk) -> None:
    first = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    second = desk.add_unit("A2", corner(3, 3), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    assert offer.unit_id == first
    with pytest.raises(InvalidInput, match="reason"):
        _crew(desk, first, offer.id, MissionEvent.DECLINE)
    _crew(desk, first, offer.id, MissionEvent.DECLINE, reason="flat tyre")
    assert [m.unit_id for m in desk.solve()] == [second]


def test_an_offer_that_nobody_answers_in_30_seconds_expires(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    desk.wait(29)
    assert clocks.expire_offers(desk.uow) == []
    desk.wait(2)
    assert clocks.expire_offers(desk.uow) == [offer.id]
    assert clocks.expire_offers(desk.uow) == []
    assert desk.unit(unit).status is UnitStatus.AVAILABLE
    with pytest.raises(Conflict):
        _crew(desk, unit, offer.id, MissionEvent.ACCEPT)


def test_a_crew_cannot_touch_another_crews_mission(desk: Desk) -> None:
    desk.add_unit("A1", corner(1, 1), Capability.ALS)
    other = desk.add_unit("A2", corner(8, 8), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    with pytest.raises(NotFound):
        _crew(desk, other, offer.id, MissionEvent.ACCEPT)


def test_a_breakdown_opens_the_need_again_and_takes_the_unit_out(desk: Desk) -> None:
    first = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    second = desk.add_unit("A2", corner(5, 5), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    _crew(desk, first, offer.id, MissionEvent.ACCEPT, MissionEvent.DEPART, MissionEvent.BREAK_DOWN)
    assert desk.unit(first).status is UnitStatus.OUT_OF_SERVICE
    assert [m.unit_id for m in desk.solve()] == [second]


def test_what_nobody_can_bring_is_held_told_once_and_served_when_a_unit_comes(desk: Desk) -> None:
    incident = desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0).incident
    assert desk.solve() == []
    assert desk.solve() == []
    with desk.engine.connect() as connection:
        kinds = [row.kind for row in outbox.after(connection, 0) if row.subject_id == incident.id]
    assert kinds == ["reported", "held"]
    late = desk.add_unit("A9", corner(8, 8), Capability.ALS)
    assert [m.unit_id for m in desk.solve()] == [late]


def test_a_second_report_nearby_joins_the_first_and_may_only_add(desk: Desk) -> None:
    first = desk.report(corner(2, 2), casualties=1)
    second = desk.report(corner(2.3, 2), casualties=4)
    assert (second.joined, second.incident.id) == (True, first.incident.id)
    assert Need(capability=Capability.BLS, count=1) in second.incident.needs
    third = desk.report(corner(2.2, 2), casualties=0, kind=IncidentKind.DAMAGE_ACCIDENT)
    assert (third.incident.casualties, third.incident.needs) == (4, second.incident.needs)
    assert not desk.report(corner(5, 5)).joined
    desk.wait(901)
    assert not desk.report(corner(2, 2)).joined


def test_two_hundred_reports_at_once_are_one_incident_and_all_are_kept(desk: Desk) -> None:
    with ThreadPoolExecutor(16) as pool:
        reported = list(pool.map(lambda i: desk.report(corner(2 + i % 5 / 10, 2)), range(200)))
    (incident_id,) = {one.incident.id for one in reported}
    with desk.engine.connect() as connection:
        assert len(incidents.reports_of(connection, incident_id)) == 200


def test_a_report_repeated_under_its_key_is_the_same_report(desk: Desk) -> None:
    first = desk.report(corner(2, 2), key="k1")
    again = desk.report(corner(2, 2), key="k1")
    assert (again.repeated, again.report_id) == (True, first.report_id)
    with pytest.raises(Conflict, match="Idempotency-Key"):
        desk.report(corner(6, 6), key="k1")


def test_a_report_at_sea_is_refused_and_nothing_is_stored(desk: Desk) -> None:
    with pytest.raises(InvalidInput, match="road"):
        desk.report(LonLat(125.0, 33.0))
    with desk.engine.connect() as connection:
        assert incidents.open_incidents(connection) == []


def test_racing_desks_never_give_a_unit_two_missions(desk: Desk) -> None:
    for i in range(6):
        desk.add_unit(f"A{i}", corner(i, i), Capability.ALS)
    for i in range(8):
        desk.report(corner(i, 8 - i), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    with ThreadPoolExecutor(8) as pool:
        offered = [m for part in pool.map(lambda _: desk.solve(), range(8)) for m in part]
    assert len(offered) == len({m.unit_id for m in offered}) == 6
    with desk.engine.connect() as connection:
        active = missions.active(connection)
    assert len(active) == len({m.unit_id for m in active}) == len({m.incident_id for m in active}) == 6


def test_the_database_itself_refuses_a_second_active_mission(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    with desk.engine.connect() as connection:
        second = replace(missions.get(connection, offer.id), id=MissionId(desk.new_id()))
        assert missions.claim(connection, [(second, None)]) == set()
    assert desk.unit(unit).status is UnitStatus.ENGAGED


def test_cancelling_an_incident_calls_its_crews_back(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    incident = desk.report(corner(1, 2)).incident
    desk.solve()
    with desk.uow.begin() as tx:
        reporting.cancel_incident(tx, incident.id, reason="false alarm", by="desk")
        tx.commit()
    assert desk.unit(unit).status is UnitStatus.AVAILABLE
    assert desk.solve() == []


def test_a_shift_cannot_end_during_a_mission(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(1, 2))
    desk.solve()
    with pytest.raises(Conflict, match="mission"), desk.uow.begin() as tx:
        crews.shift(tx, unit, UnitEvent.END_SHIFT)


def test_a_late_fix_enters_the_history_and_never_moves_the_unit_back(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.wait(60)
    desk.drive_to(unit, corner(2, 1))
    desk.wait(-30)
    late = desk.drive_to(unit, corner(1.5, 1))
    assert late.reasons == [None]
    assert len(late.moved) == 0
    assert desk.position(unit) == corner(2, 1)
    with desk.engine.connect() as connection:
        assert connection.execute(select(text("count(*)")).select_from(fix)).scalar_one() == 3


def test_a_refused_fix_is_kept_with_its_reason(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    assert desk.drive_to(unit, LonLat(125.0, 33.0)).reasons == ["outside_region"]
    with desk.engine.connect() as connection:
        kept = connection.execute(select(fix.c.refused).where(fix.c.refused.is_not(None))).all()
    assert kept == [("outside_region",)]


def test_the_expected_arrival_follows_the_unit(desk: Desk) -> None:
    unit = desk.add_unit("A1", corner(0, 0), Capability.ALS)
    desk.report(corner(8, 0), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    _crew(desk, unit, offer.id, MissionEvent.ACCEPT, MissionEvent.DEPART)
    desk.wait(200)
    desk.drive_to(unit, corner(4, 0))
    assert clocks.renew_etas(desk.uow, desk.world) == 1
    with desk.engine.connect() as connection:
        renewed = missions.get(connection, offer.id)
    assert (renewed.eta_at - desk.now).total_seconds() == pytest.approx(4 * 30 / 1.15, abs=1.0)
    assert renewed.predicted_eta_at == offer.predicted_eta_at


def test_a_crew_that_has_worked_long_is_spared_where_another_is_hardly_farther(desk: Desk) -> None:
    tired = desk.add_unit("A1", corner(1, 1), Capability.ALS)
    desk.report(corner(1, 2), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (long_one,) = desk.solve()
    _crew(desk, tired, long_one.id, MissionEvent.ACCEPT)
    desk.wait(9 * 3600)
    _crew(desk, tired, long_one.id, MissionEvent.DEPART, MissionEvent.ARRIVE, MissionEvent.FINISH)
    desk.drive_to(tired, corner(1, 1))
    rested = desk.add_unit("A2", corner(0.9, 1), Capability.ALS)
    desk.report(corner(3, 1), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    assert [m.unit_id for m in desk.solve()] == [rested]


def test_a_crew_whose_arrival_slips_is_relieved_by_one_that_is_now_sooner_there(desk: Desk) -> None:
    first = desk.add_unit("A1", corner(2, 0), Capability.ALS)
    second = desk.add_unit("A2", corner(8, 2), Capability.ALS)
    desk.report(corner(0, 0), kind=IncidentKind.PEDESTRIAN_ACCIDENT, vehicles=0)
    (offer,) = desk.solve()
    _crew(desk, first, offer.id, MissionEvent.ACCEPT, MissionEvent.DEPART)
    desk.wait(400)
    desk.drive_to(first, corner(8, 8))  # lost its way
    desk.drive_to(second, corner(1, 0))
    assert clocks.renew_etas(desk.uow, desk.world) == 1
    with desk.engine.connect() as connection:
        (slipped,) = [row for row in outbox.after(connection, 0) if row.kind == "eta_slipped"]
    assert slipped.facts["by_s"] > 60
    relieved = dispatching.solve_open(
        desk.uow, desk.world, params=desk.params, offers=OfferParams(),
        cause="mission.eta_slipped",
    )  # fmt: skip
    assert [m.unit_id for m in relieved] == [second]
    assert desk.unit(first).status is UnitStatus.AVAILABLE
