"""Weights that change while others ask."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import Mode, Spots
from tests.unit.roads.networks import ladder, one_way_ring, plain

RING_MS = np.full(4, 1000, np.int32)


def test_kept_labels_follow_the_units_that_move_and_the_weights_that_change() -> None:
    roads = plain(one_way_ring())
    fleet = roads.labels(Spots.on([0, 1, 2], [0.5, 0.5, 0.5]), mode=Mode.ROAD)
    end = Spots.on([3], [1.0])
    assert fleet.times_s(end)[:, 0].tolist() == pytest.approx([35.0, 25.0, 15.0])
    fleet.move(np.array([2]), Spots.on([3], [0.0]))
    assert fleet.times_s(end)[:, 0].tolist() == pytest.approx([35.0, 25.0, 10.0])
    roads.reweight(Mode.ROAD, edge_ms=RING_MS)
    assert fleet.times_s(end)[:, 0].tolist() == pytest.approx([3.5, 2.5, 1.0])
    fleet.move(np.array([0]), Spots.nowhere(1))
    assert fleet.times_s(end)[:, 0].tolist() == pytest.approx([np.inf, 2.5, 1.0])


def test_kept_labels_know_no_unit_beyond_the_fleet() -> None:
    fleet = plain(one_way_ring()).labels(Spots.nowhere(2), mode=Mode.ROAD)
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        fleet.move(np.array([2]), Spots.on([0], [0.0]))


def test_no_query_mixes_old_weights_with_new() -> None:
    roads = plain(ladder())
    m = roads.graph.edge_count
    spots = Spots.on(list(range(m)), [0.5] * m)
    factors = (1, 10, 100)
    allowed = []
    for factor in factors:
        roads.reweight(Mode.ROAD, edge_ms=np.full(m, factor * 1000, np.int32))
        allowed.append(roads.table_s(spots, spots, mode=Mode.ROAD).tobytes())
    done = threading.Event()
    seen: list[bytes] = []

    def ask() -> None:
        while not done.is_set():
            seen.append(roads.table_s(spots, spots, mode=Mode.ROAD).tobytes())
            path = roads.path(spots.row(0), spots.row(m - 1), mode=Mode.ROAD)
            assert path is not None
            whole = path.duration_s * 1000
            assert any(whole % (f * 500) == 0 and whole <= f * 10_000 for f in factors)

    askers = [threading.Thread(target=ask) for _ in range(3)]
    for asker in askers:
        asker.start()
    for k in range(150):
        roads.reweight(Mode.ROAD, edge_ms=np.full(m, factors[k % 3] * 1000, np.int32))
    done.set()
    for asker in askers:
        asker.join()
    assert set(seen) <= set(allowed)
    assert seen


@pytest.mark.parametrize("scale", [0.0, -1.0])
def test_a_world_that_stands_still_is_refused(scale: float) -> None:
    with pytest.raises(InvalidInput, match="positive"):
        plain(one_way_ring()).reweight(Mode.ROAD, scale=scale)


def test_warming_leaves_no_trace() -> None:
    roads = plain(one_way_ring())
    roads.warm()
    table = roads.table_s(Spots.on([0], [0.0]), Spots.on([3], [1.0]), mode=Mode.ROAD)
    assert table[0, 0] == pytest.approx(40.0)
