"""A city's lists on a real database: whole or not at all, and nothing under way is disturbed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.unit import UnitEvent
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.register import Change, PlaceEntry, Register, StationEntry, UnitEntry
from dispatch_core.services.crews import shift
from dispatch_core.services.registering import registered, take_over
from dispatch_core.store import places, tokens, units
from tests.city import Desk, corner

BASE = StationEntry(name="城南站", kind=UnitKind.AMBULANCE, place=corner(1, 1), source="line 2")
CREW = UnitEntry(
    call_sign="救护01", kind=UnitKind.AMBULANCE, capabilities=frozenset({Capability.ALS}), agency="120",
    station="城南站", source="line 2",
)  # fmt: skip
HOSPITAL = PlaceEntry(kind=PlaceKind.HOSPITAL, name="第一医院", place=corner(5, 5), facts={"trauma": True})
CITY = Register(stations=(BASE,), units=(CREW,), places=(HOSPITAL,))


def taken(desk: Desk, given: Register, *, retire_missing: bool = False) -> list[tuple[str, str]]:
    with desk.uow.begin() as tx:
        told: list[Change] = take_over(
            tx, given, near_road=desk.world.is_near_road, retire_missing=retire_missing, by="test"
        )
        tx.commit()
    return [(change.deed.value, change.entry.key) for change in told]


def listed(desk: Desk) -> Register:
    with desk.engine.connect() as connection:
        return registered(connection)


def begin_shift(desk: Desk, sign: str, at: LonLat) -> None:
    with desk.engine.connect() as connection:
        (unit,) = [one for one in units.all_units(connection) if one.call_sign == sign]
    with desk.uow.begin() as tx:
        shift(tx, unit.id, UnitEvent.BEGIN_SHIFT)
        tx.commit()
    desk.drive_to(unit.id, at)


def test_a_city_on_a_list_is_a_city_that_can_be_sent(desk: Desk) -> None:
    expected = [("added", "城南站"), ("added", "救护01"), ("added", "hospital 第一医院")]
    assert taken(desk, CITY) == expected
    assert taken(desk, CITY) == []
    assert listed(desk) == CITY
    begin_shift(desk, "救护01", corner(1, 1))
    desk.report(corner(2, 1))
    assert [mission.unit_id for mission in desk.solve()]


def test_one_mistake_and_nothing_is_taken_over(desk: Desk) -> None:
    taken(desk, CITY)
    lost = replace(CREW, call_sign="救护02", station="城北站", source="line 3")
    sea = replace(HOSPITAL, name="海上医院", place=LonLat(125.0, 33.0), source="line 4")
    with pytest.raises(InvalidInput) as wrong:
        taken(desk, Register(units=(replace(CREW, plate="苏A"), lost), places=(sea,)))
    assert wrong.value.problem.splitlines() == [
        "line 4: 海上医院 lies 3 km or more from any road of this region (125.0, 33.0); "
        "are longitude and latitude exchanged?",
        "line 3: 救护02 stands at 城北站, no station of today",
    ]
    assert listed(desk) == CITY


def test_a_unit_on_a_mission_is_neither_retired_nor_changed_in_what_it_can(desk: Desk) -> None:
    taken(desk, CITY)
    begin_shift(desk, "救护01", corner(1, 1))
    desk.report(corner(2, 1))
    assert desk.solve()
    for given, retire in (
        (Register(units=()), True),
        (Register(units=(replace(CREW, capabilities=frozenset({Capability.BLS})),)), False),
    ):
        with pytest.raises(InvalidInput, match="救护01 has a mission"):
            taken(desk, given, retire_missing=retire)
    # What does not bear on the mission may change.
    assert taken(desk, Register(units=(replace(CREW, plate="苏JA0009"),))) == [("changed", "救护01")]


def test_a_retired_unit_ends_its_shift_reports_no_more_and_may_come_back(desk: Desk) -> None:
    taken(desk, CITY)
    begin_shift(desk, "救护01", corner(1, 1))
    with desk.engine.connect() as connection:
        (unit,) = units.all_units(connection)
    with desk.uow.begin() as tx:
        tokens.add(tx.connection, b"secret", role="device", at=tx.now, unit_id=unit.id)
        tx.commit()
    empty = Register(stations=(), units=(), places=())
    assert taken(desk, empty, retire_missing=True) == [
        ("retired", "城南站"), ("retired", "救护01"), ("retired", "hospital 第一医院"),
    ]  # fmt: skip
    assert listed(desk) == empty
    with desk.engine.connect() as connection:
        assert units.all_units(connection) == []
        assert units.all_stations(connection) == []
        assert places.all_places(connection) == []
        assert [one.call_sign for one in units.all_units(connection, with_retired=True)] == ["救护01"]
        assert tokens.find(connection, b"secret") is None
    with pytest.raises(Conflict, match="is retired"), desk.uow.begin() as tx:
        shift(tx, unit.id, UnitEvent.BEGIN_SHIFT)
    desk.report(corner(2, 1))
    assert desk.solve() == []
    assert [deed for deed, _ in taken(desk, CITY)] == ["returned"] * 3
    assert listed(desk) == CITY
    begin_shift(desk, "救护01", corner(1, 1))
    assert [mission.unit_id for mission in desk.solve()] == [unit.id]  # the same unit, with its history


def test_two_places_of_one_name_are_read_and_each_may_be_retired(desk: Desk) -> None:
    """As a map has them that the city was furnished from."""
    desk.add_hospital("县医院", corner(1, 1))
    desk.add_hospital("县医院", corner(6, 6))
    assert [one.name for one in listed(desk).places or ()] == ["县医院", "县医院"]
    one = replace(HOSPITAL, name="县医院", source="line 2")
    with pytest.raises(InvalidInput, match="stands already"):
        taken(desk, Register(places=(one, one)))
    assert taken(desk, Register(places=()), retire_missing=True) == [("retired", "hospital 县医院")] * 2
    assert listed(desk).places == ()


def test_a_station_stays_while_a_unit_stands_there_and_no_kind_ever_changes(desk: Desk) -> None:
    taken(desk, CITY)
    with pytest.raises(InvalidInput, match="救护01 stands at 城南站, no station of today"):
        taken(desk, Register(stations=()), retire_missing=True)
    tow = replace(BASE, kind=UnitKind.TOW)
    with pytest.raises(InvalidInput, match="城南站 is of another kind than tow"):
        taken(desk, Register(stations=(tow,)))
    wrong: Sequence[UnitEntry] = [
        replace(CREW, call_sign="拖车01", kind=UnitKind.TOW, capabilities=frozenset({Capability.CRANE}))
    ]
    with pytest.raises(InvalidInput, match="拖车01 stands at 城南站, no station of tows"):
        taken(desk, Register(units=tuple(wrong)))
