"""The labelled tracks' formats, read and scored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from api.bench.matching import length_f1, read_tracks, run, thinned
from dispatch_core.roads.matching import Trace


def test_f1_counts_length_and_repetitions() -> None:
    length = np.array([100.0, 300.0, 50.0])
    assert length_f1(length, [0, 1], [0, 1]) == 1.0
    assert length_f1(length, [0], [0, 1]) == pytest.approx(2 * 100 / 500)
    assert length_f1(length, [0, 0], [0]) == pytest.approx(2 * 100 / 300)
    assert length_f1(length, [], []) == 1.0


def test_a_track_is_thinned_to_its_interval_and_keeps_its_end() -> None:
    at = np.arange(25.0)
    assert thinned(Trace(lon=at, lat=at, at_s=at), 10).at_s.tolist() == [0.0, 10.0, 20.0, 24.0]
    assert thinned(Trace(lon=at[:21], lat=at[:21], at_s=at[:21]), 10).at_s.tolist() == [0.0, 10.0, 20.0]


def test_a_labelled_track_is_read_and_found(tmp_path: Path) -> None:
    # Four junctions on a line 0.001 degrees apart, both ways; the drive goes east over all three streets.
    (tmp_path / "t.nodes").write_text("".join(f"{8 + n / 1000} 49\n" for n in range(4)))
    (tmp_path / "t.arcs").write_text("0 1\n1 0\n1 2\n2 1\n2 3\n3 2\n")
    (tmp_path / "t.track").write_text("".join(f"{8 + s / 10000} 49.00001 {s}\n" for s in range(3, 28)))
    (tmp_path / "t.route").write_text("0\n2\n4\n")
    (track,) = read_tracks(tmp_path)
    assert track.graph.reverse.tolist() == [1, 0, 3, 2, 5, 4]
    figures = {line.name: line.value for line in run(tmp_path)}
    assert figures["f1_1s"] == 1.0
    assert figures["f1_10s"] == 1.0
    assert figures["tracks"] == 1


LINE = {
    "nodes": "8 49\n8.001 49\n8.002 49\n",
    "arcs": "0 1\n1 2\n",
    "track": "8.0002 49 0\n8.0012 49 20\n8.0018 49 40\n",
    "route": "0\n1\n",
}


def drive(folder: Path, name: str = "t", **said: str) -> None:
    for suffix, text in {**LINE, **said}.items():
        (folder / f"{name}.{suffix}").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    "said",
    [
        {"nodes": "\ufeff8, 49\r\n\r\n8.001;49\r\n 8.002\t49 \r\n"},
        {"route": "0 1\n\n"},
        {"route": "0\r\n0\r\n1\r\n1\r\n"},
        {"nodes": "lon lat\n" + LINE["nodes"], "arcs": "from\tto\n0\t1\n1\t2\n", "route": "arc\n0\n1\n"},
        {"track": "# lon lat s\n8.0002 49 0 7\nnan nan 5\n8.0012 49 20 7\n8.0018 49 40 7\n"},
    ],
)
def test_blanks_of_every_kind_and_fixes_without_place_are_borne(tmp_path: Path, said: dict[str, str]) -> None:
    drive(tmp_path, **said)
    (track,) = read_tracks(tmp_path)
    assert track.truth.tolist() == [0, 1]
    assert track.trace.lon.tolist() == [8.0002, 8.0012, 8.0018]
    assert track.graph.node_lon.tolist() == [8.0, 8.001, 8.002]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"track": ""}, "broken.track: has no fixes or no route"),
        ({"route": ""}, "broken.track: has no fixes or no route"),
        ({"route": "2\n"}, "broken.route: names an id that is none of 0 to 1"),
        ({"arcs": "0 1\n1 -1\n"}, "broken.arcs: names an id that is none of 0 to 2"),
        ({"track": "8 49\n"}, "broken.track, line 1: has fewer than 3 columns"),
        ({"nodes": "eight 49\n"}, "broken.nodes: could not convert"),
    ],
)
def test_a_broken_track_is_told_and_the_others_are_measured(
    tmp_path: Path, said: dict[str, str], why: str
) -> None:
    drive(tmp_path)
    drive(tmp_path, "broken", **said)
    told: list[str] = []
    figures = {line.name: line.value for line in run(tmp_path, left_out=told.append)}
    assert (figures["tracks"], figures["tracks_left_out"], figures["f1_1s"]) == (1, 1, 1.0)
    assert len(told) == 1
    assert told[0].startswith(why)


@pytest.mark.parametrize("suffix", ["nodes", "arcs", "route"])
def test_a_track_that_stands_alone_is_told_with_what_it_lacks(tmp_path: Path, suffix: str) -> None:
    drive(tmp_path)
    drive(tmp_path, "broken")
    (tmp_path / f"broken.{suffix}").unlink()
    told: list[str] = []
    figures = {line.name: line.value for line in run(tmp_path, left_out=told.append)}
    assert (figures["tracks"], figures["tracks_left_out"]) == (1, 1)
    assert told == [f"broken.{suffix}: is not beside its track"]


def test_of_arcs_that_are_there_twice_either_is_right(tmp_path: Path) -> None:
    drive(tmp_path, arcs="0 1\n1 2\n0 1\n1 2\n", route="2\n1\n")
    figures = {line.name: line.value for line in run(tmp_path)}
    assert (figures["f1_1s"], figures["f1_30s"]) == (1.0, 1.0)
