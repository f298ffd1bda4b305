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


def test_a_track_is_thinned_to_its_interval() -> None:
    at = np.arange(25.0)
    assert thinned(Trace(lon=at, lat=at, at_s=at), 10).at_s.tolist() == [0.0, 10.0, 20.0]


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
