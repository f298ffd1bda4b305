"""What the desk decides by: weights, modes and response plans, each dated and with who set it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
from dispatch_core.coverage.params import CoverageParams
from dispatch_core.duplicates import DuplicateParams
from dispatch_core.errors import InvalidInput
from dispatch_core.escalation import EscalationParams
from dispatch_core.missions import OfferParams
from dispatch_core.roads.profiles import SpeedProfile
from dispatch_core.services.compliance import Compliance
from dispatch_core.services.modes import Modes
from dispatch_core.services.unit_limits import UnitLimits
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import revisions

PARAMS, MODES, BOOK = "dispatch_params", "dispatch_modes", "response_plans"
DUPLICATES, ESCALATION, MOVE_UP, COMPLIANCE = "duplicates", "escalation", "move_up", "compliance"
LIMITS, PROFILE, COVERAGE, OFFERS = "limits", "speed_profile", "coverage", "offers"
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
    coverage: CoverageParams = field(default_factory=CoverageParams)
    offers: OfferParams = field(default_factory=OfferParams)

    def record(self, name: str) -> dict[str, Any]:
        """One of them as plain JSON."""
        kept = _KEPT[name]
        return kept.record(getattr(self, kept.part))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """How a part of `DeskRules` becomes JSON, and is checked when it is read back."""

    part: str
    read: Callable[[Mapping[str, Any]], Any]
    record: Callable[[Any], dict[str, Any]]


def _numbers(part: str, params: type[Any]) -> _Kept:
    """Of parameters that are nothing but numbers by name."""

    def read(value: Mapping[str, Any]) -> Any:
        return params(**{name: _number(name, one) for name, one in value.items()})

    return _Kept(part=part, read=read, record=asdict)


def _whole(part: str, of: Any) -> _Kept:
    """Of parameters that know their own record."""
    return _Kept(part=part, read=of.from_record, record=of.record)


_KEPT: Mapping[str, _Kept] = {
    PARAMS: _whole("params", DispatchParams),
    MODES: _whole("modes", Modes),
    BOOK: _Kept(part="book", read=book_of, record=book_record),
    DUPLICATES: _numbers("duplicates", DuplicateParams),
    ESCALATION: _numbers("escalation", EscalationParams),
    MOVE_UP: _numbers("moving_up", MoveUpParams),
    COMPLIANCE: _whole("compliance", Compliance),
    LIMITS: _whole("limits", UnitLimits),
    PROFILE: _whole("profile", SpeedProfile),
    COVERAGE: _whole("coverage", CoverageParams),
    OFFERS: _numbers("offers", OfferParams),
}


def read_rules(connection: Connection, at: datetime) -> DeskRules:
    """What supervisors set, as in force at a moment; the defaults for what nobody has."""
    found = {name: revisions.in_force(connection, name, at=at) for name in _KEPT}
    return DeskRules(
        **{_KEPT[name].part: _KEPT[name].read(value) for name, value in found.items() if value is not None}
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
    kept = _KEPT[name]
    try:
        return kept.record(kept.read(value))
    except (TypeError, ValueError, KeyError, AttributeError) as wrong:
        raise InvalidInput(name, f"is not of the form that GET shows: {wrong}") from wrong


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise InvalidInput(name, "must be a number")
    return float(value)
