"""Several reports of one accident: how likely that is, what they ask together, and how they part again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.incidents import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateParams:
    """Reports so near in space and time may be of one accident.

    within_m      along the road, as cars drive
    within_s      from the first report of the accident
    same_spot_m   as the crow flies: positions are no better, whichever carriageway they fall on
    propose_at    likelihood from which a person is asked
    join_at       likelihood from which they are joined at once; above 1: always asked
    """

    within_m: float = 300.0
    within_s: float = 900.0
    same_spot_m: float = 50.0
    propose_at: float = 0.2
    join_at: float = 0.5

    def __post_init__(self) -> None:
        if not (self.within_m > 0 and self.within_s > 0 and self.same_spot_m >= 0):
            raise InvalidInput("within_m, within_s, same_spot_m", "must be positive")
        if not 0 <= self.propose_at <= self.join_at:
            raise InvalidInput("join_at", "must not be less than propose_at, and that not less than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """What two reports have in common; `apart_m` along the road, inf where there is none."""

    apart_m: float
    apart_s: float
    same_plate: bool = False
    same_phone: bool = False


# Chances that each sign alone is right; independent, so that what each leaves in doubt is multiplied.
_SAME_PLACE_AND_TIME, _SAME_PLATE, _SAME_PHONE = 0.9, 0.9, 0.8


def likelihood(likeness: Likeness, params: DuplicateParams) -> float:
    """Between 0 and 1 that both are of one accident; 0 beyond `within_m` and `within_s`."""
    if likeness.apart_m > params.within_m or likeness.apart_s > params.within_s:
        return 0.0
    near = _SAME_PLACE_AND_TIME
    near *= 1 - likeness.apart_m / (2 * params.within_m)
    near *= 1 - likeness.apart_s / (2 * params.within_s)
    doubt = 1 - near
    doubt *= 1 - _SAME_PLATE if likeness.same_plate else 1.0
    doubt *= 1 - _SAME_PHONE if likeness.same_phone else 1.0
    return 1 - doubt


class DuplicateState(StrEnum):
    PROPOSED = "proposed"
    JOINED = "joined"
    DISMISSED = "dismissed"
    SPLIT = "split"


class DuplicateEvent(StrEnum):
    JOIN = "join"
    DISMISS = "dismiss"
    SPLIT = "split"


DUPLICATE_TRANSITIONS: dict[tuple[DuplicateState, DuplicateEvent], DuplicateState] = {
    (DuplicateState.PROPOSED, DuplicateEvent.JOIN): DuplicateState.JOINED,
    (DuplicateState.PROPOSED, DuplicateEvent.DISMISS): DuplicateState.DISMISSED,
    (DuplicateState.DISMISSED, DuplicateEvent.JOIN): DuplicateState.JOINED,
    (DuplicateState.JOINED, DuplicateEvent.SPLIT): DuplicateState.SPLIT,
    (DuplicateState.SPLIT, DuplicateEvent.JOIN): DuplicateState.JOINED,
}


def state_after(state: DuplicateState, event: DuplicateEvent) -> DuplicateState:
    """The next state; Conflict if the table has no such step."""
    after = DUPLICATE_TRANSITIONS.get((state, event))
    if after is None:
        raise Conflict(f"the reports are {state}; cannot {event}", code="duplicate-state-conflict")
    return after


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one report, or one incident joined to another, says that the accident asks."""

    needs: tuple[Need, ...]
    priority: int
    casualties: int
    vehicles: int

    @classmethod
    def of(cls, incident: Incident) -> Asked:
        return cls(
            needs=incident.needs, priority=incident.priority, casualties=incident.casualties,
            vehicles=incident.vehicles,
        )  # fmt: skip


def together(asked: Iterable[Asked]) -> Asked:
    """All heard: what one adds counts, what he leaves out takes nothing away. At least one."""
    heard = list(asked)
    count: dict[Capability, int] = {}
    for one in heard:
        for need in one.needs:
            count[need.capability] = max(count.get(need.capability, 0), need.count)
    return Asked(
        needs=_needs(count),
        priority=min(one.priority for one in heard),
        casualties=max(one.casualties for one in heard),
        vehicles=max(one.vehicles for one in heard),
    )


def joined(known: Incident, more: Asked) -> Incident:
    """The accident with what another report adds; the very same value if it adds nothing."""
    sum_ = together([Asked.of(known), more])
    if set(sum_.needs) == set(known.needs) and replace(sum_, needs=()) == replace(Asked.of(known), needs=()):
        return known
    return _with(known, sum_)


def parted(known: Incident, *, before: Asked, after: Asked, filled: Mapping[Capability, int]) -> Incident:
    """The accident once a report has been taken out of it.

    `before` is what all its reports ask together, `after` what those that stay ask. What was asked otherwise
    (a higher alarm) stays, and so does a need that a unit fills: nobody is called back by arithmetic.
    """
    count = {need.capability: need.count for need in known.needs}
    stays = {need.capability: need.count for need in after.needs}
    for need in before.needs:
        less = need.count - stays.get(need.capability, 0)
        kept = max(count.get(need.capability, 0) - less, filled.get(need.capability, 0))
        count[need.capability] = kept
    left = Asked(
        needs=_needs(count),
        priority=after.priority if known.priority == before.priority else known.priority,
        casualties=after.casualties if known.casualties == before.casualties else known.casualties,
        vehicles=after.vehicles if known.vehicles == before.vehicles else known.vehicles,
    )
    return known if left == Asked.of(known) else _with(known, left)


def _with(known: Incident, asked: Asked) -> Incident:
    return replace(
        known, needs=asked.needs, priority=asked.priority, casualties=asked.casualties,
        vehicles=asked.vehicles, version=known.version + 1,
    )  # fmt: skip


def _needs(count: Mapping[Capability, int]) -> tuple[Need, ...]:
    return tuple(Need(capability=c, count=n) for c, n in sorted(count.items()) if n > 0)
