"""The trace against hand-worked calls and a plain reading of its rules."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from api.cli import application
from simulations.traces.matrix import read_grounds, read_matrix
from simulations.traces.records import read_calls, read_units
from simulations.traces.replay import TracedCall, trace

Float64s = NDArray[np.float64]
HEAD = "call,arrival_min,place,on_scene_min,hospital,handover_min\n"
LINE = [[abs(a - b) * 10.0 for b in range(4)] for a in range(4)]  # four places ten minutes apart
ON_A_LINE = "id,x,y\nP0,0,0\nP1,1,0\nP2,2,0\nP3,3,0\n"


def written(folder: Path, minutes: object, bases: str, calls: str) -> tuple[Path, Path, Path]:
    names = [f"P{k}" for k in range(len(np.asarray(minutes)))]
    lines = ["," + ",".join(names)]
    rows = np.asarray(minutes).tolist()
    lines += [f"{name}," + ",".join(map(repr, row)) for name, row in zip(names, rows, strict=True)]
    paths = folder / "matrix.csv", folder / "bases.csv", folder / "calls.csv"
    for path, text in zip(paths, ("\n".join(lines), bases, calls), strict=True):
        path.write_text(text)
    return paths


def traced(
    paths: tuple[Path, Path, Path], *, nodes: str | None = None, home_factor: float = 1.0
) -> list[TracedCall]:
    matrix, grounds = read_matrix(paths[0]), None
    if nodes is not None:
        written_nodes = paths[0].with_name("nodes.csv")
        written_nodes.write_text(nodes)
        grounds = read_grounds(written_nodes, matrix)
        matrix = grounds.matrix
    calls = read_calls(paths[2], matrix)
    return list(trace(matrix, read_units(paths[1], matrix), calls, grounds=grounds, home_factor=home_factor))


def test_the_nearest_goes_the_next_waits_and_who_returns_is_met_on_the_way(tmp_path: Path) -> None:
    calls = HEAD + "a,0,P1,5,P3,2\nb,1,P3,5,,\nc,60,P0,1,,\n"
    found = traced(written(tmp_path, LINE, "unit,place\nA,P0\n", calls))
    # a: there at 10, leaves at 15, at P3 at 35, free at 37 in P3; b waits since 1 and is reached at once.
    assert (found[0].unit, found[0].response_min, found[0].freed_min) == ("A", 10.0, 37.0)
    assert (found[1].response_min, found[1].waited_min) == (36.0, 36.0)
    # b ends at 42; by 60 it has driven 18 of 30 minutes home: 2 to P1, which lies ahead, then 10.
    assert found[2].response_min == 12.0


def test_with_coordinates_a_unit_going_home_is_where_the_straight_line_says(tmp_path: Path) -> None:
    calls = HEAD + "b,0,P3,5,,\nc,53,P0,1,,\n"  # free at 35; 18 of 30 minutes home: at 1.2, next to P1
    found = traced(written(tmp_path, LINE, "P0\n", calls), nodes=ON_A_LINE)
    assert (found[1].unit, found[1].response_min) == ("0", 10.0)


def test_who_drives_home_slower_is_met_farther_out(tmp_path: Path) -> None:
    calls = HEAD + "b,0,P3,5,,\nc,53,P0,1,,\n"  # 18 of 40 minutes home: at 1.65, next to P2
    found = traced(written(tmp_path, LINE, "P0\n", calls), nodes=ON_A_LINE, home_factor=4 / 3)
    assert found[1].response_min == 20.0


def test_equally_near_units_go_by_their_order_and_calls_by_time(tmp_path: Path) -> None:
    calls = HEAD + "late,2,P1,30,,\nearly,1,P1,30,,\n"
    found = traced(written(tmp_path, LINE, "unit,place\nX,P2\nY,P0\n", calls))
    assert [(one.call, one.unit) for one in found] == [("late", "Y"), ("early", "X")]


def test_who_has_just_ended_a_mission_goes_on_from_there_though_another_place_has_its_coordinates(
    tmp_path: Path,
) -> None:
    twins = ON_A_LINE.replace("P0,0,0", "P0,3,0")  # P0 lies where P3 is, and is named first
    calls = HEAD + "a,0,P3,5,,\nb,1,P3,1,,\n"
    found = traced(written(tmp_path, LINE, "P1\n", calls), nodes=twins)
    assert found[1].response_min == 24.0  # from P3, at 25, in no time


@dataclass
class Ambulance:
    """Of the slow simulator below."""

    base: int
    place: int
    busy_until: float = 0.0
    home_from: float = 0.0
    queue: list[int] = field(default_factory=list)


Call = tuple[float, int, float, int, float]


def slowly(
    minutes: Float64s, xy: Float64s | None, bases: list[int], calls: list[Call], home_factor: float
) -> list[tuple[int, float]]:
    """(unit, response) of each call, from the rules in docs/reference/simulation.md, minute by event."""
    fleet = [Ambulance(base=base, place=base) for base in bases]
    waiting: list[int] = []
    told: list[tuple[int, float]] = [(-1, math.nan)] * len(calls)

    def where(one: Ambulance, now: float) -> tuple[int, float]:
        driven, total = now - one.home_from, minutes[one.place, one.base] * home_factor
        if driven <= 0:
            return one.place, 0.0
        if driven >= total or one.place == one.base:
            return one.base, 0.0
        if xy is not None:
            at = xy[one.place] + (xy[one.base] - xy[one.place]) * driven / total
            return int(((xy - at) ** 2).sum(axis=1).argmin()), 0.0
        way = minutes[one.place, one.base]
        ahead = [
            (minutes[one.place, p], p)
            for p in range(len(minutes))
            if minutes[one.place, p] + minutes[p, one.base] <= way * (1 + 1e-6)
            and minutes[one.place, p] * home_factor >= driven
        ]
        reached, place = min(ahead)
        return place, reached * home_factor - driven

    def send(unit: int, call: int, now: float) -> None:
        one = fleet[unit]
        at, place, scene, hospital, handover = calls[call]
        start, ahead = where(one, now)
        arrived = now + ahead + minutes[start, place]
        told[call] = unit, arrived - at
        one.busy_until, one.place = arrived + scene, place
        if hospital >= 0:
            one.busy_until += minutes[place, hospital] + handover
            one.place = hospital
        one.home_from = one.busy_until

    def free_up_to(now: float) -> None:
        while waiting:
            unit = min(range(len(fleet)), key=lambda u: (fleet[u].busy_until, u))
            if fleet[unit].busy_until > now:
                return
            send(unit, waiting.pop(0), fleet[unit].busy_until)

    for call, (at, place, *_) in enumerate(calls):
        free_up_to(at)
        idle = [u for u, one in enumerate(fleet) if one.busy_until <= at]
        if not idle:
            waiting.append(call)
            continue
        ways = {u: where(fleet[u], at) for u in idle}
        send(min(idle, key=lambda u: (ways[u][1] + minutes[ways[u][0], place], u)), call, at)
    free_up_to(math.inf)
    return told


@pytest.mark.parametrize("straight", [True, False])
@pytest.mark.parametrize("is_metric", [True, False])
@pytest.mark.parametrize("seed", range(12))
def test_units_and_responses_are_those_of_a_plain_reading_of_the_rules(
    tmp_path: Path, seed: int, straight: bool, is_metric: bool
) -> None:
    rng = np.random.default_rng(seed)
    p, n, fleet = int(rng.integers(2, 25)), 250, int(rng.integers(1, 9))
    xy = rng.uniform(0, 40, (p, 2))
    minutes = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    if not is_metric:
        minutes *= rng.uniform(0.3, 1.7, (p, p))
    load = rng.uniform(0.3, 1.1)  # from idle to overrun
    at = np.cumsum(rng.exponential(50.0 / fleet / load, n))
    place, hospital = rng.integers(0, p, n), np.where(rng.random(n) < 0.6, rng.integers(0, p, n), -1)
    scene, handover = rng.exponential(10, n), rng.exponential(10, n)
    bases = rng.integers(0, p, fleet).tolist()
    factor = float(rng.choice([1.0, 1 / 0.95, 1.3]))
    calls = list(
        zip(at.tolist(), place.tolist(), scene.tolist(), hospital.tolist(), handover.tolist(), strict=True)
    )
    text = "".join(
        f"{k},{a!r},P{b},{c!r},{f'P{d}' if d >= 0 else ''},{e!r}\n" for k, (a, b, c, d, e) in enumerate(calls)
    )
    nodes = "id,x,y\n" + "".join(f"P{k},{a!r},{b!r}\n" for k, (a, b) in enumerate(xy.tolist()))
    found = traced(
        written(tmp_path, minutes, "".join(f"P{b}\n" for b in bases), HEAD + text),
        nodes=nodes if straight else None, home_factor=factor,
    )  # fmt: skip
    for one, (unit, response) in zip(
        found, slowly(minutes, xy if straight else None, bases, calls, factor), strict=True
    ):
        assert one.unit == str(unit), one
        assert one.response_min is not None
        assert math.isclose(one.response_min, response, abs_tol=1e-9)


def test_the_command_prints_one_object_a_call(tmp_path: Path) -> None:
    matrix, bases, calls = written(tmp_path, LINE, "P0\n", HEAD + "a,0,P1,5,,\n")
    asked = ["--matrix", str(matrix), "--bases", str(bases), "--calls", str(calls), "--json"]
    done = CliRunner().invoke(application(["simulate"]), ["simulate", "trace", *asked])
    assert json.loads(done.stdout) == {
        "call": "a", "unit": "0", "response_min": 10.0, "waited_min": 0.0, "freed_min": 15.0,
    }  # fmt: skip
