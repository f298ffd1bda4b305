from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import Mode, Path, Spots, TurnKind
from tests.unit.roads.networks import crossroads, one_way_ring, plain, roundabout

WC, CW, EC, CE, NC, CN, SC, CS = range(8)


def left_turn() -> Path:
    """From the middle of W Street, left at C, to the middle of N Street; the turn costs 6 s."""
    roads = plain(crossroads(), cross_turn_s=6.0)
    path = roads.path(Spots.on([WC], [0.5]), Spots.on([CN], [0.5]), mode=Mode.ROAD)
    assert path is not None
    return path


def test_a_path_names_its_edges_and_is_cut_at_both_spots() -> None:
    path = left_turn()
    assert path.edges.tolist() == [WC, CN]
    assert path.geometry * METRES_PER_DEGREE == pytest.approx(
        np.array([[50, 0], [100, 0], [100, 50]]), abs=1e-6
    )
    assert path.distance_m == pytest.approx(100.0)
    assert path.duration_s == pytest.approx(16.0)
    assert path.entry_s.tolist() == pytest.approx([0.0, 11.0])
    assert path.at_s.tolist() == pytest.approx([0.0, 5.0, 16.0])


def test_a_path_tells_the_streets_and_the_turns_between_them() -> None:
    first, second = left_turn().steps
    assert (first.turn, first.name) == (TurnKind.DEPART, "W Street")
    assert (second.turn, second.name) == (TurnKind.LEFT, "N Street")
    assert (first.distance_m, second.distance_m) == pytest.approx((50.0, 50.0))
    assert first.duration_s + second.duration_s == pytest.approx(16.0)
    assert second.begins_at.lon * METRES_PER_DEGREE == pytest.approx(100.0)


def test_a_vehicle_on_its_path_is_where_the_clock_says() -> None:
    path = left_turn()
    assert path.position_at(2.5).lon * METRES_PER_DEGREE == pytest.approx(75.0)
    assert path.position_at(1e6).lat * METRES_PER_DEGREE == pytest.approx(50.0)
    assert path.heading_deg_at(1.0) == pytest.approx(90.0)
    assert path.heading_deg_at(15.0) == pytest.approx(0.0, abs=1e-6)


def test_a_path_within_one_edge_is_the_piece_between() -> None:
    path = plain(one_way_ring()).path(Spots.on([0], [0.2]), Spots.on([0], [0.6]), mode=Mode.ROAD)
    assert path is not None
    assert path.edges.tolist() == [0]
    assert path.distance_m == pytest.approx(40.0)
    assert len(path.geometry) == 2


def test_a_path_to_the_spot_where_one_stands_has_no_length() -> None:
    spot = Spots.on([0], [0.5])
    path = plain(one_way_ring()).path(spot, spot, mode=Mode.ROAD)
    assert path is not None
    assert (path.duration_s, path.distance_m) == (0.0, 0.0)
    assert path.position_at(3.0).lon * METRES_PER_DEGREE == pytest.approx(50.0)


def test_a_path_to_a_spot_behind_drives_the_loop_and_passes_the_edge_twice() -> None:
    path = plain(one_way_ring()).path(Spots.on([0], [0.6]), Spots.on([0], [0.2]), mode=Mode.ROAD)
    assert path is not None
    assert path.edges.tolist() == [0, 1, 2, 3, 0]
    assert path.distance_m == pytest.approx(360.0)


def test_an_unknown_direction_lets_the_vehicle_set_out_either_way() -> None:
    roads = plain(crossroads(), u_turn_s=60.0, dead_end_u_turn_s=60.0)
    here = roads.snap(0.0003, 0.0)
    path = roads.path(here, Spots.on([CW], [1.0]), mode=Mode.ROAD)
    assert path is not None
    assert path.edges.tolist() == [CW]


def test_a_roundabout_is_one_step() -> None:
    roads = plain(roundabout())
    path = roads.path(Spots.on([10], [0.0]), Spots.on([9], [1.0]), mode=Mode.ROAD)
    assert path is not None
    assert [s.name for s in path.steps] == ["E Arm", "Ring", "S Arm"]
    assert path.steps[1].turn is TurnKind.ROUNDABOUT
