"""When reports are of one accident, and that joining and parting lose nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.duplicates import (
    Asked,
    DuplicateEvent,
    DuplicateParams,
    DuplicateState,
    Likeness,
    joined,
    likelihood,
    parted,
    state_after,
    together,
)
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.geo import LonLat
from dispatch_core.ids import IncidentId
from dispatch_core.incidents import Incident, IncidentKind, IncidentStatus

PARAMS = DuplicateParams()
CAPABILITIES = st.sampled_from((Capability.ALS, Capability.BLS, Capability.WHEEL_LIFT))
ASKED = st.builds(
    Asked,
    needs=st.dictionaries(CAPABILITIES, st.integers(1, 3), max_size=3).map(
        lambda counts: tuple(Need(capability=c, count=n) for c, n in sorted(counts.items()))
    ),
    priority=st.integers(1, 4),
    casualties=st.integers(0, 5),
    vehicles=st.integers(0, 5),
)
LIKENESS = st.builds(
    Likeness, apart_m=st.floats(0, 400), apart_s=st.floats(0, 1200), same_plate=st.booleans(),
    same_phone=st.booleans(),
)  # fmt: skip


def alike(apart_m: float, apart_s: float = 0.0, *, plate: bool = False, phone: bool = False) -> float:
    likeness = Likeness(apart_m=apart_m, apart_s=apart_s, same_plate=plate, same_phone=phone)
    return likelihood(likeness, PARAMS)


def accident(asked: Asked) -> Incident:
    return Incident(
        id=IncidentId(UUID(int=1)), kind=IncidentKind.INJURY_ACCIDENT, status=IncidentStatus.OPEN,
        place=LonLat(120.0, 33.0), reported_at=datetime(2026, 11, 23, tzinfo=UTC), needs=asked.needs,
        priority=asked.priority, casualties=asked.casualties, vehicles=asked.vehicles,
    )  # fmt: skip


def test_a_second_call_from_the_same_spot_is_surely_the_same_and_one_at_the_edge_is_asked_about() -> None:
    assert alike(0) >= PARAMS.join_at
    assert PARAMS.propose_at <= alike(299, 890) < PARAMS.join_at
    assert alike(299, 890, plate=True) >= PARAMS.join_at
    assert alike(299, 890, phone=True) >= PARAMS.join_at


def test_beyond_three_hundred_metres_or_fifteen_minutes_nothing_makes_them_one() -> None:
    assert alike(301, plate=True, phone=True) == 0
    assert alike(0, 901, plate=True, phone=True) == 0
    assert alike(float("inf"), plate=True) == 0


@given(LIKENESS, st.floats(0, 100))
def test_likelihood_is_a_chance_that_nearness_and_common_signs_only_raise(
    seen: Likeness, more: float
) -> None:
    chance = likelihood(seen, PARAMS)
    assert 0 <= chance <= 1
    assert likelihood(replace(seen, apart_m=seen.apart_m + more), PARAMS) <= chance
    assert likelihood(replace(seen, apart_s=seen.apart_s + more), PARAMS) <= chance
    assert likelihood(replace(seen, same_plate=True), PARAMS) >= chance
    assert likelihood(replace(seen, same_phone=True), PARAMS) >= chance


@given(st.lists(ASKED, min_size=1, max_size=4), ASKED)
def test_what_is_joined_and_parted_again_asks_what_it_asked_before(heard: list[Asked], more: Asked) -> None:
    known = accident(together(heard))
    grown = joined(known, more)
    assert all(n in together([*heard, more]).needs for n in grown.needs)
    back = parted(grown, before=together([*heard, more]), after=together(heard), filled={})
    assert Asked.of(back) == Asked.of(known)


@given(st.lists(ASKED, min_size=1, max_size=3), ASKED, st.dictionaries(CAPABILITIES, st.integers(0, 3)))
def test_parting_keeps_a_higher_alarm_and_every_need_that_a_unit_fills(
    heard: list[Asked], more: Asked, filled: dict[Capability, int]
) -> None:
    grown = joined(accident(together(heard)), more)
    raised = {n.capability: n.count + 1 for n in grown.needs}
    alarmed = replace(grown, needs=tuple(Need(capability=c, count=n) for c, n in raised.items()))
    back = parted(alarmed, before=together([*heard, more]), after=together(heard), filled=filled)
    left = {n.capability: n.count for n in back.needs}
    stays = {n.capability: n.count for n in together(heard).needs}
    for capability in raised:
        assert left[capability] == max(stays.get(capability, 0) + 1, filled.get(capability, 0))


def test_only_what_was_joined_can_be_split_and_what_was_dismissed_may_still_be_joined() -> None:
    assert state_after(DuplicateState.DISMISSED, DuplicateEvent.JOIN) is DuplicateState.JOINED
    assert state_after(DuplicateState.SPLIT, DuplicateEvent.JOIN) is DuplicateState.JOINED
    with pytest.raises(Conflict):
        state_after(DuplicateState.PROPOSED, DuplicateEvent.SPLIT)


def test_thresholds_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(InvalidInput):
        DuplicateParams(propose_at=0.7, join_at=0.6)
