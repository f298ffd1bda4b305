from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import EdgeFlag, Mode, Roads, Spots, TurnParams, compute_order
from tests.unit.roads.networks import (
    Ban,
    Street,
    crossroads,
    dead_end,
    ladder,
    network,
    one_way_ring,
    plain,
    roundabout,
    two_islands,
)

WC, CW, EC, CE, NC, CN, SC, CS = range(8)


def time_s(roads: Roads, a: int, p: float, b: int, q: float, mode: Mode = Mode.ROAD) -> float:
    """One pair, by table and by path, which must agree."""
    table = roads.table_s(Spots.on([a], [p]), Spots.on([b], [q]), mode=mode)[0, 0]
    path = roads.path(Spots.on([a], [p]), Spots.on([b], [q]), mode=mode)
    assert (path is None) == np.isinf(table)
    assert path is None or path.duration_s == table
    return float(table)


def test_a_spot_ahead_on_the_same_edge_is_reached_without_a_turn() -> None:
    assert time_s(plain(one_way_ring()), 0, 0.2, 0, 0.7) == pytest.approx(5.0)


def test_a_spot_behind_on_a_one_way_ring_costs_the_whole_loop() -> None:
    assert time_s(plain(one_way_ring()), 0, 0.7, 0, 0.2) == pytest.approx(35.0)


def test_a_dead_end_may_be_turned_in_even_where_u_turns_are_forbidden() -> None:
    roads = plain(dead_end(), u_turn_s=np.inf, dead_end_u_turn_s=4.0)
    assert time_s(roads, 0, 0.5, 1, 0.5) == pytest.approx(5 + 10 + 4 + 10 + 5)


def test_a_u_turn_at_a_junction_costs_its_price() -> None:
    roads = plain(crossroads(), u_turn_s=20.0, dead_end_u_turn_s=100.0)
    assert time_s(roads, WC, 0.0, CW, 1.0) == pytest.approx(40.0)


def test_between_two_islands_there_is_no_road() -> None:
    roads = plain(two_islands())
    assert np.isinf(time_s(roads, 0, 0.5, 2, 0.5))
    assert roads.path(Spots.on([0], [0.5]), Spots.on([2], [0.5]), mode=Mode.ROAD) is None


def test_a_no_left_turn_sends_one_round() -> None:
    roads = plain(crossroads([Ban(through="WCN")]))
    # On to E, turn in the dead end, back, right into N.
    assert time_s(roads, WC, 0.0, CN, 1.0) == pytest.approx(40.0)
    assert time_s(roads, WC, 0.0, CS, 1.0) == pytest.approx(20.0)


def test_only_straight_on_is_kept_as_its_bans() -> None:
    only = [Ban(through="WCN"), Ban(through="WCS"), Ban(through="WCW")]
    roads = plain(crossroads(only))
    assert time_s(roads, WC, 0.0, CE, 1.0) == pytest.approx(20.0)
    assert time_s(roads, WC, 0.0, CN, 1.0) == pytest.approx(40.0)
    assert time_s(roads, WC, 0.0, CS, 1.0) == pytest.approx(40.0)


def test_no_u_turn_is_honoured_where_u_turns_are_cheap() -> None:
    assert time_s(plain(crossroads([Ban(through="WCW")])), WC, 0.0, CW, 1.0) == pytest.approx(40.0)


def test_a_unit_under_siren_passes_a_restriction_that_excepts_it_and_no_other() -> None:
    roads = plain(crossroads([Ban(through="WCN", exempt=True), Ban(through="WCS")]))
    assert time_s(roads, WC, 0.0, CN, 1.0, Mode.SIREN) == pytest.approx(20.0)
    assert time_s(roads, WC, 0.0, CN, 1.0, Mode.ROAD) == pytest.approx(40.0)
    assert time_s(roads, WC, 0.0, CS, 1.0, Mode.SIREN) == pytest.approx(40.0)


def test_a_via_way_restriction_forbids_the_run_and_nothing_else() -> None:
    graph = ladder([Ban(through="ABFE")])
    roads = plain(graph)
    names = {p: i for i, p in enumerate("ABCDEFGH")}

    def edge(run: str) -> int:
        return int(np.flatnonzero((graph.tail == names[run[0]]) & (graph.head == names[run[1]]))[0])

    # A→B→F→E is shut; A→B→F→G and C→B→F→E stay open.
    assert time_s(roads, edge("AB"), 0.0, edge("FG"), 1.0) == pytest.approx(30.0)
    assert time_s(roads, edge("CB"), 0.0, edge("FE"), 1.0) == pytest.approx(30.0)
    # Turning back at B, for nothing, and going round by A is the soonest way into FE.
    assert time_s(roads, edge("AB"), 0.0, edge("FE"), 1.0) == pytest.approx(50.0)
    # A journey that begins on BF has not come from A.
    assert time_s(roads, edge("BF"), 0.0, edge("FE"), 1.0) == pytest.approx(20.0)


def test_a_roundabout_is_driven_one_way_round() -> None:
    roads = plain(roundabout())
    south_to_east = time_s(roads, 8, 0.0, 11, 1.0)
    east_to_south = time_s(roads, 10, 0.0, 9, 1.0)
    side = np.sqrt(2) * 10
    assert south_to_east == pytest.approx(40 + side, abs=0.01)
    assert east_to_south == pytest.approx(40 + 3 * side, abs=0.01)


def test_left_turns_cost_where_one_drives_on_the_right_and_right_turns_where_on_the_left() -> None:
    right = plain(crossroads(), cross_turn_s=7.0, near_turn_s=1.0)
    assert time_s(right, WC, 0.0, CN, 1.0) == pytest.approx(27.0)
    assert time_s(right, WC, 0.0, CS, 1.0) == pytest.approx(21.0)
    graph = crossroads()
    left = Roads(
        graph, compute_order(graph),
        turns=TurnParams(drives_on_right=False, cross_turn_s=7.0, near_turn_s=1.0, signal_s=0.0),
    )  # fmt: skip
    assert time_s(left, WC, 0.0, CN, 1.0) == pytest.approx(21.0)
    assert time_s(left, WC, 0.0, CS, 1.0) == pytest.approx(27.0)


def test_a_signal_costs_everyone_who_passes() -> None:
    assert time_s(plain(crossroads(signals="C"), signal_s=9.0), WC, 0.0, CE, 1.0) == pytest.approx(29.0)


def test_a_bus_lane_is_open_to_the_siren_only() -> None:
    graph = network(
        {"A": (0, 0), "B": (1, 0), "C": (1, 1), "D": (0, 1)},
        [Street(a="A", b="B", flags=EdgeFlag.EMERGENCY_ONLY), Street(a="B", b="C"), Street(a="C", b="D"),
         Street(a="D", b="A")],
    )  # fmt: skip
    roads = plain(graph)
    da, bc = 6, 2
    assert time_s(roads, da, 0.0, bc, 1.0, Mode.SIREN) == pytest.approx(30.0)
    # A–D is turned in, D–C–B driven, then B–C after turning again.
    assert time_s(roads, da, 0.0, bc, 1.0, Mode.ROAD) == pytest.approx(50.0)


def test_nobody_drives_through_a_private_road_to_save_a_moment() -> None:
    places = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (2.0, 0.0), "D": (1.5, 1.0), "E": (3.0, 0.0)}
    private = Street(a="B", b="C", flags=EdgeFlag.DESTINATION)
    public = [Street(a=a, b=b) for a, b in ("AB", "BD", "DC", "CE")]
    ab, bd, dc, ce, bc = 0, 2, 4, 6, 8
    graph = network(places, [*public, private])
    by_private, by_public = Spots.on([ab], [0.0]), Spots.on([ce], [1.0])
    shortcut = plain(graph).path(by_private, by_public, mode=Mode.ROAD)
    round_it = plain(graph, destination_s=60.0).path(by_private, by_public, mode=Mode.ROAD)
    assert shortcut is not None
    assert shortcut.edges.tolist() == [ab, bc, ce]
    assert round_it is not None
    assert round_it.edges.tolist() == [ab, bd, dc, ce]


def test_a_closed_edge_is_not_entered_but_may_be_left() -> None:
    roads = plain(crossroads(), u_turn_s=np.inf)
    closed = np.zeros(8, np.bool_)
    closed[CE] = True
    roads.reweight(Mode.ROAD, closed=closed)
    assert np.isinf(time_s(roads, WC, 0.0, CE, 1.0))
    assert time_s(roads, CE, 0.5, CN, 1.0) == pytest.approx(25.0)
    assert time_s(roads, WC, 0.0, CE, 1.0, Mode.SIREN) == pytest.approx(20.0)
    roads.reweight(Mode.ROAD)
    assert time_s(roads, WC, 0.0, CE, 1.0) == pytest.approx(20.0)


def test_a_world_twenty_times_as_fast_has_times_twenty_times_as_short() -> None:
    roads = plain(crossroads(), cross_turn_s=6.0)
    roads.reweight(Mode.ROAD, scale=20.0)
    assert time_s(roads, WC, 0.0, CN, 1.0) == pytest.approx(26.0 / 20)


def test_traffic_slows_the_edges_that_it_names() -> None:
    roads = plain(crossroads())
    speed = np.full(8, 36.0)
    speed[CE] = 18.0
    roads.reweight(Mode.ROAD, edge_speed_kmh=speed)
    assert time_s(roads, WC, 0.0, CE, 1.0) == pytest.approx(30.0)
    with pytest.raises(InvalidInput, match="close an edge"):
        roads.reweight(Mode.ROAD, edge_speed_kmh=np.zeros(8))


def test_an_order_of_another_graph_is_refused() -> None:
    with pytest.raises(InvalidInput, match="order"):
        Roads(crossroads(), compute_order(dead_end()))


def test_a_place_without_a_road_has_infinite_times_and_harms_no_other() -> None:
    roads = plain(crossroads())
    spots = roads.snap(np.array([0.0, 50.0, np.nan]), np.array([0.0, 50.0, 0.0]))
    assert spots.found.tolist() == [True, False, False]
    times = roads.table_s(spots, spots, mode=Mode.ROAD)
    assert np.isfinite(times).tolist() == [[True, False, False], [False] * 3, [False] * 3]


def test_reach_tells_the_time_to_the_end_of_every_edge_and_from_its_beginning() -> None:
    roads = plain(one_way_ring())
    spot = Spots.on([0], [0.5])
    assert roads.reach_s(spot, mode=Mode.ROAD).tolist() == [5.0, 15.0, 25.0, 35.0]
    assert roads.reach_s(spot, mode=Mode.ROAD, reverse=True).tolist() == [5.0, 35.0, 25.0, 15.0]


def test_the_nearest_are_the_soonest_and_those_without_a_road_are_left_out() -> None:
    roads = plain(two_islands())
    units = Spots.on([0, 2, 1], [0.2, 0.0, 0.9])
    rows, times = roads.k_nearest(units, Spots.on([0], [0.9]), mode=Mode.ROAD, k=5)
    assert rows.tolist() == [0, 2]
    assert times.tolist() == pytest.approx([7.0, 10.0])
