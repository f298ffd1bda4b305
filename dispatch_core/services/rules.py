"""What the desk decides by: weights, modes and response plans, each dated and with who set it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from math import isfinite
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.response_book import DEFAULT_BOOK, book_of, book_record
from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.coverage.move_up import MoveUpParams
from dispatch_core.duplicates import DuplicateParams
from dispatch_core.errors import InvalidInput
from dispatch_core.escalation import EscalationParams
from dispatch_core.roads.profiles import SpeedProfile
from dispatch_core.services.compliance import Compliance
from dispatch_core.services.modes import Modes
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import revisions

PARAMS, MODES, BOOK = "dispatch_params", "dispatch_modes", "response_plans"
DUPLICATES, ESCALATION, MOVE_UP, COMPLIANCE = "duplicates", "escalation", "move_up", "compliance"
LIMITS, PROFILE = "limits", "speed_profile"
_NUMBERS: dict[str, type[Any]] = {
    DUPLICATES: DuplicateParams,
    ESCALATION: EscalationParams,
    MOVE_UP: MoveUpParams,
}
_NOBODY = UUID(int=0)  # the subject of a fact that is about the desk as a whole


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskRules:
    """All in force at one moment."""

    params: DispatchParams = field(default_factory=DispatchParams)
    modes: Modes = field(default_factory=Modes)
    book: ResponsePlanBook = DEFAULT_BOOK
    duplicates: DuplicateParams = field(default_factory=DuplicateParams)
    escalation: EscalationParams = field(default_factory=EscalationParams)
    moving_up: MoveUpParams = field(default_factory=MoveUpParams)
    compliance: Compliance = field(default_factory=Compliance)
    limits: UnitLimits = field(default_factory=UnitLimits)
    profile: SpeedProfile = field(default_factory=SpeedProfile.flat)

    def record(self, name: str) -> dict[str, Any]:
        """One of them as plain JSON."""
        if name in _NUMBERS:
            numbers: dict[str, Any] = {
                DUPLICATES: self.duplicates,
                ESCALATION: self.escalation,
                MOVE_UP: self.moving_up,
            }
            return asdict(numbers[name])
        if name == COMPLIANCE:
            return self.compliance.record()
        if name == LIMITS:
            return self.limits.record()
        if name == PROFILE:
            return self.profile.record()
        if name == PARAMS:
            return self.params.record()
        return self.modes.record() if name == MODES else book_record(self.book)


def read_rules(connection: Connection, at: datetime, *, default: DeskRules) -> DeskRules:
    """What supervisors set; `default` for what nobody has."""
    names = (PARAMS, MODES, BOOK, DUPLICATES, ESCALATION, MOVE_UP, COMPLIANCE, LIMITS, PROFILE)
    found = {name: revisions.in_force(connection, name, at=at) for name in names}
    params, modes, book, alike, clocks, moving, posts, limits, hours = (found[name] for name in names)
    return DeskRules(
        params=default.params if params is None else DispatchParams.from_record(params),
        modes=default.modes if modes is None else Modes.from_record(modes),
        book=default.book if book is None else book_of(book),
        duplicates=default.duplicates if alike is None else DuplicateParams(**alike),
        escalation=default.escalation if clocks is None else EscalationParams(**clocks),
        moving_up=default.moving_up if moving is None else MoveUpParams(**moving),
        compliance=default.compliance if posts is None else Compliance.from_record(posts),
        limits=default.limits if limits is None else UnitLimits.from_record(limits),
        profile=default.profile if hours is None else SpeedProfile.from_record(hours),
    )


def set_rules(
    tx: Transaction, name: str, value: Mapping[str, Any], *, reason: str, by: str,
    valid_from: datetime | None = None,
) -> int:  # fmt: skip
    """Checks and keeps a new value, in force from now or later; InvalidInput says what is wrong with it.

    A matrix of priorities by which units could be bumped round and round is refused. Does not commit.
    """
    if not reason.strip():
        raise InvalidInput("reason", "say why the rules change")
    begins_at = valid_from or tx.now
    if begins_at < tx.now:
        raise InvalidInput("valid_from", "lies in the past; decisions made by the old rules stand")
    number = revisions.add(
        tx.connection, name, _checked(name, value), valid_from=begins_at, at=tx.now, by=by, reason=reason
    )
    tx.record("rules", name, _NOBODY, reason=reason, by=by, revision=number)
    return number


def _checked(name: str, value: Mapping[str, Any]) -> dict[str, Any]:
    try:
        if name == PARAMS:
            return DispatchParams.from_record(value).record()
        if name in _NUMBERS:
            return asdict(_NUMBERS[name](**{key: _number(key, one) for key, one in value.items()}))
        if name == COMPLIANCE:
            return Compliance.from_record(value).record()
        if name == LIMITS:
            return UnitLimits.from_record(value).record()
        if name == PROFILE:
            return SpeedProfile.from_record(value).record()
        if name == MODES:
            return Modes.from_record(value).record()
        return book_record(book_of(value))
    except (TypeError, ValueError, KeyError, AttributeError) as wrong:
        raise InvalidInput(name, f"is not of the form that GET shows: {wrong}") from wrong


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidInput(name, "must be a number")
    return float(value)
