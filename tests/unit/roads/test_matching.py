"""From fixes back to the streets that were driven."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import Mode
from dispatch_core.roads.matching import FixRole, Matcher, MatchParams, Trace
from tests.city import corner, town

ROADS = town()
MATCHER = Matcher(ROADS.graph, params=MatchParams(sigma_m=5.0))


def _drive(start: tuple[float, float], goal: tuple[float, float]) -> tuple[list[int], np.ndarray, float]:
    """(edges, a function's table of positions a second, seconds) of a drive at the speed of the streets."""
    a, b = corner(*start), corner(*goal)
    path = ROADS.path(ROADS.snap(a.lon, a.lat), ROADS.snap(b.lon, b.lat), mode=Mode.ROAD)
    assert path is not None
    at = [path.position_at(t) for t in np.arange(0.0, path.duration_s, 1.0)]
    return path.edges.tolist(), np.array([(p.lon, p.lat) for p in at]), path.duration_s


def _trace(points: np.ndarray, *, every: int, noise_m: float, seed: int) -> Trace:
    random = np.random.default_rng(seed)
    kept = points[::every]
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(33.4)), 1.0])
    noisy = kept + random.normal(0, noise_m, kept.shape) / scale
    return Trace(lon=noisy[:, 0], lat=noisy[:, 1], at_s=np.arange(len(kept)) * float(every))


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from([1, 5]))
def test_a_drive_is_found_again_under_noise(seed: int, every: int) -> None:
    random = np.random.default_rng(seed)
    start, goal = random.integers(0, 4, 2) + 0.5, random.integers(5, 9, 2) - 0.5
    edges, points, _ = _drive((start[0], 0.0), (8.0, goal[1]))
    match = MATCHER.match(_trace(points, every=every, noise_m=5.0, seed=seed))
    assert match.path.tolist() == edges or set(match.path.tolist()) <= set(edges)
    assert len(match.path) >= len(edges) - 2
    assert (match.role != FixRole.OUTLIER).all()


def test_fixes_off_the_road_and_a_wild_one_are_told_and_harm_nothing() -> None:
    edges, points, _ = _drive((0.5, 0.0), (7.5, 0.0))
    trace = _trace(points, every=5, noise_m=1.0, seed=1)
    lon, lat = trace.lon.copy(), trace.lat.copy()
    lat[4] -= 0.01  # a kilometre into the fields
    lat[8] += 2 * 500 / METRES_PER_DEGREE  # on another street, out of reach in five seconds
    match = MATCHER.match(Trace(lon=lon, lat=lat, at_s=trace.at_s))
    assert match.role[4] == FixRole.OFF_ROAD
    assert match.role[8] == FixRole.OUTLIER
    assert match.path.tolist() == edges


def test_a_gap_that_no_drive_can_bridge_begins_a_new_piece() -> None:
    first, points, _ = _drive((0.5, 0.0), (3.5, 0.0))
    second, later, _ = _drive((0.5, 8.0), (3.5, 8.0))
    both = np.concatenate([points[::5], later[::5]])
    match = MATCHER.match(Trace(lon=both[:, 0], lat=both[:, 1], at_s=np.arange(len(both)) * 5.0))
    assert len(match.piece_first) == 3
    assert match.path.tolist() == first + second


def test_a_heading_chooses_the_carriageway() -> None:
    place = corner(2.5, 0)
    lon, lat = np.full(1, place.lon), np.full(1, place.lat)
    for heading in (90.0, 270.0):
        match = MATCHER.match(Trace(lon=lon, lat=lat, at_s=np.zeros(1), heading_deg=np.array([heading])))
        east = ROADS.graph.node_lon[ROADS.graph.head[match.edge[0]]] > place.lon
        assert east == (heading == 90.0)
        assert match.confidence[0] > 0.9


def test_without_a_heading_a_lone_fix_is_as_likely_on_either_side() -> None:
    place = corner(2.5, 0)
    match = MATCHER.match(Trace(lon=np.full(1, place.lon), lat=np.full(1, place.lat), at_s=np.zeros(1)))
    assert match.confidence[0] == pytest.approx(0.5)


def test_an_empty_trace_has_an_empty_match_and_a_disordered_one_is_refused() -> None:
    nothing = np.zeros(0)
    assert len(MATCHER.match(Trace(lon=nothing, lat=nothing, at_s=nothing)).path) == 0
    with pytest.raises(InvalidInput, match="fall"):
        Trace(lon=np.zeros(2), lat=np.zeros(2), at_s=np.array([1.0, 0.0]))
