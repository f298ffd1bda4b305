from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.coverage.expected import expected_share
from dispatch_core.coverage.move_up import (
    ComplianceTable,
    MoveUp,
    MoveUpParams,
    moves_to_comply,
    recommend_moves,
)
from dispatch_core.errors import InvalidInput

WEST, EAST = [True, True, False, False], [False, False, True, True]
DEMAND = np.array([2.0, 1.0, 1.0, 1.0])


def recommended(*, params: MoveUpParams, drive_s: float = 300.0, made: int = 0) -> tuple[MoveUp, ...]:
    """Two units in the west, one post in each half."""
    return recommend_moves(
        unit_reach=np.array([WEST, WEST]),
        post_reach=np.array([WEST, EAST]),
        drive_s=np.full((2, 2), drive_s),
        demand=DEMAND,
        busy=0.5,
        moves_made=np.array([made, made]),
        params=params,
    )


def test_one_of_two_units_moves_to_the_uncovered_half() -> None:
    (move,) = recommended(params=MoveUpParams())
    # The west falls from 0.75 to 0.5 of 3/5, the east rises from 0 to 0.5 of 2/5.
    assert (move.unit, move.post, move.drive_s) == (0, 1, 300.0)
    assert move.gain_points == pytest.approx(100 * (0.5 * 0.4 - 0.25 * 0.6))


@pytest.mark.parametrize(
    "changes",
    [
        {"params": MoveUpParams(least_gain_points=5.0)},
        {"params": MoveUpParams(points_per_minute=1.0)},
        {"params": MoveUpParams(longest_drive_s=299.0)},
        {"params": MoveUpParams(most_moves=0)},
        {"params": MoveUpParams(), "made": 4},
        {"params": MoveUpParams(), "drive_s": math.inf},
    ],
)
def test_a_move_not_worth_the_crew_s_trouble_is_not_recommended(changes: dict[str, object]) -> None:
    assert recommended(**changes) == ()  # type: ignore[arg-type]


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 4), st.sampled_from([0.1, 0.4, 0.8]))
def test_the_first_move_is_the_best_of_all_and_each_one_helps(
    seed: int, units: int, posts: int, busy: float
) -> None:
    draw = np.random.default_rng(seed)
    unit_reach, post_reach = draw.random((units, 6)) < 0.4, draw.random((posts, 6)) < 0.4
    demand, drive_s = (
        draw.integers(1, 9, 6).astype(float),
        draw.integers(0, 1500, (units, posts)).astype(float),
    )
    params = MoveUpParams(least_gain_points=0.5)
    moves = recommend_moves(unit_reach=unit_reach, post_reach=post_reach, drive_s=drive_s, demand=demand,
                            busy=busy, moves_made=np.zeros(units, np.int64), params=params)  # fmt: skip

    def after(reach: np.ndarray, unit: int, post: int) -> np.ndarray:
        moved = reach.copy()
        moved[unit] = post_reach[post]
        return moved

    def share(reach: np.ndarray) -> float:
        return 100 * expected_share(reach, demand, busy=busy)

    worths = [
        share(after(unit_reach, u, p)) - share(unit_reach) - drive_s[u, p] / 600
        for u, p in itertools.product(range(units), range(posts))
        if drive_s[u, p] <= 1200
    ]
    best = max(worths, default=-math.inf)
    assert bool(moves) == (best >= 0.5)
    reach = unit_reach
    for k, move in enumerate(moves):
        moved = after(reach, move.unit, move.post)
        assert share(moved) - share(reach) == pytest.approx(move.gain_points)
        if k == 0:
            assert move.gain_points - move.drive_s / 600 == pytest.approx(best)
        reach = moved
    assert len({move.unit for move in moves}) == len(moves) <= params.most_moves


TABLE = ComplianceTable(posts={1: (0,), 2: (0, 2), 4: (0, 1, 2, 2)})


def test_the_posts_of_the_table_are_taken_with_least_driving() -> None:
    drive_s = np.array([[0.0, 50.0, 90.0], [40.0, 0.0, 100.0]])
    assert moves_to_comply(TABLE, stands_at=[0, 1], drive_s=drive_s) == ((1, 2),)
    assert moves_to_comply(TABLE, stands_at=[None, None], drive_s=drive_s) == ((0, 0), (1, 2))
    assert moves_to_comply(TABLE, stands_at=[0, 2], drive_s=drive_s) == ()


def test_a_missing_line_of_the_table_is_that_of_fewer_units() -> None:
    drive_s = np.full((3, 3), 100.0)
    assert moves_to_comply(TABLE, stands_at=[0, 2, 1], drive_s=drive_s) == ()
    assert moves_to_comply(ComplianceTable(posts={4: (0,)}), stands_at=[1], drive_s=drive_s[:1]) == ()


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1))
def test_complying_drives_no_more_than_any_other_way_to_comply(seed: int) -> None:
    draw = np.random.default_rng(seed)
    drive_s = draw.integers(1, 100, (4, 3)).astype(float)
    stands = [None if s == 3 else int(s) for s in draw.integers(0, 4, 4)]
    moves = dict(moves_to_comply(TABLE, stands_at=stands, drive_s=drive_s))
    holds = sorted(p for p in (moves.get(u, stands[u]) for u in range(4)) if p is not None)
    assert holds == [0, 1, 2, 2]

    def driven(posts: tuple[int, ...]) -> float:
        return sum(0.0 if stands[u] == p else drive_s[u, p] for u, p in enumerate(posts))

    best = min(driven(posts) for posts in itertools.permutations((0, 1, 2, 2)))
    assert sum(drive_s[u, p] for u, p in moves.items()) == pytest.approx(best)


def test_a_table_with_more_posts_than_units_is_refused() -> None:
    with pytest.raises(InvalidInput):
        ComplianceTable(posts={1: (0, 1)})
