"""Which open accident a report may be of: near along the road, near in time, the same plate or telephone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from dispatch_core.duplicates import DuplicateParams, DuplicateState, Likeness, likelihood
from dispatch_core.geo import LonLat, distance_m
from dispatch_core.ids import DuplicateId, IncidentId, ReportId
from dispatch_core.incidents import Incident
from dispatch_core.services.reports import AccidentReport, phone_key, plate_key
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import duplicates, incidents

_LOOKED_AT = 8  # open incidents in the circle; more than these few are no nearer along the road
BY_ITSELF = "dispatch"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An accident known already, and how likely a report is of it."""

    known: Incident
    likeness: Likeness
    likelihood: float


def most_alike(
    tx: Transaction, world: World, report: AccidentReport, params: DuplicateParams
) -> Match | None:
    """The open accident that the report is most likely of; None if none is near enough."""
    near = incidents.open_near(
        tx.connection, report.place, within_m=params.within_m, limit=_LOOKED_AT,
        since=tx.now - timedelta(seconds=params.within_s),
    )  # fmt: skip
    apart_m = apart_along_road_m(world, report.place, [known.place for known in near], params)
    found = [
        match(tx, known, report, m, params) for known, m in zip(near, apart_m, strict=True)
    ]  # fmt: skip
    best = max(found, key=lambda one: (one.likelihood, -one.likeness.apart_m), default=None)
    return best if best is not None and best.likelihood > 0 else None


def match(
    tx: Transaction, known: Incident, report: AccidentReport, apart_m: float, params: DuplicateParams
) -> Match:
    """How alike a report is to everything that was said of a known accident."""
    heard = incidents.reports_of(tx.connection, known.id)
    plates = {plate_key(plate) for row in heard for plate in row.said["plates"]}
    phones = {phone_key(row.caller_phone) for row in heard if row.caller_phone}
    likeness = Likeness(
        apart_m=apart_m,
        apart_s=abs((tx.now - known.reported_at).total_seconds()),
        same_plate=not plates.isdisjoint(map(plate_key, report.plates)),
        same_phone=bool(report.caller_phone) and phone_key(report.caller_phone) in phones,
    )
    return Match(known=known, likeness=likeness, likelihood=likelihood(likeness, params))


def apart_along_road_m(
    world: World, here: LonLat, places: list[LonLat], params: DuplicateParams
) -> list[float]:
    """Metres along the road; as the crow flies within `same_spot_m`, where positions are no better."""
    flown = [distance_m(here, place) for place in places]
    far = [k for k, m in enumerate(flown) if m > params.same_spot_m]
    driven = dict(zip(far, world.road_m(here, [places[k] for k in far]), strict=True)) if far else {}
    return [max(driven[k], m) if k in driven else m for k, m in enumerate(flown)]


def keep_match(tx: Transaction, found: Match, report_id: ReportId, *, opened: IncidentId | None) -> None:
    """Stores the likeness: joined already, or proposed where an incident was opened for the report."""
    duplicate_id = DuplicateId(tx.new_id())
    state = DuplicateState.JOINED if opened is None else DuplicateState.PROPOSED
    duplicates.add(
        tx.connection, id=duplicate_id, report_id=report_id, known_id=found.known.id, opened_id=opened,
        state=state.value, likelihood=found.likelihood,
        apart_m=metres(found.likeness.apart_m), apart_s=found.likeness.apart_s,
        same_plate=found.likeness.same_plate, same_phone=found.likeness.same_phone, found_at=tx.now,
        answered_at=tx.now if opened is None else None, answered_by=BY_ITSELF if opened is None else "",
    )  # fmt: skip
    tx.record(
        "duplicate", state.value, duplicate_id, known_id=str(found.known.id),
        opened_id=None if opened is None else str(opened), likelihood=round(found.likelihood, 3),
    )  # fmt: skip


def metres(apart_m: float) -> float | None:
    """As it is stored: null where there is no road."""
    return None if apart_m == float("inf") else round(apart_m, 1)
