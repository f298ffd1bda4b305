"""Which units an accident asks for: rules with a date, so that changing them changes data and not software.

Substitution (als for bls, flatbed for wheel_lift) is no matter of a plan: `fleet.capability` names it once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from dispatch_core.assignment.candidate import TowOrder
from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.incidents import IncidentKind


class VehicleClass(StrEnum):
    CAR = "car"
    MOTORCYCLE = "motorcycle"
    LORRY = "lorry"
    COACH = "coach"


class Severity(StrEnum):
    """The worst injury reported; declared from slight to grave."""

    NONE = "none"
    SLIGHT = "slight"
    SERIOUS = "serious"
    DEADLY = "deadly"


_GRAVITY = {severity: grade for grade, severity in enumerate(Severity)}


class SecondLeg(StrEnum):
    """Where a loaded unit goes."""

    HOSPITAL = "hospital"
    GARAGE = "garage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of an accident when its needs are worked out; an alarm level may be raised later."""

    kind: IncidentKind
    casualties: int = 0
    severity: Severity = Severity.NONE
    vehicles: Mapping[VehicleClass, int] = field(default_factory=dict)
    alarm_level: int = 1

    @classmethod
    def as_reported(cls, kind: IncidentKind, *, casualties: int, vehicles: int) -> Circumstances:
        """From a caller who counts vehicles without telling them apart: a lorry accident has one lorry."""
        lorries = 1 if kind is IncidentKind.LORRY_ACCIDENT else 0
        classes = {VehicleClass.LORRY: lorries, VehicleClass.CAR: max(vehicles - lorries, 0)}
        return cls(kind=kind, casualties=casualties, vehicles=classes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRule:
    """So many units of one capability, if the circumstances are such; the rules of a book add up.

    The number is one for each `each` casualties (`per="casualties"`) or vehicles of a class
    (`per=VehicleClass`) beyond the first `beyond`, rounded up, and kept within `at_least` and `at_most`;
    without `per` it is `at_least`. An empty `kinds` means every kind. Units of an `after_rescue` rule begin
    when rescue and evidence are done, those of a `together` rule when all of them are there.
    """

    capability: Capability
    kinds: frozenset[IncidentKind] = frozenset()
    severity: Severity = Severity.NONE
    alarm_level: int = 1
    per: VehicleClass | str | None = None
    each: int = 1
    beyond: int = 0
    at_least: int = 0
    at_most: int = 50
    after_rescue: bool = False
    together: bool = False
    second_leg: SecondLeg | None = None

    def __post_init__(self) -> None:
        if self.per not in (None, "casualties", *VehicleClass):
            raise InvalidInput("per", f"is casualties or one of {', '.join(VehicleClass)}")
        if self.each < 1 or self.beyond < 0:
            raise InvalidInput("each, beyond", "must be at least 1 and 0")
        if not 0 <= self.at_least <= self.at_most <= 50:
            raise InvalidInput("at_least, at_most", "must lie between 0 and 50, in this order")
        if not 1 <= self.alarm_level <= 5:
            raise InvalidInput("alarm_level", "is 1 to 5")

    def holds(self, at: Circumstances) -> bool:
        return (
            (not self.kinds or at.kind in self.kinds)
            and _GRAVITY[at.severity] >= _GRAVITY[self.severity]
            and at.alarm_level >= self.alarm_level
        )

    def count(self, at: Circumstances) -> int:
        if self.per is None:
            return self.at_least
        number = at.casualties if self.per == "casualties" else at.vehicles.get(VehicleClass(self.per), 0)
        wanted = -(-max(number - self.beyond, 0) // self.each)
        return min(max(wanted, self.at_least), self.at_most)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNeed:
    """A need with its turn and its second leg."""

    need: Need
    after_rescue: bool
    together: bool
    second_leg: SecondLeg | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsePlanBook:
    """The rules in force from `valid_from` until the next book's.

    `rescue_work_s`: usual time from the last ambulance's arrival until the scene is free for towing.
    """

    valid_from: date
    approved_by: str
    rescue_work_s: float
    rules: tuple[ResponseRule, ...]

    def needs(self, at: Circumstances) -> tuple[PlannedNeed, ...]:
        """What the accident asks, by capability; a capability waits for rescue only if all its rules do."""
        counts: defaultdict[Capability, int] = defaultdict(int)
        holding: defaultdict[Capability, list[ResponseRule]] = defaultdict(list)
        for rule in self.rules:
            if rule.holds(at) and (count := rule.count(at)):
                counts[rule.capability] += count
                holding[rule.capability].append(rule)
        return tuple(
            PlannedNeed(
                need=Need(capability=capability, count=min(counts[capability], 50)),
                after_rescue=all(rule.after_rescue for rule in rules),
                together=any(rule.together for rule in rules),
                second_leg=next((rule.second_leg for rule in rules if rule.second_leg), None),
            )
            for capability, rules in sorted(holding.items())
        )


def in_force(books: Iterable[ResponsePlanBook], on: date) -> ResponsePlanBook:
    """The newest book not later than the day; NotFound before the first."""
    valid = [book for book in books if book.valid_from <= on]
    if not valid:
        raise NotFound("response plan book", on)
    return max(valid, key=lambda book: book.valid_from)


def tow_order(
    book: ResponsePlanBook, needs: Sequence[PlannedNeed], *, not_before_s: float = 0.0
) -> TowOrder | None:
    """When towing may begin at a scene with these needs; None if at once."""
    waits = any(planned.after_rescue for planned in needs)
    together = any(planned.together for planned in needs)
    if not (waits or together or not_before_s > 0):
        return None
    return TowOrder(
        rescue_work_s=book.rescue_work_s if waits else None, not_before_s=not_before_s, together=together
    )
