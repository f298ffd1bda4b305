"""Matrices of travel times and the coordinates of their places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s, Int64s
from simulations.traces.tables import MINUTES_IN, Column, Table, TimeUnit, is_number, plain_name, read_table

_FROM = ("from", "origin", "source", "fromid", "originid", "o", "i")
_TO = ("to", "destination", "target", "toid", "destinationid", "d", "j")
_TIME = ("minute", "time", "traveltime", "drivingtime", "duration", "cost", "second", "value")
PLACE = (
    "place", "placeid", "location", "locationid", "node", "nodeid", "postalcode", "postcode", "zip",
    "zipcode", "zone", "zoneid", "district", "scene",
)  # fmt: skip
_X = ("x", "lon", "lng", "longitude", "xcoord", "xcoordinate", "easting")
_Y = ("y", "lat", "latitude", "ycoord", "ycoordinate", "northing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """minutes float64[p, p] from row to column; `name` of each place as the files write it."""

    minutes: Float64s
    name: tuple[str, ...]

    def place_numbers(self, column: Column) -> Int64s:
        """int64[n], −1 where the cell is empty."""
        number = {name: k for k, name in enumerate(self.name)}
        found = []
        for line, text in column:
            plain = plain_name(text)
            if text and plain not in number:
                raise column.table.complaint(f"names place {plain}, which the matrix lacks", line)
            found.append(number[plain] if text else -1)
        return np.array(found, np.int64)

    def has(self, text: str) -> bool:
        return plain_name(text) in self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """x, y float64[p] of the matrix's places, whose order is that of the file of nodes."""

    matrix: Matrix
    x: Float64s
    y: Float64s


def read_matrix(path: Path, *, unit: TimeUnit = "minutes") -> Matrix:
    """A square with names in its first line, its first column or both, or with none: places 0…p−1.

    Also a .npy without names, and a list of pairs with columns from, to and time (a place to itself: 0).
    """
    if path.suffix == ".npy":
        cells = np.asarray(np.load(path, allow_pickle=False), np.float64)
        return _checked(cells * MINUTES_IN[unit], None, path)
    table = read_table(path, "matrix")
    headed = table.headed()
    if headed.find(_FROM) and headed.find(_TO) and headed.find(_TIME):
        return _from_pairs(headed, unit)
    names, body = _named(table)
    minutes = np.array(
        [[_cell(table, line, text, k) for k, text in enumerate(row, 1)] for line, row in body], np.float64
    )
    return _checked(minutes * MINUTES_IN[unit], names, path)


def read_grounds(path: Path, matrix: Matrix) -> Grounds:
    """Coordinates of every place of the matrix; places that it lacks are passed over."""
    table = read_table(path, "nodes").headed()
    x, y = table.column(_X, "x"), table.column(_Y, "y")
    place = table.find(("id", *PLACE)) or Column(table=table, at=0, name=table.heading[0] or "place")
    number = {name: k for k, name in enumerate(matrix.name)}
    at: dict[int, tuple[float, float]] = {}
    for (line, name), (_, east), (_, north) in zip(place, x, y, strict=True):
        known = number.get(plain_name(name))
        if known is None:
            continue
        if known in at:
            raise table.complaint(f"gives place {plain_name(name)} for the second time", line)
        at[known] = _coordinate(table, line, east), _coordinate(table, line, north)
    missing = next((name for name, k in number.items() if k not in at), None)
    if missing is not None:
        raise table.complaint(f"says nothing of place {missing} of the matrix")
    order = np.array(list(at), np.int64)
    xy = np.array([at[k] for k in order.tolist()])
    return Grounds(
        matrix=Matrix(
            minutes=np.ascontiguousarray(matrix.minutes[np.ix_(order, order)]),
            name=tuple(matrix.name[k] for k in order),
        ),
        x=np.ascontiguousarray(xy[:, 0]),
        y=np.ascontiguousarray(xy[:, 1]),
    )


def _coordinate(table: Table, line: int, text: str) -> float:
    plain = text.replace(",", ".") if table.separator != "," else text
    if not is_number(plain) or not np.isfinite(float(plain)):
        raise table.complaint(f"{text!r} is no coordinate", line)
    return float(plain)


Body = Sequence[tuple[int, Sequence[str]]]


def _named(table: Table) -> tuple[tuple[str, ...] | None, Body]:
    """The places' names, if there are any, and the rows of numbers in that order."""
    rows = table.rows
    lines, width = len(rows), max(len(row) for _, row in rows)
    short = next(((line, len(row)) for line, row in rows[1:] if len(row) != width), None)
    if short is not None:
        raise table.complaint(f"has {short[1]} cells, others {width}", short[0])
    if lines == width and _is_bare(table):  # no names at all
        return None, rows
    if lines == width and len(rows[0][1]) == width:  # names above and at the side
        return _sorted(table, rows[0][1][1:], rows[1:])
    if lines == width + 1 and len(rows[0][1]) == width:  # names above
        return _unique(table, rows[0][1]), rows[1:]
    if lines == width and len(rows[0][1]) == width - 1:  # names above, none over the names at the side
        return _sorted(table, rows[0][1], rows[1:])
    if lines == width - 1:  # names at the side
        return _unique(table, [row[0] for _, row in rows]), [(line, row[1:]) for line, row in rows]
    raise table.complaint(f"must be square, with or without names: it has {lines} lines of {width} cells")


def _is_bare(table: Table) -> bool:
    """Whether the first line is one of numbers rather than of names.

    A table of numbers over numbered places looks the same but for its corner, which then is empty or a word.
    """
    return len(table.rows[0][1]) == len(table.rows) and is_number(table.rows[0][1][0].replace(",", "."))


def _sorted(table: Table, above: Sequence[str], body: Body) -> tuple[tuple[str, ...], Body]:
    """Rows brought into the order of the columns."""
    names = _unique(table, above)
    row_of = {plain_name(row[0]): (line, row[1:]) for line, row in body}
    missing = next((name for name in names if name not in row_of), None)
    if missing is not None:
        raise table.complaint(f"has a column for place {missing}, but no line")
    return names, [row_of[name] for name in names]


def _unique(table: Table, names: Sequence[str]) -> tuple[str, ...]:
    plain = tuple(plain_name(name) for name in names)
    twice = next((name for k, name in enumerate(plain) if name in plain[:k]), None)
    if twice is not None:
        raise table.complaint(f"names place {twice} twice")
    return plain


def _cell(table: Table, line: int, text: str, column: int) -> float:
    plain = text.strip().replace(",", ".") if table.separator != "," else text
    if not is_number(plain):
        raise table.complaint(f"column {column}: {text.strip()[:40]!r} is no number", line)
    return float(plain)


def _from_pairs(table: Table, unit: TimeUnit) -> Matrix:
    start, end = table.column(_FROM, "from"), table.column(_TO, "to")
    time = table.column(_TIME, "time")
    told = time.unit or ("seconds" if time.name.strip().lower() == "seconds" else unit)
    minutes = time.minutes(told)
    starts, ends = ([plain_name(text) for text in column.texts()] for column in (start, end))
    number = {name: k for k, name in enumerate(dict.fromkeys(starts + ends))}
    cells = np.full((len(number), len(number)), np.nan)
    np.fill_diagonal(cells, 0.0)
    cells[[number[a] for a in starts], [number[b] for b in ends]] = minutes
    names = tuple(number)
    if np.isnan(cells).any():
        a, b = np.argwhere(np.isnan(cells))[0]
        raise table.complaint(f"has no line from {names[a]} to {names[b]}")
    return _checked(cells, names, table.path)


def _checked(minutes: Float64s, names: tuple[str, ...] | None, path: Path) -> Matrix:
    if minutes.ndim != 2 or minutes.shape[0] != minutes.shape[1]:
        raise InvalidInput("matrix", f"{path} must be square, but is {' × '.join(map(str, minutes.shape))}")
    known = names or tuple(str(k) for k in range(len(minutes)))
    wrong = np.argwhere(~((minutes >= 0) & np.isfinite(minutes)))
    if len(wrong):
        a, b = wrong[0]
        raise InvalidInput(
            "matrix", f"{path}: from {known[a]} to {known[b]} is {minutes[a, b]}: not a time of at least 0"
        )
    return Matrix(minutes=np.ascontiguousarray(minutes), name=known)
