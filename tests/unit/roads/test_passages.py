"""From a matched trace to speeds: known answers on a grid of 500 m blocks."""

from __future__ import annotations

import pytest

from dispatch_core.roads.matching import Matcher, MatchParams
from dispatch_core.roads.matching_online import OnlineMatcher, SettledFix
from dispatch_core.roads.passages import joined, passages_of
from tests.city import corner, town

MATCHER = Matcher(town().graph, params=MatchParams(sigma_m=5.0))


def _settled(columns: list[float], at_s: list[float]) -> list[SettledFix]:
    online = OnlineMatcher(MATCHER)
    found = []
    for column, at in zip(columns, at_s, strict=True):
        place = corner(column, 4)
        found += online.add(place.lon, place.lat, at)
    return found + online.flush()


def test_a_drive_tells_its_mean_speed_on_every_edge_between_two_fixes() -> None:
    told = passages_of(_settled([1.5, 2.5, 3.5], [0.0, 50.0, 150.0]), town().graph, unit=7)
    # 500 m in 50 s, over the second half of one block and the first of the next; the last gap is too long
    # to tell of traffic.
    assert told.speed_kmh == pytest.approx([36.0, 36.0], rel=0.02)
    assert set(told.unit.tolist()) == {7}
    assert [round(float(town().graph.length_m[e])) for e in told.edge] == [500, 500]


def test_a_unit_that_stands_tells_nothing() -> None:
    standing = _settled([1.50, 1.51, 1.505, 1.51], [0.0, 30.0, 60.0, 90.0])
    assert len(standing) == 4
    assert len(passages_of(standing, town().graph, unit=1).edge) == 0


def test_no_units_have_no_passages() -> None:
    assert len(joined([]).edge) == 0
