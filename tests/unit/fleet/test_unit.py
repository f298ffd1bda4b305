from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import STANDS_IN_FOR, Capability, Need, UnitKind, substitution
from dispatch_core.fleet.unit import Unit, UnitEvent, UnitStatus, unit_after
from dispatch_core.ids import UnitId


def ambulance(**changes: object) -> Unit:
    values: dict[str, object] = {
        "id": UnitId(UUID(int=1)),
        "call_sign": "A1",
        "kind": UnitKind.AMBULANCE,
        "capabilities": frozenset({Capability.ALS}),
        "status": UnitStatus.AVAILABLE,
        "agency": "120",
    }
    return Unit(**(values | changes))  # type: ignore[arg-type]


def test_a_day_of_a_unit_goes_from_shift_to_shift() -> None:
    unit = ambulance(status=UnitStatus.OFF_SHIFT)
    seen = []
    for event in ("begin_shift", "engage", "release", "engage", "break_down", "repaired", "end_shift"):
        unit = unit_after(unit, UnitEvent(event))
        seen.append(unit.status.value)
    assert seen == [
        "available",
        "engaged",
        "available",
        "engaged",
        "out_of_service",
        "available",
        "off_shift",
    ]
    assert unit.version == 7


@pytest.mark.parametrize(
    ("status", "event"),
    [
        ("off_shift", "engage"),
        ("engaged", "engage"),
        ("out_of_service", "engage"),
        ("engaged", "end_shift"),
        ("available", "release"),
        ("off_shift", "break_down"),
    ],
)
def test_a_step_that_the_table_does_not_have_is_refused(status: str, event: str) -> None:
    with pytest.raises(Conflict) as refused:
        unit_after(ambulance(status=UnitStatus(status)), UnitEvent(event))
    assert refused.value.code == "unit-status-conflict"


@given(st.lists(st.sampled_from(UnitEvent)))
def test_only_an_available_unit_is_ever_engaged(events: list[UnitEvent]) -> None:
    unit = ambulance()
    for event in events:
        before = unit.status
        try:
            unit = unit_after(unit, event)
        except Conflict:
            continue
        if unit.status is UnitStatus.ENGAGED:
            assert before is UnitStatus.AVAILABLE


@pytest.mark.parametrize(
    "wrong",
    [
        {"call_sign": " "},
        {"capabilities": frozenset()},
        {"capabilities": frozenset({Capability.CRANE})},
        {"turnout_s": -1.0},
        {"turnout_s": 3601.0},
        {"turnout_s": float("nan")},
    ],
)
def test_a_unit_that_can_never_be_right_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        ambulance(**wrong)


def test_substitution_goes_one_way() -> None:
    def of(carried: Capability, asked: Capability) -> bool | None:
        return substitution(frozenset({carried}), asked)

    assert of(Capability.ALS, Capability.ALS) is False
    assert of(Capability.ALS, Capability.BLS) is True
    assert of(Capability.BLS, Capability.ALS) is None
    assert of(Capability.FLATBED, Capability.WHEEL_LIFT) is True
    assert of(Capability.WHEEL_LIFT, Capability.FLATBED) is None
    assert of(Capability.CRANE, Capability.HEAVY_TOW) is None
    both = frozenset({Capability.ALS, Capability.BLS})
    assert substitution(both, Capability.BLS) is False
    assert all(
        carried not in STANDS_IN_FOR.get(s, ()) for carried, subs in STANDS_IN_FOR.items() for s in subs
    )


@pytest.mark.parametrize("count", [0, 51])
def test_a_need_asks_for_a_sane_number(count: int) -> None:
    with pytest.raises(InvalidInput):
        Need(capability=Capability.ALS, count=count)
