from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.telemetry import Fix, Refusal, TelemetryParams, is_newer, judge
from dispatch_core.geo import Box

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
BOX = Box(west=119.0, south=32.0, east=121.0, north=35.0)
PARAMS = TelemetryParams()
GOOD = Fix(event_id="1", lon=120.15, lat=33.35, fixed_at=NOW)


def reason(fix: Fix, *, previous: Fix | None = None, params: TelemetryParams = PARAMS) -> Refusal | None:
    return judge(fix, previous=previous, received_at=NOW, box=BOX, params=params).reason


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, None),
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
    assert reason(jump, previous=before) == "impossible_speed"
    assert reason(replace(GOOD, lat=33.36), previous=before) is None  # 1.1 km: 67 km/h
    assert reason(jump, previous=replace(before, fixed_at=NOW - timedelta(seconds=600))) is None


def test_back_fill_is_judged_against_the_later_neighbour_too() -> None:
    late = replace(GOOD, lat=33.45, fixed_at=NOW - timedelta(seconds=60))
    assert reason(late, previous=GOOD) == "impossible_speed"


def test_two_places_at_one_time_are_impossible_unless_they_are_one_place() -> None:
    assert reason(replace(GOOD, lat=33.36), previous=GOOD) == "impossible_speed"
    assert reason(replace(GOOD, lat=33.3501), previous=GOOD) is None  # 11 m of jitter
    vague = replace(GOOD, lat=33.36, accuracy_m=400.0)
    assert reason(vague, previous=replace(GOOD, accuracy_m=480.0)) == "impossible_speed"
    assert reason(replace(vague, lat=33.357), previous=replace(GOOD, accuracy_m=480.0)) is None


def test_a_drill_grants_its_crews_their_speed() -> None:
    before = replace(GOOD, fixed_at=NOW - timedelta(seconds=60))
    fast = replace(GOOD, lat=33.45, speed_kmh=700.0)
    assert reason(fast, previous=before) == "impossible_speed"
    assert reason(fast, previous=before, params=PARAMS.at_speed(20)) is None


def test_the_live_position_never_moves_back() -> None:
    assert is_newer(GOOD, None)
    assert is_newer(replace(GOOD, fixed_at=NOW + timedelta(milliseconds=1)), GOOD)
    assert not is_newer(GOOD, GOOD)
    assert not is_newer(replace(GOOD, fixed_at=NOW - timedelta(seconds=1)), GOOD)


def test_a_fix_without_a_time_zone_cannot_be_made() -> None:
    with pytest.raises(InvalidInput):
        replace(GOOD, fixed_at=NOW.replace(tzinfo=None))


numbers = st.floats() | st.none()


@given(st.floats(), st.floats(), numbers, numbers, numbers, st.booleans(), st.integers(-(10**7), 10**4))
def test_whatever_a_device_sends_gets_a_verdict(
    lon: float, lat: float, heading: float | None, speed: float | None, accuracy: float | None,
    is_mock: bool, ahead_s: int,
) -> None:  # fmt: skip
    fix = Fix(event_id="x", lon=lon, lat=lat, fixed_at=NOW + timedelta(seconds=ahead_s), heading_deg=heading,
              speed_kmh=speed, accuracy_m=accuracy, is_mock=is_mock)  # fmt: skip
    verdict = judge(fix, previous=GOOD, received_at=NOW, box=BOX, params=PARAMS)
    assert verdict.accepted == (verdict.reason is None)
    if verdict.accepted:
        assert BOX.west <= lon <= BOX.east
        assert BOX.south <= lat <= BOX.north
