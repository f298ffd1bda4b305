"""The book of response plans that a city starts with, and books as data that can be edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dispatch_core.assignment.response_plans import (
    ResponsePlanBook,
    ResponseRule,
    SecondLeg,
    Severity,
    VehicleClass,
)
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability
from dispatch_core.incidents import IncidentKind

_HURT = frozenset({IncidentKind.INJURY_ACCIDENT, IncidentKind.PEDESTRIAN_ACCIDENT})
_UNHURT = frozenset(IncidentKind) - _HURT
_TOWED = frozenset({IncidentKind.INJURY_ACCIDENT, IncidentKind.DAMAGE_ACCIDENT, IncidentKind.BREAKDOWN})
_HOSPITAL, _GARAGE = SecondLeg.HOSPITAL, SecondLeg.GARAGE

# One ambulance to two casualties, the first with advanced life support; a truck for each vehicle, at least
# one. Numbers are a starting point to be approved by those who answer for the city's rescue.
DEFAULT_BOOK = ResponsePlanBook(
    valid_from=date(2021, 10, 13),
    approved_by="default",
    rescue_work_s=900.0,
    rules=(
        ResponseRule(capability=Capability.ALS, kinds=_HURT, at_least=1, second_leg=_HOSPITAL),
        ResponseRule(
            capability=Capability.ALS, kinds=_UNHURT, per="casualties", at_most=1, second_leg=_HOSPITAL
        ),
        ResponseRule(
            capability=Capability.BLS, per="casualties", each=2, beyond=2, second_leg=_HOSPITAL
        ),
        ResponseRule(
            capability=Capability.WHEEL_LIFT, kinds=_TOWED, per=VehicleClass.CAR, at_least=1,
            after_rescue=True, second_leg=_GARAGE,
        ),
        ResponseRule(
            capability=Capability.WHEEL_LIFT, kinds=frozenset(IncidentKind) - _TOWED, per=VehicleClass.CAR,
            after_rescue=True, second_leg=_GARAGE,
        ),
        ResponseRule(
            capability=Capability.FLATBED, per=VehicleClass.MOTORCYCLE, each=2, after_rescue=True,
            second_leg=_GARAGE,
        ),
        ResponseRule(
            capability=Capability.HEAVY_TOW, per=VehicleClass.LORRY, after_rescue=True, second_leg=_GARAGE
        ),
        ResponseRule(
            capability=Capability.HEAVY_TOW, per=VehicleClass.COACH, after_rescue=True, second_leg=_GARAGE
        ),
        ResponseRule(capability=Capability.ALS, severity=Severity.DEADLY, at_least=1, second_leg=_HOSPITAL),
        ResponseRule(capability=Capability.ALS, alarm_level=2, at_least=1, second_leg=_HOSPITAL),
        ResponseRule(capability=Capability.BLS, alarm_level=2, at_least=2, second_leg=_HOSPITAL),
        ResponseRule(
            capability=Capability.CRANE, kinds=frozenset({IncidentKind.LORRY_ACCIDENT}), alarm_level=2,
            at_least=1, after_rescue=True, together=True,
        ),
        ResponseRule(capability=Capability.BLS, alarm_level=3, at_least=4, second_leg=_HOSPITAL),
    ),
)  # fmt: skip

_RULE_FIELDS = frozenset(ResponseRule.__dataclass_fields__)


def book_of(record: Mapping[str, Any]) -> ResponsePlanBook:
    """From TOML or JSON: `{valid_from, approved_by, rescue_work_s, rules: [{capability, kinds?, per?, …}]}`.

    InvalidInput names the rule by its place, counted from 1.
    """
    rules = [_rule_of(number, rule) for number, rule in enumerate(record["rules"], start=1)]
    valid_from = record["valid_from"]
    return ResponsePlanBook(
        valid_from=valid_from if isinstance(valid_from, date) else date.fromisoformat(valid_from),
        approved_by=record["approved_by"],
        rescue_work_s=float(record["rescue_work_s"]),
        rules=tuple(rules),
    )


def _rule_of(number: int, record: Mapping[str, Any]) -> ResponseRule:
    unknown = set(record) - _RULE_FIELDS
    if unknown:
        raise InvalidInput(f"rules[{number}]", f"has no {', '.join(sorted(unknown))}")
    values = dict(record)
    try:
        values["capability"] = Capability(record["capability"])
        values["kinds"] = frozenset(IncidentKind(kind) for kind in record.get("kinds", ()))
        values["severity"] = Severity(record.get("severity", Severity.NONE))
        leg = record.get("second_leg")
        values["second_leg"] = None if leg is None else SecondLeg(leg)
        return ResponseRule(**values)
    except (ValueError, KeyError, InvalidInput) as wrong:
        raise InvalidInput(f"rules[{number}]", str(wrong)) from wrong


def book_record(book: ResponsePlanBook) -> dict[str, Any]:
    """Plain JSON values; `book_of` reads them back."""
    return {
        "valid_from": book.valid_from.isoformat(),
        "approved_by": book.approved_by,
        "rescue_work_s": book.rescue_work_s,
        "rules": [_rule_record(rule) for rule in book.rules],
    }


def _rule_record(rule: ResponseRule) -> dict[str, Any]:
    plain = {name: getattr(rule, name) for name in sorted(_RULE_FIELDS)}
    plain["kinds"] = sorted(rule.kinds)
    return {name: value for name, value in plain.items() if value is not None}
