"""Places on the road: an edge and how far along it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.compiled import compiled
from dispatch_core.roads.graph import Float64s, Int32s, Int64s
from dispatch_core.roads.metric import Bools
from dispatch_core.roads.search import Seeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Spots:
    """k places snapped to the network, each on one edge or on both directions of one street.

    edge        int32[k, 2]    -1 where there is none; both -1: nothing near enough
    fraction    float64[k, 2]  0 at the tail, 1 at the head of that edge
    distance_m  float64[k, 2]  from the place asked for to the road; inf where there is none
    """

    edge: Int32s
    fraction: Float64s
    distance_m: Float64s

    def __len__(self) -> int:
        return len(self.edge)

    def __getitem__(self, rows: slice | Int64s | Int32s | Bools) -> Spots:
        return Spots(edge=self.edge[rows], fraction=self.fraction[rows], distance_m=self.distance_m[rows])

    @property
    def found(self) -> Bools:
        """bool[k]: whether a road was near enough."""
        return np.asarray((self.edge >= 0).any(axis=1))

    def row(self, i: int) -> Spots:
        """One of them, still as arrays."""
        return self[slice(i, i + 1)]

    @classmethod
    def on(cls, edge: Int32s | list[int], fraction: Float64s | list[float]) -> Spots:
        """Spots on given edges, one direction each."""
        edges, fractions = np.asarray(edge, np.int32), np.asarray(fraction, np.float64)
        if edges.shape != fractions.shape or edges.ndim != 1:
            raise InvalidInput("edge, fraction", "must be two lists of the same length")
        if not np.all((fractions >= 0) & (fractions <= 1)):
            raise InvalidInput("fraction", "must lie between 0 and 1")
        none = np.full_like(edges, -1)
        return cls(
            edge=np.stack([edges, none], axis=1),
            fraction=np.stack([fractions, np.zeros_like(fractions)], axis=1),
            distance_m=np.stack([np.zeros_like(fractions), np.full_like(fractions, np.inf)], axis=1),
        )

    @classmethod
    def nowhere(cls, count: int) -> Spots:
        """Places without a road near them."""
        return cls(
            edge=np.full((count, 2), -1, np.int32),
            fraction=np.zeros((count, 2)),
            distance_m=np.full((count, 2), np.inf),
        )

    @classmethod
    def joined(cls, parts: list[Spots]) -> Spots:
        return cls(
            edge=np.concatenate([p.edge for p in parts]),
            fraction=np.concatenate([p.fraction for p in parts]),
            distance_m=np.concatenate([p.distance_m for p in parts]),
        )


@compiled
def source_seeds(edge: Int32s, fraction: Float64s, edge_ms: Int32s, may_start: Bools, rank: Int32s) -> Seeds:
    """Seeds of journeys that begin at spots: the part of the edge behind is not driven."""
    k = len(edge)
    first, ranks = np.zeros(k + 1, np.int32), np.empty(2 * k, np.int32)
    offset, base = np.empty(2 * k, np.int32), np.zeros(k, np.int32)
    count = 0
    for i in range(k):
        for c in range(2):
            e = edge[i, c]
            if e >= 0 and may_start[e]:
                ranks[count] = rank[e]
                offset[count] = -np.int32(np.rint(fraction[i, c] * edge_ms[e]))
                count += 1
        first[i + 1] = count
        _normalise(offset, first[i], count, base, i)
    return Seeds(first, ranks[:count], offset[:count], base)


@compiled
def target_seeds(
    edge: Int32s, fraction: Float64s, edge_ms: Int32s, copy_first: Int64s, copies: Int32s, rank: Int32s
) -> Seeds:
    """Seeds of journeys that end at spots: on the edge itself and on each of its copies."""
    k, total = len(edge), 0
    for i in range(k):
        for c in range(2):
            e = edge[i, c]
            if e >= 0:
                total += 1 + copy_first[e + 1] - copy_first[e]
    first, ranks = np.zeros(k + 1, np.int32), np.empty(total, np.int32)
    offset, base = np.empty(total, np.int32), np.zeros(k, np.int32)
    count = 0
    for i in range(k):
        for c in range(2):
            e = edge[i, c]
            if e < 0:
                continue
            ahead = np.int32(np.rint(fraction[i, c] * edge_ms[e]))
            ranks[count], offset[count] = rank[e], ahead
            count += 1
            for q in range(copy_first[e], copy_first[e + 1]):
                ranks[count], offset[count] = rank[copies[q]], ahead
                count += 1
        first[i + 1] = count
        _normalise(offset, first[i], count, base, i)
    return Seeds(first, ranks, offset, base)


@compiled
def _normalise(offset: Int32s, low: int, high: int, base: Int32s, i: int) -> None:
    """Offsets at least 0, so that no sum with INF looks finite."""
    if low == high:
        return
    base[i] = offset[low:high].min()
    for s in range(low, high):
        offset[s] -= base[i]
