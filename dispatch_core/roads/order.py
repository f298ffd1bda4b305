"""The order in which the hierarchy contracts: nested dissection of the turn graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dispatch_core.roads.expansion import Expansion, expand
from dispatch_core.roads.graph import Int32s, RoadGraph
from dispatch_core.roads.hierarchy import postordered

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SEPARATORS_TRIED = (
    2  # at each level: 0.6 s for 95k edges; five would take 1.2 s and shorten searches by a few %
)
IMBALANCE_PER_MILLE = 300  # street networks have thinner separators off the middle


def compute_order(graph: RoadGraph) -> Int32s:
    """int32[N]: the states of `expand(graph)`, least important first.

    Depends on the topology and restrictions only, never on speeds: computed once when the region is built.
    METIS (Karypis and Kumar 1998) on the turn graph itself: an order lifted from the junctions costs more.
    """
    expansion = expand(graph)
    try:
        import pymetis
    except ImportError:  # no wheel on Windows
        return postordered(expansion, _inertial(graph, expansion))
    adjacency = _undirected(expansion)
    order, _ = pymetis.nested_dissection(
        pymetis.CSRAdjacency(adj_starts=adjacency.indptr, adjacent=adjacency.indices),
        options=pymetis.Options(nseps=SEPARATORS_TRIED, ufactor=IMBALANCE_PER_MILLE, seed=1),
    )
    return postordered(expansion, np.asarray(order, np.int32))


def _undirected(expansion: Expansion) -> csr_array:
    """The pattern of turns, both ways, without loops."""
    from scipy.sparse import csr_array  # needed to build a region alone; every start would wait for it

    a, b = expansion.arc_from, expansion.arc_to
    proper = a != b
    a, b = np.concatenate([a[proper], b[proper]]), np.concatenate([b[proper], a[proper]])
    n = expansion.state_count
    matrix = csr_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n))
    matrix.sum_duplicates()
    return matrix


def _inertial(graph: RoadGraph, expansion: Expansion) -> Int32s:
    """Inertial flow (Schild and Sommer 2015) by the edges' midpoints."""
    from routingkit_cch import compute_order_inertial

    edge = expansion.state_edge
    lon = (graph.node_lon[graph.tail[edge]] + graph.node_lon[graph.head[edge]]) / 2
    lat = (graph.node_lat[graph.tail[edge]] + graph.node_lat[graph.head[edge]]) / 2
    order = compute_order_inertial(
        expansion.state_count,
        expansion.arc_from.tolist(),
        expansion.arc_to.tolist(),
        lat.tolist(),
        lon.tolist(),
    )
    return np.asarray(order, np.int32)
