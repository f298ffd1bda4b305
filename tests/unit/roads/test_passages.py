"""From a matched trace to speeds: known answers on a grid of 500 m blocks."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.roads.matching import Matcher, MatchParams, Trace
from dispatch_core.roads.passages import joined, passages_of
from tests.city import corner, town


def _trace(columns: list[float], at_s: list[float]) -> Trace:
    places = [corner(column, 4) for column in columns]
    return Trace(
        lon=np.array([p.lon for p in places]), lat=np.array([p.lat for p in places]), at_s=np.array(at_s)
    )


def test_a_drive_tells_its_mean_speed_on_every_edge_between_two_fixes() -> None:
    graph = town().graph
    trace = _trace([1.5, 2.5, 3.5], [0.0, 50.0, 150.0])
    match = Matcher(graph, params=MatchParams(sigma_m=5.0)).match(trace)
    told = passages_of(match, trace, graph, unit=7)
    # 500 m in 50 s, then 500 m in 100 s, each over the second half of one block and the first of the next;
    # the last gap is too long to tell of traffic.
    assert told.speed_kmh == pytest.approx([36.0, 36.0], rel=0.02)
    assert set(told.unit.tolist()) == {7}
    assert [round(float(graph.length_m[e])) for e in told.edge] == [500, 500]


def test_a_unit_that_stands_tells_nothing() -> None:
    graph = town().graph
    trace = _trace([1.50, 1.51, 1.505, 1.51], [0.0, 30.0, 60.0, 90.0])
    match = Matcher(graph, params=MatchParams(sigma_m=5.0)).match(trace)
    assert len(passages_of(match, trace, graph, unit=1).edge) == 0


def test_no_units_have_no_passages() -> None:
    assert len(joined([]).edge) == 0
