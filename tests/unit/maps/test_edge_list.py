from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import ROAD_CLASSES, RoadGraph
from maps.edge_list import survey
from maps.speeds import CLASS_SPEED_KMH

NODES = "id,lon,lat\na,0,0\nb,0.001,0\nc,0.001,0.001\n"


def graph_of(folder: Path, edges: str, nodes: str = NODES) -> RoadGraph:
    (folder / "nodes.csv").write_text(nodes, encoding="utf-8")
    (folder / "edges.csv").write_text(edges, encoding="utf-8")
    return survey(folder / "nodes.csv", folder / "edges.csv").graph


def test_a_row_is_a_street_of_both_directions_unless_it_is_oneway(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "from,to,length_m,speed_kmh,oneway\na,b,100,50,\nb,c,90,30,yes\n")
    assert list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)) == [(0, 1), (1, 0), (1, 2)]
    assert graph.reverse.tolist() == [1, 0, -1]
    assert graph.length_m.tolist() == [100.0, 100.0, 90.0]
    assert graph.speed_kmh.tolist() == [50.0, 50.0, 30.0]


def test_what_a_row_leaves_empty_is_measured_or_that_of_the_class(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "from,to,length_m,speed_kmh,class,name\na,b,,,primary,青年路\n")
    assert graph.length_m[0] == pytest.approx(111.195, abs=0.01)
    assert graph.speed_kmh[0] == CLASS_SPEED_KMH["primary"]
    assert ROAD_CLASSES[graph.road_class[0]] == "primary"
    assert graph.name(0) == "青年路"


def test_the_columns_beyond_from_and_to_need_not_be_there(tmp_path: Path) -> None:
    assert graph_of(tmp_path, "from,to\na,b\n").edge_count == 2


def test_a_street_bends_as_its_geometry_says(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, 'from,to,geometry\na,c,"LINESTRING (0 0, 0.001 0, 0.001 0.001)"\n')
    assert graph.points(0).tolist() == [[0, 0], [0.001, 0], [0.001, 0.001]]
    assert graph.length_m[0] == pytest.approx(222.39, abs=0.01)


def test_a_street_drawn_from_its_other_end_is_turned_about(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, 'from,to,oneway,geometry\na,c,yes,"LINESTRING (0.001 0.001, 0.001 0, 0 0)"\n')
    assert (graph.tail.tolist(), graph.head.tolist()) == ([0], [2])
    assert graph.points(0).tolist() == [[0, 0], [0.001, 0], [0.001, 0.001]]


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ("from,to\na,z\n", "edges.csv, line 2: node z is not among the nodes"),
        ("from,to,length_m\na,b,1\nb,c,-1\n", "edges.csv, line 3: length_m must be a number above 0"),
        ("from,to,speed_kmh\na,b,fast\n", "speed_kmh must be a number above 0"),
        ("from,to,speed_kmh\na,b,nan\n", "speed_kmh must be a number above 0"),
        ("from,to,name,class\na,b,Main,North,primary\n", "edges.csv, line 2: has 5 cells under 4 columns"),
        ("from,to,oneway\na,b,perhaps\n", "oneway is yes, no or -1"),
        ("from,to,geometry\na,b,LINE\n", "geometry is no WKT"),
        ("from,to,geometry\na,b,POINT (0 0)\n", "geometry must be a LINESTRING"),
        ('from,to,geometry\na,b,"LINESTRING (nan nan, 0.001 0)"\n', "geometry must be of finite numbers"),
        ('from,to,geometry\na,b,"LINESTRING (0 10, 10 0.001)"\n', "geometry does not join its nodes"),
        ("begin,end\na,b\n", "has no column from, to"),
        ("", "has no column from, to"),
        ("from,to\n", "has no rows"),
    ],
)
def test_the_first_row_that_cannot_be_right_is_named(tmp_path: Path, edges: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        graph_of(tmp_path, edges)


def test_a_node_must_be_on_earth_and_there_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="twice"):
        graph_of(tmp_path, "from,to\na,b\n", NODES + "a,0,0\n")
    with pytest.raises(InvalidInput, match=r"nodes.csv, line 2: .*not on earth"):
        graph_of(tmp_path, "from,to\na,b\n", "id,lon,lat\na,33,120\nb,0,0\n")


def ways(graph: RoadGraph) -> list[tuple[int, int]]:
    return list(zip(graph.tail.tolist(), graph.head.tolist(), strict=True))


def test_headings_separators_and_ids_of_other_programs_are_understood(tmp_path: Path) -> None:
    nodes = "Latitude; Longitude; node_id; zone\n0;0;1;x\n0;0.001;2;x\n0.001;0.001;3;x\n"
    edges = "oneway; V; U; length; speed_kph; lanes; highway\n\n"
    edges += "True;2.0; 1;100;50;2;primary\nFALSE;3;2;0;30;1;\n"
    graph = graph_of(tmp_path, edges, nodes)
    assert ways(graph) == [(0, 1), (1, 2), (2, 1)]
    assert graph.length_m.tolist() == pytest.approx([100.0, 111.195, 111.195], abs=0.01)
    assert ROAD_CLASSES[graph.road_class[0]] == "primary"


def test_a_street_may_be_oneway_against_its_row(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, 'from,to,oneway,geometry\na,c,-1,"LINESTRING (0 0, 0.001 0, 0.001 0.001)"\n')
    assert ways(graph) == [(2, 0)]
    assert graph.points(0).tolist() == [[0.001, 0.001], [0.001, 0], [0, 0]]


def test_a_table_of_directions_is_no_table_of_streets(tmp_path: Path) -> None:
    graph = graph_of(tmp_path, "from,to,speed_kmh\na,b,50\nb,a,40\nb,c,30\n")
    assert ways(graph) == [(0, 1), (1, 0), (1, 2)]
    assert graph.reverse.tolist() == [1, 0, -1]
    assert graph.speed_kmh.tolist() == [50.0, 40.0, 30.0]


def test_oneway_rows_over_one_line_are_a_street_and_carriageways_are_not(tmp_path: Path) -> None:
    rows = 'a,b,yes,\nb,a,yes,\nb,c,yes,\nc,b,yes,"LINESTRING (0.001 0.001, 0.002 0.0005, 0.001 0)"\n'
    graph = graph_of(tmp_path, "from,to,oneway,geometry\n" + rows)
    assert graph.reverse.tolist() == [1, 0, -1, -1]


def test_a_class_that_nobody_knows_is_an_unclassified_street_and_is_told(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(NODES, encoding="utf-8")
    (tmp_path / "edges.csv").write_text("from,to,class\na,b,boulevard\n", encoding="utf-8")
    read = survey(tmp_path / "nodes.csv", tmp_path / "edges.csv")
    assert ROAD_CLASSES[read.graph.road_class[0]] == "unclassified"
    assert read.dropped.by_reason() == {"row of an unknown class, taken for unclassified (kept)": 1}


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("length_km,speed_kmh", "0.36,36"),
        ("length_m,speed_mps", "360,10"),
        ("dist,travel_time", "360,36"),
        ("length,maxspeed,speed_kph", "360,50 mph,36"),
        ("length,maxspeed", "360,36 km/h"),
        ("length,time_s,speed", "360,99,36"),
    ],
)
def test_lengths_and_speeds_come_in_other_units_and_spellings(
    tmp_path: Path, columns: str, cells: str
) -> None:
    graph = graph_of(tmp_path, f"from,to,{columns}\na,b,{cells}\n")
    assert graph.length_m.tolist() == pytest.approx([360.0, 360.0])
    assert graph.speed_kmh.tolist() == pytest.approx([36.0, 36.0])


def test_a_column_that_means_nothing_is_told_and_the_others_are_not(tmp_path: Path) -> None:
    (tmp_path / "nodes.csv").write_text(NODES, encoding="utf-8")
    (tmp_path / "edges.csv").write_text("u,v,length,velocity,class\na,b,5,9,primary\n", encoding="utf-8")
    told = survey(tmp_path / "nodes.csv", tmp_path / "edges.csv").dropped.by_reason()
    assert told == {"cell of the column velocity, which means nothing here": 1}


def test_a_missing_column_is_told_with_those_that_are_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"nodes\.csv: has no column id among key,lon,lat"):
        graph_of(tmp_path, "from,to\na,b\n", nodes="key,lon,lat\na,0,0\n")
