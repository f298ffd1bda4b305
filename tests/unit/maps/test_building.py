from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from shapely import Point

from dispatch_core.geo import Box, LonLat, distance_m
from dispatch_core.roads import EdgeFlag, RoadGraph, compute_order
from maps import coquimbo, osm
from maps.building import build
from maps.built_up import built_up
from maps.driving import driving_side_of
from maps.region import DrivingSide
from maps.streets import along_m, lengths_m
from maps.telling import facts_of, lines_of
from maps.time_zones import time_zone_at
from tests.unit.maps.drawn import Way, degrees, osm_file, street
from tests.unit.roads.networks import Street, network

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACES = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (1.0, 1.0), "P": (5.0, 5.0), "Q": (6.0, 5.0)}


def rings(*, clockwise: bool) -> RoadGraph:
    """Three square roundabouts in a row."""
    places, streets = {}, []
    for number in range(3):
        corners = [f"{number}{corner}" for corner in "abcd"]
        x = 5.0 * number
        places |= dict(zip(corners, [(x, 0.0), (x + 1, 0.0), (x + 1, 1.0), (x, 1.0)], strict=True))
        turned = corners[::-1] if clockwise else corners
        for a, b in zip(turned, turned[1:] + turned[:1], strict=True):
            streets.append(Street(a=a, b=b, one_way=True, flags=EdgeFlag.ROUNDABOUT))
    return network(places, streets)


def test_a_map_becomes_a_region_with_its_order_and_what_was_left_out(tmp_path: Path) -> None:
    path = osm_file(tmp_path, PLACES, [street("AB"), street("BC"), street("CA"), street("PQ")])
    steps: list[str] = []
    region = build(osm.survey(path), name="village", built_at=NOW, progress=steps.append)
    assert region.graph.edge_count == 6
    assert region.order.tolist() == compute_order(region.graph).tolist()
    assert region.provenance.dropped == {"edge outside the largest strongly connected part": 2}
    assert region.provenance.source == "drawn.osm"
    assert "OpenStreetMap" in region.provenance.attribution
    assert len(steps) == 2


def test_what_is_told_of_a_region_can_be_read_by_people_and_programs(tmp_path: Path) -> None:
    path = osm_file(tmp_path, PLACES, [street("AB"), street("BC", oneway="yes"), street("CA")])
    facts = facts_of(build(osm.survey(path), name="village", built_at=NOW, progress=print), path)
    assert (facts["junctions"], facts["edges"], facts["oneway_edges"]) == (3, 5, 1)
    assert facts["street_km"] == pytest.approx(0.1 + 0.1 + 0.1 * math.sqrt(2), abs=0.05)
    told = "\n".join(lines_of(facts))
    assert "3 junctions" in told
    assert "Open Database License" in told


def test_traffic_keeps_right_where_roundabouts_run_anticlockwise() -> None:
    assert driving_side_of(rings(clockwise=False)) is DrivingSide.RIGHT
    assert driving_side_of(rings(clockwise=True)) is DrivingSide.LEFT


def test_without_roundabouts_the_time_zone_tells_the_side() -> None:
    streets = network({"A": (0.0, 0.0), "B": (1.0, 0.0)}, [Street(a="A", b="B")])

    def moved(lon: float, lat: float) -> RoadGraph:
        return replace(streets, node_lon=streets.node_lon + lon, node_lat=streets.node_lat + lat)

    assert driving_side_of(moved(120.16, 33.35)) is DrivingSide.RIGHT  # Yancheng
    assert driving_side_of(moved(114.16, 22.28)) is DrivingSide.LEFT  # Hong Kong


@pytest.mark.parametrize(
    ("lon", "lat", "zone"),
    [(120.16, 33.35, "Asia/Shanghai"), (-71.25, -29.9, "America/Santiago"), (14.5, 35.9, "Europe/Malta")],
)
def test_a_region_has_the_clock_of_its_middle(lon: float, lat: float, zone: str) -> None:
    assert time_zone_at(Box(west=lon - 0.1, south=lat - 0.1, east=lon + 0.1, north=lat + 0.1)) == zone


def test_lengths_are_great_circle_distances_along_each_line_by_itself() -> None:
    lines = np.array([[120.0, 33.0], [120.01, 33.0], [120.01, 33.01], [-71.0, -29.0], [-71.0, -29.02]])
    first = np.array([0, 3, 5])
    a, b, c, d, e = (LonLat(*point) for point in lines.tolist())
    there = [distance_m(a, b) + distance_m(b, c), distance_m(d, e)]
    assert lengths_m(first, lines).tolist() == pytest.approx(there)
    assert along_m(first, lines).tolist() == pytest.approx([0, distance_m(a, b), there[0], 0, there[1]])


def test_town_is_drawn_around_a_grid_of_streets_and_not_along_a_lone_road() -> None:
    places = {f"{x},{y}": (float(x), float(y)) for x in range(4) for y in range(4)}
    places |= {"far": (40.0, 0.0), "farther": (60.0, 0.0)}
    grid = [Street(a=f"{x},{y}", b=f"{x + 1},{y}") for x in range(3) for y in range(4)]
    grid += [Street(a=f"{x},{y}", b=f"{x},{y + 1}") for x in range(4) for y in range(3)]
    (town,) = built_up(network(places, [*grid, Street(a="far", b="farther")]))
    assert town.contains(Point(degrees(1.5, 1.5)))
    assert not town.contains(Point(degrees(50.0, 0.0)))


def test_land_use_is_derived_only_where_the_map_has_none(tmp_path: Path) -> None:
    park = Way(nodes="ABCA", tags={"leisure": "park"})
    path = osm_file(tmp_path, PLACES, [street("AB"), street("BC"), street("CA"), park])
    survey = osm.survey(path)
    assert build(survey, name="v", built_at=NOW, progress=print).ground == survey.ground


def test_the_embedded_region_has_the_streets_and_people_of_la_serena() -> None:
    survey = coquimbo.survey(coquimbo.find_archive())
    assert survey.graph.edge_count == 34_272
    assert sum(zone.population for zone in survey.zones) == 451_834
    assert survey.dropped.by_reason() == {"link that only joins a zone to the network": 137}
    assert survey.graph.length_m.sum() > 1_400_000
