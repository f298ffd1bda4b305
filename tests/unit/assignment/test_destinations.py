from __future__ import annotations

import itertools
import math
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_core.assignment.destinations import (
    DestinationParams,
    Hospital,
    Patient,
    Ward,
    choose_hospitals,
    garages_to_offer,
    weigh_hospitals,
)
from dispatch_core.errors import InvalidInput
from dispatch_core.ids import PlaceId

PARAMS = DestinationParams()
INF = math.inf


def hospital(number: int, *wards: Ward, free_beds: int | None = None, on_diversion: bool = False) -> Hospital:
    return Hospital(id=PlaceId(UUID(int=number)), name=f"H{number}", wards=frozenset(wards),
                    free_beds=free_beds, on_diversion=on_diversion)  # fmt: skip


def test_a_burnt_patient_goes_to_the_burns_ward_and_the_nearest_is_told_why_not() -> None:
    patient = Patient(needs=frozenset({Ward.BURNS}))
    near, far = hospital(1, Ward.TRAUMA), hospital(2, Ward.BURNS)
    weighed = weigh_hospitals(patient, [near, far], eta_s=[300, 1500], params=PARAMS)
    assert [w.hospital.name for w in weighed] == ["H2", "H1"]
    assert [w.shortcomings for w in weighed] == [(), ("lacks_needed",)]


def test_direct_pay_is_worth_five_minutes_and_diversion_thirty() -> None:
    wishes = Patient(wishes=frozenset({Ward.DIRECT_PAY}))
    pays, plain = hospital(1, Ward.DIRECT_PAY), hospital(2)

    def best(eta_s: list[float], *hospitals: Hospital) -> str:
        return weigh_hospitals(wishes, hospitals, eta_s=eta_s, params=PARAMS)[0].hospital.name

    assert best([590, 300], pays, plain) == "H1"
    assert best([610, 300], pays, plain) == "H2"
    assert best([100, 1000], hospital(1, on_diversion=True), plain) == "H2"
    assert best([100, 2000], hospital(1, on_diversion=True), plain) == "H1"


def test_every_shortcoming_is_told_and_no_road_comes_last() -> None:
    patient = Patient(needs=frozenset({Ward.TRAUMA}), wishes=frozenset({Ward.DIRECT_PAY}))
    bad, cut_off = hospital(1, free_beds=0, on_diversion=True), hospital(2, Ward.TRAUMA, Ward.DIRECT_PAY)
    weighed = weigh_hospitals(patient, [cut_off, bad], eta_s=[INF, 60], params=PARAMS)
    assert weighed[0].shortcomings == ("lacks_needed", "lacks_wished", "on_diversion", "full")
    assert weighed[0].cost_s == 60 + 3600 + 300 + 1800 + 1200
    assert weighed[1].shortcomings == ("no_road",)


def test_two_patients_do_not_take_one_last_bed() -> None:
    hospitals = [hospital(1, free_beds=1), hospital(2)]
    two = [Patient(), Patient()]
    assert choose_hospitals(two, hospitals, eta_s=[[100, 400], [100, 900]], params=PARAMS) == (1, 0)
    # 1,200 s for a place in the corridor are less than the way to a bed.
    assert choose_hospitals(two, hospitals, eta_s=[[100, 1400], [100, 2400]], params=PARAMS) == (0, 0)


def test_the_gravest_gets_the_near_bed() -> None:
    hospitals = [hospital(1, free_beds=1), hospital(2)]
    patients = [Patient(weight=1.0), Patient(weight=8.0)]
    assert choose_hospitals(patients, hospitals, eta_s=[[100, 400], [100, 300]], params=PARAMS) == (1, 0)


def test_a_patient_without_any_road_gets_no_hospital() -> None:
    assert choose_hospitals([Patient()], [hospital(1)], eta_s=[[INF]], params=PARAMS) == (None,)
    assert choose_hospitals([], [hospital(1)], eta_s=[], params=PARAMS) == ()
    assert choose_hospitals([Patient()], [], eta_s=[[]], params=PARAMS) == (None,)


wards = st.frozensets(st.sampled_from(Ward), max_size=2)
hospitals_drawn = st.lists(
    st.tuples(wards, st.none() | st.integers(0, 2), st.booleans()), min_size=1, max_size=3
)


@settings(max_examples=15)
@given(st.lists(st.tuples(wards, wards), max_size=4), hospitals_drawn, st.data())
def test_the_choice_of_hospitals_equals_the_best_of_all_choices(
    wanted: list[tuple[frozenset[Ward], frozenset[Ward]]],
    drawn: list[tuple[frozenset[Ward], int | None, bool]],
    data: st.DataObject,
) -> None:
    patients = [Patient(needs=needs, wishes=wishes) for needs, wishes in wanted]
    hospitals = [hospital(k, *w, free_beds=b, on_diversion=d) for k, (w, b, d) in enumerate(drawn)]
    eta = [[float(data.draw(st.integers(1, 5000))) for _ in hospitals] for _ in patients]

    def cost(choice: tuple[int, ...]) -> float:
        total = 0.0
        for p, h in enumerate(choice):
            there = hospitals[h]
            total += eta[p][h] + 3600 * len(patients[p].needs - there.wards)
            total += 300 * len(patients[p].wishes - there.wards) + 1800 * there.on_diversion
        for h, there in enumerate(hospitals):
            if there.free_beds is not None:
                total += 1200 * max(choice.count(h) - there.free_beds, 0)
        return total

    best = min(cost(c) for c in itertools.product(range(len(hospitals)), repeat=len(patients)))
    chosen = choose_hospitals(patients, hospitals, eta_s=eta, params=PARAMS)
    assert cost(tuple(h for h in chosen if h is not None)) == pytest.approx(best)
    assert len(chosen) == len(patients)


def test_garages_are_offered_in_an_order_that_favours_none() -> None:
    garages = [PlaceId(UUID(int=k)) for k in range(47)]
    offered = garages_to_offer(garages, seed=7)
    assert sorted(offered) == garages
    assert garages_to_offer(garages[::-1], seed=7) == offered
    first = [garages_to_offer(garages, seed=s)[0].int for s in range(2000)]
    # 2,000 draws over 47: each is first about 43 times; five standard deviations are 33.
    assert np.bincount(first, minlength=47).min() > 10
    assert np.bincount(first).max() < 76


def test_a_price_below_zero_is_refused() -> None:
    with pytest.raises(InvalidInput, match="full_s"):
        DestinationParams(full_s=-1.0)
