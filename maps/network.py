"""What of a surveyed network a dispatch can use: the part from which every place can be reached and left."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dispatch_core.errors import InvalidInput
from dispatch_core.roads import EdgeFlag, RoadGraph, TurnRestrictions
from dispatch_core.roads.expansion import Expansion, expand
from dispatch_core.roads.graph import Int32s
from maps.dropped import Dropped

Bools = NDArray[np.bool_]
SHUT_TO_TRAFFIC = EdgeFlag.EMERGENCY_ONLY | EdgeFlag.WRONG_WAY


def usable(graph: RoadGraph, dropped: Dropped) -> RoadGraph:
    """The largest strongly connected part, turn restrictions obeyed; what lies outside is counted.

    Streets that ordinary traffic cannot both reach and leave, but a unit under siren can, stay and become
    `EMERGENCY_ONLY`. InvalidInput if nothing is connected.
    """
    expansion = expand(graph)
    shut = (graph.flags & int(SHUT_TO_TRAFFIC)) != 0
    traffic = _largest_core(expansion, _open_arcs(expansion, shut), ~shut)
    siren = _core_with(expansion, np.ones(len(expansion.arc_from), np.bool_), traffic)
    if not traffic.any():
        raise InvalidInput("road network", "has no street that can be both reached and left")
    dropped.count("edge outside the largest strongly connected part", int(np.sum(~siren)))
    cut_off = siren & ~traffic & ~shut
    dropped.count("edge only a unit under siren can reach and leave (kept, marked)", int(np.sum(cut_off)))
    flags = np.where(cut_off, graph.flags | int(EdgeFlag.EMERGENCY_ONLY), graph.flags).astype(np.uint8)
    return subgraph(replace(graph, flags=flags), siren, dropped)


def _open_arcs(expansion: Expansion, shut: Bools) -> Bools:
    """bool[K]: the turns of ordinary traffic."""
    edge = expansion.state_edge
    return ~(expansion.exempt | shut[edge[expansion.arc_from]] | shut[edge[expansion.arc_to]])


def _components(expansion: Expansion, arcs: Bools) -> Int32s:
    """int32[N]: the strong component of every state."""
    a, b = expansion.arc_from[arcs], expansion.arc_to[arcs]
    n = expansion.state_count
    turns = coo_array((np.ones(len(a), np.int8), (a, b)), shape=(n, n)).tocsr()
    return connected_components(turns, directed=True, connection="strong")[1].astype(np.int32)


def _largest_core(expansion: Expansion, arcs: Bools, wanted: Bools) -> Bools:
    """bool[m]: edges with a state in the component that holds most of the wanted edges, two at least."""
    component = _components(expansion, arcs)
    size = np.bincount(component, weights=wanted[expansion.state_edge].astype(np.float64))
    core = np.zeros(len(wanted), np.bool_)
    if size.max() >= 2:
        core[expansion.state_edge[component == size.argmax()]] = True
    return core & wanted


def _core_with(expansion: Expansion, arcs: Bools, within: Bools) -> Bools:
    """bool[m]: edges of the component that the edges `within` belong to."""
    component = _components(expansion, arcs)
    core = within.copy()
    if within.any():
        home = np.bincount(component[: len(within)][within]).argmax()
        core[expansion.state_edge[component == home]] = True
    return core


def subgraph(graph: RoadGraph, keep: Bools, dropped: Dropped) -> RoadGraph:
    """Only the edges `keep` bool[m], their junctions and names, and the restrictions that still can apply."""
    edge_to = np.where(keep, np.cumsum(keep) - 1, -1).astype(np.int32)
    nodes = np.zeros(graph.node_count, np.bool_)
    nodes[graph.tail[keep]] = nodes[graph.head[keep]] = True
    node_to = (np.cumsum(nodes) - 1).astype(np.int32)
    counts = np.diff(graph.geometry_first)
    names, name_id, ref_id = _names_in_use(graph, keep)
    reverse = graph.reverse[keep]
    return RoadGraph(
        node_lon=graph.node_lon[nodes],
        node_lat=graph.node_lat[nodes],
        node_signal=graph.node_signal[nodes],
        tail=node_to[graph.tail[keep]],
        head=node_to[graph.head[keep]],
        length_m=graph.length_m[keep],
        speed_kmh=graph.speed_kmh[keep],
        road_class=graph.road_class[keep],
        flags=graph.flags[keep],
        level=graph.level[keep],
        way_id=graph.way_id[keep],
        reverse=np.where(reverse >= 0, edge_to[reverse], -1).astype(np.int32),
        name_id=name_id,
        ref_id=ref_id,
        geometry_first=np.concatenate([[0], np.cumsum(counts[keep])]).astype(np.int64),
        geometry=graph.geometry[np.repeat(keep, counts)],
        names=names,
        restrictions=_surviving(graph.restrictions, edge_to, dropped),
    )


def _names_in_use(graph: RoadGraph, keep: Bools) -> tuple[tuple[str, ...], Int32s, Int32s]:
    used = np.zeros(len(graph.names), np.bool_)
    used[0] = True
    used[graph.name_id[keep]] = used[graph.ref_id[keep]] = True
    name_to = (np.cumsum(used) - 1).astype(np.int32)
    names = tuple(name for name, kept in zip(graph.names, used.tolist(), strict=True) if kept)
    return names, name_to[graph.name_id[keep]], name_to[graph.ref_id[keep]]


def _surviving(restrictions: TurnRestrictions, edge_to: Int32s, dropped: Dropped) -> TurnRestrictions:
    """Runs none of whose edges was dropped, in the new numbering."""
    if not len(restrictions):
        return restrictions
    edges = edge_to[restrictions.edges]
    alive = np.minimum.reduceat(edges, restrictions.first[:-1]) >= 0
    counts = np.diff(restrictions.first)
    dropped.count("forbidden turn on edges dropped", int(np.sum(~alive)))
    return TurnRestrictions(
        first=np.concatenate([[0], np.cumsum(counts[alive])]).astype(np.int64),
        edges=edges[np.repeat(alive, counts)],
        siren_exempt=restrictions.siren_exempt[alive],
    )
