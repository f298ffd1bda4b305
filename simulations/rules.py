"""The names of policies, and what the desk's own parameters mean to the kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from simulations.kernel.arrays import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPolicy:
    """What of the desk's ways to decide is switched on."""

    joint: bool = False
    redispatch: bool = False
    coverage_point_s: float | None = None  # instead of that of the parameters
    move_up: bool = False


POLICIES: Mapping[str, SimulatedPolicy] = {
    "nearest_idle": SimulatedPolicy(),
    "joint": SimulatedPolicy(joint=True),
    "joint_redispatch": SimulatedPolicy(joint=True, redispatch=True),
    "joint_redispatch_coverage": SimulatedPolicy(joint=True, redispatch=True, coverage_point_s=20.0),
    "joint_redispatch_move_up": SimulatedPolicy(joint=True, redispatch=True, move_up=True),
}

# What `rules_of` takes of the desk's parameters; the others weigh what is not simulated.
OBEYED = (
    "priority_weight", "may_bump", "switch_s", "freeze_s", "mission_s", "strand_beyond_s", "waiting_weight",
    "coverage_point_s", "coverage_cap_s",
)  # fmt: skip


def rules_of(
    policy: SimulatedPolicy, params: DispatchParams, *, busy: float = 0.3, lossy: bool = False
) -> Rules:
    """`busy` is the share of time that a unit is expected to be on a mission, for coverage."""
    weight, may_bump = np.zeros(10), np.zeros((10, 10), np.bool_)
    for priority, value in params.priority_weight.items():
        weight[priority] = value
    for origin, to in params.may_bump:
        may_bump[origin, to] = True
    point_s = params.coverage_point_s if policy.coverage_point_s is None else policy.coverage_point_s
    return Rules(
        joint=policy.joint,
        redispatch=policy.redispatch,
        by_priority=True,
        lossy=lossy,
        move_up=policy.move_up,
        straight=False,
        home_factor=1.0,
        metric=True,
        weight=weight,
        may_bump=may_bump,
        switch=params.switch_s,
        freeze=params.freeze_s,
        mission=params.mission_s,
        strand_beyond=params.strand_beyond_s,
        waiting_weight=params.waiting_weight,
        coverage_point=point_s,
        coverage_cap=params.coverage_cap_s,
        busy=busy,
    )
