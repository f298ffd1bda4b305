"""Small dispatch problems, drawn or written, and the obvious slow way to solve them."""

from __future__ import annotations

import itertools
import math
from uuid import UUID

from hypothesis import strategies as st

from dispatch_core.assignment.problem import Candidate, OpenIncident
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import IncidentId, UnitId

ALS, BLS = Capability.ALS, Capability.BLS
FLATBED, WHEEL_LIFT, HEAVY = Capability.FLATBED, Capability.WHEEL_LIFT, Capability.HEAVY_TOW


def unit(number: int, *capabilities: Capability, **changes: object) -> Candidate:
    values: dict[str, object] = {
        "id": UnitId(UUID(int=1000 + number)),
        "call_sign": f"U{number}",
        "kind": capabilities[0].kind,
        "capabilities": frozenset(capabilities),
        "status": UnitStatus.AVAILABLE,
        "turnout_s": 0.0,
        "position_age_s": 0.0,
    }
    return Candidate(**(values | changes))  # type: ignore[arg-type]


def incident(
    number: int, *needs: Need | Capability, priority: int = 2, waited_s: float = 0.0
) -> OpenIncident:
    return OpenIncident(
        id=IncidentId(UUID(int=number)),
        priority=priority,
        needs=tuple(n if isinstance(n, Need) else Need(capability=n) for n in needs),
        waited_s=waited_s,
    )


_OUTFITS = ((ALS,), (BLS,), (ALS, BLS), (FLATBED,), (WHEEL_LIFT,), (HEAVY, WHEEL_LIFT))


@st.composite
def small_problems(
    draw: st.DrawFn, *, incidents: int = 3, units: int = 5, slots: int = 5
) -> tuple[list[OpenIncident], list[Candidate], list[list[float]]]:
    """Incidents with several needs, units with substitution, road times of which some are missing."""
    asking: list[OpenIncident] = []
    left = slots
    for number in range(draw(st.integers(1, incidents))):
        needs = []
        for capability in draw(st.lists(st.sampled_from((ALS, BLS, WHEEL_LIFT)), max_size=2, unique=True)):
            if left:
                count = draw(st.integers(1, min(2, left)))
                left -= count
                needs.append(Need(capability=capability, count=count))
        priority, waited_s = draw(st.integers(1, 4)), draw(st.sampled_from((0.0, 30.0, 600.0)))
        asking.append(incident(number, *needs, priority=priority, waited_s=waited_s))
    fleet = [
        unit(number, *draw(st.sampled_from(_OUTFITS)), turnout_s=float(draw(st.integers(0, 3))),
             position_age_s=float(draw(st.sampled_from((0, 59, 61, 90, 599, 601)))))
        for number in range(draw(st.integers(0, units)))
    ]  # fmt: skip
    eta = st.one_of(st.integers(0, 12).map(float), st.just(math.inf))
    table = [[draw(eta) for _ in fleet] for _ in asking]
    return asking, fleet, table


def best_by_trying_all(
    incidents: list[OpenIncident], units: list[Candidate], eta_s: list[list[float]]
) -> tuple[tuple[int, ...], float]:
    """(units served by (priority, place in its need), gravest first; least cost with the waiting credit).

    The default weights, written out again; every way to give each slot one unit or nobody is tried.
    """
    weight = {1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0}
    substitutes = {(ALS, BLS), (FLATBED, WHEEL_LIFT)}
    slots = [
        (i, n.capability, k) for i, inc in enumerate(incidents) for n in inc.needs for k in range(n.count)
    ]
    grades = sorted({(incidents[i].priority, k) for i, _, k in slots})

    def pair_cost(slot: tuple[int, Capability, int], u: int) -> float:
        i, asked, _ = slot
        candidate, age = units[u], units[u].position_age_s
        exact = asked in candidate.capabilities
        stands_in = any((c, asked) in substitutes for c in candidate.capabilities)
        if not (exact or stands_in) or age is None or age > 600:
            return math.inf
        seconds = candidate.turnout_s + eta_s[i][u] + max(age - 60, 0.0)
        return seconds * weight[incidents[i].priority] + (0.0 if exact else 120.0)

    best: tuple[tuple[int, ...], float] | None = None
    choices = [None, *range(len(units))]
    for chosen in itertools.product(choices, repeat=len(slots)):
        sent = [u for u in chosen if u is not None]
        if len(set(sent)) != len(sent):
            continue
        cost, served = 0.0, dict.fromkeys(grades, 0)
        for slot, u in zip(slots, chosen, strict=True):
            waited_s = incidents[slot[0]].waited_s
            if u is None:
                cost += waited_s
                continue
            cost += pair_cost(slot, u)
            served[(incidents[slot[0]].priority, slot[2])] += 1
        if math.isinf(cost):
            continue
        answer = tuple(served[g] for g in grades), cost
        if best is None or (answer[0], -answer[1]) > (best[0], -best[1]):
            best = answer
    assert best is not None
    return best
