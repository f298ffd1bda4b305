"""The register as people keep it: in spreadsheets, in two languages, with mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.register.tables import read, read_folder, written
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.register import PlaceEntry, Register, StationEntry, UnitEntry
from maps.coordinates import wgs84_to_gcj02

UNITS = "call_sign,kind,capabilities,station\n救护01,ambulance,als bls,城南站\n拖车01,tow,flatbed,\n"


def test_a_table_is_read_by_its_headings_whatever_their_order_and_language() -> None:
    chinese = "类型;能力;呼号;车牌\n救护车;高级救护、基础救护;救护01;苏JA0001\n拖车;平板;拖车01;\n"
    told = read({"units": chinese}).units
    assert told is not None
    assert [(one.call_sign, one.kind, one.plate, one.turnout_s) for one in told] == [
        ("救护01", UnitKind.AMBULANCE, "苏JA0001", 60.0),
        ("拖车01", UnitKind.TOW, "", 120.0),
    ]
    assert told[0].capabilities == {Capability.ALS, Capability.BLS}


def test_a_file_in_gb18030_with_a_byte_mark_or_other_line_ends_is_the_same_file(tmp_path: Path) -> None:
    plain = read({"units": UNITS}).units
    for raw in (
        UNITS.encode("gb18030"), UNITS.encode("utf-8-sig"), UNITS.replace("\n", "\r\n").encode(),
        (UNITS + "\n,,,\n").encode(),
    ):  # fmt: skip
        (tmp_path / "units.csv").write_bytes(raw)
        assert read_folder(tmp_path).units == plain
    assert read_folder(tmp_path).stations is None


def test_every_mistake_is_told_at_once_by_file_and_line() -> None:
    with pytest.raises(InvalidInput) as wrong:
        read(
            {
                "units": "call_sign,kind,capabilities,turnout_s\n"
                "A,ambulance,crane,\nB,bus,als,\nC,tow,crane,soon\n",
                "places": "kind,name,lon,lat,trauma\n"
                "hospital,X,120,north,\nhospital,Y,33,120,\nyard,Z,1,1,maybe\n",
                "stations": "name,kind,latitude\nS,tow,3\n",
            }
        )
    assert wrong.value.problem.splitlines() == [
        "stations.csv line 1: there is no column lon",
        "units.csv line 2: capabilities: no ambulance carries crane",
        "units.csv line 3: kind: bus is none of ambulance, tow, 救护车, 救护, 拖车, 救援车, tow_truck, "
        "tow truck",
        "units.csv line 4: turnout_s: soon is no number",
        "places.csv line 2: lat: north is no number",
        "places.csv line 3: position: (33.0, 120.0) is not on earth; is it lat, lon?",
        "places.csv line 4: trauma: maybe is none of yes, true, 1, 是, 有, no, false, 0, 否, 无",
    ]


def test_an_unknown_column_is_no_secret() -> None:
    with pytest.raises(InvalidInput, match="line 1: colour is no column; known are name, kind, lon, lat"):
        read({"stations": "name,kind,lon,lat,colour\n"})


def test_coordinates_of_a_chinese_map_are_taken_back_to_the_ground() -> None:
    lon, lat = (float(x) for x in wgs84_to_gcj02(120.15, 33.35))
    text = f"name,kind,lon,lat\nS,tow,{lon!r},{lat!r}\n"
    (moved,) = read({"stations": text}, datum=Datum.GCJ02).stations or ()
    assert (moved.place.lon, moved.place.lat) == pytest.approx((120.15, 33.35), abs=1e-7)


def test_a_folder_without_tables_is_no_register(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"has none of stations\.csv, units\.csv, places\.csv"):
        read_folder(tmp_path)


_word = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=8)
_line = _word | st.just("") | st.just('a,"b";c')
_at = st.builds(LonLat, st.floats(-180, 180), st.floats(-90, 90))
_of = {
    kind: st.sets(st.sampled_from([c for c in Capability if c.kind is kind]), min_size=1).map(frozenset)
    for kind in UnitKind
}


@st.composite
def _units(draw: st.DrawFn) -> UnitEntry:
    kind = draw(st.sampled_from(UnitKind))
    return UnitEntry(
        call_sign=draw(_word), kind=kind, capabilities=draw(_of[kind]), agency=draw(_line),
        station=draw(_word | st.none()), plate=draw(_line), phone=draw(_line),
        turnout_s=float(draw(st.integers(0, 3600))),
    )  # fmt: skip


_registers = st.builds(
    Register,
    stations=st.lists(
        st.builds(StationEntry, name=_word, kind=st.sampled_from(UnitKind), place=_at),
        unique_by=lambda one: one.key,
    ).map(tuple),
    units=st.lists(_units(), unique_by=lambda one: one.key).map(tuple),
    places=st.lists(
        st.builds(
            PlaceEntry, kind=st.sampled_from(PlaceKind), name=_word, place=_at, phone=_line,
            facts=st.dictionaries(st.sampled_from(["direct_pay", "trauma"]), st.booleans()),
        ),
        unique_by=lambda one: one.key,
    ).map(tuple),
)  # fmt: skip


@given(_registers)
def test_what_is_written_is_read_again_as_it_was(register: Register) -> None:
    assert read(written(register)) == register
