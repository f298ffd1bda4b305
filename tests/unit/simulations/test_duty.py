"""Who is off duty when."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulations.duty import DAY_S, HOUR_S, DutyPlan, Rest
from simulations.kernel.arrays import AMBULANCE, TOW

FOUR = np.array([AMBULANCE, AMBULANCE, AMBULANCE, TOW])


def off(plan: DutyPlan, kind: np.ndarray, days: float, hour: float, seed: int = 1) -> set[int]:
    """Units that are away at that hour of the run."""
    away: set[int] = set()
    at, unit, on = plan.changes(kind, days=days, seed=np.random.SeedSequence(seed))
    for when, u, is_on in zip(at, unit, on, strict=True):
        if when <= hour * HOUR_S:
            (away.discard if is_on else away.add)(int(u))
    return away


def test_two_of_three_crews_are_at_home_at_night_from_the_first_night_on() -> None:
    plan = DutyPlan(rests=(Rest(kind=AMBULANCE, units=2, from_h=22, to_h=6),))
    assert off(plan, FOUR, 3, 1) == {0, 1}
    assert off(plan, FOUR, 3, 12) == set()
    assert off(plan, FOUR, 3, 23) == {0, 1}
    assert off(plan, FOUR, 3, 24 + 5.9) == {0, 1}


def test_a_rest_of_the_weekend_leaves_friday_alone() -> None:
    plan = DutyPlan(rests=(Rest(kind=TOW, units=1, from_h=8, to_h=18, weekdays=(5, 6)),))
    assert off(plan, FOUR, 7, 4 * 24 + 10) == set()
    assert off(plan, FOUR, 7, 5 * 24 + 10) == {3}


def test_breaks_come_one_after_the_other() -> None:
    plan = DutyPlan(break_s=HOUR_S, break_every_s=8 * HOUR_S)
    for hour in range(24):
        assert len(off(plan, FOUR, 1, hour + 0.5)) <= 1


def test_units_break_down_as_often_as_was_said() -> None:
    kind = np.zeros(200, np.int64)
    plan = DutyPlan(breakdown_every_s=9 * DAY_S, repair_s=DAY_S)
    at, _, on = plan.changes(kind, days=100, seed=np.random.SeedSequence(5))
    assert 0.9 < (~on).sum() / (200 * 100 / 10) < 1.1
    assert (np.diff(at) >= 0).all()


@settings(max_examples=40)
@given(
    st.integers(0, 3),
    st.floats(0, 23),
    st.floats(0.5, 23),
    st.floats(0, 3),
    st.floats(0, 4),
    st.integers(0, 99),
)
def test_every_unit_leaves_before_it_returns(
    units: int, from_h: float, to_h: float, break_h: float, breakdown_days: float, seed: int
) -> None:
    plan = DutyPlan(
        rests=(Rest(kind=AMBULANCE, units=units, from_h=from_h, to_h=to_h),), break_s=break_h * HOUR_S,
        breakdown_every_s=breakdown_days * DAY_S + 3600 * (breakdown_days > 0),
    )  # fmt: skip
    at, unit, on = plan.changes(FOUR, days=5, seed=np.random.SeedSequence(seed))
    for u in range(len(FOUR)):
        mine = on[unit == u]
        assert not mine[::2].any()
        assert mine[1::2].all()
        assert (np.diff(at[unit == u]) >= 0).all()
