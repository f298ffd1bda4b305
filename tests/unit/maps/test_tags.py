from __future__ import annotations

import math

import pytest

from maps.osm.access import Access, access_of
from maps.osm.barriers import barrier_access
from maps.osm.classes import Street, street_of
from maps.osm.limits import limit_kmh
from maps.osm.oneway import Oneway, oneway_of, siren_may_oppose

OPEN, DESTINATION, SIREN, SHUT = Access.OPEN, Access.DESTINATION, Access.SIREN, Access.SHUT


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50), ("30 mph", 48.28032), ("30mph", 48.28032), ("50 km/h", 50), ("10 knots", 18.52),
        ("DE:urban", 50), ("DE:rural", 100), ("DE:30", 30), ("DE:zone:30", 30), ("DE:zone30", 30),
        ("GB:nsl_single", 96.56064), ("CN:urban", 50), ("walk", 7), ("none", 150), ("50;30", 30),
        ("CL:urban", 50), ("60; signals", 60),
    ],
)  # fmt: skip
def test_a_speed_limit_is_read_in_km_per_hour(text: str, kmh: float) -> None:
    assert limit_kmh(text) == pytest.approx(kmh)


@pytest.mark.parametrize("text", ["signals", "variable", "", "0", "-5", "fast", "DE:", "5O", "XYZ:urban"])
def test_what_is_no_speed_limit_is_none(text: str) -> None:
    assert math.isnan(limit_kmh(text))


@pytest.mark.parametrize(
    ("tags", "forward", "backward"),
    [
        ({}, OPEN, OPEN),
        ({"access": "no"}, SHUT, SHUT),
        ({"access": "no", "motor_vehicle": "yes"}, OPEN, OPEN),
        ({"access": "yes", "motor_vehicle": "no"}, SHUT, SHUT),
        ({"vehicle": "no", "motorcar": "destination"}, DESTINATION, DESTINATION),
        ({"access": "private"}, DESTINATION, DESTINATION),
        ({"access": "no", "bus": "yes"}, SIREN, SIREN),
        ({"access": "no", "psv": "designated"}, SIREN, SIREN),
        ({"access": "no", "emergency": "yes"}, SIREN, SIREN),
        ({"access": "emergency"}, SIREN, SIREN),
        ({"access": "no", "bus": "yes", "emergency": "no"}, SHUT, SHUT),
        ({"motor_vehicle": "agricultural;forestry"}, SHUT, SHUT),
        ({"motor_vehicle": "agricultural;destination"}, DESTINATION, DESTINATION),
        ({"motor_vehicle:backward": "no"}, OPEN, SHUT),
        ({"access": "no", "motor_vehicle:forward": "yes"}, OPEN, SHUT),
    ],
)
def test_the_most_special_access_key_speaks(tags: dict[str, str], forward: Access, backward: Access) -> None:
    found = access_of(tags, default=OPEN)
    assert (found.forward, found.backward) == (forward, backward)


@pytest.mark.parametrize(
    ("tags", "oneway"),
    [
        ({}, Oneway.NO),
        ({"oneway": "yes"}, Oneway.FORWARD),
        ({"oneway": "-1"}, Oneway.BACKWARD),
        ({"oneway": "no", "junction": "roundabout"}, Oneway.NO),
        ({"junction": "roundabout"}, Oneway.FORWARD),
        ({"junction": "circular"}, Oneway.FORWARD),
        ({"oneway": "reversible"}, Oneway.REVERSIBLE),
        ({"oneway": "alternating"}, Oneway.NO),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, Oneway.NO),
        ({"oneway": "perhaps"}, Oneway.NO),
    ],
)
def test_a_oneway_is_what_its_tags_say(tags: dict[str, str], oneway: Oneway) -> None:
    assert oneway_of(tags, "residential") is oneway


def test_a_motorway_is_oneway_and_its_ramp_only_if_tagged() -> None:
    assert oneway_of({}, "motorway") is Oneway.FORWARD
    assert oneway_of({"oneway": "no"}, "motorway") is Oneway.NO
    assert oneway_of({}, "motorway_link") is Oneway.NO


def test_a_contraflow_bus_lane_is_open_to_sirens() -> None:
    assert siren_may_oppose({"oneway": "yes", "oneway:bus": "no"})
    assert siren_may_oppose({"oneway": "yes", "oneway:psv": "no"})
    assert siren_may_oppose({"oneway": "yes", "busway": "opposite_lane"})
    assert not siren_may_oppose({"oneway": "yes", "oneway:bicycle": "no"})


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"highway": "residential"}, OPEN),
        ({"highway": "busway"}, SIREN),
        ({"highway": "track", "tracktype": "grade1"}, OPEN),
        ({"highway": "track", "motor_vehicle": "yes"}, OPEN),
        ({"highway": "pedestrian", "motor_vehicle": "delivery"}, DESTINATION),
        ({"highway": "pedestrian", "emergency": "yes"}, SIREN),
        ({"highway": "service", "access": "customers"}, DESTINATION),
    ],
)
def test_these_ways_are_streets(tags: dict[str, str], access: Access) -> None:
    street = street_of(tags, tags["highway"])
    assert isinstance(street, Street)
    assert street.access.forward is access


@pytest.mark.parametrize(
    "tags",
    [
        {"highway": "footway"},
        {"highway": "construction"},
        {"highway": "track", "tracktype": "grade4"},
        {"highway": "residential", "access": "no"},
        {"highway": "residential", "area": "yes"},
        {"highway": "residential", "impassable": "yes"},
        {"highway": "pedestrian"},
        {"highway": "pedestrian", "motor_vehicle": "no"},
    ],
)
def test_these_ways_are_no_streets_and_say_why(tags: dict[str, str]) -> None:
    assert isinstance(street_of(tags, tags["highway"]), str)


@pytest.mark.parametrize(
    ("tags", "access"),
    [
        ({"barrier": "gate"}, OPEN),
        ({"barrier": "gate", "access": "private"}, DESTINATION),
        ({"barrier": "gate", "access": "no"}, SIREN),
        ({"barrier": "bollard"}, SIREN),
        ({"barrier": "bollard", "emergency": "no"}, SHUT),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, OPEN),
        ({"barrier": "block"}, SHUT),
        ({"barrier": "block", "emergency": "yes"}, SIREN),
        ({"barrier": "toll_booth"}, OPEN),
        ({"barrier": "something new"}, SHUT),
    ],
)
def test_a_barrier_stops_whom_it_should(tags: dict[str, str], access: Access) -> None:
    assert barrier_access(tags, tags["barrier"]) is access
