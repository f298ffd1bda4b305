"""Traces over streets cut into many short edges, as maps without junction geometry have them."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads.matching import FixRole, Match, Matcher, MatchParams, Trace
from tests.unit.roads.networks import Street, network


def chain(name: str, y: float, pieces: int) -> tuple[dict[str, tuple[float, float]], list[Street]]:
    """A two-way street along y, 1,000 m in so many pieces: junctions name0 … nameN."""
    places = {f"{name}{i}": (10.0 * i / pieces, y) for i in range(pieces + 1)}
    return places, [Street(a=f"{name}{i}", b=f"{name}{i + 1}") for i in range(pieces)]


def match(matcher: Matcher, points_m: np.ndarray, *, every_s: float = 1.0) -> Match:
    degrees = points_m / METRES_PER_DEGREE
    at_s = np.arange(len(degrees), dtype=np.float64) * every_s
    return matcher.match(Trace(lon=degrees[:, 0], lat=degrees[:, 1], at_s=at_s))


def eastward(until_m: float, *, y_m: float = 0.0, step_m: float = 10.0) -> np.ndarray:
    x = np.arange(20.0, until_m, step_m)
    return np.stack([x, np.full(len(x), y_m)], axis=1)


# Two streets 20 m apart, each in pieces of 2 m: 60 pieces lie within a fix's radius, more than are looked at.
NEAR, NEAR_STREETS = chain("A", 0.0, 500)
FAR, FAR_STREETS = chain("B", 0.2, 500)
TWO = network(NEAR | FAR, [*NEAR_STREETS, *FAR_STREETS, Street(a="A0", b="B0"), Street(a="A500", b="B500")])


@pytest.mark.parametrize("every", [1, 10])
def test_a_street_in_tiny_pieces_does_not_hide_the_one_beside_it(every: int) -> None:
    """A burst of error puts a third of the fixes nearer to the other street; the drive stays where it was."""
    points = eastward(960.0)
    points[30:50, 1] = 12.0
    points = points[::every]
    found = match(Matcher(TWO, params=MatchParams(sigma_m=6.0)), points, every_s=float(every))
    first, last = int(found.path[0]), int(found.path[-1])
    assert found.path.tolist() == list(range(first, last + 1, 2))
    assert first // 2 == pytest.approx(10, abs=4)
    assert last // 2 == pytest.approx(points[-1, 0] / 2, abs=4)


@pytest.mark.parametrize("sideways_m", [60.0, 100.0])
def test_a_wild_fix_on_another_street_is_left_out(sideways_m: float) -> None:
    """It could be reached: out and back along the side street, which is dearer than to doubt one fix."""
    streets = [Street(a=a, b=b) for a, b in ("AB", "BC", "BD")]
    graph = network({"A": (0, 0), "B": (5, 0), "C": (10, 0), "D": (5, 3)}, streets)
    points = eastward(960.0, step_m=5.0)
    wild = int(np.argmin(np.abs(points[:, 0] - 500.0)))
    points[wild] += 0.0, sideways_m
    found = match(Matcher(graph, params=MatchParams(sigma_m=4.0)), points)
    assert found.role[wild] == FixRole.OUTLIER
    assert found.path.tolist() == [0, 2]


def test_a_unit_that_stands_while_its_receiver_drifts_back_has_not_turned() -> None:
    """Two minutes of standing at 500 m, seen up to 16 m farther back; the street is in pieces of 2 m."""
    drift = -8.0 + 8.0 * np.cos(np.linspace(0.0, 6.0 * np.pi, 120))
    standing = np.stack([500.0 + drift, np.zeros(120)], axis=1)
    points = np.concatenate([eastward(500.0), standing, eastward(960.0)[48:]])
    for every in (1, 10):
        found = match(Matcher(TWO), points[::every], every_s=float(every))
        assert (np.diff(found.path) == 2).all()


def test_a_visit_to_a_dead_end_is_kept() -> None:
    streets = [Street(a=a, b=b) for a, b in ("AB", "BC", "BD")]
    graph = network({"A": (0, 0), "B": (5, 0), "C": (10, 0), "D": (5, 3)}, streets)
    along = np.concatenate([np.arange(0.0, 300.0, 10.0), np.arange(300.0, 0.0, -10.0)])
    aside = np.stack([np.full(len(along), 500.0), along], axis=1)
    points = np.concatenate([eastward(500.0), aside, eastward(960.0)[48:]])
    for every in (1, 10):
        found = match(Matcher(graph), points[::every], every_s=float(every))
        assert found.path.tolist() == [0, 4, 5, 2]


def test_who_turns_round_in_the_middle_of_a_street_is_seen_to() -> None:
    graph = network({"A": (0, 0), "B": (20, 0), "C": (21, 0)}, [Street(a="A", b="B"), Street(a="B", b="C")])
    there = eastward(800.0)
    for every in (1, 10):
        found = match(Matcher(graph), np.concatenate([there, there[::-1]])[::every], every_s=float(every))
        assert found.path.tolist() == [0, 1]
        assert found.edge[-1] == 1


def test_a_hole_in_the_map_is_not_driven_around_faster_than_anybody_drives() -> None:
    """100 m of the street are missing; the only way around is 3 km, and ten seconds pass."""
    streets = [Street(a=a, b=b) for a, b in ("AB", "CD", "BE", "EF", "FC")]
    places = {"A": (0, 0), "B": (5, 0), "C": (6, 0), "D": (11, 0), "E": (5, 15), "F": (6, 15)}
    found = match(Matcher(network(places, streets)), eastward(1080.0))
    assert found.path.tolist() == [0, 2]
    assert len(found.piece_first) == 3
