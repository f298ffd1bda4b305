from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.assignment.candidate import TowOrder
from dispatch_core.assignment.response_book import DEFAULT_BOOK, book_of, book_record
from dispatch_core.assignment.response_plans import (
    Circumstances,
    ResponsePlanBook,
    ResponseRule,
    SecondLeg,
    Severity,
    VehicleClass,
    in_force,
    tow_order,
)
from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.fleet.capability import Capability
from dispatch_core.incidents import IncidentKind


def asked(book: ResponsePlanBook, at: Circumstances) -> dict[str, int]:
    return {str(p.need.capability): p.need.count for p in book.needs(at)}


@pytest.mark.parametrize(
    ("kind", "casualties", "vehicles", "expected"),
    [
        ("injury_accident", 1, 1, {"als": 1, "wheel_lift": 1}),
        ("injury_accident", 0, 2, {"als": 1, "wheel_lift": 2}),
        ("injury_accident", 2, 1, {"als": 1, "wheel_lift": 1}),
        ("injury_accident", 3, 1, {"als": 1, "bls": 1, "wheel_lift": 1}),
        ("injury_accident", 6, 1, {"als": 1, "bls": 2, "wheel_lift": 1}),
        ("pedestrian_accident", 1, 0, {"als": 1}),
        ("damage_accident", 0, 2, {"wheel_lift": 2}),
        ("damage_accident", 0, 0, {"wheel_lift": 1}),
        ("lorry_accident", 1, 2, {"als": 1, "heavy_tow": 1, "wheel_lift": 1}),
        ("lorry_accident", 0, 1, {"heavy_tow": 1}),
        ("breakdown", 0, 1, {"wheel_lift": 1}),
    ],
)
def test_an_accident_asks_for_what_its_kind_and_extent_need(
    kind: str, casualties: int, vehicles: int, expected: dict[str, int]
) -> None:
    at = Circumstances.as_reported(IncidentKind(kind), casualties=casualties, vehicles=vehicles)
    assert asked(DEFAULT_BOOK, at) == expected


@given(st.sampled_from(IncidentKind), st.integers(0, 1000), st.integers(0, 1000))
def test_every_accident_asks_for_at_least_one_unit(
    kind: IncidentKind, casualties: int, vehicles: int
) -> None:
    assert asked(DEFAULT_BOOK, Circumstances.as_reported(kind, casualties=casualties, vehicles=vehicles))


def test_a_lorry_and_a_motorcycle_ask_for_their_own_trucks() -> None:
    at = Circumstances(
        kind=IncidentKind.INJURY_ACCIDENT,
        casualties=1,
        vehicles={VehicleClass.LORRY: 1, VehicleClass.MOTORCYCLE: 3, VehicleClass.CAR: 2},
    )
    assert asked(DEFAULT_BOOK, at) == {"als": 1, "wheel_lift": 2, "flatbed": 2, "heavy_tow": 1}


def test_alarm_levels_add_to_what_is_asked() -> None:
    at = Circumstances.as_reported(IncidentKind.LORRY_ACCIDENT, casualties=4, vehicles=1)
    levels = [asked(DEFAULT_BOOK, replace(at, alarm_level=level)) for level in (1, 2, 3)]
    assert levels == [
        {"als": 1, "bls": 1, "heavy_tow": 1},
        {"als": 2, "bls": 3, "heavy_tow": 1, "crane": 1},
        {"als": 2, "bls": 7, "heavy_tow": 1, "crane": 1},
    ]


def test_a_graver_injury_asks_for_more() -> None:
    at = Circumstances.as_reported(IncidentKind.INJURY_ACCIDENT, casualties=1, vehicles=1)
    assert asked(DEFAULT_BOOK, replace(at, severity=Severity.SERIOUS))["als"] == 1
    assert asked(DEFAULT_BOOK, replace(at, severity=Severity.DEADLY))["als"] == 2


def test_towing_follows_rescue_and_leads_to_a_garage() -> None:
    at = Circumstances.as_reported(IncidentKind.INJURY_ACCIDENT, casualties=1, vehicles=1)
    needs = {p.need.capability: p for p in DEFAULT_BOOK.needs(at)}
    assert not needs[Capability.ALS].after_rescue
    assert needs[Capability.WHEEL_LIFT].after_rescue
    assert needs[Capability.ALS].second_leg is SecondLeg.HOSPITAL
    assert needs[Capability.WHEEL_LIFT].second_leg is SecondLeg.GARAGE
    planned = DEFAULT_BOOK.needs(at)
    assert tow_order(DEFAULT_BOOK, planned) == TowOrder(rescue_work_s=900.0)
    only_rescue = [p for p in planned if not p.after_rescue]
    assert tow_order(DEFAULT_BOOK, only_rescue) is None
    assert tow_order(DEFAULT_BOOK, only_rescue, not_before_s=60.0) == TowOrder(not_before_s=60.0)


def test_the_book_in_force_is_the_newest_not_later_than_the_day() -> None:
    old, new = DEFAULT_BOOK, replace(DEFAULT_BOOK, valid_from=date(2024, 1, 1))
    assert in_force([new, old], date(2023, 12, 31)) is old
    assert in_force([new, old], date(2024, 1, 1)) is new
    with pytest.raises(NotFound):
        in_force([new, old], date(2020, 1, 1))


def test_a_book_survives_being_stored() -> None:
    assert book_of(json.loads(json.dumps(book_record(DEFAULT_BOOK)))) == DEFAULT_BOOK


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"capability": "jetpack"}, "jetpack"),
        ({"capability": "als", "kinds": ["earthquake"]}, "earthquake"),
        ({"capability": "als", "per": "wheels"}, "per"),
        ({"capability": "als", "each": 0}, "each"),
        ({"capability": "als", "at_least": 3, "at_most": 2}, "at_most"),
        ({"capability": "als", "minimum": 3}, "minimum"),
        ({"kinds": []}, "capability"),
    ],
)
def test_a_wrong_rule_is_named_by_its_place(rule: dict[str, object], says: str) -> None:
    good = {"capability": "als", "at_least": 1}
    record = {"valid_from": "2024-01-01", "approved_by": "x", "rescue_work_s": 60, "rules": [good, rule]}
    with pytest.raises(InvalidInput, match=r"rules\[2\]") as refused:
        book_of(record)
    assert says in str(refused.value)


@given(st.integers(0, 1000), st.integers(1, 9), st.integers(0, 9), st.integers(0, 9), st.integers(0, 41))
def test_a_rule_counts_one_unit_for_each_started_group(
    casualties: int, each: int, beyond: int, at_least: int, more: int
) -> None:
    rule = ResponseRule(capability=Capability.BLS, per="casualties", each=each, beyond=beyond,
                        at_least=at_least, at_most=at_least + more)  # fmt: skip
    groups = len(range(beyond, max(casualties, beyond), each))
    at = Circumstances(kind=IncidentKind.INJURY_ACCIDENT, casualties=casualties)
    assert rule.count(at) == sorted((at_least, groups, at_least + more))[1]
