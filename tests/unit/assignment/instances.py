"""Small dispatch problems, drawn or written, and the obvious slow way to solve them."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from uuid import UUID

from hypothesis import strategies as st

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.assignment.plan import Plan
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
    draw: st.DrawFn, *, incidents: int = 3, units: int = 5, slots: int = 5, under_way: bool = False
) -> tuple[list[OpenIncident], list[Candidate], list[list[float]]]:
    """Incidents with several needs, units with substitution, road times of which some are missing.

    With `under_way` some of the units are on their way to one of the incidents already.
    """
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
    fleet = []
    for number in range(draw(st.integers(0, units))):
        outfit = draw(st.sampled_from(_OUTFITS))
        changes: dict[str, object] = {
            "turnout_s": float(draw(st.integers(0, 3))),
            "position_age_s": float(draw(st.sampled_from((0, 0, 59, 61, 90, 599, 601)))),
        }
        if under_way and left and draw(st.booleans()):
            left -= 1
            there = draw(st.sampled_from(asking)).id
            changes["commitment"] = Commitment(incident_id=there, need=draw(st.sampled_from(outfit)))
            changes["status"] = UnitStatus.ENGAGED
        fleet.append(unit(number, *outfit, **changes))
    eta = st.one_of(st.integers(0, 12).map(float), st.integers(0, 12).map(float), st.just(math.inf))
    table = [[draw(eta) for _ in fleet] for _ in asking]
    return asking, fleet, table


Slot = tuple[int, Capability]
MAY_BUMP = {(4, 1), (4, 2), (3, 1), (3, 2)}


def best_by_trying_all(
    incidents: list[OpenIncident],
    units: list[Candidate],
    eta_s: list[list[float]],
    *,
    switch_s: float = 0.0,
    freeze_s: float = 0.0,
    promised: bool = False,
) -> tuple[tuple[int, ...], float]:
    """(units served by (priority, place in its need), gravest first; least cost with the waiting credit).

    The default weights, written out again; every way to give each slot one unit or nobody is tried. What is
    `promised`, slots to which a unit is on its way, comes before all others.
    """
    weight = {1: 8.0, 2: 4.0, 3: 2.0, 4: 1.0}
    substitutes = {(ALS, BLS), (FLATBED, WHEEL_LIFT)}
    number_of = {inc.id: i for i, inc in enumerate(incidents)}
    own: list[Slot | None] = [
        u.commitment and (number_of[u.commitment.incident_id], u.commitment.need) for u in units
    ]
    slots: list[Slot] = [(i, n.capability) for i, inc in enumerate(incidents) for n in inc.needs
                         for _ in range(n.count)]  # fmt: skip
    slots = sorted(slots + [there for there in own if there is not None])
    places = [slots[:k].count(slot) for k, slot in enumerate(slots)]
    grade_of = [
        (not (promised and place < own.count((i, asked))), incidents[i].priority, place)
        for (i, asked), place in zip(slots, places, strict=True)
    ]
    grades = sorted(set(grade_of))

    def pair_cost(slot: Slot, u: int) -> float:
        (i, asked), there = slot, own[u]
        candidate, age, priority = units[u], units[u].position_age_s, incidents[slot[0]].priority
        exact = asked in candidate.capabilities
        stands_in = any((c, asked) in substitutes for c in candidate.capabilities)
        if not (exact or stands_in) or age is None or age > 600:
            return math.inf
        leaves = there is not None and there != slot
        if leaves and (there is None or (incidents[there[0]].priority, priority) not in MAY_BUMP):
            return math.inf
        seconds = candidate.turnout_s + eta_s[i][u] + max(age - 60, 0.0)
        return seconds * weight[priority] + (0.0 if exact else 120.0) + (switch_s if leaves else 0.0)

    def goes_on_anyway(u: int) -> bool:
        there = own[u]
        if there is None:
            return False
        return math.isinf(pair_cost(there, u)) or units[u].turnout_s + eta_s[there[0]][u] < freeze_s

    settled = {u: own[u] for u in range(len(units)) if goes_on_anyway(u)}
    best: tuple[tuple[int, ...], float] | None = None
    for chosen in itertools.product([None, *range(len(units))], repeat=len(slots)):
        sent = {u: slot for u, slot in zip(chosen, slots, strict=True) if u is not None}
        if len(sent) != sum(u is not None for u in chosen):
            continue
        if any(sent.get(u) != there for u, there in settled.items()):
            continue
        held = [slot for u, slot in zip(chosen, slots, strict=True) if u is None]
        cost = sum(incidents[i].waited_s for i, _ in held)
        cost += sum(0.0 if settled.get(u) else pair_cost(slot, u) for u, slot in sent.items())
        cost += sum(switch_s for u, there in enumerate(own) if there is not None and u not in sent)
        if math.isinf(cost):
            continue
        served = dict.fromkeys(grades, 0)
        for u, grade in zip(chosen, grade_of, strict=True):
            served[grade] += u is not None
        answer = tuple(served[g] for g in grades), cost
        if best is None or (answer[0], -answer[1]) > (best[0], -best[1]):
            best = answer
    assert best is not None
    return best


def served_by(
    plan: Plan, incidents: list[OpenIncident], units: list[Candidate], *, promised: bool = False
) -> tuple[int, ...]:
    """The plan's side of the comparison: units served by grade, as `best_by_trying_all` counts them."""
    priority = {inc.id: inc.priority for inc in incidents}
    asked = Counter({(inc.id, n.capability): n.count for inc in incidents for n in inc.needs})
    coming = Counter((u.commitment.incident_id, u.commitment.need) for u in units if u.commitment is not None)
    asked.update(coming)
    held = {(h.incident_id, h.need): h.count for h in plan.held}
    served: Counter[tuple[bool, int, int]] = Counter()
    for (incident_id, need), count in asked.items():
        for place in range(count):
            first = promised and place < coming[incident_id, need]
            served[not first, priority[incident_id], place] += place < count - held.get(
                (incident_id, need), 0
            )
    return tuple(served[grade] for grade in sorted(served))
