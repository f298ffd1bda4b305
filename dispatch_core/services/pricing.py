"""What sending each free unit would cost in coverage, where a supervisor has set a price on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dispatch_core.coverage.expected import marginal_loss
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import UnitId
from dispatch_core.services.covering import Cover
from dispatch_core.services.situation import Situation
from dispatch_core.services.world import World

LossOf = Callable[[Situation], Mapping[UnitId, float]]


def coverage_loss(situation: Situation, *, world: World, cover: Cover) -> dict[UnitId, float]:
    """Percentage points of expected demand that would be lost without each free unit (MEXCLP)."""
    points: dict[UnitId, float] = {}
    where = {unit_id: (p.lon, p.lat) for unit_id, p in situation.positions.items()}
    for kind in UnitKind:
        free = [
            unit
            for unit in situation.units
            if unit.kind is kind and unit.status is UnitStatus.AVAILABLE and unit.id in where
        ]
        if free:
            reach = cover.reach(world, kind, free, where)
            lost = marginal_loss(reach, cover.expected, busy=cover.params.busy)
            points |= {unit.id: 100 * float(one) for unit, one in zip(free, lost, strict=True)}
    return points
