"""Other simulators' files as they come: each way to write them says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from api.cli import application
from dispatch_core.errors import InvalidInput
from simulations.traces.matrix import Matrix, read_grounds, read_matrix
from simulations.traces.records import read_calls, read_hospitals, read_units

# Four postal codes on a line, ten minutes apart; 3500 twice as far one way.
MINUTES = np.array([[abs(a - b) * 10.0 for b in range(4)] for a in range(4)])
MINUTES[3, 0] = 60.0
NAMES = ("3401", "3411", "3434", "3500")
TOWN = Matrix(minutes=MINUTES, name=NAMES)


def text_of(comma: str) -> list[list[str]]:
    return [[str(cell).replace(".", comma) for cell in row] for row in MINUTES.tolist()]


def file(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def square(separator: str, *, above: bool, beside: bool, corner: str | None = "", comma: str = ".") -> str:
    lines = []
    if above:
        lines.append([*([corner] if beside and corner is not None else []), *NAMES])
    lines += [[*([name] if beside else []), *row] for name, row in zip(NAMES, text_of(comma), strict=True)]
    return "\n".join(separator.join(line) for line in lines) + "\n"


SQUARE = square(",", above=True, beside=True)


@pytest.mark.parametrize(
    "text",
    [
        SQUARE,
        square(",", above=True, beside=True, corner="postal code"),
        "\ufeff" + square(";", above=True, beside=True, comma=","),
        square("\t", above=True, beside=True).replace("\n", "\r\n"),
        square(" ", above=True, beside=True, corner=None),  # as R writes a table
        square(",", above=True, beside=False),
        square(",", above=False, beside=True),
        square(",", above=True, beside=True).replace("3401,", "3401.0,"),
        "origin,destination,travel_time\n"
        + "".join(f"{a},{b},{MINUTES[i, j]}\n" for i, a in enumerate(NAMES) for j, b in enumerate(NAMES)),
        "from;to;seconds\n"
        + "".join(
            f"{a};{b};{MINUTES[i, j] * 60}\n"
            for i, a in enumerate(NAMES)
            for j, b in enumerate(NAMES)
            if a != b
        ),
    ],
)
def test_a_matrix_is_read_however_it_is_written(tmp_path: Path, text: str) -> None:
    matrix = read_matrix(file(tmp_path, text))
    assert matrix.name == NAMES
    assert np.allclose(matrix.minutes, MINUTES, atol=1e-12)


def test_lines_in_another_order_than_the_columns_are_put_right(tmp_path: Path) -> None:
    lines = square(",", above=True, beside=True).splitlines()
    shuffled = "\n".join([lines[0], lines[3], lines[1], lines[4], lines[2]])
    assert (read_matrix(file(tmp_path, shuffled)).minutes == MINUTES).all()


def test_without_names_places_are_counted_from_nought(tmp_path: Path) -> None:
    bare = read_matrix(file(tmp_path, square(",", above=False, beside=False)))
    assert bare.name == ("0", "1", "2", "3")
    assert (bare.minutes == MINUTES).all()
    np.save(tmp_path / "m.npy", MINUTES * 60)
    assert np.allclose(read_matrix(tmp_path / "m.npy", unit="seconds").minutes, MINUTES)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (SQUARE.replace("20.0", "far", 1), "table.csv line 2: column 3: 'far' is no number"),
        (SQUARE.replace("20.0", "", 1), "line 2: column 3: '' is no number"),
        (SQUARE.replace("20.0", "-20", 1), "from 3401 to 3434 is -20.0"),
        ("1,2,3,4\n4,5,6,7\n", "must be square, with or without names: it has 2 lines of 4 cells"),
        ("a,b\n0,1\n1\n", "line 3: has 1 cells, others 2"),
        (",a,b\na,0,1\nc,1,0\n", "has a column for place b, but no line"),
        (",a,a\na,0,1\na,1,0\n", "names place a twice"),
        ("from,to,time\na,b,1\n", "has no line from b to a"),
        ("\n\n", "is empty"),
    ],
)  # fmt: skip
def test_a_matrix_that_cannot_be_is_told_by_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_matrix(file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "name", "base"),
    [
        ("unit,place\nA,3401\nB,3500\n", ("A", "B"), (0, 3)),
        ("A;3401\nB;3500\n", ("A", "B"), (0, 3)),
        ("3401\n3500\n", ("0", "1"), (0, 3)),
        ("Ambulance,Base\n0,3401\n1,3500\n", ("0", "1"), (0, 3)),
        (",Base Location\n0,3401.0\n1,3500.0\n", ("0", "1"), (0, 3)),
        ("base,call sign,shift\n3401,A,day\n3500,B,night\n", ("A", "B"), (0, 3)),
        ("Base,Ambulances\n3401,2\n3500,1\n3411,0\n", ("0", "1", "2"), (0, 0, 3)),
        ("station\tnumber of ambulances\n3500\t2\n", ("0", "1"), (3, 3)),
    ],
)
def test_units_are_read_one_a_line_or_by_count(
    tmp_path: Path, text: str, name: tuple[str, ...], base: tuple[int, ...]
) -> None:
    units = read_units(file(tmp_path, text), TOWN)
    assert (units.name, tuple(units.base.tolist())) == (name, base)


OURS = (
    "call,arrival_min,place,on_scene_min,hospital,handover_min\n"
    "0,1.5,3411,10,3434,20\n1,2.25,3401,30,,\n2,60,3500,5,3401,7.5\n"
)


@pytest.mark.parametrize(
    "text",
    [
        OURS,
        OURS.replace(",", ";").replace(".", ","),
        # The record that ELASPY keeps of its patients.
        ",patient_ID,response_time,arrival_time,location_ID,on_site_aid_time,to_hospital,hospital_ID,"
        "driving_time_to_hospital,drop_off_time_hospital,finish_time\n"
        "0,0.0,10.0,1.5,3411.0,10.0,1.0,3434.0,10.0,20.0,99.9\n"
        "1,1.0,10.0,2.25,3401.0,30.0,0.0,,,,99.9\n"
        "2,2.0,10.0,60.0,3500.0,5.0,1.0,3401.0,60.0,7.5,99.9\n",
        "Arrival (s)\tNode\tScene time [sec]\tTransport\tHospital\tDrop-off time (h)\n"
        "90\t3411\t600\tTrue\t3434\t0.3333333333333333\n135\t3401\t1800\tFalse\t3434\t9\n"
        "3600\t3500\t300\tTrue\t3401\t0.125\n",
        "interarrival_time,location,on_site,hospital,handover\n"
        "1.5,3411,10,3434,20\n0.75,3401,30,nan,nan\n57.75,3500,5,3401,7.5\n",
        "time,place,treatment,hospital,handover\n2024-05-01T00:01:30,3411,10,3434,20\n"
        "2024-05-01 00:02:15,3401,30,,\n2024-05-01 01:00:00,3500,5,3401,7.5\n",
    ],
)
def test_calls_are_read_however_their_columns_are_called(tmp_path: Path, text: str) -> None:
    calls = read_calls(file(tmp_path, text), TOWN)
    assert calls.name == ("0", "1", "2")
    assert calls.place.tolist() == [1, 0, 3]
    assert calls.hospital.tolist() == [2, -1, 0]
    assert np.allclose(calls.at, [1.5, 2.25, 60.0], atol=1e-12)
    assert np.allclose(calls.on_scene, [10, 30, 5])
    assert np.allclose(calls.handover, [20, 0, 7.5])


def test_seconds_may_be_said_for_the_whole_file(tmp_path: Path) -> None:
    text = "arrival,place,on_scene,hospital,handover\n90,3411,600,3434,1200\n"
    calls = read_calls(file(tmp_path, text), TOWN, unit="seconds")
    assert (calls.at[0], calls.on_scene[0], calls.handover[0]) == (1.5, 10.0, 20.0)


@pytest.mark.parametrize("wards", ["Hospital\n3500\n3411\n", "3500\n3411\n"])
@pytest.mark.parametrize(
    "text",
    [
        "arrival,place,on_scene,to_hospital,handover\n0,3401,1,1,5\n1,3434,1,yes,5\n2,3500,1,0,5\n",
        "arrival,place,on_scene,hospital,handover\n0,3401,1,true,5\n1,3434,1,true,5\n2,3500,1,false,5\n",
        "arrival,place,on_scene,handover\n0,3401,1,5\n1,3434,1,5\n2,3500,1,0\n",
    ],
)
def test_who_is_to_go_to_no_hospital_in_particular_goes_to_the_nearest(
    tmp_path: Path, text: str, wards: str
) -> None:
    hospitals = read_hospitals(file(tmp_path, wards, "wards.csv"), TOWN)
    calls = read_calls(file(tmp_path, text), TOWN, hospitals=hospitals)
    assert calls.hospital.tolist() == [1, 3, -1]  # of equals the first in the file of hospitals


HEAD = "arrival,place,on_scene,to_hospital,hospital,handover\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "0,3401,5,0,,\nsoon,3401,5,0,,\n", "table.csv line 3: arrival 'soon' is no number"),
        (HEAD + "0,3401,-5,0,,\n", "line 2: on_scene -5 must be at least 0"),
        (HEAD + "0,9999,5,0,,\n", "line 2: names place 9999, which the matrix lacks"),
        (HEAD + "0,,5,0,,\n", "line 2: place is empty"),
        (HEAD + "0,3401,,0,,\n", "line 2: on_scene is empty"),
        (HEAD + "0,3401,5,perhaps,,\n", "line 2: to_hospital 'perhaps' is neither yes"),
        (HEAD + "\n0,3401,5,0,,\n1,3401,5,1,,9\n", "line 4: is to go to hospital, but none is named"),
        ("arrival,place\n0,3401\n", "no column for the time on scene, such as onscene; its heading"),
        (HEAD, "has no calls"),
    ],
)  # fmt: skip
def test_calls_that_cannot_be_are_told_by_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_calls(file(tmp_path, text), TOWN)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("unit,place\nA,3401\nA,3500\n", "line 3: names unit A again, after line 2"),
        ("unit,place\nA,12\n", "line 2: names place 12, which the matrix lacks"),
        ("unit,place\n", "has no units"),
    ],
)
def test_bases_that_cannot_be_are_told_by_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read_units(file(tmp_path, text), TOWN)


def test_places_stand_in_the_order_of_the_nodes(tmp_path: Path) -> None:
    nodes = "postal code,x,y,inhabitants\n3500,3,0,9\n9999,7,7,1\n3401,0,0,9\n3434,2,0,9\n3411,1,0,9\n"
    grounds = read_grounds(file(tmp_path, nodes), TOWN)
    assert grounds.matrix.name == ("3500", "3401", "3434", "3411")
    assert grounds.x.tolist() == [3, 0, 2, 1]
    assert grounds.matrix.minutes[0, 1] == 60.0
    assert grounds.matrix.minutes[1, 0] == 30.0
    with pytest.raises(InvalidInput, match="says nothing of place 3411"):
        read_grounds(file(tmp_path, nodes.replace("3411", "9998")), TOWN)


def test_elaspys_own_files_are_taken_as_they_are(tmp_path: Path) -> None:
    """Matrix, ambulances, nodes, hospitals and patients in its formats; worked by hand."""
    matrix = file(tmp_path, square(",", above=True, beside=True), "siren_driving_matrix.csv")
    bases = file(tmp_path, "Ambulance,Base\n0,3401\n1,3500\n", "base_locations.csv")
    nodes = file(tmp_path, "postal code,x,y\n3401,0,0\n3411,1,0\n3434,2,0\n3500,3,0\n", "nodes.csv")
    wards = file(tmp_path, "Hospital\n3411\n", "hospitals.csv")
    calls = file(
        tmp_path,
        ",patient_ID,arrival_time,location_ID,on_site_aid_time,to_hospital,drop_off_time_hospital\n"
        "0,0.0,0.0,3434.0,5.0,1.0,5.0\n1,1.0,10.0,3434.0,5.0,0.0,\n2,2.0,12.0,3401.0,1.0,0.0,\n",
        "patients.csv",
    )
    asked = ["--matrix", matrix, "--bases", bases, "--calls", calls, "--nodes", nodes, "--hospitals", wards]
    done = CliRunner().invoke(
        application(["simulate"]), ["simulate", "trace", *map(str, asked), "--home-factor", "1/0.95"]
    )
    # 0: unit 1 is 10 minutes away, unit 0 twenty. 1: only unit 0 is idle. 2: nobody is; unit 1 is free at the
    # hospital at 10 + 5 + 10 + 5 = 30, before unit 0 at 35, and ten minutes from there.
    assert done.stdout.splitlines() == ["0\t1\t10.000 min", "1\t0\t20.000 min", "2\t1\t28.000 min"]
