"""Times between many spots, by whichever kernel suits the shape."""

from __future__ import annotations

import numpy as np

from dispatch_core.roads.behind import mend, pairs_behind
from dispatch_core.roads.compiled import INF, UNREACHABLE_FROM
from dispatch_core.roads.graph import Int32s
from dispatch_core.roads.labels import Rows, join_rows
from dispatch_core.roads.metric import Metric
from dispatch_core.roads.network import Network, weights
from dispatch_core.roads.search import Workspace, sweep_all, sweep_table
from dispatch_core.roads.spots import Spots

# A table this thin is swept once for each row or column; a wider one is a join of labels.
SWEEPS_AT_MOST = 3


def table_ms(network: Network, metric: Metric, work: Workspace, sources: Spots, targets: Spots) -> Int32s:
    """int32[s, t] milliseconds; INF where there is no road."""
    if min(len(sources), len(targets)) <= SWEEPS_AT_MOST:
        table = _swept(network, metric, work, sources, targets)
    else:
        table = join_rows(network.outward(sources, metric, work), network.inward(targets, metric, work))
    mend_behind(table, network, metric, work, sources, targets)
    return table


def joined_ms(
    network: Network, metric: Metric, work: Workspace, sources: Spots, outward: Rows, targets: Spots
) -> Int32s:
    """As `table_ms`, from labels of the sources that were kept under the same metric."""
    table = join_rows(outward, network.inward(targets, metric, work))
    mend_behind(table, network, metric, work, sources, targets)
    return table


def _swept(network: Network, metric: Metric, work: Workspace, sources: Spots, targets: Spots) -> Int32s:
    start, end = network.seeds(sources, metric), network.end_seeds(targets, metric)
    scratch = (work.near, work.stamp, work.next_stamp(), work.chosen)
    if len(targets) <= len(sources):
        return sweep_table(start, end, network.tree, metric.up, metric.down, *scratch)
    return sweep_table(end, start, network.tree, metric.down, metric.up, *scratch).T


def mend_behind(
    table: Int32s, network: Network, metric: Metric, work: Workspace, sources: Spots, targets: Spots
) -> None:
    """Correct the cells whose target lies behind the source on the same edge."""
    pairs = pairs_behind(sources.edge, sources.fraction, targets.edge, targets.fraction, metric.edge_ms)
    if len(pairs):
        mend(
            table, pairs, sources.edge, sources.fraction, targets.edge, targets.fraction, network.turns,
            weights(metric), network.tree, work.near, work.far,
        )  # fmt: skip


def reach_ms(network: Network, metric: Metric, work: Workspace, spots: Spots, *, reverse: bool) -> Int32s:
    """int32[m] milliseconds to the head of every edge, or from its tail; INF where there is no road."""
    if reverse:
        seeds, climbing, descending = network.end_seeds(spots, metric), metric.down, metric.up
    else:
        seeds, climbing, descending = network.seeds(spots, metric), metric.up, metric.down
    m = network.graph.edge_count
    if len(seeds.rank) == 0:
        return np.full(m, INF, np.int32)
    ms = sweep_all(seeds, network.tree, climbing, descending, network.hierarchy.state, work.near)
    best = ms[:m].copy()
    if reverse:
        best[~metric.may_enter] = INF
        return best
    np.minimum.at(best, network.expansion.state_edge[m:], ms[m:])
    best[best < UNREACHABLE_FROM] += metric.edge_ms[best < UNREACHABLE_FROM]
    return best
