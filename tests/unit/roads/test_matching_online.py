"""A trace matched as it comes: bounded in lag and memory, and in the end as good as the whole."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import Mode
from dispatch_core.roads.matching import Matcher, MatchParams, Trace
from dispatch_core.roads.matching_online import OnlineMatcher, OnlineParams, SettledFix
from tests.city import corner, town

MATCHER = Matcher(town().graph, params=MatchParams(sigma_m=8.0))


def _trace(seed: int, *, every_s: float = 5.0, noise_m: float = 8.0) -> tuple[Trace, list[int]]:
    """A drive across the town through noise, and the edges truly driven."""
    random = np.random.default_rng(seed)
    a, b = corner(0.5, random.integers(0, 9)), corner(random.integers(0, 9), 7.5)
    path = town().path(town().snap(a.lon, a.lat), town().snap(b.lon, b.lat), mode=Mode.ROAD)
    assert path is not None
    at_s = np.arange(0.0, path.duration_s, every_s)
    points = np.array([(p.lon, p.lat) for p in map(path.position_at, at_s.tolist())])
    scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(33.4)), 1.0])
    points += random.normal(0, noise_m, points.shape) / scale
    return Trace(lon=points[:, 0].copy(), lat=points[:, 1].copy(), at_s=at_s), path.edges.tolist()


def _added(online: OnlineMatcher, trace: Trace) -> list[list[SettledFix]]:
    rows = zip(trace.lon.tolist(), trace.lat.tolist(), trace.at_s.tolist(), strict=True)
    return [online.add(lon, lat, at_s) for lon, lat, at_s in rows]


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_with_a_lag_as_long_as_the_trace_it_answers_what_the_batch_does(seed: int) -> None:
    trace, _ = _trace(seed)
    whole = MATCHER.match(trace)
    online = OnlineMatcher(MATCHER, params=OnlineParams(lag_s=1e6))
    assert not any(_added(online, trace))
    settled = online.flush()
    assert [fix.edge for fix in settled] == whole.edge.tolist()
    assert [fix.fraction for fix in settled] == whole.fraction.tolist()
    assert [edge for fix in settled for edge in fix.entered] == whole.path.tolist()
    assert [int(fix.role) for fix in settled] == whole.role.tolist()


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 10.0, 30.0]), st.sampled_from([0.0, 15.0]))
def test_every_fix_is_settled_once_in_order_and_in_time(seed: int, lag_s: float, stride_s: float) -> None:
    trace, _ = _trace(seed)
    online = OnlineMatcher(MATCHER, params=OnlineParams(lag_s=lag_s, stride_s=stride_s))
    told = _added(online, trace)
    for now_s, fixes in zip(trace.at_s.tolist(), told, strict=True):
        assert all(fix.at_s <= now_s - lag_s for fix in fixes)
    settled_until = -1.0
    for now_s, fixes in zip(trace.at_s.tolist(), told, strict=True):
        settled_until = fixes[-1].at_s if fixes else settled_until
        assert settled_until >= now_s - lag_s - stride_s - 5.0 or now_s < lag_s + stride_s
    assert [fix.at_s for fixes in [*told, online.flush()] for fix in fixes] == trace.at_s.tolist()


def test_half_a_minute_of_lag_finds_nearly_every_street() -> None:
    right = driven = 0
    for seed in range(20):
        trace, truth = _trace(seed)
        online = OnlineMatcher(MATCHER)
        settled = [fix for fixes in [*_added(online, trace), online.flush()] for fix in fixes]
        right += sum(fix.edge in truth for fix in settled)
        driven += len(settled)
    assert right / driven > 0.97


def test_memory_is_bounded_however_long_the_drive_and_however_fast_the_fixes() -> None:
    trace, _ = _trace(3, every_s=0.1)
    online = OnlineMatcher(MATCHER, params=OnlineParams(lag_s=1e6, fixes_at_most=40))
    most = 0
    for lon, lat, at_s in zip(trace.lon.tolist(), trace.lat.tolist(), trace.at_s.tolist(), strict=True):
        online.add(lon, lat, at_s)
        most = max(most, len(online._window))
    assert len(trace) > 100
    assert most <= 41


def test_a_fix_older_than_the_one_before_is_refused_and_harms_nothing() -> None:
    online = OnlineMatcher(MATCHER)
    place = corner(1, 1)
    online.add(place.lon, place.lat, 10.0)
    with pytest.raises(InvalidInput, match="older"):
        online.add(place.lon, place.lat, 9.0)
    assert len(online.flush()) == 1


def test_parameters_below_nothing_are_refused() -> None:
    with pytest.raises(InvalidInput):
        OnlineParams(lag_s=-1)
    with pytest.raises(InvalidInput):
        OnlineParams(fixes_at_most=1)
