from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from dispatch_core.errors import InvalidInput
from simulations.calibration import calibrate, predict_s, straight_seconds
from simulations.history import History, read_history

HEADING = "incident,unit,priority,received_at,on_scene_at,available_at,lon,lat"
ROW = "7,M1,2,2020-04-07T00:21:50,2020-04-07T00:29:45,2020-04-07T00:31:40,-122.42,37.76"
SEEN = ("7", "M1", 2, 7 * 60 + 55, -122.42)


def read(folder: Path, *lines: str, encoding: str = "utf-8") -> History:
    path = folder / "h.csv"
    path.write_text("\n".join(lines), encoding=encoding)
    return read_history(path)


def seen(history: History) -> tuple[object, ...]:
    """What of the first response must not depend on how the table is written."""
    took_s = history.on_scene_s[0] - history.received_s[0]
    return history.incident[0], history.unit[0], int(history.priority[0]), took_s, history.lon[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("separator", [",", ";", "\t", " , "])
def test_a_table_is_read_however_it_was_exported(tmp_path: Path, separator: str, encoding: str) -> None:
    lines = (HEADING.upper().replace(",", separator), ROW.replace(",", separator))
    assert seen(read(tmp_path, *lines, encoding=encoding)) == SEEN


@pytest.mark.parametrize("form", [
    "%m/%d/%Y %I:%M:%S %p", "%Y %b %d %I:%M:%S %p", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S.000", "%Y-%m-%dT%H:%M:%S-07:00",
])  # fmt: skip
def test_times_are_read_as_exports_write_them(tmp_path: Path, form: str) -> None:
    cells = [
        datetime.fromisoformat(cell).strftime(form) if cell.startswith("2020") else cell
        for cell in ROW.split(",")
    ]
    assert seen(read(tmp_path, HEADING, ",".join(cells))) == SEEN


def test_san_franciscos_own_headings_are_understood(tmp_path: Path) -> None:
    history = read(
        tmp_path,
        "Call Number,Unit ID,Incident Number,Received DtTm,Entry DtTm,On Scene DtTm,Available DtTm,"
        "Priority,Final Priority,Unit Type,case_location",
        "1,M1,7,04/07/2020 12:21:50 AM,,04/07/2020 12:29:45 AM,,2,2,MEDIC,POINT (-122.42 37.76)",
        "1,E1,7,04/07/2020 12:21:50 AM,,04/07/2020 12:24:45 AM,,2,2,ENGINE,POINT (-122.42 37.76)",
    )
    assert seen(history) == ("7", *SEEN[1:])
    assert history.left_out == {"row of a unit that is no ambulance": 1}


def test_rows_that_say_too_little_or_twice_are_left_out_and_counted(tmp_path: Path) -> None:
    history = read(
        tmp_path, HEADING, ROW, ROW, ROW.replace("2020-04-07T00:21:50", ""), ROW.replace("-122.42", "NULL"),
        ROW.replace("-122.42,37.76", "0,0"), ",,,,,,,",
    )  # fmt: skip
    assert len(history) == 1
    assert history.left_out == {
        "row that is there twice": 1, "row without received_at": 1, "row without a place": 2,
    }  # fmt: skip


@pytest.mark.parametrize("nothing", ["", "NULL", "NaN", "None", r"\N"])
def test_who_never_arrived_has_no_time_there(tmp_path: Path, nothing: str) -> None:
    history = read(tmp_path, HEADING, ROW.replace("2020-04-07T00:29:45", nothing))
    assert np.isnan(history.on_scene_s[0])


def test_priorities_may_be_letters_and_words(tmp_path: Path) -> None:
    said = ("A", "E", "3.0", "Code 2", "", "Emergency", "emergency", "Other")
    rows = [ROW.replace("M1,2", f"M{k},{priority}") for k, priority in enumerate(said)]
    a, e, *numbers, first, same, other = read(tmp_path, HEADING, *rows).priority.tolist()
    assert a < e
    assert numbers == [3, 2, 3]
    assert first == same != other


def test_days_and_hours_are_those_of_the_place_when_the_clocks_change(tmp_path: Path) -> None:
    """8 March 2020, San Francisco: 01:59:50 −08:00 is followed by 03:00:00 −07:00."""
    night = "7,M1,2,2020-03-08T01:58:00-08:00,2020-03-08T03:04:00-07:00,,-122.42,37.76"
    late = "8,M1,2,2020-03-09T23:30:00-07:00,2020-03-09T23:36:00-07:00,,-122.42,37.76"
    history = read(tmp_path, HEADING, night, late)
    assert (history.on_scene_s - history.received_s).tolist() == [360.0, 360.0]
    assert history.day.tolist() == [6, 7]
    assert (history.received_s % 86_400).tolist() == [7080.0, 84_600.0]


def test_times_of_which_some_tell_an_offset_are_compared(tmp_path: Path) -> None:
    assert seen(read(tmp_path, HEADING, ROW.replace("00:21:50", "00:21:50Z"))) == SEEN


def test_a_table_without_what_is_needed_says_so(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no column on_scene_at, lon, lat"):
        read(tmp_path, "received_at", "2020-04-07T00:21:50")
    with pytest.raises(InvalidInput, match="no responses"):
        read(tmp_path, HEADING)
    with pytest.raises(InvalidInput, match=r"line 2: on_scene_at 'soon' is no ISO 8601"):
        read(tmp_path, HEADING, ROW.replace("2020-04-07T00:29:45", "soon"))


def hours(rows: int, *, unit: str, freed: str | None = None) -> list[str]:
    """A response an hour, freed after half of it; the first one as `freed` says."""
    found = []
    for k in range(rows):
        at = f"2020-04-{7 + k // 24:02d}T{k % 24:02d}"
        free = freed if freed and not k else f"{at}:30:00"
        found.append(
            f"{k},{unit},{at}:00:00,{at}:01:00,{at}:{5 + k % 7:02d}:00,{free},{-122.4 + k % 5 / 100},37.7"
        )
    return ["incident,unit,received_at,dispatched_at,on_scene_at,available_at,lon,lat", *found]


def test_a_unit_freed_weeks_later_was_not_busy_all_the_time(tmp_path: Path) -> None:
    def predicted(lines: list[str]) -> list[float]:
        history, nowhere = read(tmp_path, *lines), np.zeros((0, 2))
        fitted = calibrate(history, straight_seconds, nowhere, history.first_days(9))
        return predict_s(fitted, history, straight_seconds, nowhere)[24:].round(3).tolist()

    # The slip is in the first row, whose mission every later one would otherwise find under way.
    within = predicted(hours(96, unit="M1", freed="2020-04-07T06:00:00"))
    assert predicted(hours(96, unit="M1", freed="2020-06-07T00:30:00")) == pytest.approx(within, rel=0.02)


def test_units_without_a_name_are_not_one_and_the_same(tmp_path: Path) -> None:
    history, nowhere = read(tmp_path, *hours(60, unit="")), np.zeros((0, 2))
    fitted = calibrate(history, straight_seconds, nowhere, history.first_days(9))
    assert abs(fitted.weights["known_3"]) < 0.01
