"""Two incidents that are one accident made one, and parted again: nothing is lost, and everything is told.

Reports and missions go with the incident; timelines stay where they were written, each says what happened.
Locks as in `closing`: both incidents by id, missions by id, units, then cases and outbox with the commit.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row

from dispatch_core.assignment.response_plans import ResponsePlanBook
from dispatch_core.duplicates import (
    Asked,
    DuplicateEvent,
    DuplicateParams,
    DuplicateState,
    joined,
    parted,
    state_after,
    together,
)
from dispatch_core.errors import Conflict, InvalidInput
from dispatch_core.ids import DuplicateId, IncidentId, MissionId, ReportId
from dispatch_core.incidents import Incident, IncidentEvent, IncidentStatus, incident_after
from dispatch_core.missions import FILLING, MOVABLE, Mission, MissionEvent
from dispatch_core.services.alikeness import apart_along_road_m, match, metres
from dispatch_core.services.closing import close_if_done, end_mission
from dispatch_core.services.reporting import open_incident, told
from dispatch_core.services.reports import AccidentReport
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.services.world import World
from dispatch_core.store import duplicates, incidents, missions, tokens

CALLED_BACK = "joined"  # why a crew that both incidents had asked for turns back


def join(tx: Transaction, duplicate_id: DuplicateId, *, reason: str, by: str) -> Incident:
    """The accident that both are; Conflict unless both incidents are open. Does not commit."""
    seen = duplicates.get(tx.connection, duplicate_id)
    state = state_after(DuplicateState(seen.state), DuplicateEvent.JOIN)
    return _join(tx, seen, state, IncidentId(seen.opened_id), IncidentId(seen.known_id), reason, by)


def join_incidents(
    tx: Transaction, world: World, incident_id: IncidentId, into_id: IncidentId, *,
    params: DuplicateParams, reason: str, by: str,
) -> Incident:  # fmt: skip
    """Joins any two open incidents that a person takes for one accident; does not commit."""
    known = incidents.get(tx.connection, into_id)
    first = incidents.reports_of(tx.connection, incident_id)[:1]
    if not first or incident_id == into_id:
        raise InvalidInput("into", "must be another incident")
    report_id = ReportId(first[0].id)
    seen = duplicates.of_report(tx.connection, report_id)
    if seen is None:
        report = AccidentReport.of_said(first[0].said, caller_phone=first[0].caller_phone)
        (apart_m,) = apart_along_road_m(world, report.place, [known.place], params)
        likely = match(tx, known, report, apart_m, params)
        duplicate_id = DuplicateId(tx.new_id())
        duplicates.add(
            tx.connection, id=duplicate_id, report_id=report_id, known_id=into_id, opened_id=incident_id,
            state=DuplicateState.PROPOSED.value, likelihood=likely.likelihood, apart_m=metres(apart_m),
            apart_s=likely.likeness.apart_s, same_plate=likely.likeness.same_plate,
            same_phone=likely.likeness.same_phone, found_at=tx.now,
        )  # fmt: skip
        seen = duplicates.get(tx.connection, duplicate_id)
    state = state_after(DuplicateState(seen.state), DuplicateEvent.JOIN)
    return _join(tx, seen, state, incident_id, into_id, reason, by)


def dismiss(tx: Transaction, duplicate_id: DuplicateId, *, reason: str, by: str) -> None:
    """They are two accidents; does not commit."""
    seen = duplicates.get(tx.connection, duplicate_id)
    state = state_after(DuplicateState(seen.state), DuplicateEvent.DISMISS)
    _answer(tx, seen, state, reason, by)


def _join(
    tx: Transaction, seen: Row[Any], state: DuplicateState, later_id: IncidentId, known_id: IncidentId,
    reason: str, by: str,
) -> Incident:  # fmt: skip
    into_id = duplicates.root(tx.connection, known_id)
    found = {one.id: one for one in incidents.by_ids(tx.connection, {later_id, into_id}, for_update=True)}
    known, later = found[into_id], found[later_id]
    for one in (known, later):
        if one.status is not IncidentStatus.OPEN:
            raise Conflict(f"incident {one.number} is {one.status}", code="incident-status-conflict")
    if into_id == later_id:
        raise Conflict("they are one incident already", code="duplicate-state-conflict")
    reports = duplicates.move_reports(tx.connection, None, origin=later.id, to=known.id)
    moved = missions.move(tx.connection, None, origin=later.id, to=known.id)
    merged = replace(incident_after(later, IncidentEvent.MERGE), merged_into=known.id)
    incidents.save(tx.connection, merged, ended_at=tx.now)
    grown = joined(known, Asked.of(later))
    kept: dict[str, Any] = {}
    if later.alarm_level > known.alarm_level:
        kept["alarm_level"] = known.alarm_level
        grown = replace(grown, alarm_level=later.alarm_level, version=known.version + 1)
    if grown is not known:
        incidents.save(tx.connection, grown)
    facts = {"mission_ids": [str(m.id) for m in moved], "report_ids": list(map(str, reports))}
    tx.record("incident", "merged", later.id, into=str(known.id), number=later.number,
              into_number=known.number, reason=reason, by=by, **facts)  # fmt: skip
    tx.record("incident", "changed", known.id, joined=str(later.id), joined_number=later.number,
              reason=reason, by=by, **facts, **told(grown))  # fmt: skip
    _tell_moved(tx, moved, origin=later.id)
    _answer(
        tx, seen, state, reason, by, known_id=known.id, opened_id=later.id,
        kept=kept | {"reports": list(map(str, reports)), "missions": [str(m.id) for m in moved]},
    )  # fmt: skip
    _call_back_surplus(tx, grown, by)
    return grown


def _call_back_surplus(tx: Transaction, known: Incident, by: str) -> None:
    """Of the crews that both had asked for, who would come last of those not needed turn back."""
    here = [m for m in missions.of_incidents(tx.connection, [known.id]) if m.status in FILLING]
    asked = {need.capability: need.count for need in known.needs}
    last_first = sorted(here, key=lambda m: (m.status in MOVABLE, m.eta_at, m.id), reverse=True)
    left = Counter(m.need for m in here)
    turned = []
    for mission in last_first:
        if mission.status in MOVABLE and left[mission.need] > asked.get(mission.need, 0):
            left[mission.need] -= 1
            turned.append(mission)
    for mission in sorted(turned, key=lambda m: m.unit_id):
        end_mission(
            tx, missions.get(tx.connection, mission.id, for_update=True), MissionEvent.CANCEL, by=by,
            reason=CALLED_BACK,
        )  # fmt: skip


def split(
    tx: Transaction, world: World, duplicate_id: DuplicateId, *, book: ResponsePlanBook, reason: str, by: str
) -> Incident:
    """The incident of the report, on its own again with its reports and missions; does not commit.

    One that was never opened, because the report joined at once, is opened now, as of when it was reported.
    """
    seen = duplicates.get(tx.connection, duplicate_id)
    state = state_after(DuplicateState(seen.state), DuplicateEvent.SPLIT)
    if seen.opened_id is None:
        return _split_report(tx, world, seen, state, book, reason, by)
    return _split_incident(tx, seen, state, book, reason, by)


def _split_report(
    tx: Transaction, world: World, seen: Row[Any], state: DuplicateState, book: ResponsePlanBook,
    reason: str, by: str,
) -> Incident:  # fmt: skip
    known = _locked_root(tx, IncidentId(seen.known_id))
    before = _heard(tx.connection, known.id, book)
    row = next(one for one in incidents.reports_of(tx.connection, known.id) if one.id == seen.report_id)
    report = AccidentReport.of_said(row.said, caller_phone=row.caller_phone)
    made = open_incident(
        tx, world, report, report.asked(book), at=row.received_at, split_from=str(known.id),
        split_from_number=known.number, reason=reason, by=by,
    )  # fmt: skip
    duplicates.move_reports(tx.connection, [seen.report_id], origin=known.id, to=made.id)
    tokens.move_links(tx.connection, origin=known.id, to=made.id, issued_at=row.received_at)
    _shrink(tx, known, made, before, book, reason, by)
    _answer(tx, seen, state, reason, by, opened_id=made.id)
    return made


def _split_incident(
    tx: Transaction, seen: Row[Any], state: DuplicateState, book: ResponsePlanBook, reason: str, by: str
) -> Incident:
    known_id = incidents.get(tx.connection, IncidentId(seen.opened_id)).merged_into
    if known_id is None:
        raise Conflict("they are two incidents already", code="duplicate-state-conflict")
    wanted = {known_id, IncidentId(seen.opened_id)}
    found = {one.id: one for one in incidents.by_ids(tx.connection, wanted, for_update=True)}
    known, merged = found[known_id], found[IncidentId(seen.opened_id)]
    if merged.merged_into != known_id:
        raise Conflict("somebody was faster; look again and repeat", code="version-conflict")
    if known.status is IncidentStatus.MERGED:
        raise Conflict(
            f"incident {known.number} has itself been joined to another; split that first",
            code="incident-status-conflict",
        )
    known = _lowered(tx, known, merged, seen.kept.get("alarm_level"))
    before = _heard(tx.connection, known.id, book)
    later = replace(incident_after(merged, IncidentEvent.REOPEN), merged_into=None)
    incidents.save(tx.connection, later)
    reports = list(map(UUID, seen.kept["reports"]))
    duplicates.move_reports(tx.connection, reports, origin=known.id, to=later.id)
    mine = [MissionId(UUID(one)) for one in seen.kept["missions"]]
    moved = missions.move(tx.connection, mine, origin=known.id, to=later.id)
    tx.record("incident", "reopened", later.id, split_from=str(known.id), reason=reason, by=by,
              mission_ids=[str(m.id) for m in moved], **told(later))  # fmt: skip
    _tell_moved(tx, moved, origin=known.id)
    _shrink(tx, known, later, before, book, reason, by)
    _answer(tx, seen, state, reason, by, known_id=known.id)
    close_if_done(tx, later)
    return incidents.get(tx.connection, later.id)


def _lowered(tx: Transaction, known: Incident, merged: Incident, before: int | None) -> Incident:
    """Without the alarm level that the joining raised, if nobody has raised it further since."""
    if before is None or known.status is not IncidentStatus.OPEN or known.alarm_level != merged.alarm_level:
        return known
    lowered = replace(known, alarm_level=before, version=known.version + 1)
    incidents.save(tx.connection, lowered)
    return lowered


def _locked_root(tx: Transaction, incident_id: IncidentId) -> Incident:
    """Where the reports of an incident are now."""
    found = incidents.get(tx.connection, duplicates.root(tx.connection, incident_id), for_update=True)
    if found.status is IncidentStatus.MERGED:
        raise Conflict("somebody was faster; look again and repeat", code="version-conflict")
    return found


def _heard(connection: Connection, incident_id: IncidentId, book: ResponsePlanBook) -> Asked:
    """What an incident's reports, and the incidents joined to it, ask together."""
    said = [
        AccidentReport.of_said(row.said, caller_phone=row.caller_phone).asked(book)
        for row in incidents.reports_of(connection, incident_id)
    ]
    others = incidents.by_ids(connection, duplicates.merged_into(connection, incident_id))
    return together(said + [Asked.of(one) for one in others])


def _shrink(
    tx: Transaction, known: Incident, gone: Incident, before: Asked, book: ResponsePlanBook, reason: str,
    by: str,
) -> None:  # fmt: skip
    here = missions.of_incidents(tx.connection, [known.id])
    left = known
    if known.status is IncidentStatus.OPEN:
        filled = Counter(m.need for m in here if m.status in FILLING)
        after = _heard(tx.connection, known.id, book)
        left = parted(known, before=before, after=after, filled=filled)
        if left is not known:
            incidents.save(tx.connection, left)
    tx.record("incident", "changed", known.id, split=str(gone.id), split_number=gone.number, reason=reason,
              by=by, **told(left))  # fmt: skip
    if any(not m.is_active for m in here):
        close_if_done(tx, left)


def _tell_moved(tx: Transaction, moved: list[Mission], *, origin: IncidentId) -> None:
    """So that crews, desks and both timelines know whose each mission is now."""
    for mission in moved:
        tx.record(
            "mission", "moved", mission.id, incident_id=str(mission.incident_id),
            unit_id=str(mission.unit_id), from_incident_id=str(origin), status=mission.status.value,
        )  # fmt: skip


def _answer(
    tx: Transaction, seen: Row[Any], state: DuplicateState, reason: str, by: str, **values: Any
) -> None:
    if not reason.strip():
        raise InvalidInput("reason", "say why the reports are joined, kept apart or split")
    duplicates.answer(
        tx.connection, seen, state=state.value, answered_at=tx.now, answered_by=by, reason=reason, **values
    )
    tx.record(
        "duplicate", state.value, seen.id, known_id=str(values.get("known_id", seen.known_id)),
        opened_id=str(values.get("opened_id", seen.opened_id)), reason=reason, by=by,
    )  # fmt: skip
