"""Kilometre posts along a numbered road, on the carriageway that was said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.geo import distance_m
from dispatch_core.roads.addressing import Bound, Post, PostAddress, locate, parse
from tests.city import SIDE, corner, town

# The southernmost street of the town, west to east, is the G15; kilometre 100 is at its west end.
_BASE = town().graph
_ON_IT = (_BASE.tail < SIDE) & (_BASE.head < SIDE)
GRAPH = replace(_BASE, names=(*_BASE.names, "G15;S18"), ref_id=np.where(_ON_IT, 2, 0).astype(np.int32))
ORIGIN = [Post(road="G15", chainage_m=100_000, place=corner(0, 0))]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("G15 K1024+300 northbound", PostAddress(road="G15", chainage_m=1_024_300, bound=Bound.NORTH)),
        ("G15 k12", PostAddress(road="G15", chainage_m=12_000)),
        ("沪渝高速 K12+050 上行", PostAddress(road="沪渝高速", chainage_m=12_050, bound=Bound.UP)),
        ("G15K7+5 由西向东", PostAddress(road="G15", chainage_m=7_005, bound=Bound.EAST)),
        ("解放路 12 号", None),
        ("G15 K12+300 sideways", None),
    ],
)
def test_an_address_is_read_or_is_none(text: str, address: PostAddress | None) -> None:
    assert parse(text) == address


@given(st.integers(0, 3999))
def test_kilometres_rise_away_from_the_origin(metres: int) -> None:
    found = locate(GRAPH, ORIGIN, PostAddress(road="G15", chainage_m=100_000 + metres))
    assert found is not None
    assert distance_m(found.place, corner(metres / 500, 0)) < 1.0
    assert GRAPH.node_lon[GRAPH.head[found.edge]] > GRAPH.node_lon[GRAPH.tail[found.edge]]


def test_the_carriageway_is_the_one_that_was_said() -> None:
    west = locate(GRAPH, ORIGIN, PostAddress(road="G15", chainage_m=101_200, bound=Bound.WEST))
    assert west is not None
    assert distance_m(west.place, corner(2.4, 0)) < 1.0
    assert GRAPH.node_lon[GRAPH.head[west.edge]] < GRAPH.node_lon[GRAPH.tail[west.edge]]


def test_two_posts_tell_which_way_kilometres_rise() -> None:
    posts = [
        Post(road="G15", chainage_m=50_000, place=corner(8, 0)),
        Post(road="G15", chainage_m=53_500, place=corner(1, 0)),
    ]
    found = locate(GRAPH, posts, PostAddress(road="G15", chainage_m=51_000))
    assert found is not None
    assert distance_m(found.place, corner(6, 0)) < 1.0


@given(st.integers(1, 3999), st.sampled_from([Bound.EAST, Bound.WEST, Bound.UP, Bound.DOWN]))
def test_posts_of_both_carriageways_at_one_kilometre_tell_the_same_way(metres: int, bound: Bound) -> None:
    posts = [
        Post(road="G15", chainage_m=100_000 + 500 * block, place=corner(block, side))
        for side in (0.01, -0.01)
        for block in (2, 4, 6)
    ]
    found = locate(GRAPH, posts, PostAddress(road="G15", chainage_m=100_000 + metres, bound=bound))
    assert found is not None
    assert distance_m(found.place, corner(metres / 500, 0)) < 1.0
    eastward = GRAPH.node_lon[GRAPH.head[found.edge]] > GRAPH.node_lon[GRAPH.tail[found.edge]]
    assert eastward == (bound in {Bound.EAST, Bound.DOWN})


def test_a_post_beyond_the_region_is_passed_over_for_one_at_the_road() -> None:
    beyond = Post(road="G15", chainage_m=105_000, place=corner(10, 0))
    found = locate(GRAPH, [*ORIGIN, beyond], PostAddress(road="G15", chainage_m=103_900))
    assert found is not None
    assert distance_m(found.place, corner(7.8, 0)) < 1.0
    assert locate(GRAPH, [*ORIGIN, beyond], PostAddress(road="G15", chainage_m=104_600)) is None
    with pytest.raises(InvalidInput, match="origin"):
        locate(GRAPH, [beyond], PostAddress(road="G15", chainage_m=104_900))


@pytest.mark.parametrize("said", ["g 15", "沈海高速", "沈海 高速"])
def test_a_road_is_found_by_its_name_though_its_posts_bear_the_reference(said: str) -> None:
    names = (*GRAPH.names, "沈海高速")
    named = replace(
        GRAPH, names=names, name_id=np.where(_ON_IT, len(names) - 1, GRAPH.name_id).astype(np.int32)
    )
    found = locate(named, ORIGIN, PostAddress(road=said, chainage_m=101_200))
    assert found is not None
    assert distance_m(found.place, corner(2.4, 0)) < 1.0


def test_a_road_that_ends_sooner_has_no_such_place() -> None:
    assert locate(GRAPH, ORIGIN, PostAddress(road="G15", chainage_m=200_000)) is None


def test_an_unknown_road_or_one_without_posts_is_told() -> None:
    with pytest.raises(InvalidInput, match="no road G99"):
        locate(GRAPH, ORIGIN, PostAddress(road="G99", chainage_m=0))
    with pytest.raises(InvalidInput, match="origin"):
        locate(GRAPH, [], PostAddress(road="G15", chainage_m=0))
