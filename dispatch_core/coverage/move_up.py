"""Moving free units so that the next accident finds one near: recommendations, for a person to accept.

DMEXCLP: Jagtenberg, Bhulai, van der Mei, An efficient heuristic for real-time ambulance redeployment,
Operations Research for Health Care 4 (2015): send a unit where the expected coverage grows most, counting
the units at rest and those on their way to a post. Compliance tables: Gendreau, Laporte, Semet, The maximal
expected coverage relocation problem for emergency vehicles, JORS 57 (2006).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from dispatch_core.assignment.flow import cheapest_flow
from dispatch_core.coverage.expected import marginal_gain, marginal_loss
from dispatch_core.errors import InvalidInput

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUpParams:
    """When a move is worth a crew's rest.

    least_gain_points       percentage points of expected coverage, after the price of the drive
    points_per_minute       what a minute of driving is worth
    longest_drive_s         no farther
    most_moves              recommended at once
    moves_per_shift         a crew is asked no more often
    """

    least_gain_points: float = 1.0
    points_per_minute: float = 0.1
    longest_drive_s: float = 1200.0
    most_moves: int = 3
    moves_per_shift: int = 4

    def __post_init__(self) -> None:
        for named in fields(self):
            if getattr(self, named.name) < 0:
                raise InvalidInput(named.name, "must be at least 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveUp:
    """Unit and post by place in the arrays; `gain_points` of coverage before the price of the drive."""

    unit: int
    post: int
    gain_points: float
    drive_s: float


def recommend_moves(
    *,
    unit_reach: Bools,
    post_reach: Bools,
    drive_s: Float64s,
    demand: Float64s,
    busy: float,
    moves_made: Int64s,
    params: MoveUpParams,
) -> tuple[MoveUp, ...]:
    """The moves most worth making, one after the other, each judged with those before it carried out.

    unit_reach bool[u, c]   what each free unit reaches from where it stands or is to stand
    post_reach bool[p, c]   what a unit would reach from each post
    drive_s    float64[u, p]; inf: no road
    busy       share of the time that a unit is on a mission
    moves_made int64[u]     how often each crew was moved in this shift
    """
    reach = unit_reach.copy()
    able = np.isfinite(drive_s) & (drive_s <= params.longest_drive_s)
    able &= (moves_made < params.moves_per_shift)[:, None]
    price = np.where(able, drive_s, 0.0) / 60 * params.points_per_minute
    moves: list[MoveUp] = []
    while len(moves) < params.most_moves and able.any():
        gain = _gain_points(reach, post_reach, demand, busy)
        worth = np.where(able, gain - price, -np.inf)
        unit, post = divmod(int(worth.argmax()), worth.shape[1])
        if worth[unit, post] < max(params.least_gain_points, 1e-9):
            break
        moves.append(
            MoveUp(
                unit=unit, post=post, gain_points=float(gain[unit, post]), drive_s=float(drive_s[unit, post])
            )
        )
        reach[unit] = post_reach[post]
        able[unit] = False
    return tuple(moves)


def _gain_points(reach: Bools, posts: Bools, demand: Float64s, busy: float) -> Float64s:
    """float64[u, p]: points of expected coverage won if the unit stood at the post instead."""
    loss = marginal_loss(reach, demand, busy=busy)
    gain = np.empty((len(reach), len(posts)))
    for unit in range(len(reach)):
        others = np.delete(reach, unit, axis=0)
        gain[unit] = marginal_gain(others, posts, demand, busy=busy) - loss[unit]
    return gain * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceTable:
    """For each number of free units the posts that they should hold; a post named twice holds two."""

    posts: Mapping[int, tuple[int, ...]]

    def __post_init__(self) -> None:
        for free, posts in self.posts.items():
            if len(posts) > free:
                raise InvalidInput("posts", f"names {len(posts)} posts for {free} free units")


def moves_to_comply(
    table: ComplianceTable, *, stands_at: Sequence[int | None], drive_s: Float64s
) -> tuple[tuple[int, int], ...]:
    """(unit, post) pairs of least driving in all after which the posts of the table are held.

    drive_s float64[u, p]; inf: no road. A unit at its post stays unless moving it saves driving; the line of
    the table for the largest number not above that of the free units is taken.
    """
    lines = [free for free in table.posts if free <= len(stands_at)]
    if not lines:
        return ()
    posts = np.array(table.posts[max(lines)], np.int64)
    drive = drive_s.copy()
    for unit, post in enumerate(stands_at):
        if post is not None:
            drive[unit, post] = 0.0
    wanted = drive[:, posts].T
    allowed: Bools = np.isfinite(wanted)
    cost = np.rint(np.where(allowed, wanted, 0.0) * 10).astype(np.int64)
    hold = np.full(len(posts), int(cost.max(initial=0)) * (len(posts) + 1) + 1)
    flow = cheapest_flow(cost, allowed, hold_row=np.arange(len(posts)), hold_cost=hold)
    pairs = [(int(unit), int(posts[k])) for k, unit in np.argwhere(flow.chosen)]
    return tuple(sorted((unit, post) for unit, post in pairs if stands_at[unit] != post))


def complying_moves(
    table: ComplianceTable, *, stands_at: Sequence[int | None], unit_reach: Bools, post_reach: Bools,
    drive_s: Float64s, demand: Float64s, busy: float, moves_made: Int64s, params: MoveUpParams,
) -> tuple[MoveUp, ...]:  # fmt: skip
    """The moves of a compliance table within the limits of `recommend_moves`, the shortest drives first.

    `gain_points` tells what each wins in expected coverage; the table moves units even where that is nothing.
    """
    able = np.isfinite(drive_s) & (drive_s <= params.longest_drive_s)
    able &= (moves_made < params.moves_per_shift)[:, None]
    for unit, post in enumerate(stands_at):
        if post is not None:
            able[unit, post] = True
    pairs = moves_to_comply(table, stands_at=stands_at, drive_s=np.where(able, drive_s, np.inf))
    gain = _gain_points(unit_reach, post_reach, demand, busy)
    nearest = sorted(pairs, key=lambda pair: (float(drive_s[pair]), pair))[: int(params.most_moves)]
    return tuple(
        MoveUp(unit=u, post=p, gain_points=float(gain[u, p]), drive_s=float(drive_s[u, p]))
        for u, p in nearest
    )
