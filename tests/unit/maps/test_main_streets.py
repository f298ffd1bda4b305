from __future__ import annotations

from dataclasses import replace

import numpy as np

from dispatch_core.roads.graph import ROAD_CLASSES, Float64s
from maps.main_streets import main_streets
from tests.city import town_region


def test_a_street_of_rank_is_drawn_once_and_others_not_at_all() -> None:
    graph = town_region().graph
    numbers = np.arange(len(graph.road_class))
    names = np.where(abs(graph.tail - graph.head) == 1, "tertiary", "residential")
    graph = replace(graph, road_class=np.array([ROAD_CLASSES.index(n) for n in names.tolist()], np.uint8))
    lines = main_streets(graph)
    once = (names == "tertiary") & ((graph.reverse < 0) | (numbers < graph.reverse))
    wanted = sum(_length(graph.points(edge)) for edge in np.flatnonzero(once).tolist())
    ends = zip(lines.first[:-1].tolist(), lines.first[1:].tolist(), strict=True)
    assert 0 < wanted < sum(_length(graph.points(edge)) for edge in numbers.tolist())
    assert abs(sum(_length(lines.points[a:b].astype(np.float64)) for a, b in ends) - wanted) < 0.01 * wanted


def test_a_city_of_lanes_has_no_main_streets() -> None:
    graph = town_region().graph
    lanes = np.full_like(graph.road_class, ROAD_CLASSES.index("residential"))
    assert len(main_streets(replace(graph, road_class=lanes)).points) == 0


def _length(line: Float64s) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
