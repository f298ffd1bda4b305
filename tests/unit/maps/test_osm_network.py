from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import ROAD_CLASSES, EdgeFlag, RoadGraph
from maps.dropped import Dropped
from maps.osm.network import read_network
from tests.unit.maps.drawn import Relation, Way, bans, edges, letters, osm_file, street, turn

LINE = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (2.0, 0.0), "D": (3.0, 0.0)}
CROSS = {"W": (-1.0, 0.0), "X": (0.0, 0.0), "E": (1.0, 0.0), "N": (0.0, 1.0), "S": (0.0, -1.0)}
STAR = [street("WX"), street("XE"), street("XN"), street("XS")]  # ways 1…4


def read(path: Path, *, wrong_way: bool = False) -> tuple[RoadGraph, dict[str, int]]:
    dropped = Dropped()
    graph, _ = read_network(path, dropped, wrong_way=wrong_way)
    return graph, dict(dropped.by_reason())


def flag(graph: RoadGraph, place: dict[str, tuple[float, float]], edge: str) -> EdgeFlag:
    return EdgeFlag(int(graph.flags[edges(graph, place).index(edge)]))


def test_a_way_is_cut_where_another_meets_it_and_bends_stay_in_its_shape(tmp_path: Path) -> None:
    places = {**LINE, "N": (2.0, 1.0)}
    graph, _ = read(osm_file(tmp_path, places, [street("ABCD"), street("CN")]))
    assert sorted(edges(graph, places)) == ["AC", "CA", "CD", "CN", "DC", "NC"]
    ac = edges(graph, places).index("AC")
    assert len(graph.points(ac)) == 3
    assert graph.length_m[ac] == pytest.approx(200.0, abs=0.05)
    assert edges(graph, places)[graph.reverse[ac]] == "CA"
    assert graph.points(int(graph.reverse[ac])).tolist() == graph.points(ac)[::-1].tolist()


def test_oneways_have_edges_only_as_they_may_be_driven(tmp_path: Path) -> None:
    ways = [street("AB", oneway="yes"), street("BC", oneway="-1"), street("CD")]
    graph, _ = read(osm_file(tmp_path, LINE, ways))
    assert edges(graph, LINE) == ["AB", "CB", "CD", "DC"]
    assert graph.reverse.tolist() == [-1, -1, 3, 2]


def test_a_roundabout_is_oneway_and_flagged(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, CROSS, [street("WSENW", junction="roundabout"), street("XE")]))
    assert sorted(edges(graph, CROSS)) == ["EW", "EX", "WE", "XE"]
    assert flag(graph, CROSS, "WE") == flag(graph, CROSS, "EW") == EdgeFlag.ROUNDABOUT


def test_against_a_oneway_only_sirens_drive_where_buses_may(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, LINE, [street("AB", oneway="yes", oneway__bus="no")]))
    assert flag(graph, LINE, "AB") == EdgeFlag(0)
    assert flag(graph, LINE, "BA") == EdgeFlag.EMERGENCY_ONLY


def test_the_forbidden_direction_is_kept_and_flagged_on_request_alone(tmp_path: Path) -> None:
    path = osm_file(tmp_path, LINE, [street("AB", oneway="yes")])
    assert edges(read(path)[0], LINE) == ["AB"]
    graph, _ = read(path, wrong_way=True)
    assert edges(graph, LINE) == ["AB", "BA"]
    assert flag(graph, LINE, "BA") == EdgeFlag.WRONG_WAY


def test_class_name_level_and_speed_are_those_of_the_way(tmp_path: Path) -> None:
    tags = {"highway": "secondary", "name": "青年路", "ref": "S1", "bridge": "yes", "layer": "2",
            "maxspeed": "60", "maxspeed:backward": "40"}  # fmt: skip
    graph, _ = read(osm_file(tmp_path, LINE, [Way(nodes="AB", tags=tags, way_id=77)]))
    assert graph.way_id.tolist() == [77, 77]
    assert (graph.name(0), graph.ref(0), ROAD_CLASSES[graph.road_class[0]]) == ("青年路", "S1", "secondary")
    assert graph.level.tolist() == [2, 2]
    assert graph.flags.tolist() == [EdgeFlag.BRIDGE, EdgeFlag.BRIDGE]
    assert graph.speed_kmh.tolist() == pytest.approx([51.0, 34.0])  # 85 % of the limit


def test_bridges_and_tunnels_without_a_layer_leave_the_ground(tmp_path: Path) -> None:
    ways = [street("AB", bridge="yes"), street("BC", tunnel="yes"), street("CD", tunnel="building_passage")]
    graph, _ = read(osm_file(tmp_path, LINE, ways))
    assert graph.level.tolist() == [1, 1, -1, -1, 0, 0]


def test_a_street_cut_by_the_edge_of_the_file_keeps_what_is_inside(tmp_path: Path) -> None:
    graph, dropped = read(osm_file(tmp_path, LINE, [street("AB?CD")]))
    assert sorted(edges(graph, LINE)) == ["AB", "BA", "CD", "DC"]
    assert dropped["street cut where the file lacks its nodes"] == 1


def test_what_is_no_street_is_counted_by_reason(tmp_path: Path) -> None:
    ways = [street("AB"), Way(nodes="BC", tags={"highway": "footway"}), street("CD", access="no"),
            street("AC", oneway="reversible")]  # fmt: skip
    graph, dropped = read(osm_file(tmp_path, LINE, ways))
    assert graph.edge_count == 2
    assert dropped == {
        "way that is no street for vehicles": 1,
        "street shut to vehicles (access)": 1,
        "street whose one-way changes by the hour": 1,
    }


def test_a_signal_at_the_stop_line_belongs_to_the_junction_it_guards(tmp_path: Path) -> None:
    places = {"A": (0.0, 0.0), "P": (1.5, 0.0), "B": (2.0, 0.0), "N": (2.0, 1.0), "E": (4.0, 0.0)}
    ways = [street("APB"), street("BN"), street("BE")]
    signal = {"highway": "traffic_signals"}
    graph, _ = read(osm_file(tmp_path, places, ways, nodes={"P": signal}))
    lit = [letter for letter, on in zip(letters(graph, places), graph.node_signal, strict=True) if on]
    assert lit == ["B"]


def test_a_signal_with_a_direction_belongs_to_the_junction_that_its_traffic_meets(tmp_path: Path) -> None:
    places = {"A": (0.0, 0.0), "P": (0.5, 0.0), "B": (0.8, 0.0), "C": (2.0, 0.0)}
    signal = {"highway": "traffic_signals", "traffic_signals:direction": "backward"}
    graph, _ = read(osm_file(tmp_path, places, [street("APB"), street("BC")], nodes={"P": signal}))
    lit = [letter for letter, on in zip(letters(graph, places), graph.node_signal, strict=True) if on]
    assert lit == ["A"]


def test_a_signal_far_from_any_junction_is_counted(tmp_path: Path) -> None:
    graph, dropped = read(
        osm_file(tmp_path, LINE, [street("ABCD")], nodes={"B": {"highway": "traffic_signals"}})
    )
    assert not graph.node_signal.any()
    assert dropped == {"traffic signal far from any junction": 1}


def test_through_a_bollard_only_sirens_pass_and_everyone_may_turn_round(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, LINE, [street("ABC")], nodes={"B": {"barrier": "bollard"}}))
    assert sorted(edges(graph, LINE)) == ["AB", "BA", "BC", "CB"]
    assert bans(graph, LINE) == {"ABC*", "CBA*"}


def test_through_a_block_nobody_passes(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, LINE, [street("ABC")], nodes={"B": {"barrier": "block"}}))
    assert bans(graph, LINE) == {"ABC", "CBA"}


def test_streets_at_a_private_gate_lead_there_and_nowhere_else(tmp_path: Path) -> None:
    gate = {"barrier": "gate", "access": "private"}
    graph, _ = read(osm_file(tmp_path, LINE, [street("ABC"), street("CD")], nodes={"B": gate}))
    assert bans(graph, LINE) == set()
    assert [flag(graph, LINE, edge) for edge in ("AB", "BC", "CD")] == [
        EdgeFlag.DESTINATION, EdgeFlag.DESTINATION, EdgeFlag(0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("relation", "forbidden"),
    [
        (turn("no_left_turn", 1, "X", 3), {"WXN"}),
        (turn("no_left_turn", 1, "X", 3, **{"except": "emergency;psv"}), {"WXN*"}),
        (turn("no_u_turn", 1, "X", 1), {"WXW"}),
        (turn("only_straight_on", 1, "X", 2), {"WXN", "WXS", "WXW"}),
        (turn("only_right_turn", 3, "X", 1, **{"except": "bus"}), {"NXE*", "NXS*", "NXN*"}),
        (turn("no_entry", 1, "X", 2), {"WXE"}),
        (Relation(members=[("from", 1), ("from", 3), ("via", "X"), ("to", 2)],
                  tags={"type": "restriction", "restriction": "no_entry"}), {"WXE", "NXE"}),
        (Relation(members=[("from", 1), ("via", "X"), ("to", 2), ("to", 3)],
                  tags={"type": "restriction", "restriction": "no_exit"}), {"WXE", "WXN"}),
        (Relation(members=[("from", 1), ("via", "X"), ("to", 3)],
                  tags={"type": "restriction", "restriction:motorcar": "no_left_turn"}), {"WXN"}),
    ],
)  # fmt: skip
def test_a_turn_restriction_becomes_the_turns_it_forbids(
    tmp_path: Path, relation: Relation, forbidden: set[str]
) -> None:
    graph, dropped = read(osm_file(tmp_path, CROSS, STAR, [relation]))
    assert bans(graph, CROSS) == forbidden
    assert dropped == {}


@pytest.mark.parametrize(
    ("relation", "reason"),
    [
        (turn("no_left_turn", 1, "X", 3, **{"except": "motorcar"}),
         "turn restriction that excepts motor vehicles"),
        (Relation(members=[("from", 1), ("via", "X"), ("to", 3)],
                  tags={"type": "restriction", "restriction:hgv": "no_left_turn"}),
         "turn restriction for other vehicles alone"),
        (Relation(members=[("from", 1), ("via", "X"), ("to", 3)],
                  tags={"type": "restriction", "restriction:conditional": "no_left_turn @ (07:00-09:00)"}),
         "turn restriction with a condition"),
        (turn("no_left_turn", 1, "X", 3, hour_on="07:00"), "turn restriction with a condition"),
        (turn("no_parking", 1, "X", 3), "turn restriction of an unknown kind"),
        (Relation(members=[("from", 1), ("to", 3)],
                  tags={"type": "restriction", "restriction": "no_left_turn"}),
         "turn restriction with wrong or missing members"),
        (Relation(members=[("from", 1), ("from", 2), ("via", "X"), ("to", 3)],
                  tags={"type": "restriction", "restriction": "no_left_turn"}),
         "turn restriction with wrong or missing members"),
        (turn("no_left_turn", 1, "X", 99), "turn restriction on a way that is no street of ours"),
        (turn("no_left_turn", 1, "N", 3),
         "turn restriction whose ways do not meet, or not in a direction that may be driven"),
    ],
)  # fmt: skip
def test_a_turn_restriction_that_cannot_be_used_is_counted_by_reason(
    tmp_path: Path, relation: Relation, reason: str
) -> None:
    graph, dropped = read(osm_file(tmp_path, CROSS, STAR, [relation]))
    assert bans(graph, CROSS) == set()
    assert dropped == {reason: 1}


def test_a_turn_into_the_wrong_end_of_a_oneway_needs_no_ban(tmp_path: Path) -> None:
    ways = [street("WX"), street("XE"), street("NX", oneway="yes"), street("XS")]
    graph, dropped = read(osm_file(tmp_path, CROSS, ways, [turn("no_left_turn", 1, "X", 3)]))
    assert bans(graph, CROSS) == set()
    assert dropped == {"turn restriction that one-way streets imply already": 1}


def test_a_way_that_passes_through_the_via_does_not_say_which_turn_is_meant(tmp_path: Path) -> None:
    ways = [street("WXE"), street("NX"), street("XS")]
    graph, dropped = read(osm_file(tmp_path, CROSS, ways, [turn("no_left_turn", 1, "X", 2)]))
    assert bans(graph, CROSS) == set()
    assert dropped == {"turn restriction that does not say which of several turns": 1}


def test_turning_back_is_clear_even_on_a_way_that_passes_through(tmp_path: Path) -> None:
    ways = [street("WXE"), street("NX"), street("XS")]
    graph, _ = read(osm_file(tmp_path, CROSS, ways, [turn("no_u_turn", 1, "X", 1)]))
    assert bans(graph, CROSS) == {"WXW", "EXE"}


DUAL = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (1.0, 1.0), "D": (0.0, 1.0), "E": (2.0, 0.0), "F": (1.0, 2.0)}
CARRIAGEWAYS = [street("AB"), street("BC"), street("CD"), street("BE"), street("CF")]  # ways 1…5


def test_a_restriction_via_a_way_forbids_the_run_and_no_part_of_it(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, DUAL, CARRIAGEWAYS, [turn("no_u_turn", 1, 2, 3)]))
    assert bans(graph, DUAL) == {"ABCD"}


def test_a_via_way_of_several_pieces_and_several_via_ways_in_any_order_make_one_run(tmp_path: Path) -> None:
    places = {
        "A": (0.0, 0.0),
        "B": (1.0, 0.0),
        "C": (2.0, 0.0),
        "D": (3.0, 0.0),
        "E": (4.0, 0.0),
        "N": (2.0, 1.0),
    }
    ways = [street("AB"), street("BCD"), street("DE"), street("EN"), street("CN")]
    graph, _ = read(osm_file(tmp_path, places, ways, [turn("no_left_turn", 1, [3, 2], 4)]))
    assert bans(graph, places) == {"ABCDEN"}


def test_a_mandatory_turn_via_a_way_forbids_the_other_ways_on(tmp_path: Path) -> None:
    graph, _ = read(osm_file(tmp_path, DUAL, CARRIAGEWAYS, [turn("only_right_turn", 1, 2, 5)]))
    assert bans(graph, DUAL) == {"ABCD", "ABCB"}


def test_a_restriction_via_a_way_that_does_not_lead_there_is_counted(tmp_path: Path) -> None:
    graph, dropped = read(osm_file(tmp_path, DUAL, CARRIAGEWAYS, [turn("no_u_turn", 1, 5, 3)]))
    assert bans(graph, DUAL) == set()
    assert sum(dropped.values()) == 1


def test_a_file_without_streets_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"no street for vehicles \(1 way that is no street"):
        read(osm_file(tmp_path, LINE, [Way(nodes="AB", tags={"highway": "footway"})]))


def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "broken.osm.pbf"
    path.write_bytes(b"this is no map" * 100)
    with pytest.raises(InvalidInput, match="cannot be read"):
        read(path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="there is no file"):
        read(tmp_path / "nowhere.osm")
