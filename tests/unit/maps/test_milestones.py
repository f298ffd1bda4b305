"""Kilometre posts out of OpenStreetMap's nodes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch_core.geo import LonLat
from dispatch_core.roads.addressing import locate, parse
from maps import osm, region_file
from maps.building import build
from maps.dropped import Dropped
from maps.osm.milestones import milestone_of
from tests.unit.maps.drawn import osm_file, street

HERE = LonLat(120.0, 33.0)


@pytest.mark.parametrize(
    ("said", "metres"),
    [
        ("1024", 1024_000), ("K1024+300", 1024_300), ("12.5 km", 12_500), ("12,05", 12_050), ("7 mi", 11_265),
        ("k3+5", 3_005),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(said: str, metres: int) -> None:
    found = milestone_of({"highway": "milestone", "distance": said, "ref": "G 15;S18"}, HERE, Dropped())
    assert found is not None
    assert found.chainage_m == metres
    assert found.ref == "G15"


@pytest.mark.parametrize("said", ["", "Shanghai", "12/3", "-4"])
def test_an_illegible_post_is_counted_and_left_out(said: str) -> None:
    dropped = Dropped()
    assert milestone_of({"highway": "milestone", "distance": said}, HERE, dropped) is None
    assert dropped.by_reason() == {"kilometre post without a legible number": 1}


def test_posts_are_kept_in_the_region_file_and_an_address_is_found_by_them(tmp_path: Path) -> None:
    places = {"A": (0.0, 0.0), "B": (10.0, 0.0), "C": (20.0, 0.0), "X": (3.0, 0.1), "Y": (13.0, 0.1)}
    ways = [street("AB", ref="G 15"), street("BC", ref="G 15")]
    nodes = {
        "X": {"highway": "milestone", "distance": "1024"},  # no ref: that of the road beside it
        "Y": {"highway": "milestone", "distance": "1025", "ref": "G15"},
        "A": {"highway": "milestone", "distance": "?"},
    }
    surveyed = osm.survey(osm_file(tmp_path, places, ways, [], nodes))
    region = build(surveyed, name="posts", built_at=datetime(2026, 1, 1, tzinfo=UTC), progress=lambda _: None)
    path = tmp_path / "posts.yctr"
    region_file.save(region, path)
    kept = region_file.load(path)
    assert [(post.road, post.chainage_m) for post in kept.posts] == [("G15", 1_024_000), ("G15", 1_025_000)]
    assert kept.provenance.dropped["kilometre post without a legible number"] == 1

    address = parse("G15 K1024+300 eastbound")
    assert address is not None
    found = locate(kept.graph, kept.posts, address)
    assert found is not None
    assert found.from_post_m == 300
    start = next(post.place.lon for post in kept.posts if post.chainage_m == 1_024_000)
    assert (found.place.lon - start) * 111_195 == pytest.approx(300, rel=0.01)


def test_a_post_at_no_numbered_road_is_counted_and_left_out(tmp_path: Path) -> None:
    places = {"A": (0.0, 0.0), "B": (10.0, 0.0), "X": (3.0, 0.1)}
    nodes = {"X": {"highway": "milestone", "distance": "7"}}
    surveyed = osm.survey(osm_file(tmp_path, places, [street("AB")], [], nodes))
    assert surveyed.posts == ()
    assert surveyed.dropped.by_reason() == {"kilometre post at no numbered road": 1}
