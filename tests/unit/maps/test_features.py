from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from shapely import LineString, Point
from shapely.geometry import shape

from dispatch_core.geo import Box
from maps.dropped import Dropped
from maps.osm.coast import sea
from maps.osm.features import Features, read_features
from maps.region import PlaceKind
from tests.unit.maps.drawn import Relation, Way, degrees, osm_file

SQUARE = {
    "A": (0.0, 0.0),
    "B": (4.0, 0.0),
    "C": (4.0, 4.0),
    "D": (0.0, 4.0),
    "P": (2.0, 2.0),
    "Q": (9.0, 9.0),
}
BOX = Box(west=0.0, south=0.0, east=0.01, north=0.01)


def read(
    folder: Path, ways: list[Way], nodes: dict[str, dict[str, str]], relations: list[Relation] | None = None
) -> tuple[Features, dict[str, int]]:
    dropped = Dropped()
    path = osm_file(folder, SQUARE, ways, relations or [], nodes)
    return read_features(path, BOX, dropped), dict(dropped.by_reason())


def layer(features: Features, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(features.ground[name]).decode().splitlines()]


def test_hospitals_are_points_and_outlines_and_one_mapped_twice_is_one(tmp_path: Path) -> None:
    hospital = {"amenity": "hospital", "name": "第一医院"}
    outline = Way(nodes="ABCDA", tags={**hospital, "phone": "120", "beds": "900"})
    features, dropped = read(tmp_path, [outline], {"P": hospital, "Q": hospital})
    first, second = features.places
    assert (first.source_id, first.kind, first.phone) == ("w1", PlaceKind.HOSPITAL, "120")
    assert first.tags["beds"] == "900"
    assert (first.at.lon, first.at.lat) == pytest.approx(degrees(2.0, 2.0), abs=1e-6)
    assert second.source_id == f"n{ord('Q')}"
    assert dropped == {"place mapped twice": 1}


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "clinic"}, PlaceKind.CLINIC),
        ({"healthcare": "hospital"}, PlaceKind.HOSPITAL),
        ({"amenity": "police"}, PlaceKind.POLICE),
        ({"amenity": "fire_station"}, PlaceKind.FIRE_STATION),
        ({"emergency": "ambulance_station"}, PlaceKind.AMBULANCE_STATION),
        ({"shop": "car_repair", "operator": "阿强"}, PlaceKind.CAR_REPAIR),
        ({"amenity": "fuel"}, PlaceKind.FUEL),
    ],
)
def test_places_of_use_to_a_rescue_are_known_by_their_tags(
    tmp_path: Path, tags: dict[str, str], kind: PlaceKind
) -> None:
    features, _ = read(tmp_path, [], {"P": tags})
    assert [(place.kind, place.name) for place in features.places] == [(kind, tags.get("operator", ""))]


def test_a_hospital_of_several_outlines_is_one_place(tmp_path: Path) -> None:
    relation = Relation(members=[("outer", 1)], tags={"type": "multipolygon", "amenity": "hospital"})
    features, _ = read(tmp_path, [Way(nodes="ABCDA", tags={})], {}, [relation])
    assert [place.source_id for place in features.places] == ["r1"]


def test_the_ground_is_sorted_into_layers(tmp_path: Path) -> None:
    ways = [
        Way(nodes="ABCDA", tags={"natural": "water", "name": "大纵湖"}),
        Way(nodes="ABCDA", tags={"leisure": "park"}),
        Way(nodes="ABCDA", tags={"building": "yes"}),
        Way(nodes="AC", tags={"waterway": "river", "name": "串场河"}),
        Way(nodes="BD", tags={"waterway": "river", "tunnel": "culvert"}),
    ]
    features, _ = read(tmp_path, ways, {"P": {"place": "town", "name": "镇"}, "Q": {"place": "town"}})
    kinds = [(found["geometry"]["type"], found["properties"]) for found in layer(features, "water")]
    assert sorted(kinds, key=str) == [
        ("LineString", {"class": "river", "name": "串场河"}),
        ("MultiPolygon", {"class": "water", "name": "大纵湖"}),
    ]
    assert [found["properties"] for found in layer(features, "landuse")] == [{"class": "park"}]
    assert len(layer(features, "building")) == 1
    assert [found["properties"]["name"] for found in layer(features, "place")] == ["镇"]


def test_an_outline_that_crosses_itself_or_leaves_the_file_is_counted_not_fatal(tmp_path: Path) -> None:
    ways = [Way(nodes="A?", tags={"waterway": "river"}), Way(nodes="AC", tags={"waterway": "river"})]
    features, dropped = read(tmp_path, ways, {})
    assert len(layer(features, "water")) == 1
    assert dropped == {"shape on the map's ground that cannot be drawn": 1}


def test_the_sea_lies_to_the_right_of_the_coast() -> None:
    coast = LineString([(0.005, -0.001), (0.005, 0.011)])  # northwards: land in the west
    assert [part.bounds for part in sea([coast], BOX)] == [(0.005, 0.0, 0.01, 0.01)]
    assert [part.bounds for part in sea([coast.reverse()], BOX)] == [(0.0, 0.0, 0.005, 0.01)]


def test_an_island_is_a_hole_in_a_sea_that_goes_on_beyond_the_box() -> None:
    ring = [(0.004, 0.004), (0.006, 0.004), (0.006, 0.006), (0.004, 0.006), (0.004, 0.004)]
    (water,) = sea([LineString(ring[:3]), LineString(ring[2:])], BOX)
    assert water.bounds[0] < BOX.west
    assert shape(water).contains(Point(BOX.west, BOX.south))
    assert not shape(water).contains(Point(0.005, 0.005))


def test_a_lagoon_is_sea_and_the_land_around_it_is_not() -> None:
    ring = [(0.004, 0.004), (0.004, 0.006), (0.006, 0.006), (0.006, 0.004), (0.004, 0.004)]
    assert [part.bounds for part in sea([LineString(ring)], BOX)] == [(0.004, 0.004, 0.006, 0.006)]


def test_a_coast_that_ends_in_the_middle_of_nowhere_floods_nothing() -> None:
    assert sea([LineString([(0.005, -0.001), (0.005, 0.004), (0.006, 0.005)])], BOX) == []


def test_without_a_coast_there_is_no_sea() -> None:
    assert sea([], BOX) == []


def test_the_sea_of_a_file_is_drawn_as_water(tmp_path: Path) -> None:
    features, _ = read(tmp_path, [Way(nodes="ABCDA", tags={"natural": "coastline"})], {})
    (found,) = layer(features, "water")
    assert found["properties"] == {"class": "sea"}
    assert shape(found["geometry"]).contains(Point(-0.001, -0.001))
