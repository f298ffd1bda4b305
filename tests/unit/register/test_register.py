"""Lists compared with what is known: what is new, changed, gone, back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.register import Change, Deed, Entry, PlaceEntry, Register, StationEntry, UnitEntry, changes

HERE, THERE = LonLat(120.1, 33.3), LonLat(120.2, 33.4)
BASE = StationEntry(name="城南站", kind=UnitKind.AMBULANCE, place=HERE)
CREW = UnitEntry(
    call_sign="救护01", kind=UnitKind.AMBULANCE, capabilities=frozenset({Capability.ALS}), agency="120"
)
WARD = PlaceEntry(kind=PlaceKind.HOSPITAL, name="第一医院", place=HERE, facts={"beds": 4, "trauma": True})


def test_what_differs_is_named_field_by_field() -> None:
    moved = replace(CREW, plate="苏JA0001", turnout_s=90.0)
    assert changes([CREW], [], [moved], retire_missing=False) == [
        Change(entry=moved, deed=Deed.CHANGED, fields=("plate", "turnout_s"))
    ]
    assert changes([CREW], [], [replace(CREW, source="units.csv line 2")], retire_missing=False) == []


def test_what_a_list_has_no_column_for_stays_as_it_is() -> None:
    known = replace(CREW, agency="120", plate="苏JA0001", station="城南站")
    short = replace(CREW, agency="", plate="苏JA0002", told=frozenset({"call_sign", "kind", "plate"}))
    (change,) = changes([known], [], [short], retire_missing=False)
    assert change == Change(entry=replace(known, plate="苏JA0002"), deed=Deed.CHANGED, fields=("plate",))


def test_facts_that_a_list_does_not_name_stay_as_they_are() -> None:
    (change,) = changes([WARD], [], [replace(WARD, facts={"trauma": False})], retire_missing=False)
    assert isinstance(change.entry, PlaceEntry)
    assert change.entry.facts == {"beds": 4, "trauma": False}
    assert changes([WARD], [], [replace(WARD, facts={})], retire_missing=False) == []


def test_who_is_missing_is_retired_only_if_that_is_wished_and_a_list_was_given() -> None:
    assert changes([BASE], [], [], retire_missing=False) == []
    assert changes([BASE], [], None, retire_missing=True) == []
    assert changes([BASE], [], [], retire_missing=True) == [Change(entry=BASE, deed=Deed.RETIRED)]


def test_who_is_named_is_retired_and_nobody_else() -> None:
    other = replace(BASE, name="城北站")
    told = changes([BASE, other], [], [], retire_missing=False, retire=["城南站"])
    assert told == [Change(entry=BASE, deed=Deed.RETIRED)]


def test_a_name_stands_once_on_a_list() -> None:
    first, second = replace(BASE, source="line 2"), replace(BASE, source="line 9")
    assert Register(stations=(first, second)).twice() == ["line 9: 城南站 stands already at line 2"]
    assert Register(places=(WARD, replace(WARD, kind=PlaceKind.YARD))).twice() == []  # of two kinds


def test_no_entry_breaks_the_rules_of_a_unit() -> None:
    with pytest.raises(InvalidInput, match="no ambulance carries crane"):
        replace(CREW, capabilities=frozenset({Capability.CRANE}))
    with pytest.raises(InvalidInput, match="name"):
        replace(BASE, name=" ")


_stations = st.lists(
    st.builds(
        StationEntry, name=st.sampled_from("ABCDEF"), kind=st.sampled_from(UnitKind),
        place=st.sampled_from([HERE, THERE]),
    ),
    unique_by=lambda entry: entry.name,
)  # fmt: skip


@given(_stations, _stations, _stations)
def test_changes_carried_out_make_the_list_that_was_given(
    known: list[Entry], former: list[Entry], given_: list[Entry]
) -> None:
    names = {one.key for one in known}
    former = [one for one in former if one.key not in names]
    after = {one.key: one for one in known}
    for change in changes(known, former, given_, retire_missing=True):
        if change.deed is Deed.RETIRED:
            del after[change.entry.key]
        else:
            assert (change.deed is Deed.CHANGED) == (change.entry.key in after)
            assert (change.deed is Deed.RETURNED) == (change.entry.key in {one.key for one in former})
            after[change.entry.key] = change.entry
    assert after == {one.key: one for one in given_}
    assert changes(list(after.values()), [], given_, retire_missing=True) == []
