"""A drawn line told as turns."""

from __future__ import annotations

import pytest

from api.directions import Turn, directions, turn_of
from tests.city import corner, town


@pytest.mark.parametrize(
    ("before", "after", "turn"),
    [
        (0, 90, Turn.RIGHT), (0, 270, Turn.LEFT), (350, 10, Turn.STRAIGHT), (10, 330, Turn.SLIGHT_LEFT),
        (90, 130, Turn.SLIGHT_RIGHT), (0, 180, Turn.BACK), (270, 0, Turn.RIGHT),
    ],
)  # fmt: skip
def test_a_turn_is_named_by_how_far_the_heading_swings(before: float, after: float, turn: Turn) -> None:
    assert turn_of(before, after) is turn


def test_a_line_of_one_point_tells_nothing() -> None:
    assert directions(town(), [[120.0, 33.0]]) == []


def test_a_straight_street_is_one_leg_of_its_length() -> None:
    line = [[p.lon, p.lat] for p in (corner(0, 0), corner(1, 0), corner(2, 0))]
    told = directions(town(), line)
    assert [(leg["turn"], round(leg["distance_m"], -1)) for leg in told] == [("depart", 1000)]
