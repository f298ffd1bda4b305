"""Open needs and the units weighed for them, as frozen arrays in a canonical order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import Capability, Need, UnitKind, substitution
from dispatch_core.ids import IncidentId, UnitId

__all__ = ["Candidate", "Commitment", "OpenIncident", "Problem", "pose"]

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]
Int8s = NDArray[np.int8]
Bools = NDArray[np.bool_]
_Scalar = TypeVar("_Scalar", bound=np.generic)

# Values of `Problem.fit`.
UNFIT, EXACT, SUBSTITUTE = -1, 0, 1


@dataclass(frozen=True, kw_only=True)
class Problem:
    """i incidents with n needs in all, u units; make it with `pose`. What follows from it is kept once asked.

    incidents, units   sorted by id, so that the order in which they were loaded cannot change a plan
    eta_s              float64[i, u]  routed seconds in the unit's own mode; inf: no road
    declined_ago_s     float64[i, u]  since it last declined or let the offer expire; inf: never
    coverage_loss      float64[u]     percentage points of demand uncovered without it (coverage.expected)
    row_incident       int64[n]       incident of each need
    row_need           what is open or served by a commitment, sorted by capability within an incident
    committed_row      int64[u]       the need that the unit is on its way to, -1 for none
    fit                int8[n, u]     UNFIT, EXACT or SUBSTITUTE
    """

    incidents: tuple[OpenIncident, ...]
    units: tuple[Candidate, ...]
    eta_s: Float64s
    declined_ago_s: Float64s
    coverage_loss: Float64s
    row_incident: Int64s
    row_need: tuple[Need, ...]
    committed_row: Int64s
    fit: Int8s

    @cached_property
    def row_count(self) -> Int64s:
        """int64[n]: units that each need asks."""
        return _frozen(np.array([need.count for need in self.row_need], np.int64))

    @cached_property
    def row_priority(self) -> Int64s:
        """int64[n]: priority of each need's incident."""
        priorities = np.array([incident.priority for incident in self.incidents], np.int64)
        return _frozen(priorities[self.row_incident])

    @cached_property
    def is_tow_row(self) -> Bools:
        """bool[n]: the needs that a tow truck or crane fills."""
        return _frozen(np.array([need.capability.kind is UnitKind.TOW for need in self.row_need], np.bool_))

    @cached_property
    def is_own_row(self) -> Bools:
        """bool[n, u]: the pairs that are under way already."""
        return _frozen(np.arange(len(self.row_need))[:, np.newaxis] == self.committed_row)

    @cached_property
    def position_age_s(self) -> Float64s:
        """float64[u]: age of each unit's newest believed fix; inf if it has none."""
        ages = (unit.position_age_s for unit in self.units)
        return _frozen(np.array([np.inf if age is None else max(age, 0.0) for age in ages], np.float64))

    @cached_property
    def turnout_s(self) -> Float64s:
        """float64[u]"""
        return _frozen(np.array([unit.turnout_s for unit in self.units], np.float64))

    @cached_property
    def response_s(self) -> Float64s:
        """float64[i, u]: turnout and road; inf where there is no road."""
        return _frozen(self.eta_s + self.turnout_s)


def pose(
    incidents: Sequence[OpenIncident],
    units: Sequence[Candidate],
    *,
    eta_s: ArrayLike,
    declined_ago_s: Mapping[tuple[IncidentId, UnitId], float] | None = None,
    coverage_loss: Mapping[UnitId, float] | None = None,
) -> Problem:
    """State the problem; `eta_s[i, u]` goes by the order in which incidents and units are given.

    An ambulance's column is routed in Mode.SIREN, a tow truck's in Mode.ROAD; a unit that cannot be sent at
    all (off shift, engaged, never seen) may have inf there: it is passed over for that before its road is
    asked. An incident that a unit is committed to must be among `incidents`, if only with `needs=()`.
    """
    table = np.asarray(eta_s, np.float64).reshape(len(incidents), len(units))
    if np.isnan(table).any() or (table < 0).any():
        raise InvalidInput("eta_s", "must be at least 0; inf where there is no road")
    by_incident = sorted(range(len(incidents)), key=lambda i: incidents[i].id.int)
    by_unit = sorted(range(len(units)), key=lambda u: units[u].id.int)
    asking = tuple(incidents[i] for i in by_incident)
    asked = tuple(units[u] for u in by_unit)
    _refuse_twins("incidents", [incident.id for incident in asking])
    _refuse_twins("units", [unit.id for unit in asked])
    rows = _rows(asking, asked)
    row_need = tuple(need for _, need in rows)
    return Problem(
        incidents=asking,
        units=asked,
        eta_s=_frozen(table[np.ix_(by_incident, by_unit)]),
        declined_ago_s=_frozen(_declined(asking, asked, declined_ago_s or {})),
        coverage_loss=_frozen(_losses(asked, coverage_loss or {})),
        row_incident=np.array([i for i, _ in rows], np.int64),
        row_need=row_need,
        committed_row=_committed_row(asking, asked, rows),
        fit=_fit(row_need, asked),
    )


def _refuse_twins(field: str, ids: Sequence[IncidentId] | Sequence[UnitId]) -> None:
    if len({one.int for one in ids}) != len(ids):  # a UUID takes long to hash itself
        raise InvalidInput(field, "name one twice")


def _losses(units: tuple[Candidate, ...], loss: Mapping[UnitId, float]) -> Float64s:
    if not loss:
        return np.zeros(len(units))
    return np.array([loss.get(unit.id, 0.0) for unit in units], np.float64)


def _frozen(table: NDArray[_Scalar]) -> NDArray[_Scalar]:
    table = np.ascontiguousarray(table)
    table.flags.writeable = False
    return table


def _rows(incidents: tuple[OpenIncident, ...], units: tuple[Candidate, ...]) -> list[tuple[int, Need]]:
    """(incident, need) where the need counts what is open and what movable units are on their way to."""
    place = {incident.id: i for i, incident in enumerate(incidents)}
    asked: Counter[tuple[int, Capability]] = Counter()
    for i, incident in enumerate(incidents):
        for need in incident.needs:
            asked[i, need.capability] += need.count
    for unit in units:
        if unit.commitment is not None:
            if unit.commitment.incident_id not in place:
                raise InvalidInput("incidents", f"leave out the one that {unit.call_sign} is committed to")
            asked[place[unit.commitment.incident_id], unit.commitment.need] += 1
    return [(i, Need(capability=c, count=asked[i, c])) for i, c in sorted(asked)]


def _committed_row(
    incidents: tuple[OpenIncident, ...], units: tuple[Candidate, ...], rows: list[tuple[int, Need]]
) -> Int64s:
    if all(unit.commitment is None for unit in units):
        return np.full(len(units), -1, np.int64)
    row_of = {(incidents[i].id, need.capability): row for row, (i, need) in enumerate(rows)}
    commitments = (unit.commitment for unit in units)
    return np.array([-1 if c is None else row_of[c.incident_id, c.need] for c in commitments], np.int64)


def _declined(
    incidents: tuple[OpenIncident, ...],
    units: tuple[Candidate, ...],
    ago_s: Mapping[tuple[IncidentId, UnitId], float],
) -> Float64s:
    table = np.full((len(incidents), len(units)), np.inf)
    if not ago_s:
        return table
    row = {incident.id: i for i, incident in enumerate(incidents)}
    column = {unit.id: u for u, unit in enumerate(units)}
    for (incident_id, unit_id), since_s in ago_s.items():
        if incident_id in row and unit_id in column:
            table[row[incident_id], column[unit_id]] = since_s
    return table


_FIT_OF: dict[bool | None, int] = {None: UNFIT, False: EXACT, True: SUBSTITUTE}


def _fit(needs: tuple[Need, ...], units: tuple[Candidate, ...]) -> Int8s:
    """Few sets of capabilities and few needs differ: ask once for each pair."""
    outfits = sorted({unit.capabilities for unit in units}, key=sorted)
    outfit_of = {outfit: k for k, outfit in enumerate(outfits)}
    unit_outfit = np.array([outfit_of[unit.capabilities] for unit in units], np.int64)
    fit_of = {
        asked: np.array([_FIT_OF[substitution(outfit, asked)] for outfit in outfits], np.int8)
        for asked in {need.capability for need in needs}
    }
    fit = np.full((len(needs), len(units)), UNFIT, np.int8)
    if units:
        for row, need in enumerate(needs):
            fit[row] = fit_of[need.capability][unit_outfit]
    fit.flags.writeable = False
    return fit
