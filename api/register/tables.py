"""Reads and writes the register as three CSV files: stations.csv, units.csv, places.csv."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from api.register import columns
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.geo import LonLat
from dispatch_core.register import PlaceEntry, Register, StationEntry, UnitEntry, refuse
from maps.coordinates import bd09_to_wgs84, gcj02_to_wgs84

Row = Mapping[str, str]
T = TypeVar("T")
E = TypeVar("E", StationEntry, UnitEntry, PlaceEntry)
FILES = {"stations": columns.STATIONS, "units": columns.UNITS, "places": columns.PLACES}
DEFAULT_TURNOUT_S = {UnitKind.AMBULANCE: 60.0, UnitKind.TOW: 120.0}
_TO_WGS84 = {Datum.GCJ02: gcj02_to_wgs84, Datum.BD09: bd09_to_wgs84}


def read_folder(folder: Path, *, datum: Datum = Datum.WGS84) -> Register:
    """Whichever of the three files is there; InvalidInput names file and line of every mistake."""
    texts = {
        name: decoded((folder / f"{name}.csv").read_bytes(), f"{name}.csv")
        for name in FILES
        if (folder / f"{name}.csv").is_file()
    }
    if not texts:
        raise InvalidInput("folder", f"{folder} has none of {', '.join(f'{name}.csv' for name in FILES)}")
    return read(texts, datum=datum)


def read(texts: Mapping[str, str], *, datum: Datum = Datum.WGS84) -> Register:
    """Texts by `stations`, `units`, `places`; a list that is not there stays as it is."""
    problems: list[str] = []
    here = _Reader(datum, problems)
    stations = here.entries(texts.get("stations"), "stations", here.station)
    units = here.entries(texts.get("units"), "units", here.unit)
    places = here.entries(texts.get("places"), "places", here.place)
    refuse(problems)
    return Register(stations=stations, units=units, places=places)


def decoded(raw: bytes, name: str) -> str:
    """UTF-8, else what a Chinese spreadsheet saves (GB 18030)."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("register", f"{name} is no text in UTF-8 or GB 18030; save it as CSV")


def written(register: Register) -> dict[str, str]:
    """Each list as a table, by name; what `read` makes of it is the same list."""
    return {
        "stations": _table(columns.STATIONS, map(_station_row, register.stations or ())),
        "units": _table(columns.UNITS, map(_unit_row, register.units or ())),
        "places": _table(columns.PLACES, map(_place_row, register.places or ())),
    }


# -- reading -----------------------------------------------------------------------------------------------


class _Reader:
    """Collects what is wrong, line by line, so that all of it is told at once."""

    def __init__(self, datum: Datum, problems: list[str]) -> None:
        self._datum = datum
        self._problems = problems

    def entries(self, text: str | None, name: str, entry: Callable[[Row, str], E]) -> tuple[E, ...] | None:
        if text is None:
            return None
        found = []
        for line, row in self._rows(text, name):
            source = f"{name}.csv line {line}"
            try:
                found.append(entry(row, source))
            except InvalidInput as wrong:
                self._problems.append(f"{source}: {wrong}")
        return tuple(found)

    def _rows(self, text: str, name: str) -> Iterator[tuple[int, Row]]:
        head = text.lstrip("\ufeff").partition("\n")[0]
        delimiter = max(",;\t|，", key=head.count)
        reader = csv.reader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=delimiter)
        try:
            headings = [_heading(word) for word in next(reader, [])]
            missing = [word for word in FILES[name] if word not in headings and word in _REQUIRED]
            strange = [word for word in headings if word and word not in FILES[name]]
            if missing or strange:
                self._problems += [f"{name}.csv line 1: there is no column {word}" for word in missing]
                self._problems += [
                    f"{name}.csv line 1: {word} is no column; known are {', '.join(FILES[name])}"
                    for word in strange
                ]
                return
            for cells in reader:
                if len(cells) > len(headings) and any(cells[len(headings) :]):
                    more = "more cells than headings; put quotes around commas"
                    self._problems.append(f"{name}.csv line {reader.line_num}: {more}")
                elif any(cell.strip() for cell in cells):
                    cells += [""] * (len(headings) - len(cells))
                    row = zip(headings, cells, strict=False)
                    yield reader.line_num, {key: cell.strip() for key, cell in row if key}
        except csv.Error as error:
            self._problems.append(f"{name}.csv line {reader.line_num}: {error}")

    def station(self, row: Row, source: str) -> StationEntry:
        kind = _word(row, "kind", columns.UNIT_KINDS)
        return StationEntry(name=row["name"], kind=kind, place=self._at(row), source=source)

    def unit(self, row: Row, source: str) -> UnitEntry:
        kind = _word(row, "kind", columns.UNIT_KINDS)
        words = [word for word in re.split(r"[\s;、|+/，,]+", row["capabilities"]) if word]
        if row["capabilities"].lower() in columns.CAPABILITIES:  # "heavy tow"
            words = [row["capabilities"]]
        able = {_word({"capabilities": word}, "capabilities", columns.CAPABILITIES) for word in words}
        turnout_s = _number(row, "turnout_s") if row.get("turnout_s") else DEFAULT_TURNOUT_S[kind]
        told = frozenset(row if row.get("turnout_s") else row.keys() - {"turnout_s"})
        return UnitEntry(
            call_sign=row["call_sign"], kind=kind, capabilities=frozenset(able), agency=row.get("agency", ""),
            station=row.get("station") or None, plate=row.get("plate", ""), phone=row.get("phone", ""),
            turnout_s=turnout_s, source=source, told=told,
        )  # fmt: skip

    def place(self, row: Row, source: str) -> PlaceEntry:
        facts = {name: _word(row, name, columns.YES_NO) for name in columns.FACTS if row.get(name)}
        kind = _word(row, "kind", columns.PLACE_KINDS)
        return PlaceEntry(
            kind=kind, name=row["name"], place=self._at(row), phone=row.get("phone", ""), facts=facts,
            source=source, told=frozenset(row) | {"place"},
        )  # fmt: skip

    def _at(self, row: Row) -> LonLat:
        lon, lat = _number(row, "lon"), _number(row, "lat")
        place = LonLat(lon, lat)
        if self._datum is Datum.WGS84:
            return place
        # A tenth of a millimetre: what the conversion leaves beyond it is noise.
        moved = (round(float(x), 9) for x in _TO_WGS84[self._datum](lon, lat))
        return LonLat(*moved)


_REQUIRED = {"name", "kind", "lon", "lat", "call_sign", "capabilities"}


def _heading(word: str) -> str:
    plain = word.strip().lower().replace(" ", "_")
    return columns.HEADINGS.get(plain, plain)


def _word(row: Row, column: str, known: Mapping[str, T]) -> T:
    word = row[column].lower()
    if word not in known:
        raise InvalidInput(column, f"{row[column] or 'an empty cell'} is none of {', '.join(known)}")
    return known[word]


def _number(row: Row, column: str) -> float:
    try:
        return float(row[column])
    except ValueError:
        raise InvalidInput(column, f"{row[column] or 'an empty cell'} is no number") from None


# -- writing -----------------------------------------------------------------------------------------------


def _table(headings: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows(rows)
    return text.getvalue()


def _station_row(entry: StationEntry) -> tuple[Any, ...]:
    return entry.name, entry.kind.value, entry.place.lon, entry.place.lat


def _unit_row(entry: UnitEntry) -> tuple[Any, ...]:
    able = " ".join(sorted(one.value for one in entry.capabilities))
    head = (entry.call_sign, entry.kind.value, able, entry.agency, entry.station or "")
    return *head, entry.plate, entry.phone, f"{entry.turnout_s:g}"


def _place_row(entry: PlaceEntry) -> tuple[Any, ...]:
    facts = {True: "yes", False: "no", None: ""}
    told = (facts[entry.facts.get(name)] for name in columns.FACTS)
    return entry.kind.value, entry.name, entry.place.lon, entry.place.lat, entry.phone, *told
