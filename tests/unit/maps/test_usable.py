from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import EdgeFlag, RoadGraph
from maps.dropped import Dropped
from maps.network import usable
from maps.osm.network import read_network
from maps.osm.runs import Ban, packed
from tests.unit.maps.drawn import Relation, bans, edges, osm_file, street, turn
from tests.unit.roads.networks import Street, network

PLACES = {
    "A": (0.0, 0.0), "B": (1.0, 0.0), "C": (2.0, 0.0), "D": (1.0, 1.0), "P": (9.0, 9.0), "Q": (10.0, 9.0),
}  # fmt: skip
OUTSIDE = "edge outside the largest strongly connected part"
ONLY_SIREN = "edge only a unit under siren can reach and leave (kept, marked)"


def kept(
    folder: Path, ways: list[str], relations: list[Relation] | None = None, **barriers: str
) -> tuple[RoadGraph, dict[str, int]]:
    """Ways as words, with > at the end for a one-way."""
    drawn = [street(way.rstrip(">"), **({"oneway": "yes"} if way.endswith(">") else {})) for way in ways]
    nodes = {letter: {"barrier": kind} for letter, kind in barriers.items()}
    dropped = Dropped()
    graph, _ = read_network(osm_file(folder, PLACES, drawn, relations or [], nodes), dropped)
    return usable(graph, dropped), dict(dropped.by_reason())


def test_a_oneway_that_leads_nowhere_is_left_out(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB", "BC>"])
    assert sorted(edges(graph, PLACES)) == ["AB", "BA"]
    assert dropped == {OUTSIDE: 1}


def test_of_two_islands_the_larger_stays(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB", "BC", "PQ"])
    assert graph.node_count == 3
    assert dropped == {OUTSIDE: 2}


def test_a_dead_end_stays_because_one_may_turn_round_in_it(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB>", "BD>", "DA>", "BC"])
    assert sorted(edges(graph, PLACES)) == ["AB", "BC", "BD", "CB", "DA"]
    assert dropped == {}


def test_a_street_that_a_turn_restriction_makes_unreachable_is_left_out(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB>", "BC>", "CD>", "BD>", "DA>"], [turn("no_right_turn", 1, "B", 4)])
    assert sorted(edges(graph, PLACES)) == ["AB", "BC", "CD", "DA"]
    assert bans(graph, PLACES) == set()
    assert dropped == {OUTSIDE: 1, "forbidden turn on edges dropped": 1}


def test_streets_behind_a_bollard_stay_for_sirens(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB", "AD", "BD", "BC", "CQ"], C="bollard")
    assert dropped == {ONLY_SIREN: 2}
    behind = {edge for edge, flags in zip(edges(graph, PLACES), graph.flags, strict=True) if flags}
    assert behind == {"CQ", "QC"}
    assert bans(graph, PLACES) == {"BCQ*", "QCB*"}


def test_streets_behind_a_block_are_left_out(tmp_path: Path) -> None:
    graph, dropped = kept(tmp_path, ["AB", "AD", "BD", "BC", "CQ"], C="block")
    assert "CQ" not in edges(graph, PLACES)
    assert dropped[OUTSIDE] == 2


def test_restrictions_that_stay_name_the_same_streets_as_before(tmp_path: Path) -> None:
    graph, _ = kept(tmp_path, ["PQ", "AB", "BD", "DA", "BC"], [turn("no_left_turn", 2, "B", 3)])
    assert bans(graph, PLACES) == {"ABD"}


def test_names_no_longer_used_are_forgotten(tmp_path: Path) -> None:
    dropped = Dropped()
    ways = [street("AB", name="kept"), street("BC"), street("PQ", name="lost")]
    graph = usable(read_network(osm_file(tmp_path, PLACES, ways), dropped)[0], dropped)
    assert graph.names == ("", "kept")


def test_without_anything_connected_there_is_no_region(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no street that can be both reached and left"):
        kept(tmp_path, ["AB>", "BC>"])


CORNERS = "abcd"
CORNER_PLACES = {"a": (0.0, 0.0), "b": (1.0, 0.0), "c": (1.0, 1.0), "d": (0.0, 1.0)}


@st.composite
def towns(draw: st.DrawFn) -> RoadGraph:
    pairs = [(a, b) for a, b in product(CORNERS, repeat=2) if a < b]
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=2, max_size=6, unique=True))
    flags = st.sampled_from([EdgeFlag(0), EdgeFlag(0), EdgeFlag.EMERGENCY_ONLY])
    graph = network(
        CORNER_PLACES,
        [Street(a=a, b=b, one_way=draw(st.booleans()), flags=draw(flags)) for a, b in chosen],
    )
    pairs_of_edges = [
        (e, f)
        for e in range(graph.edge_count)
        for f in range(graph.edge_count)
        if graph.head[e] == graph.tail[f]
    ]
    banned = (
        draw(st.lists(st.sampled_from(pairs_of_edges), max_size=4, unique=True)) if pairs_of_edges else []
    )
    return replace(graph, restrictions=packed(Ban(pair, draw(st.booleans())) for pair in banned))


def turns_of(graph: RoadGraph, *, siren: bool) -> nx.DiGraph[int]:
    """Every turn that may be made, found the slow way."""
    runs = graph.restrictions
    banned = {
        tuple(runs.edges[runs.first[i] : runs.first[i + 1]].tolist())
        for i in range(len(runs))
        if not (siren and runs.siren_exempt[i])
    }
    allowed = [e for e in range(graph.edge_count) if siren or not graph.flags[e] & EdgeFlag.EMERGENCY_ONLY]
    turns: nx.DiGraph[int] = nx.DiGraph()
    turns.add_nodes_from(allowed)
    turns.add_edges_from(
        (e, f) for e in allowed for f in allowed if graph.head[e] == graph.tail[f] and (e, f) not in banned
    )
    return turns


@settings(max_examples=30)
@given(towns())
def test_every_kept_edge_reaches_every_other(graph: RoadGraph) -> None:
    largest = max(
        (len(part) for part in nx.strongly_connected_components(turns_of(graph, siren=False))), default=0
    )
    if largest < 2:
        with pytest.raises(InvalidInput):
            usable(graph, Dropped())
        return
    found = usable(graph, Dropped())
    assert nx.is_strongly_connected(turns_of(found, siren=True))
    for_all = turns_of(found, siren=False)
    assert nx.is_strongly_connected(for_all)
    assert len(for_all) == largest
    assert np.all(found.reverse[found.reverse >= 0] < found.edge_count)
