from __future__ import annotations

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import EdgeFlag, Mode, RoadGraph, Roads, compute_order
from dispatch_core.roads.snapping import build_snapping_index
from tests.unit.roads.networks import GRID_M, Street, crossroads, dual_carriageway, network, plain

EASTBOUND, WESTBOUND = 0, 1


def at(x: float, y: float) -> tuple[float, float]:
    """Grid coordinates as degrees."""
    return x * GRID_M / METRES_PER_DEGREE, y * GRID_M / METRES_PER_DEGREE


def test_a_position_lies_on_both_directions_of_its_street_at_its_offset() -> None:
    spot = plain(crossroads()).snap(*at(0.3, 0.05))
    assert spot.edge.tolist() == [[0, 1]]
    assert spot.fraction[0] == pytest.approx([0.3, 0.7])
    assert spot.distance_m[0] == pytest.approx([5.0, 5.0])


def test_a_heading_tells_the_direction_of_a_two_way_street() -> None:
    roads = plain(crossroads())
    assert roads.snap(*at(0.3, 0.05), heading_deg=80.0).edge.tolist() == [[0, -1]]
    assert roads.snap(*at(0.3, 0.05), heading_deg=280.0).edge.tolist() == [[1, -1]]


def test_a_heading_never_puts_one_onto_the_opposite_carriageway() -> None:
    roads = plain(dual_carriageway())
    nearer_to_westbound = at(5.0, 0.18)
    assert roads.snap(*nearer_to_westbound).edge[0, 0] == WESTBOUND
    assert roads.snap(*nearer_to_westbound, heading_deg=95.0).edge.tolist() == [[EASTBOUND, -1]]
    assert not roads.snap(*nearer_to_westbound, heading_deg=95.0, max_distance_m=10.0).found[0]


def test_the_heading_of_a_standing_vehicle_is_noise() -> None:
    roads = plain(dual_carriageway())
    assert roads.snap(*at(5.0, 0.18), heading_deg=95.0, speed_kmh=1.0).edge[0, 0] == WESTBOUND
    assert roads.snap(*at(5.0, 0.18), heading_deg=95.0, speed_kmh=30.0).edge[0, 0] == EASTBOUND


def test_an_unknown_heading_among_known_ones_is_ignored() -> None:
    roads = plain(dual_carriageway())
    lon, lat = np.array([at(5.0, 0.18)] * 2).T
    spots = roads.snap(lon, lat, heading_deg=np.array([95.0, np.nan]))
    assert spots.edge[:, 0].tolist() == [EASTBOUND, WESTBOUND]


def test_a_known_level_wins_over_distance_and_an_impossible_one_is_ignored() -> None:
    flyover = network(
        {"A": (0, 0), "B": (4, 0), "C": (0, 0.1), "D": (4, 0.1)},
        [Street(a="A", b="B"), Street(a="C", b="D", level=1)],
    )
    roads = plain(flyover)
    assert roads.snap(*at(2.0, 0.0)).edge[0, 0] == 0
    assert roads.snap(*at(2.0, 0.0), level=1).edge[0, 0] == 2
    assert roads.snap(*at(2.0, 0.0), level=5).edge[0, 0] == 0


def test_a_position_far_from_every_road_is_nowhere() -> None:
    roads = plain(crossroads())
    assert not roads.snap(*at(0.5, 3.0), max_distance_m=150.0).found[0]
    assert not roads.snap(10.0, 50.0).found[0]
    assert roads.snap(*at(0.5, 3.0), max_distance_m=300.0).found[0]


def test_a_mode_is_put_only_where_it_may_drive() -> None:
    lane = Street(a="A", b="B", flags=EdgeFlag.EMERGENCY_ONLY)
    roads = plain(network({"A": (0, 0), "B": (4, 0), "C": (0, 1), "D": (4, 1)}, [lane, Street(a="C", b="D")]))
    assert roads.snap(*at(2.0, 0.1), mode=Mode.SIREN).edge[0, 0] == 0
    assert roads.snap(*at(2.0, 0.1), mode=Mode.ROAD).edge[0, 0] == 2


def test_positions_must_come_in_pairs() -> None:
    with pytest.raises(InvalidInput, match="same length"):
        plain(crossroads()).snap(np.zeros(2), np.zeros(3))


def test_a_junction_without_a_street_far_away_changes_no_distance() -> None:
    far = network({"A": (0, 0), "B": (1, 0), "nobody's": (0, 5000)}, [Street(a="A", b="B")])
    assert plain(far).snap(*at(-0.5, 0.0)).distance_m[0, 0] == pytest.approx(50.0, rel=1e-6)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32), heading=st.none() | st.floats(0, 360))
def test_the_nearest_street_is_the_one_that_looking_at_all_of_them_finds(
    seed: int, heading: float | None
) -> None:
    rng = random.Random(seed)
    places = {str(i): (rng.uniform(0, 12), rng.uniform(0, 12)) for i in range(10)}
    streets = [Street(a=str(i), b=str(i + 1), one_way=rng.random() < 0.5) for i in range(9)]
    graph = network(places, streets)
    x, y = rng.uniform(-3, 15), rng.uniform(-3, 15)
    spot = plain(graph).snap(*at(x, y), heading_deg=heading, max_distance_m=2000.0)
    costs = [obvious_cost(graph, e, x * GRID_M, y * GRID_M, heading) for e in range(graph.edge_count)]
    if min(costs) == math.inf:
        assert not spot.found[0]
    else:
        found = [costs[e] for e in spot.edge[0].tolist() if e >= 0]
        assert min(found) == pytest.approx(min(costs), abs=0.01)


def obvious_cost(graph: RoadGraph, edge: int, x: float, y: float, heading: float | None) -> float:
    """Metres to a straight edge, and 25 m more for each unit of cosine that the heading lacks."""
    (ax, ay), (bx, by) = graph.points(edge) * METRES_PER_DEGREE
    length = math.hypot(bx - ax, by - ay)
    along = min(1.0, max(0.0, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length**2))
    metres = math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay))
    if heading is None:
        return metres
    cosine = math.cos(math.radians(heading) - math.atan2(bx - ax, by - ay))
    return math.inf if cosine < 0 else metres + 25.0 * (1 - cosine)


def test_a_country_with_few_roads_is_no_grid_of_millions() -> None:
    """Two towns 500 km apart: what lies in either is found as before, and the index stays small."""
    near = network({"A": (0, 0), "B": (1, 0), "C": (5000, 5000), "D": (5001, 5000)},
                   [Street(a="A", b="B"), Street(a="C", b="D")])  # fmt: skip
    index = build_snapping_index(near)
    assert len(index.segments.cell_first) < 1000
    roads = Roads(near, compute_order(near))
    lon, lat = near.node_lon[[0, 2]] + 0.0004, near.node_lat[[0, 2]] + 0.0001
    assert roads.snap(lon, lat).edge[:, 0].tolist() == [0, 2]
    assert not roads.snap(lon[:1] + 1.0, lat[:1]).found.any()
