"""What a region's graph is worked into once, and what stays the same whatever the traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch_core.roads.behind import Turns, Weights
from dispatch_core.roads.expansion import Expansion, expand
from dispatch_core.roads.graph import Int32s, RoadGraph
from dispatch_core.roads.hierarchy import Hierarchy, build_hierarchy
from dispatch_core.roads.labels import Rows, label_rows
from dispatch_core.roads.metric import Metric
from dispatch_core.roads.search import Seeds, Tree, Workspace
from dispatch_core.roads.spots import Spots, source_seeds, target_seeds
from dispatch_core.roads.unpacking import Downward


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A road graph with its turn graph and hierarchy, and the views of them that kernels take."""

    graph: RoadGraph
    expansion: Expansion
    hierarchy: Hierarchy
    tree: Tree
    downward: Downward
    turns: Turns
    from_edge: Int32s  # int32[K], the road edges of each turn
    to_edge: Int32s

    def seeds(self, spots: Spots, metric: Metric) -> Seeds:
        """Where journeys from the spots begin."""
        return source_seeds(spots.edge, spots.fraction, metric.edge_ms, metric.may_start, self.hierarchy.rank)

    def end_seeds(self, spots: Spots, metric: Metric) -> Seeds:
        """Where journeys to the spots end."""
        x = self.expansion
        return target_seeds(
            spots.edge, spots.fraction, metric.edge_ms, x.copy_first, x.copies, self.hierarchy.rank
        )

    def outward(self, spots: Spots, metric: Metric, work: Workspace) -> Rows:
        """Labels of the spots as sources."""
        h = self.hierarchy
        return label_rows(self.seeds(spots, metric), self.tree, h.depth, h.height, metric.up, work.near)

    def inward(self, spots: Spots, metric: Metric, work: Workspace) -> Rows:
        """Labels of the spots as targets."""
        h = self.hierarchy
        return label_rows(self.end_seeds(spots, metric), self.tree, h.depth, h.height, metric.down, work.near)


def build_network(graph: RoadGraph, order: Int32s) -> Network:
    """Raises InvalidInput if `order` is not one of this graph's turn graph."""
    expansion = expand(graph)
    hierarchy = build_hierarchy(expansion, order)
    return Network(
        graph=graph,
        expansion=expansion,
        hierarchy=hierarchy,
        tree=Tree(
            hierarchy.first.view(np.uint32),
            hierarchy.heads.view(np.uint32),
            hierarchy.parent,
            hierarchy.lowest,
        ),
        downward=Downward(
            hierarchy.down_first.view(np.uint32), hierarchy.down_tail, hierarchy.down_arc.view(np.uint32)
        ),
        turns=Turns(
            np.searchsorted(expansion.arc_from, np.arange(expansion.state_count + 1)),
            hierarchy.rank[expansion.arc_to],
            hierarchy.rank,
            expansion.copy_first,
            expansion.copies,
        ),
        from_edge=expansion.state_edge[expansion.arc_from],
        to_edge=expansion.state_edge[expansion.arc_to],
    )


def weights(metric: Metric) -> Weights:
    return Weights(metric.edge_ms, metric.may_start, metric.turn_ms, metric.up, metric.down)
