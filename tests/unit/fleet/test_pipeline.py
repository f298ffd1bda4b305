from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.gateways.gateway import TO_WGS84
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.arbitration import Marker, Markers
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.fixes import Fixes, Sender, microseconds, row_of
from dispatch_core.fleet.ground import Ground
from dispatch_core.fleet.neighbours import Doubted, Neighbours
from dispatch_core.fleet.pipeline import STAGES, Case, Known, inverse, judged, reasons
from dispatch_core.fleet.telemetry import Fix, Refusal, TelemetryParams
from dispatch_core.geo import Box
from dispatch_core.ids import UnitId
from maps.coordinates import wgs84_to_gcj02
from tests.city import corner, town
from tests.unit.fleet.oracle import reason_alone

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
BOX = Box(west=119.0, south=32.0, east=121.0, north=35.0)
GROUND = Ground(
    box=BOX, west=119.0, south=32.0, cell_lon=1.0, cell_lat=1.0, near_road=np.ones((4, 3), np.bool_)
)
PARAMS = TelemetryParams()
GOOD = Fix(event_id="1", lon=120.15, lat=33.35, fixed_at=NOW)
UNIT = UnitId(UUID(int=1))
PHONE = Sender(device_id=UUID(int=2), unit_id=UNIT, priority=50)
TERMINAL = Sender(device_id=UUID(int=3), unit_id=UNIT, priority=10)


def nothing_known(fixes: Fixes) -> Known:
    k = len(fixes)
    return Known(
        stored=np.zeros(k, np.bool_), stored_refusal=np.zeros(k, np.uint8), before=Neighbours.none(k),
        after=Neighbours.none(k), doubted=Doubted.none(len(fixes.senders)),
        markers=Markers.of([None] * len(fixes.senders)),
    )  # fmt: skip


def case_of(*sent: tuple[Sender, Fix], markers: Markers | None = None, ground: Ground = GROUND) -> Case:
    fixes = Fixes.gathered((sender, [row_of(sender.device_id, fix)]) for sender, fix in sent)
    fixes = fixes[fixes.fix_order()]
    known = nothing_known(fixes)
    if markers is not None:
        known = replace(known, markers=markers)
    return judged(fixes, known=known, ground=ground, received_at_us=microseconds(NOW), params=PARAMS)


def reason(*fixes: Fix) -> Refusal | None:
    """Of the last in time."""
    return reasons(case_of(*((PHONE, fix) for fix in fixes)).refusal)[-1]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
        ({"is_positioned": False, "lon": 0.0, "lat": 0.0}, "no_fix"),
        ({"lon": math.nan}, "not_finite"),
        ({"speed_kmh": math.inf}, "not_finite"),
        ({"lat": 95.0}, "not_on_earth"),
        ({"lon": 0.0, "lat": 0.0}, "null_island"),
        ({"lon": 122.5}, "outside_region"),  # the Yellow Sea
        ({"lon": 33.35, "lat": 120.15}, "not_on_earth"),  # lat and lon exchanged
        ({"fixed_at": NOW + timedelta(seconds=300)}, None),
        ({"fixed_at": NOW + timedelta(seconds=301)}, "in_future"),
        ({"fixed_at": NOW - timedelta(days=29)}, None),
        ({"fixed_at": NOW - timedelta(days=31)}, "too_old"),
        ({"is_mock": True}, "mock"),
        ({"accuracy_m": 501.0}, "inaccurate"),
        ({"accuracy_m": -1.0}, "inaccurate"),
        ({"speed_kmh": 250.0}, "impossible_speed"),
        ({"speed_kmh": -3.0}, "impossible_speed"),
    ],
)
def test_each_refusal_has_its_reason(changes: dict[str, Any], expected: str | None) -> None:
    assert reason(replace(GOOD, **changes)) == expected


def test_a_jump_is_impossible_and_a_drive_is_not() -> None:
    before = replace(GOOD, fixed_at=NOW - timedelta(seconds=60))
    jump = replace(GOOD, lat=33.45)  # 11.1 km in a minute: 667 km/h
    assert reason(before, jump) == "impossible_speed"
    assert reason(before, replace(GOOD, lat=33.36)) is None  # 1.1 km: 67 km/h
    assert reason(replace(before, fixed_at=NOW - timedelta(seconds=600)), jump) is None


def test_what_is_refused_is_no_neighbour_of_the_next() -> None:
    drive = [replace(GOOD, event_id=str(n), fixed_at=NOW + timedelta(seconds=n)) for n in range(4)]
    drive[1] = replace(drive[1], lat=33.5)
    assert reasons(case_of(*((PHONE, fix) for fix in drive)).refusal) == [
        None,
        "impossible_speed",
        None,
        None,
    ]


def test_a_receiver_that_woke_up_where_it_fell_asleep_is_outvoted_by_four_that_agree() -> None:
    drive = [replace(GOOD, event_id=str(n), fixed_at=NOW + timedelta(seconds=n)) for n in range(7)]
    drive[0] = replace(drive[0], lat=33.5)  # 16.7 km away: else refused for four and a half minutes
    jump = "impossible_speed"
    told = reasons(case_of(*((PHONE, fix) for fix in drive)).refusal)
    assert told == [None, jump, jump, jump, None, None, None]


def test_fixes_that_jump_about_outvote_nobody() -> None:
    drive = [replace(GOOD, event_id=str(n), fixed_at=NOW + timedelta(seconds=n)) for n in range(9)]
    drive[1:] = [replace(fix, lat=33.5 + 0.02 * (n % 2)) for n, fix in enumerate(drive[1:])]
    assert reasons(case_of(*((PHONE, fix) for fix in drive)).refusal) == [None] + ["impossible_speed"] * 8


def test_one_moment_told_four_times_outvotes_nobody() -> None:
    jump = replace(GOOD, lat=33.5, fixed_at=NOW + timedelta(seconds=9))
    told = [replace(jump, event_id=str(n)) for n in range(6)]
    later = replace(GOOD, event_id="later", fixed_at=NOW + timedelta(seconds=10))
    case = case_of(*((PHONE, fix) for fix in (GOOD, *told, later)))
    assert reasons(case.refusal) == [None] + ["impossible_speed"] * 6 + [None]


def test_a_believed_fix_ends_what_was_doubted() -> None:
    drive = [replace(GOOD, event_id=str(n), fixed_at=NOW + timedelta(seconds=n)) for n in range(8)]
    for n in (1, 2, 3, 5, 6, 7):
        drive[n] = replace(drive[n], lat=33.5)
    case = case_of(*((PHONE, fix) for fix in drive))
    jump = "impossible_speed"
    assert reasons(case.refusal) == [None, jump, jump, jump, None, jump, jump, jump]
    assert case.doubted.count.tolist() == [3]


def test_two_places_at_one_time_are_impossible_unless_they_are_one_place() -> None:
    other = replace(GOOD, event_id="2")
    assert reason(GOOD, replace(other, lat=33.36)) == "impossible_speed"
    assert reason(GOOD, replace(other, lat=33.3501)) is None  # 11 m of jitter
    vague = replace(other, lat=33.36, accuracy_m=400.0)
    assert reason(replace(GOOD, accuracy_m=480.0), vague) == "impossible_speed"
    assert reason(replace(GOOD, accuracy_m=480.0), replace(vague, lat=33.357)) is None


def test_a_drill_grants_its_crews_their_speed() -> None:
    before = replace(GOOD, fixed_at=NOW - timedelta(seconds=60))
    fast = replace(GOOD, lat=33.45, speed_kmh=700.0)
    fixes = Fixes.of(PHONE, [before, fast])
    case = judged(
        fixes, known=nothing_known(fixes), ground=GROUND, received_at_us=microseconds(NOW),
        params=PARAMS.at_speed(20),
    )  # fmt: skip
    assert reasons(case.refusal) == [None, None]


def test_twins_in_one_commit_are_stored_once_and_told_the_same() -> None:
    case = case_of((PHONE, GOOD), (PHONE, GOOD), (TERMINAL, GOOD))
    assert case.repeated.tolist() == [False, True, False]
    bad = replace(GOOD, is_mock=True)
    case = case_of((PHONE, bad), (PHONE, bad))
    assert reasons(case.refusal) == ["mock", "mock"]
    assert case.repeated.tolist() == [False, True]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2), st.integers(0, 2), st.booleans()), max_size=12))
def test_of_all_that_say_the_same_the_first_is_judged(sent: list[tuple[bool, int, int, bool]]) -> None:
    rows = [
        (PHONE if phone else TERMINAL,
         replace(GOOD, event_id=str(event), fixed_at=NOW - timedelta(seconds=ago), is_mock=mock))
        for phone, event, ago, mock in sent
    ]  # fmt: skip
    case = case_of(*rows)
    numbers = case.fixes.sender.tolist(), case.fixes.fixed_at_us.tolist(), case.fixes.event.tolist()
    names = list(zip(*numbers, strict=True))
    assert case.repeated.tolist() == [name in names[:row] for row, name in enumerate(names)]
    told = reasons(case.refusal)
    assert told == [told[names.index(name)] for name in names]


def test_a_device_of_another_datum_is_converted_once() -> None:
    lon, lat = wgs84_to_gcj02(120.15, 33.35)
    amap = replace(PHONE, datum=Datum.GCJ02)
    ground = replace(GROUND, to_wgs84=TO_WGS84)
    fixes = case_of(
        (amap, replace(GOOD, lon=float(lon), lat=float(lat))), (TERMINAL, GOOD), ground=ground
    ).fixes
    assert fixes.lon.tolist() == pytest.approx([120.15, 120.15], abs=1e-7)
    assert fixes.lat.tolist() == pytest.approx([33.35, 33.35], abs=1e-7)


def test_the_better_device_has_the_word_while_it_is_fresh() -> None:
    def moved(marked: Sender, seconds: int, sender: Sender) -> bool:
        at_us = microseconds(NOW - timedelta(seconds=seconds))
        marker = Marker(device_id=marked.device_id, priority=marked.priority, at_us=at_us)
        return len(case_of((sender, GOOD), markers=Markers.of([marker])).moves) == 1

    assert moved(PHONE, 1, PHONE)
    assert not moved(PHONE, 0, PHONE)  # never back, never in place
    assert moved(PHONE, 1, TERMINAL)
    assert not moved(TERMINAL, 15, PHONE)
    assert moved(TERMINAL, 16, PHONE)
    assert not moved(PHONE, -5, TERMINAL)


def test_of_two_devices_in_one_commit_the_marker_follows_the_better() -> None:
    later = replace(GOOD, fixed_at=NOW + timedelta(seconds=2))
    case = case_of((PHONE, later), (TERMINAL, GOOD))
    assert [case.fixes.senders[case.fixes.sender[row]] for row in case.moves] == [TERMINAL]


def test_the_stages_are_listed_in_one_place() -> None:
    assert len(STAGES) == 15


def test_order_of_arrival_comes_back_after_the_order_of_time() -> None:
    late, early = GOOD, replace(GOOD, fixed_at=NOW - timedelta(days=40))
    fixes = Fixes.of(PHONE, [late, early])
    order = fixes.fix_order()
    assert order.tolist() == [1, 0]
    case = judged(
        fixes[order], known=nothing_known(fixes), ground=GROUND, received_at_us=microseconds(NOW),
        params=PARAMS,
    )  # fmt: skip
    assert reasons(case.refusal[inverse(order)]) == [None, "too_old"]


def test_the_ground_is_land_within_three_kilometres_of_a_road() -> None:
    ground = Ground.of(town().graph)
    on_road, beside, at_sea = corner(4, 4), corner(-5, 4), corner(-7, 4)  # 0, 2.5 and 3.5 km west
    lon, lat = (np.array([p[i] for p in ((o.lon, o.lat) for o in (on_road, beside, at_sea))]) for i in (0, 1))
    assert ground.holds(lon, lat).tolist() == [True, True, False]
    assert not ground.holds(np.array([np.nan, np.inf, 0.0]), np.array([33.4, 33.4, 0.0])).any()


def test_a_fix_without_a_time_zone_cannot_be_made() -> None:
    with pytest.raises(InvalidInput):
        replace(GOOD, fixed_at=NOW.replace(tzinfo=None))


numbers = st.floats(width=32) | st.none()


@given(st.floats(), st.floats(), numbers, numbers, numbers, st.booleans(), st.integers(-(10**7), 10**4))
def test_whatever_a_device_sends_gets_the_verdict_of_plain_rules(
    lon: float, lat: float, heading: float | None, speed: float | None, accuracy: float | None,
    is_mock: bool, ahead_s: int,
) -> None:  # fmt: skip
    fix = Fix(event_id="x", lon=lon, lat=lat, fixed_at=NOW + timedelta(seconds=ahead_s), heading_deg=heading,
              speed_kmh=speed, accuracy_m=accuracy, is_mock=is_mock)  # fmt: skip
    assert reason(fix) == reason_alone(fix, received_at=NOW, box=BOX, params=PARAMS)
