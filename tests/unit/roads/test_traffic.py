"""Speeds seen, speeds fed, roads closed: what the network is weighed by."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.closures import Closure, edges_listed, edges_named, edges_touching
from dispatch_core.roads.profiles import SpeedProfile, fit_profile, hour_of_week
from dispatch_core.roads.traffic import (
    EdgeSpeeds,
    Passages,
    TrafficParams,
    TrafficState,
    closed,
    fed,
    lifted,
    observed,
    speeds_now,
)
from tests.city import corner, town

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GRAPH = town().graph
USUAL = np.full(GRAPH.edge_count, 60.0, np.float32)
PARAMS = TrafficParams(half_life_s=600, prior_weight=2)


def _passed(edge: int, kmh: float, unit: int) -> Passages:
    return Passages(
        edge=np.array([edge], np.int32), speed_kmh=np.array([kmh], np.float32), unit=np.array([unit])
    )


def _now(state: TrafficState, at: datetime = NOON) -> EdgeSpeeds:
    return speeds_now(state, USUAL, at=at, siren=False, params=PARAMS)


def test_without_evidence_a_road_is_as_fast_as_usual() -> None:
    assert _now(TrafficState.quiet(GRAPH, as_of=NOON)).speed_kmh.tolist() == USUAL.tolist()


def test_an_observation_is_weighed_against_the_usual_pace() -> None:
    state = observed(
        TrafficState.quiet(GRAPH, as_of=NOON), _passed(3, 30.0, 1), USUAL, at=NOON, params=PARAMS
    )
    # Two parts of 60 s a kilometre and one of 120 s: 80 s a kilometre.
    assert _now(state).speed_kmh[3] == pytest.approx(45.0)
    assert _now(state).speed_kmh[4] == 60.0


def test_evidence_fades_by_half_in_a_half_life() -> None:
    state = observed(
        TrafficState.quiet(GRAPH, as_of=NOON), _passed(3, 30.0, 1), USUAL, at=NOON, params=PARAMS
    )
    later = _now(state, NOON + timedelta(seconds=600)).speed_kmh[3]
    # Half an observation now: (2 x 60 + .5 x 120) / 2.5 = 72 s a kilometre.
    assert later == pytest.approx(50.0)


def test_one_crawling_unit_is_doubted_and_a_second_one_is_a_jam() -> None:
    state = TrafficState.quiet(GRAPH, as_of=NOON)
    state = observed(state, _passed(3, 5.0, 1), USUAL, at=NOON, params=PARAMS)
    state = observed(state, _passed(3, 5.0, 1), USUAL, at=NOON, params=PARAMS)
    assert _now(state).speed_kmh[3] == 60.0
    state = observed(state, _passed(3, 6.0, 2), USUAL, at=NOON, params=PARAMS)
    # (2 x 60 + 720 + 600) / 4 s a kilometre.
    assert _now(state).speed_kmh[3] == pytest.approx(3600 / 360)


def test_an_impossible_speed_tells_nothing() -> None:
    state = observed(
        TrafficState.quiet(GRAPH, as_of=NOON), _passed(3, 400.0, 1), USUAL, at=NOON, params=PARAMS
    )
    assert _now(state).speed_kmh[3] == 60.0


@given(st.lists(st.tuples(st.integers(0, 5), st.floats(1, 130), st.integers(1, 3)), max_size=30))
def test_a_speed_lies_between_what_was_driven_and_what_is_usual(drives: list[tuple[int, float, int]]) -> None:
    state = TrafficState.quiet(GRAPH, as_of=NOON)
    for edge, kmh, unit in drives:
        state = observed(state, _passed(edge, kmh, unit), USUAL, at=NOON, params=PARAMS)
    for edge in range(6):
        driven = [kmh for e, kmh, _ in drives if e == edge] + [60.0]
        assert min(driven) - 1e-3 <= _now(state).speed_kmh[edge] <= max(driven) + 1e-3


def test_a_feed_counts_until_its_time_is_over() -> None:
    until = NOON + timedelta(minutes=5)
    state = fed(
        TrafficState.quiet(GRAPH, as_of=NOON),
        np.array([7], np.int32),
        np.array([12], np.float32),
        until=until,
    )
    assert _now(state).speed_kmh[7] == 12.0
    assert _now(state, until).speed_kmh[7] == 60.0


@pytest.mark.parametrize(
    ("edge", "kmh"), [(0, 0.0), (0, 300.0), (0, float("nan")), (10_000, 30.0), (-1, 30.0)]
)
def test_a_feed_that_cannot_be_is_refused(edge: int, kmh: float) -> None:
    with pytest.raises(InvalidInput):
        fed(
            TrafficState.quiet(GRAPH, as_of=NOON), np.array([edge], np.int32), np.array([kmh], np.float32),
            until=NOON,
        )  # fmt: skip


def test_a_closure_holds_for_its_time_and_can_be_lifted_or_open_to_sirens() -> None:
    flood = Closure(
        id="flood", edges=np.array([2, 3], np.int32), begins_at=NOON, ends_at=NOON + timedelta(hours=1),
        open_to_siren=True,
    )  # fmt: skip
    state = closed(TrafficState.quiet(GRAPH, as_of=NOON), flood)
    assert np.flatnonzero(_now(state).closed).tolist() == [2, 3]
    assert not _now(state, NOON + timedelta(hours=1)).closed.any()
    assert not speeds_now(state, USUAL, at=NOON, siren=True, params=PARAMS).closed.any()
    assert not _now(lifted(state, "flood")).closed.any()
    with pytest.raises(InvalidInput):
        lifted(state, "snow")


def test_a_street_is_closed_with_its_other_direction_by_name_or_by_a_polygon() -> None:
    assert edges_listed(GRAPH, [0]).tolist() == sorted([0, int(GRAPH.reverse[0])])
    assert len(edges_named(GRAPH, "解放路")) == GRAPH.edge_count
    assert len(edges_named(GRAPH, "no such street")) == 0
    west, east = corner(0.4, -0.1), corner(0.6, 0.1)
    drawn = shapely.box(west.lon, west.lat, east.lon, east.lat)
    touched = edges_touching(GRAPH, drawn)
    ends = {(int(GRAPH.tail[e]), int(GRAPH.head[e])) for e in touched}
    assert ends == {(0, 1), (1, 0)}
    with pytest.raises(InvalidInput, match="touches no road"):
        Closure(id="x", edges=edges_named(GRAPH, "no such street"), begins_at=NOON)


@pytest.mark.parametrize("said", ["G15", "g 15", "S18", "G15;S18"])
def test_a_road_of_several_references_is_closed_by_any_of_them(said: str) -> None:
    some = np.arange(GRAPH.edge_count) < 10
    numbered = replace(
        GRAPH, names=(*GRAPH.names, "G15;S18"),
        ref_id=np.where(some, len(GRAPH.names), 0).astype(np.int32),
    )  # fmt: skip
    assert np.array_equal(edges_named(numbered, said), np.flatnonzero(some))
    assert len(edges_named(numbered, "15")) == 0


def test_a_profile_learns_the_rush_hour_and_leaves_quiet_hours_alone() -> None:
    rush = hour_of_week(datetime(2026, 11, 23, 8))  # noqa: DTZ001  a local wall clock, a Monday
    assert rush == 8
    n = 4000
    profile = fit_profile(
        slot=np.full(n, rush), road_class=np.full(n, 4, np.uint8), observed_kmh=np.full(n, 20.0),
        free_kmh=np.full(n, 40.0),
    )  # fmt: skip
    assert profile.share[rush, 4] == pytest.approx(0.5, abs=0.01)
    assert profile.share[rush, 5] == 1.0
    assert SpeedProfile.flat().speed_kmh(GRAPH, rush).tolist() == GRAPH.speed_kmh.tolist()
