from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import application
from dispatch_core.errors import InvalidInput
from simulations.trace import TracedCall, read_matrix, read_units, trace

HEAD = "call,arrival_min,place,on_scene_min,hospital,handover_min\n"


def written(folder: Path, minutes: object, bases: str, calls: str) -> tuple[Path, Path, Path]:
    names = [f"P{k}" for k in range(len(np.asarray(minutes)))]
    lines = ["," + ",".join(names)]
    rows = np.asarray(minutes).tolist()
    lines += [f"{name}," + ",".join(map(repr, row)) for name, row in zip(names, rows, strict=True)]
    paths = folder / "matrix.csv", folder / "bases.csv", folder / "calls.csv"
    for path, text in zip(paths, ("\n".join(lines), bases, calls), strict=True):
        path.write_text(text)
    return paths


def traced(paths: tuple[Path, Path, Path], **more: object) -> list[TracedCall]:
    matrix = read_matrix(paths[0])
    return list(trace(matrix, read_units(paths[1], matrix), paths[2], **more))  # type: ignore[arg-type]


LINE = [[abs(a - b) * 10.0 for b in range(4)] for a in range(4)]  # four places ten minutes apart


def test_the_nearest_goes_the_next_waits_and_who_returns_is_met_on_the_way(tmp_path: Path) -> None:
    calls = HEAD + "a,0,P1,5,P3,2\nb,1,P3,5,,\nc,60,P0,1,,\n"
    found = traced(written(tmp_path, LINE, "unit,place\nA,P0\n", calls))
    # a: there at 10, leaves at 15, at P3 at 35, free at 37 in P3; b waits since 1 and is reached at once.
    assert (found[0].unit, found[0].response_min, found[0].freed_min) == ("A", 10.0, 37.0)
    assert (found[1].response_min, found[1].waited_min) == (36.0, 36.0)
    # b ends at 42; by 60 it has driven 18 of 30 minutes home: 2 to P1, which lies ahead, then 10.
    assert found[2].response_min == 12.0


def test_with_coordinates_a_unit_going_home_is_where_the_straight_line_says(tmp_path: Path) -> None:
    nodes = tmp_path / "nodes.csv"
    nodes.write_text("id,x,y\nP0,0,0\nP1,1,0\nP2,2,0\nP3,3,0\n")
    calls = HEAD + "b,0,P3,5,,\nc,53,P0,1,,\n"  # free at 35; 18 of 30 minutes home: at 1.2, next to P1
    found = traced(written(tmp_path, LINE, "P0\n", calls), nodes=nodes)
    assert (found[1].unit, found[1].response_min) == ("0", 10.0)


def test_equally_near_units_go_by_their_order_and_calls_by_time(tmp_path: Path) -> None:
    calls = HEAD + "late,2,P1,30,,\nearly,1,P1,30,,\n"
    found = traced(written(tmp_path, LINE, "unit,place\nX,P2\nY,P0\n", calls))
    assert [(one.call, one.unit) for one in found] == [("late", "Y"), ("early", "X")]


def test_responses_are_those_of_a_plain_loop(tmp_path: Path) -> None:
    """Against a reading of the rules that keeps every unit at its base until it is home again."""
    rng = np.random.default_rng(7)
    p, n = 12, 300
    xy = rng.uniform(0, 40, (p, 2))
    minutes = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    at = np.arange(n) * 400.0 + rng.uniform(0, 50, n)  # rare enough for everybody to be home
    place, hospital = rng.integers(0, p, n), rng.integers(0, p, n)
    scene, handover = rng.exponential(10, n), rng.exponential(10, n)
    bases = rng.integers(0, p, 4)
    rows = zip(at.tolist(), place, scene.tolist(), hospital, handover.tolist(), strict=True)
    calls = HEAD + "".join(f"{k},{a!r},P{b},{c!r},P{d},{e!r}\n" for k, (a, b, c, d, e) in enumerate(rows))
    found = traced(written(tmp_path, minutes, "".join(f"P{b}\n" for b in bases), calls))
    for k, one in enumerate(found):
        unit = min(range(4), key=lambda u: (minutes[bases[u], place[k]], u))
        assert one.unit == str(unit)
        assert one.response_min is not None
        assert math.isclose(one.response_min, minutes[bases[unit], place[k]], abs_tol=1e-9)


def test_the_command_prints_one_object_a_call(tmp_path: Path) -> None:
    matrix, bases, calls = written(tmp_path, LINE, "P0\n", HEAD + "a,0,P1,5,,\n")
    done = CliRunner().invoke(
        application(["simulate"]),
        [
            "simulate",
            "trace",
            "--matrix",
            str(matrix),
            "--bases",
            str(bases),
            "--calls",
            str(calls),
            "--json",
        ],
    )
    assert json.loads(done.stdout) == {
        "call": "a", "unit": "0", "response_min": 10.0, "waited_min": 0.0, "freed_min": 15.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bases", "calls", "told"),
    [
        ("unit,place\nA,P9\n", HEAD + "a,0,P1,5,,\n", "names place P9"),
        ("P0\n", HEAD + "a,0,P1,5,,\nb,soon,P1,5,,\n", "line 3: arrival_min 'soon' is no number"),
        ("P0\n", HEAD + "a,0,P1,-5,,\n", "line 2: on_scene_min must be at least 0"),
        ("P0\n", "arrival_min,place\n0,P1\n", "has no column on_scene_min"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, bases: str, calls: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        traced(written(tmp_path, LINE, bases, calls))
