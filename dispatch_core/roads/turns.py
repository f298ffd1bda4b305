"""What it costs to turn at a junction, and what the turn is called."""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np

from dispatch_core.roads.compiled import INF, compiled
from dispatch_core.roads.expansion import Bools, Expansion
from dispatch_core.roads.graph import ROAD_CLASSES, EdgeFlag, Float64s, Int32s, Int64s, RoadGraph
from dispatch_core.roads.modes import ModeParams, TurnParams

STRAIGHT_DEG = 30.0  # a bend of less is no turn to a driver


class TurnKind(IntEnum):
    """What a driver is told."""

    DEPART = 0
    STRAIGHT = 1
    LEFT = 2
    RIGHT = 3
    U_TURN = 4
    ROUNDABOUT = 5


@compiled
def turn_angle_deg(geometry_first: Int64s, geometry: Float64s, from_edge: int, to_edge: int) -> float:
    """The change of heading, in (−180, 180], left positive."""
    last, first = geometry_first[from_edge + 1] - 1, geometry_first[to_edge]
    return _change_deg(_bearing_deg(geometry, last - 1, last), _bearing_deg(geometry, first, first + 1))


@compiled
def _change_deg(arriving: float, leaving: float) -> float:
    return -((180.0 - arriving + leaving) % 360.0 - 180.0)


@compiled
def _bearing_deg(geometry: Float64s, a: int, b: int) -> float:
    """Clockwise from north, from point to point of the geometry."""
    narrowing = math.cos(math.radians(geometry[a, 1]))
    east, north = (geometry[b, 0] - geometry[a, 0]) * narrowing, geometry[b, 1] - geometry[a, 1]
    return math.degrees(math.atan2(east, north))


def turn_angles_deg(graph: RoadGraph, expansion: Expansion) -> Float64s:
    """float64[K]: the angle of every turn."""
    return _turn_angles_deg(
        graph.geometry_first, graph.geometry, expansion.state_edge, expansion.arc_from, expansion.arc_to
    )


@compiled
def _turn_angles_deg(
    geometry_first: Int64s, geometry: Float64s, state_edge: Int32s, arc_from: Int32s, arc_to: Int32s
) -> Float64s:
    m = len(geometry_first) - 1
    arriving, leaving = np.empty(m), np.empty(m)
    for e in range(m):
        first, last = geometry_first[e], geometry_first[e + 1] - 1
        arriving[e] = _bearing_deg(geometry, last - 1, last)
        leaving[e] = _bearing_deg(geometry, first, first + 1)
    angles = np.empty(len(arc_from))
    for k in range(len(angles)):
        angles[k] = _change_deg(arriving[state_edge[arc_from[k]]], leaving[state_edge[arc_to[k]]])
    return angles


def may_enter(graph: RoadGraph, params: ModeParams) -> Bools:
    """bool[m]: the edges that this mode may drive when nothing is closed."""
    shut = EdgeFlag(0)
    if not params.uses_emergency_only:
        shut |= EdgeFlag.EMERGENCY_ONLY
    if not params.uses_wrong_way:
        shut |= EdgeFlag.WRONG_WAY
    usable: Bools = (graph.flags & int(shut)) == 0
    return usable


def free_flow_ms(graph: RoadGraph, params: ModeParams, speed_kmh: Float64s) -> Int32s:
    """int32[m]: milliseconds over every edge when ordinary traffic drives `speed_kmh`."""
    factor = np.array([params.class_speed_factor.get(c, params.speed_factor) for c in ROAD_CLASSES])
    ms = graph.length_m * 3600.0 / (speed_kmh * factor[graph.road_class])
    rounded: Int32s = np.clip(np.rint(ms), 1, INF // 8).astype(np.int32)
    return rounded


def junction_ms(
    graph: RoadGraph, expansion: Expansion, angle_deg: Float64s, turns: TurnParams, params: ModeParams
) -> Int32s:
    """int32[K]: what each turn costs this mode beyond its edges; INF if forbidden."""
    a, b = expansion.state_edge[expansion.arc_from], expansion.state_edge[expansion.arc_to]
    usable = may_enter(graph, params)
    junction = graph.head[a]
    onward = np.bincount(graph.tail[usable], minlength=graph.node_count)[junction]
    returns = graph.reverse[a] == b
    back = graph.reverse[a]
    choices = onward - (usable[back] & (back >= 0))
    cost = np.where(choices > 1, _angle_s(graph, turns, angle_deg, a, b), 0.0)
    cost += turns.signal_s * graph.node_signal[junction]
    destination = (graph.flags & EdgeFlag.DESTINATION) > 0
    cost *= params.turn_factor
    cost += np.where(destination[b] & ~destination[a], turns.destination_s, 0.0)
    cost[returns] = np.where(choices > 0, turns.u_turn_s, turns.dead_end_u_turn_s)[returns]
    if not params.passes_exempt_restrictions:
        cost[expansion.exempt] = np.inf
    return np.minimum(np.rint(cost * 1000.0), INF).astype(np.int32)


def _angle_s(graph: RoadGraph, turns: TurnParams, angle: Float64s, a: Int32s, b: Int32s) -> Float64s:
    """Seconds by the angle: nothing ahead, everything from a right angle on, nothing on a roundabout."""
    crosses = angle > 0 if turns.drives_on_right else angle < 0
    side_s = np.where(crosses, turns.cross_turn_s, turns.near_turn_s)
    ring = ((graph.flags[a] | graph.flags[b]) & EdgeFlag.ROUNDABOUT) > 0
    sharpness = np.clip((np.abs(angle) - STRAIGHT_DEG) / (90.0 - STRAIGHT_DEG), 0.0, 1.0)
    return np.where(ring, 0.0, side_s * sharpness)
