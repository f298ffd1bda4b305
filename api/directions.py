"""Turn by turn: a drawn route told as streets and turns."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import Roads

# A crossing's own few metres are nobody's street.
TOO_SHORT_M = 25.0
FARTHEST_M = 60.0
SAMPLED = 2_000


class Turn(StrEnum):
    DEPART = "depart"
    STRAIGHT = "straight"
    SLIGHT_LEFT = "slight_left"
    LEFT = "left"
    SLIGHT_RIGHT = "slight_right"
    RIGHT = "right"
    BACK = "back"


def turn_of(before_deg: float, after_deg: float) -> Turn:
    """From one compass heading to another."""
    by = (after_deg - before_deg + 180) % 360 - 180
    if abs(by) < 25:
        return Turn.STRAIGHT
    if abs(by) > 155:
        return Turn.BACK
    if by < 0:
        return Turn.SLIGHT_LEFT if by > -50 else Turn.LEFT
    return Turn.SLIGHT_RIGHT if by < 50 else Turn.RIGHT


def directions(roads: Roads, coordinates: Sequence[Sequence[float]]) -> list[dict[str, Any]]:
    """`{turn, street, distance_m, lon, lat}` for each street of a line of (lon, lat), in order of driving.

    Streets are those nearest to the middle of each piece of the line, so any drawn line can be told.
    """
    line = np.asarray(coordinates, np.float64)
    if len(line) < 2:
        return []
    lengths, headings = _measured(line)
    names = _names(roads, (line[1:] + line[:-1]) / 2)
    legs = _legs(names, lengths)
    told = []
    for n, (first, last) in enumerate(legs):
        turn = Turn.DEPART if n == 0 else turn_of(headings[first - 1], headings[first])
        told.append(
            {
                "turn": turn.value, "street": names[first],
                "distance_m": round(float(lengths[first:last].sum())),
                "lon": round(float(line[first, 0]), 6), "lat": round(float(line[first, 1]), 6),
            }
        )  # fmt: skip
    return told


def _measured(line: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres and compass degrees of each piece."""
    east = np.diff(line[:, 0]) * METRES_PER_DEGREE * np.cos(np.radians(line[:-1, 1]))
    north = np.diff(line[:, 1]) * METRES_PER_DEGREE
    return np.hypot(east, north), np.degrees(np.arctan2(east, north)) % 360


def _names(roads: Roads, middles: NDArray[np.float64]) -> list[str]:
    spots = roads.snap(middles[:SAMPLED, 0], middles[:SAMPLED, 1], max_distance_m=FARTHEST_M)
    graph = roads.graph
    found = [
        (graph.name(int(edge)) or graph.ref(int(edge))) if near else ""
        for near, edge in zip(spots.found, spots.edge[:, 0], strict=True)
    ]
    return found + [""] * (len(middles) - len(found))


def _legs(names: list[str], lengths: NDArray[np.float64]) -> list[tuple[int, int]]:
    """(first, one past the last) piece of each street; what is too short to be told joins the one before."""
    legs: list[tuple[int, int]] = []
    for i, name in enumerate(names):
        if legs and names[legs[-1][0]] == name:
            legs[-1] = (legs[-1][0], i + 1)
        else:
            legs.append((i, i + 1))
    kept: list[tuple[int, int]] = []
    for first, last in legs:
        short = float(lengths[first:last].sum()) < TOO_SHORT_M
        if kept and (short or names[kept[-1][0]] == names[first]):
            kept[-1] = (kept[-1][0], last)
        else:
            kept.append((first, last))
    return kept
