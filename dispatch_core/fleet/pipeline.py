"""From fixes as they came to fixes believed: every stage, in one place and in order.

A stage takes the case and returns it with its mark; none asks the world. `STAGES` is the whole of what
becomes of a fix between its decoding and its row in the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from dispatch_core.fleet.arbitration import Markers, winners
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.fixes import MOCK, UNPOSITIONED, Fixes
from dispatch_core.fleet.ground import Bools, Ground
from dispatch_core.fleet.neighbours import Doubted, Neighbours, jumps
from dispatch_core.fleet.telemetry import Refusal, TelemetryParams
from dispatch_core.roads.graph import Int64s, UInt8s

REFUSALS: tuple[Refusal, ...] = tuple(Refusal)
BELIEVED = 0  # code of a fix that no stage refused; that of a refusal is its place in REFUSALS plus one


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the store knows that bears on k fixes in fix order, row for row.

    stored           bool[k]   the same event of the same time is there already
    stored_refusal   uint8[k]  its verdict then
    before, after    the device's believed fixes nearest in time that are stored
    doubted          what was refused of each sender since
    markers          where each sender's unit was last believed to be
    """

    stored: Bools
    stored_refusal: UInt8s
    before: Neighbours
    after: Neighbours
    doubted: Doubted
    markers: Markers


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Fixes in fix order with all they are judged against, and the marks of the stages so far.

    refusal    uint8[k]  BELIEVED or a refusal's code
    repeated   bool[k]   seen before, in the store or in these fixes
    doubted    what is doubted of each sender after them
    moves      int64[u]  rows that become their unit's position, at most one a unit
    """

    fixes: Fixes
    known: Known
    ground: Ground
    received_at_us: int
    params: TelemetryParams
    refusal: UInt8s
    repeated: Bools
    doubted: Doubted
    moves: Int64s

    @property
    def alive(self) -> Bools:
        """Not refused, not seen before."""
        return np.asarray((self.refusal == BELIEVED) & ~self.repeated)


Stage = Callable[[Case], Case]
_Name = tuple[int, int, int]


def judged(
    fixes: Fixes, *, known: Known, ground: Ground, received_at_us: int, params: TelemetryParams
) -> Case:
    """All stages over fixes in fix order (`Fixes.fix_order`)."""
    case = Case(
        fixes=fixes, known=known, ground=ground, received_at_us=received_at_us, params=params,
        refusal=np.zeros(len(fixes), np.uint8), repeated=np.zeros(len(fixes), np.bool_),
        doubted=known.doubted, moves=np.zeros(0, np.int64),
    )  # fmt: skip
    for stage in STAGES:
        case = stage(case)
    return case


# -- stages ------------------------------------------------------------------------------------------------


def in_wgs84(case: Case) -> Case:
    """Converts what is declared in another datum, once."""
    fixes = case.fixes
    foreign = {s.datum for s in fixes.senders} - {Datum.WGS84}
    for datum in foreign:
        whose = np.array([s.datum is datum for s in fixes.senders])
        rows = whose[fixes.sender] & (np.abs(fixes.lon) <= 180) & (np.abs(fixes.lat) <= 90)
        lon, lat = fixes.lon.copy(), fixes.lat.copy()
        lon[rows], lat[rows] = case.ground.to_wgs84[datum](lon[rows], lat[rows])
        fixes = replace(fixes, lon=lon, lat=lat)
    return replace(case, fixes=fixes)


def not_repeated(case: Case) -> Case:
    """A fix that is stored keeps its verdict; of twins that came together the first is judged."""
    fixes = case.fixes
    twin = np.zeros(len(fixes), np.bool_)
    at, sender = fixes.fixed_at_us, fixes.sender
    same_time = np.flatnonzero((at[1:] == at[:-1]) & (sender[1:] == sender[:-1])) + 1
    seen: set[_Name] = set()
    for row, name in _named(fixes, np.union1d(same_time - 1, same_time)):
        twin[row] = name in seen
        seen.add(name)
    return replace(
        case, repeated=case.known.stored | twin,
        refusal=np.where(case.known.stored, case.known.stored_refusal, case.refusal),
    )  # fmt: skip


def _named(fixes: Fixes, rows: NDArray[np.intp]) -> Iterator[tuple[int, _Name]]:
    """These rows, each with what makes a fix the same: its device, its time, its event."""
    columns = (fixes.sender[rows], fixes.fixed_at_us[rows], fixes.event[rows])
    names = zip(*(column.tolist() for column in columns), strict=True)
    return zip(rows.tolist(), names, strict=True)


def refused_if(refusal: Refusal, holds: Callable[[Case], Bools]) -> Stage:
    """A stage that refuses what nobody refused before it."""
    code = REFUSALS.index(refusal) + 1

    def stage(case: Case) -> Case:
        bad = holds(case) & case.alive
        return replace(case, refusal=np.where(bad, np.uint8(code), case.refusal)) if bad.any() else case

    return stage


def _not_finite(case: Case) -> Bools:
    f = case.fixes
    told = np.isinf(f.heading_deg) | np.isinf(f.speed_kmh) | np.isinf(f.accuracy_m)
    return told | np.isinf(f.altitude_m) | ~np.isfinite(f.lon) | ~np.isfinite(f.lat)


def _not_on_earth(case: Case) -> Bools:
    return (np.abs(case.fixes.lon) > 180) | (np.abs(case.fixes.lat) > 90)


def _null_island(case: Case) -> Bools:
    # Receivers without a fix report zeros, sometimes jittered; no road lies within a kilometre of (0, 0).
    return (np.abs(case.fixes.lon) < 0.01) & (np.abs(case.fixes.lat) < 0.01)


def _outside_region(case: Case) -> Bools:
    return ~case.ground.holds(case.fixes.lon, case.fixes.lat)


def _in_future(case: Case) -> Bools:
    return case.fixes.fixed_at_us - case.received_at_us > case.params.max_future_s * 1e6


def _too_old(case: Case) -> Bools:
    return case.received_at_us - case.fixes.fixed_at_us > case.params.retention_s * 1e6


def _inaccurate(case: Case) -> Bools:
    accuracy_m = case.fixes.accuracy_m
    return (accuracy_m < 0) | (accuracy_m > case.params.max_accuracy_m)


def _impossible_claim(case: Case) -> Bools:
    return (case.fixes.speed_kmh < 0) | (case.fixes.speed_kmh > case.params.max_speed_kmh)


def without_jumps(case: Case) -> Case:
    """Refuses what nobody can have driven to, and keeps in mind whom it doubts."""
    known = case.known
    bad, doubted = jumps(case.fixes, case.alive, known.before, known.after, known.doubted, case.params)
    refused = refused_if(Refusal.IMPOSSIBLE_SPEED, lambda _: bad)(case)
    return replace(refused, doubted=doubted)


def twins_agree(case: Case) -> Case:
    """A twin is told what the first was told."""
    fixes, twin = case.fixes, case.repeated & ~case.known.stored
    if not twin.any():
        return case
    refusal = case.refusal.copy()
    first: dict[_Name, int] = {}
    for row, name in _named(fixes, np.flatnonzero(np.isin(fixes.event, fixes.event[twin]))):
        refusal[row] = refusal[first.setdefault(name, row)]
    return replace(case, refusal=refusal)


def newest_of_best_source(case: Case) -> Case:
    """Which fixes become markers: newer than the marker, of the device that has the unit's word."""
    return replace(case, moves=winners(case.fixes, case.alive, case.known.markers, case.params))


STAGES: tuple[Stage, ...] = (
    in_wgs84,
    not_repeated,
    refused_if(Refusal.NO_FIX, lambda case: (case.fixes.flags & UNPOSITIONED) != 0),
    refused_if(Refusal.NOT_FINITE, _not_finite),
    refused_if(Refusal.NOT_ON_EARTH, _not_on_earth),
    refused_if(Refusal.NULL_ISLAND, _null_island),
    refused_if(Refusal.OUTSIDE_REGION, _outside_region),
    refused_if(Refusal.IN_FUTURE, _in_future),
    refused_if(Refusal.TOO_OLD, _too_old),
    refused_if(Refusal.MOCK, lambda case: (case.fixes.flags & MOCK) != 0),
    refused_if(Refusal.INACCURATE, _inaccurate),
    refused_if(Refusal.IMPOSSIBLE_SPEED, _impossible_claim),
    without_jumps,
    newest_of_best_source,
    twins_agree,
)


def reasons(refusal: UInt8s) -> list[Refusal | None]:
    """Codes as words; None for what is believed."""
    words: tuple[Refusal | None, ...] = (None, *REFUSALS)
    return [words[code] for code in refusal.tolist()]


def code_of(reason: str | None) -> int:
    """The inverse for one word."""
    return BELIEVED if reason is None else REFUSALS.index(Refusal(reason)) + 1


def inverse(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The permutation that puts results in fix order back into the order of arrival."""
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return back
