"""Who answers and who calls: bases of units, calls, hospitals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulations.kernel.arrays import Bools, Float64s, Int64s
from simulations.traces.matrix import PLACE, Matrix
from simulations.traces.tables import Column, Table, TimeUnit, is_number, plain_name, read_table

_BASE = ("base", "baseid", "baselocation", "baselocationid", "station", "stationid", "home", *PLACE)
_UNIT = (
    "unit", "unitid", "callsign", "ambulance", "ambulanceid", "ambulancenr", "vehicle", "vehicleid", "number",
    "id",
)  # fmt: skip
_MANY = ("count", "numberofambulance", "numberofunit", "nrambulance", "nrofambulance", "capacity")
_MANY_IF_SPELT = frozenset({"units", "ambulances", "vehicles"})

_CALL = ("call", "callid", "patient", "patientid", "incident", "incidentid", "case", "id")
_ARRIVAL = ("arrival", "arrivaltime", "calltime", "reported", "receivedtime", "received", "time", "at", "t")
_INTERARRIVAL = ("interarrival", "interarrivaltime")
_SCENE = (
    "onscene", "onscenetime", "onsite", "onsitetime", "onsiteaid", "onsiteaidtime", "scenetime", "atscene",
    "aidtime", "treatment", "treatmenttime", "servicetime",
)  # fmt: skip
_CALL_PLACE = (
    *PLACE, "patientlocation", "patientlocationid", "calllocation", "incidentlocation", "arrivallocation",
)  # fmt: skip
_DRIVEN = ("tohospital", "tohospitalbool", "transport", "transported", "transportneeded", "hospitalneeded")
_HOSPITAL = (
    "hospital", "hospitalid", "hospitalplace", "hospitallocation", "hospitallocationid", "destination",
    "destinationid",
)  # fmt: skip
_HANDOVER = (
    "handover", "handovertime", "dropoff", "dropofftime", "dropofftimehospital", "timeathospital",
    "athospital", "hospitaltime", "transfertime",
)  # fmt: skip
_YES, _NO = (
    frozenset({"1", "1.0", "true", "yes", "y", "t"}),
    frozenset({"", "0", "0.0", "false", "no", "n", "f"}),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedUnits:
    name: tuple[str, ...]
    base: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """In the order of the file, minutes; `hospital` −1: nobody is driven there."""

    name: tuple[str, ...]
    at: Float64s
    place: Int64s
    on_scene: Float64s
    hospital: Int64s
    handover: Float64s


def read_units(path: Path, matrix: Matrix) -> TracedUnits:
    """One unit a line, or one base a line with how many units stand there; with a heading or without.

    Without names units are 0, 1, 2 … in the order of the file.
    """
    table = read_table(path, "bases")
    if any(not matrix.has(cell) for cell in table.rows[0][1][-1:]):
        table = table.headed()
        base = table.find(_BASE) or Column(
            table=table, at=len(table.heading) - 1, name=table.heading[-1] or "place"
        )
        many, unit = _how_many(table, base), table.find(_UNIT)
        if unit is not None and unit.at in (base.at, many.at if many else -1):
            unit = None
    else:
        width = len(table.rows[0][1])
        base, many = Column(table=table, at=width - 1, name="place"), None
        unit = Column(table=table, at=0, name="unit") if width > 1 else None
    places = matrix.place_numbers(base)
    for line, text in base:
        if not text:
            raise table.complaint("names no place", line)
    if many is not None:
        counts = [int(many.number(line, text)) for line, text in many]
        places, unit = np.repeat(places, counts), None
    names = tuple(map(str, range(len(places)))) if unit is None else _distinct(unit)
    if not len(places):
        raise table.complaint("has no units")
    return TracedUnits(name=names, base=places)


def _how_many(table: Table, base: Column) -> Column | None:
    spelt = next(
        (
            k
            for k, cell in enumerate(table.heading)
            if cell.strip().lower() in _MANY_IF_SPELT and k != base.at
        ),
        None,
    )
    return (
        Column(table=table, at=spelt, name=table.heading[spelt]) if spelt is not None else table.find(_MANY)
    )


def _distinct(unit: Column) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    for line, text in unit:
        name = plain_name(text)
        if name in seen:
            raise unit.table.complaint(f"names unit {name} again, after line {seen[name]}", line)
        seen[name] = line
    return tuple(seen)


def read_hospitals(path: Path, matrix: Matrix) -> Int64s:
    """One a line, with a heading or without."""
    table = read_table(path, "hospitals")
    if not any(matrix.has(cell) for cell in table.rows[0][1]):
        table = table.headed()
    column = (table.find((*_HOSPITAL, *PLACE)) if table.heading else None) or Column(
        table=table, at=0, name="hospital"
    )
    places = matrix.place_numbers(column)
    return places[places >= 0]


def read_calls(
    path: Path, matrix: Matrix, *, hospitals: Int64s | None = None, unit: TimeUnit = "minutes"
) -> Calls:
    """Who is to be driven somewhere, but nowhere in particular, goes to the nearest of `hospitals`."""
    table = read_table(path, "calls").headed()
    if not table.rows:
        raise table.complaint("has no calls")
    place = matrix.place_numbers(where := table.column(_CALL_PLACE, "the place"))
    if (place < 0).any():
        raise table.complaint(f"{where.name} is empty", table.rows[int((place < 0).argmax())][0])
    scene = np.array(table.column(_SCENE, "the time on scene").minutes(unit))
    handover = table.find(_HANDOVER)
    minutes = np.zeros(len(place)) if handover is None else np.array(handover.minutes(unit, otherwise=0.0))
    hospital = _hospital_of(table, matrix, place, minutes, hospitals)
    called = table.find(_CALL)
    return Calls(
        name=tuple(
            plain_name(text) or str(k)
            for k, text in enumerate(called.texts() if called else [""] * len(place))
        ),
        at=_arrivals(table, unit), place=place, on_scene=scene, hospital=hospital,
        handover=np.where(hospital >= 0, minutes, 0.0),
    )  # fmt: skip


def _arrivals(table: Table, unit: TimeUnit) -> Float64s:
    apart = table.find(_INTERARRIVAL)
    if apart is not None and table.find(_ARRIVAL) is None:
        return np.cumsum(apart.minutes(unit))
    return np.array(table.column(_ARRIVAL, "the arrival").clock_minutes(unit))


def _hospital_of(
    table: Table, matrix: Matrix, place: Int64s, handover: Float64s, hospitals: Int64s | None
) -> Int64s:
    named, said = table.find(_HOSPITAL), table.find(_DRIVEN)
    if named is not None and not _are_places(named, matrix) and said is None:
        named, said = None, named  # a column `hospital` of yes and no
    goes = np.full(len(place), -1, np.int64) if named is None else matrix.place_numbers(named)
    if said is not None:
        driven = np.array([_is_yes(said, line, text) for line, text in said], np.bool_)
    elif named is not None:
        driven = goes >= 0
    else:
        driven = handover > 0
    lost = np.flatnonzero(driven & (goes < 0))
    if len(lost) and hospitals is None:
        raise table.complaint(
            "is to go to hospital, but none is named: give the hospitals with --hospitals FILE",
            table.rows[int(lost[0])][0],
        )
    if len(lost) and hospitals is not None:
        goes[lost] = hospitals[matrix.minutes[np.ix_(place[lost], hospitals)].argmin(axis=1)]
    return _only(goes, driven)


def _only(goes: Int64s, driven: Bools) -> Int64s:
    return np.where(driven, goes, -1).astype(np.int64)


def _are_places(column: Column, matrix: Matrix) -> bool:
    said: Sequence[str] = [text for text in column.texts() if text]
    return not all(text.lower() in _YES | _NO for text in said) or all(
        is_number(text) and matrix.has(text) for text in said
    )


def _is_yes(column: Column, line: int, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise column.table.complaint(f"{column.name} {text!r} is neither yes (1, true) nor no (0, false)", line)
