from __future__ import annotations

import geopandas
import networkx as nx
import pytest
from shapely import LineString, Point, box

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import ROAD_CLASSES, EdgeFlag
from maps.dropped import Dropped
from maps.place_name import graph_of, places_of
from maps.region import PlaceKind


def drawn() -> nx.MultiDiGraph[int]:
    """As OSMnx makes it: 1 ⇄ 2 over two joined ways, 2 → 3 one-way on a bridge, 3 ⇄ 1 twice, a footway."""
    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs="epsg:4326")
    for node, x, y, said in (
        (1, 0.0, 0.0, None),
        (2, 0.002, 0.0, "traffic_signals"),
        (3, 0.002, 0.001, None),
    ):
        graph.add_node(node, x=x, y=y, **({"highway": said} if said else {}))
    bend = [(0.0, 0.0), (0.001, 0.0005), (0.002, 0.0)]
    joined = {"osmid": [11, 10], "highway": ["residential", "tertiary"], "name": ["青年路", "人民路"],
              "maxspeed": ["50", "40"], "oneway": False}  # fmt: skip
    graph.add_edge(1, 2, **joined, geometry=LineString(bend), reversed=False)
    graph.add_edge(2, 1, **joined, geometry=LineString(bend[::-1]), reversed=True)
    graph.add_edge(2, 3, osmid=12, highway="primary_link", oneway=True, bridge="yes", reversed=False)
    for way in (13, 14):
        graph.add_edge(3, 1, osmid=way, highway="residential", oneway=False, reversed=False)
        graph.add_edge(1, 3, osmid=way, highway="residential", oneway=False, reversed=True)
    graph.add_edge(1, 3, osmid=15, highway="footway", oneway=False, reversed=False)
    return graph


def test_every_direction_is_an_edge_and_finds_its_opposite() -> None:
    dropped = Dropped()
    graph = graph_of(drawn(), dropped)
    ends = list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))
    assert sorted(ends) == [(0, 1), (0, 2), (0, 2), (1, 0), (1, 2), (2, 0), (2, 0)]
    for edge, back in enumerate(graph.reverse.tolist()):
        if ends[edge] == (1, 2):
            assert back == -1
        else:
            assert ends[back] == ends[edge][::-1]
            assert graph.reverse[back] == edge
            assert graph.way_id[back] == graph.way_id[edge]
    assert dropped.by_reason() == {"way that is no street for vehicles": 1}


def test_of_joined_ways_the_major_class_the_lowest_limit_and_the_first_name_count() -> None:
    graph = graph_of(drawn(), Dropped())
    edge = graph.tail.tolist().index(0)
    assert ROAD_CLASSES[graph.road_class[edge]] == "tertiary"
    assert graph.speed_kmh[edge] == pytest.approx(34.0)
    assert graph.name(edge) == "青年路"
    assert len(graph.points(edge)) == 3


def test_bridges_and_signals_are_kept() -> None:
    graph = graph_of(drawn(), Dropped())
    bridge = list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)).index((1, 2))
    assert graph.flags[bridge] == EdgeFlag.BRIDGE
    assert graph.level[bridge] == 1
    assert graph.node_signal.tolist() == [False, True, False]


def test_a_graph_without_streets_is_refused() -> None:
    empty: nx.MultiDiGraph[int] = nx.MultiDiGraph()
    with pytest.raises(InvalidInput, match="no street"):
        graph_of(empty, Dropped())


def test_places_come_with_a_point_inside_their_outline() -> None:
    index = [("node", 5), ("way", 7)]
    found = geopandas.GeoDataFrame(
        {"amenity": ["police", "hospital"], "name": [float("nan"), "第一医院"]},
        geometry=[Point(1, 2), box(0, 0, 1, 1)],
        index=geopandas.pd.MultiIndex.from_tuples(index, names=["element", "id"]),
    )
    hospital, police = places_of(found)
    assert (hospital.kind, hospital.source_id, hospital.name) == (PlaceKind.HOSPITAL, "w7", "第一医院")
    assert (hospital.at.lon, hospital.at.lat) == (0.5, 0.5)
    assert (police.kind, police.source_id, police.name) == (PlaceKind.POLICE, "n5", "")
