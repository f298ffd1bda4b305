"""Tiny named road networks, drawn by hand.

Junctions lie on a grid of 100 m near the equator; x grows east, y north. Streets are straight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from dispatch_core.geo import METRES_PER_DEGREE
from dispatch_core.roads import (
    ROAD_CLASSES,
    EdgeFlag,
    Mode,
    ModeParams,
    RoadGraph,
    Roads,
    TurnParams,
    TurnRestrictions,
    compute_order,
)

GRID_M = 100.0
NO_FLAG = EdgeFlag(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Street:
    """A straight street between two junctions."""

    a: str
    b: str
    one_way: bool = False
    kmh: float = 36.0  # 10 m/s: 100 m take 10 s
    name: str = ""
    flags: EdgeFlag = NO_FLAG
    level: int = 0
    road_class: str = "residential"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """A forbidden run of streets, named by the junctions it passes: ("A", "B", "C")."""

    through: Sequence[str]
    exempt: bool = False


def network(
    places: Mapping[str, tuple[float, float]],
    streets: Iterable[Street],
    bans: Iterable[Ban] = (),
    signals: Iterable[str] = (),
) -> RoadGraph:
    """The road graph of these streets; edges in the order given, a two-way street as two in a row."""
    names = [""]
    index = {name: i for i, name in enumerate(places)}
    lonlat = np.array(list(places.values()), float) * GRID_M / METRES_PER_DEGREE
    rows: list[tuple[int, int, Street, int]] = []
    for s in streets:
        k = len(rows)
        rows.append((index[s.a], index[s.b], s, -1 if s.one_way else k + 1))
        if not s.one_way:
            rows.append((index[s.b], index[s.a], s, k))
        if s.name not in names:
            names.append(s.name)
    tail, head = np.array([r[0] for r in rows], np.int32), np.array([r[1] for r in rows], np.int32)
    m = len(rows)
    return RoadGraph(
        node_lon=lonlat[:, 0], node_lat=lonlat[:, 1],
        node_signal=np.array([p in set(signals) for p in places]),
        tail=tail, head=head,
        length_m=np.hypot(*(lonlat[head] - lonlat[tail]).T) * METRES_PER_DEGREE,
        speed_kmh=np.array([r[2].kmh for r in rows], np.float32),
        road_class=np.array([ROAD_CLASSES.index(r[2].road_class) for r in rows], np.uint8),
        flags=np.array([int(r[2].flags) for r in rows], np.uint8),
        level=np.array([r[2].level for r in rows], np.int8),
        way_id=np.arange(m, dtype=np.int64), reverse=np.array([r[3] for r in rows], np.int32),
        name_id=np.array([names.index(r[2].name) for r in rows], np.int32), ref_id=np.zeros(m, np.int32),
        geometry_first=np.arange(0, 2 * m + 1, 2, dtype=np.int64),
        geometry=np.stack([lonlat[tail], lonlat[head]], axis=1).reshape(-1, 2),
        names=tuple(names), restrictions=_restrictions(index, tail, head, list(bans)),
    )  # fmt: skip


def _restrictions(
    index: dict[str, int], tail: np.ndarray, head: np.ndarray, bans: list[Ban]
) -> TurnRestrictions:
    runs = []
    for ban in bans:
        at = [index[p] for p in ban.through]
        runs.append([edge_between(tail, head, a, b) for a, b in pairwise(at)])
    return TurnRestrictions(
        first=np.cumsum([0, *map(len, runs)]).astype(np.int64),
        edges=np.array([e for run in runs for e in run], np.int32),
        siren_exempt=np.array([b.exempt for b in bans], np.bool_),
    )


def edge_between(tail: np.ndarray, head: np.ndarray, a: int, b: int) -> int:
    """The first edge from junction a to junction b."""
    return int(np.flatnonzero((tail == a) & (head == b))[0])


CROSS = {"W": (0, 0), "C": (1, 0), "E": (2, 0), "N": (1, 1), "S": (1, -1)}


def crossroads(bans: Iterable[Ban] = (), signals: Iterable[str] = ()) -> RoadGraph:
    """Four two-way streets of 100 m that meet at C. Edges: WC 0, CW 1, EC 2, CE 3, NC 4, CN 5, SC 6, CS 7."""
    return network(CROSS, [Street(a=p, b="C", name=f"{p} Street") for p in "WENS"], bans, signals)


def one_way_ring() -> RoadGraph:
    """A square driven one way round: A→B→C→D→A, edges 0 to 3, 100 m each."""
    corners = {"A": (0, 0), "B": (1, 0), "C": (1, 1), "D": (0, 1)}
    return network(
        corners, [Street(a=a, b=b, one_way=True) for a, b in (("A", "B"), ("B", "C"), ("C", "D"), ("D", "A"))]
    )


def roundabout() -> RoadGraph:
    """A ring N→W→S→E→N, driven counter-clockwise, with a two-way arm on each corner.

    Edges 0–3 the ring (NW, WS, SE, EN), then the arms: nN 4, Nn 5, wW 6, Ww 7, sS 8, Ss 9, eE 10, Ee 11.
    """
    places = {"N": (0, 1), "W": (-1, 0), "S": (0, -1), "E": (1, 0),
              "n": (0, 3), "w": (-3, 0), "s": (0, -3), "e": (3, 0)}  # fmt: skip
    corners = (("N", "W"), ("W", "S"), ("S", "E"), ("E", "N"))
    ring = [Street(a=a, b=b, one_way=True, flags=EdgeFlag.ROUNDABOUT, name="Ring") for a, b in corners]
    return network(places, ring + [Street(a=p.lower(), b=p, name=f"{p} Arm") for p in "NWSE"])


def dead_end() -> RoadGraph:
    """A street A–B–C in line, both ends dead. Edges AB 0, BA 1, BC 2, CB 3."""
    return network({"A": (0, 0), "B": (1, 0), "C": (2, 0)}, [Street(a="A", b="B"), Street(a="B", b="C")])


def two_islands() -> RoadGraph:
    """Two streets that no road joins. Edges AB 0, BA 1, CD 2, DC 3."""
    return network(
        {"A": (0, 0), "B": (1, 0), "C": (5, 0), "D": (6, 0)}, [Street(a="A", b="B"), Street(a="C", b="D")]
    )


def dual_carriageway() -> RoadGraph:
    """Eastbound AB (edge 0); 20 m north of it westbound CD (edge 1); joined by BC (2, 3) and DA (4, 5)."""
    return network(
        {"A": (0, 0), "B": (10, 0), "C": (10, 0.2), "D": (0, 0.2)},
        [Street(a="A", b="B", one_way=True), Street(a="C", b="D", one_way=True),
         Street(a="B", b="C"), Street(a="D", b="A")],
    )  # fmt: skip


def ladder(bans: Iterable[Ban] = ()) -> RoadGraph:
    """Two parallel streets of three blocks, A-B-C-D below and E-F-G-H above, joined at every junction."""
    places = {p: (i, 0) for i, p in enumerate("ABCD")} | {p: (i, 1) for i, p in enumerate("EFGH")}
    pairs = ("AB", "BC", "CD", "EF", "FG", "GH", "AE", "BF", "CG", "DH")
    return network(places, [Street(a=pair[0], b=pair[1]) for pair in pairs], bans)


def plain(graph: RoadGraph, **turns: float) -> Roads:
    """Roads on which both modes drive alike and junctions cost nothing unless named."""
    free = ("cross_turn_s", "near_turn_s", "signal_s", "u_turn_s", "dead_end_u_turn_s", "destination_s")
    costs = dict.fromkeys(free, 0.0)
    siren = ModeParams(passes_exempt_restrictions=True, uses_emergency_only=True)
    return Roads(
        graph,
        compute_order(graph),
        turns=TurnParams(drives_on_right=True, **(costs | turns)),
        modes={Mode.ROAD: ModeParams(), Mode.SIREN: siren},
    )
