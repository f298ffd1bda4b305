from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point

from dispatch_core.fleet.legs import (
    Leg,
    LegParams,
    LegState,
    Seen,
    Sign,
    after_fix,
    after_silence,
    off_route_m,
)
from dispatch_core.geo import METRES_PER_DEGREE, LonLat

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
GOAL = LonLat(0.0, 0.0)  # on the equator a degree is a degree
PARAMS = LegParams()
ROUTE = np.array([[0.0, 0.0], [0.1, 0.0]])


def east_m(metres: float, north: float = 0.0) -> LonLat:
    return LonLat(metres / METRES_PER_DEGREE, north / METRES_PER_DEGREE)


def drive(*stops: tuple[float, LonLat], leg: Leg | None = None) -> list[list[str]]:
    """The signs of each fix; each is (seconds after noon, place)."""
    state, told = LegState(), []
    for seconds, place in stops:
        seen = Seen(place=place, at=NOON + timedelta(seconds=seconds))
        state, signs = after_fix(state, seen, leg or Leg(goal=GOAL), PARAMS)
        told.append([sign.value for sign in signs])
    return told


def test_arrival_wants_twenty_seconds_within_and_departure_a_clear_distance() -> None:
    told = drive(
        (0, east_m(900)), (10, east_m(140)), (29, east_m(10)), (30, east_m(200)), (31, east_m(249)),
        (40, east_m(251)), (50, east_m(140)), (60, east_m(260)), (70, east_m(140)), (95, east_m(140)),
    )  # fmt: skip
    assert told == [[], [], [], ["arrived"], [], ["departed"], [], [], [], ["arrived"]]


def test_who_only_passes_does_not_arrive() -> None:
    assert drive((0, east_m(400)), (10, east_m(100)), (19, east_m(-240)), (21, east_m(-300))) == [[]] * 4


def test_a_stop_on_the_way_is_told_once_and_waiting_at_the_goal_is_none() -> None:
    told = drive(*((s, east_m(3000 + s % 40)) for s in range(0, 301, 60)), (310, east_m(2000)))
    assert told == [[], [], ["stopped"], [], [], [], ["moves_again"]]
    assert drive(*((s, east_m(20)) for s in range(0, 301, 60))) == [[], ["arrived"], [], [], [], []]


def test_deviation_begins_at_five_hundred_metres_and_ends_at_three_hundred() -> None:
    stops = [
        (n * 10.0, east_m(3000 + 60 * n, north))
        for n, north in enumerate((499, 501, 400, 600, 301, 299, 499))
    ]
    told = drive(*stops, leg=Leg(route=ROUTE))
    assert told == [[], ["deviated"], [], [], [], ["on_route_again"], []]


def test_silence_is_told_once_and_ends_with_the_next_fix() -> None:
    state, _ = after_fix(LegState(), Seen(place=GOAL, at=NOON), Leg(), PARAMS)
    assert after_silence(state, NOON + timedelta(seconds=60), PARAMS)[1] == ()
    state, signs = after_silence(state, NOON + timedelta(seconds=61), PARAMS)
    assert signs == (Sign.SILENT,)
    assert after_silence(state, NOON + timedelta(seconds=999), PARAMS)[1] == ()
    late, signs = after_fix(state, Seen(place=GOAL, at=NOON), Leg(), PARAMS)
    assert (late, signs) == (state, ())
    _, signs = after_fix(state, Seen(place=GOAL, at=NOON + timedelta(seconds=70)), Leg(), PARAMS)
    assert signs == (Sign.HEARD_AGAIN,)


def test_who_was_never_heard_is_not_silent() -> None:
    assert after_silence(LegState(), NOON, PARAMS) == (LegState(), ())


steps = st.tuples(st.integers(0, 15), st.sampled_from([0, 100, 150, 200, 250, 300, 400]))


@given(st.lists(steps, max_size=30))
def test_arrived_is_what_the_whole_history_says(moves: list[tuple[int, int]]) -> None:
    state, history, at, was = LegState(), [], 0, False
    for wait, away_m in moves:
        at += wait + 1
        history.append((at, away_m))
        seen = Seen(place=east_m(away_m * 0.999), at=NOON + timedelta(seconds=at))
        state, signs = after_fix(state, seen, Leg(goal=GOAL), PARAMS)
        last_away = max((i for i, (_, m) in enumerate(history) if m > 250), default=-1)
        entered = [t for t, m in history[last_away + 1 :] if m <= 150]
        is_there = bool(entered) and at - entered[0] >= 20
        assert state.arrived == is_there
        expected = [] if is_there == was else [Sign.ARRIVED if is_there else Sign.DEPARTED]
        assert [s for s in signs if s in (Sign.ARRIVED, Sign.DEPARTED)] == expected
        was = is_there


degrees = st.integers(-2000, 2000).map(lambda n: n / 1e5)
places = st.tuples(degrees, degrees)


@given(places, st.lists(places, min_size=2, max_size=6))
def test_the_distance_from_a_route_is_that_of_plane_geometry(
    place: tuple[float, float], route: list[tuple[float, float]]
) -> None:
    expected = LineString(route).distance(Point(place)) * METRES_PER_DEGREE
    assert off_route_m(LonLat(*place), np.array(route)) == pytest.approx(expected, abs=0.01, rel=1e-5)
