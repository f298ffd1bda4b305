"""Given calls over a given travel-time matrix: unit and response of each, to compare simulators call by call.

Nearest idle unit, first come first served; minutes throughout, in double precision. A unit on the way to its
base is idle. Equal times: the first unit in the file. See docs/reference/simulation.md.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dispatch_core.assignment.params import DispatchParams
from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import AMBULANCE, NOBODY, City, Float64s, Int64s, Jobs, Outcome, Units
from simulations.kernel.run import simulate
from simulations.rules import SimulatedPolicy, rules_of

Row = Mapping[str, str]
HOUR_MIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """minutes float64[p, p] from row to column; `name` of each place as the files write it."""

    minutes: Float64s
    name: tuple[str, ...]

    def places(self, names: Sequence[str], field: str) -> Int64s:
        number = {name: k for k, name in enumerate(self.name)}
        try:
            return np.array([number[_plain(name)] for name in names], np.int64)
        except KeyError as unknown:
            raise InvalidInput(field, f"names place {unknown.args[0]}, which the matrix lacks") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedUnits:
    name: tuple[str, ...]
    base: Int64s


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCall:
    """`unit` None: nobody could come. Minutes; `waited_min` from the report until a unit was sent."""

    call: str
    unit: str | None
    response_min: float | None
    waited_min: float | None
    freed_min: float | None


def read_matrix(path: Path) -> Matrix:
    """A .npy of minutes, places 0…p−1; or a .csv whose first line and first column name the places.

    A .csv without names (all cells numbers, as many lines as columns) has places 0…p−1 as well.
    """
    if path.suffix == ".npy":
        minutes = np.asarray(np.load(path, allow_pickle=False), np.float64)
        names = tuple(str(k) for k in range(len(minutes)))
    else:
        rows = _lines(path, "matrix")
        if len(rows) == len(rows[0]) and _is_number(rows[0][0]):
            body, names = rows, tuple(str(k) for k in range(len(rows)))
        else:
            body, names = (
                [row[1:] for row in rows[1:]],
                tuple(_plain(cell) for cell in rows[0][-(len(rows) - 1) :]),
            )
            lines = tuple(_plain(row[0]) for row in rows[1:])
            if lines != names:
                raise InvalidInput("matrix", f"{path} names other places in its lines than in its columns")
        try:
            minutes = np.array(body, np.float64)
        except ValueError as wrong:
            raise InvalidInput("matrix", f"{path}: {wrong}") from wrong
    if minutes.ndim != 2 or minutes.shape[0] != minutes.shape[1] or not (minutes >= 0).all():
        raise InvalidInput("matrix", f"{path} must be square and of numbers of at least 0")
    return Matrix(minutes=minutes, name=names)


def read_units(path: Path, matrix: Matrix) -> TracedUnits:
    """One unit a line: `unit,place`, or `place` alone, its unit then being the number of the line from 0."""
    rows = _lines(path, "bases")
    titled = any(not _is_place(cell, matrix) for cell in rows[0][-1:])
    header = [cell.strip().lower() for cell in rows[0]] if titled else []
    body = rows[1:] if titled else rows
    column = header.index("place") if "place" in header else -1
    unit = header.index("unit") if "unit" in header else (0 if not header and len(rows[0]) > 1 else None)
    names = tuple(str(k) if unit is None else row[unit].strip() for k, row in enumerate(body))
    return TracedUnits(name=names, base=matrix.places([row[column] for row in body], "bases"))


def trace(
    matrix: Matrix, units: TracedUnits, calls: Path, *, nodes: Path | None = None, home_factor: float = 1.0
) -> Iterator[TracedCall]:
    """Each call of the file in its order.

    `nodes` (id, x, y) puts units on their way home at the place next to the point on the straight line, by
    share of the time driven; without it they first drive on to the next place of a shortest way. Driving home
    takes `home_factor` of the matrix.
    """
    names, order, jobs = _calls(calls, matrix)
    x, y = _places_xy(nodes, matrix)
    count = len(units.base)
    city = City(
        time=np.ascontiguousarray(np.stack([matrix.minutes, matrix.minutes])[None]),
        band=np.zeros(168, np.int64), hour=HOUR_MIN, place_x=x, place_y=y,
        reach=np.zeros((len(x), 1), np.bool_), cell_weight=np.ones(1), posts=np.unique(units.base),
    )  # fmt: skip
    fleet = Units(
        kind=np.full(count, AMBULANCE, np.int64), base=units.base, turnout=np.zeros(count),
        turnout_rolling=np.zeros(count), duty_at=np.zeros(0), duty_unit=np.zeros(0, np.int64),
        duty_on=np.zeros(0, np.bool_),
    )  # fmt: skip
    rules = rules_of(SimulatedPolicy(), DispatchParams())._replace(
        by_priority=False, straight=nodes is not None, home_factor=home_factor
    )
    outcome = simulate(city, jobs, fleet, rules)
    row_of = np.argsort(order)
    return (_told(names[k], int(row_of[k]), jobs, outcome, units.name) for k in range(len(names)))


def _told(name: str, row: int, jobs: Jobs, outcome: Outcome, units: tuple[str, ...]) -> TracedCall:
    unit, at = int(outcome.unit[row]), float(jobs.at[row])
    if unit == NOBODY or not np.isfinite(outcome.arrived[row]):
        return TracedCall(call=name, unit=None, response_min=None, waited_min=None, freed_min=None)
    return TracedCall(
        call=name,
        unit=units[unit],
        response_min=float(outcome.arrived[row]) - at,
        waited_min=float(outcome.sent[row]) - at,
        freed_min=float(outcome.freed[row]),
    )


def _calls(path: Path, matrix: Matrix) -> tuple[list[str], Int64s, Jobs]:
    """(names in the file's order, the rows by time, jobs by time).

    Columns arrival_min, place, on_scene_min; hospital (empty: nobody is transported) and handover_min;
    call (a name) and to_hospital (0 or false: the hospital named is not driven to) may be left out.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as broken:
        raise InvalidInput("calls", f"{path} cannot be read: {broken.strerror}") from broken
    missing = {"arrival_min", "place", "on_scene_min"} - set(rows[0] if rows else {})
    if missing:
        raise InvalidInput("calls", f"{path} has no column {', '.join(sorted(missing))}")
    at = _numbers(rows, "arrival_min")
    order = np.argsort(at, kind="stable")
    drives = [
        _true(row.get("to_hospital", "1")) and bool((row.get("hospital") or "").strip()) for row in rows
    ]
    goes = np.full(len(rows), NOBODY, np.int64)
    goes[drives] = matrix.places([r["hospital"] for r, d in zip(rows, drives, strict=True) if d], "calls")
    jobs = Jobs(
        at=at[order],
        kind=np.full(len(rows), AMBULANCE, np.int64),
        place=matrix.places([row["place"] for row in rows], "calls")[order],
        goes_to=goes[order],
        priority=np.ones(len(rows), np.int64),
        scene=_numbers(rows, "on_scene_min")[order],
        handover=_numbers(rows, "handover_min")[order],
        after=np.full(len(rows), NOBODY, np.int64),
    )
    return [row.get("call") or str(k) for k, row in enumerate(rows)], order, jobs


def _numbers(rows: Sequence[Row], column: str) -> Float64s:
    values = []
    for line, row in enumerate(rows, 2):
        text = (row.get(column) or "0").strip()
        try:
            values.append(float(text))
        except ValueError:
            raise InvalidInput("calls", f"line {line}: {column} {text!r} is no number") from None
    found = np.array(values)
    if not (found >= 0).all() or not np.isfinite(found).all():
        line = int(np.flatnonzero(~((found >= 0) & np.isfinite(found)))[0]) + 2
        raise InvalidInput("calls", f"line {line}: {column} must be at least 0")
    return found


def _true(text: str | None) -> bool:
    return (text or "").strip().lower() not in ("", "0", "0.0", "false", "no")


def _places_xy(path: Path | None, matrix: Matrix) -> tuple[Float64s, Float64s]:
    if path is None:
        return np.zeros(len(matrix.name)), np.zeros(len(matrix.name))
    rows = _lines(path, "nodes")
    at = matrix.places([row[0] for row in rows[1:]], "nodes")
    if len(np.unique(at)) != len(matrix.name):
        raise InvalidInput("nodes", f"{path} must give x and y of every place of the matrix once")
    x, y = np.zeros(len(at)), np.zeros(len(at))
    x[at], y[at] = [float(row[1]) for row in rows[1:]], [float(row[2]) for row in rows[1:]]
    return x, y


def _lines(path: Path, field: str) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            rows = [row for row in csv.reader(lines) if any(cell.strip() for cell in row)]
    except OSError as broken:
        raise InvalidInput(field, f"{path} cannot be read: {broken.strerror}") from broken
    if not rows:
        raise InvalidInput(field, f"{path} is empty")
    return rows


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(text: str) -> str:
    """Place 12 may be written 12.0 by a table program."""
    text = text.strip()
    return text.removesuffix(".0") if text.removesuffix(".0").isdecimal() else text


def _is_place(text: str, matrix: Matrix) -> bool:
    return _plain(text) in matrix.name
