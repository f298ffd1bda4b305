"""Every accident has a case, and whatever dispatch does for it is written there, in the same transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import tzinfo
from uuid import UUID

from sqlalchemy import Connection

from accident_case.case import Case, CaseState, case_number
from accident_case.store import cases
from accident_case.timeline import Entry, chained, first_broken
from dispatch_core.ids import CaseId, IncidentId
from dispatch_core.services.facts import Fact
from dispatch_core.services.unit_of_work import Subscriber, Transaction

# Arrivals drawing nearer are no step of the case.
_NOT_WRITTEN = frozenset({("mission", "eta")})


def recorder(zone: tzinfo) -> Subscriber:
    """Writes facts of incidents and missions to their cases; `zone` dates the cases' numbers."""

    def record(tx: Transaction, facts: Sequence[Fact]) -> None:
        written: defaultdict[UUID, list[Fact]] = defaultdict(list)
        for fact in facts:
            incident_id = _incident_of(fact)
            if incident_id is not None:
                written[incident_id].append(fact)
        if written:
            _write(tx, written, zone)

    return record


def _incident_of(fact: Fact) -> UUID | None:
    if (fact.topic, fact.kind) in _NOT_WRITTEN:
        return None
    if fact.topic == "incident":
        return fact.subject_id
    return UUID(fact.facts["incident_id"]) if fact.topic == "mission" else None


def _write(tx: Transaction, written: Mapping[UUID, Sequence[Fact]], zone: tzinfo) -> None:
    known = {case.incident_id: case for case in cases.locked_of_incidents(tx.connection, written)}
    last = cases.last_entries(tx.connection, [case.id for case in known.values()])
    entries = []
    for incident_id, facts in written.items():
        case = known.get(IncidentId(incident_id)) or _opened(tx, incident_id, facts[0], zone)
        newest = last.get(case.id)
        for fact in facts:
            newest = _entry(case, newest, fact)
            entries.append(newest)
    cases.append(tx.connection, entries)


def _entry(case: Case, last: Entry | None, fact: Fact) -> Entry:
    facts = dict(fact.facts)
    if fact.topic == "mission":
        facts["mission_id"] = str(fact.subject_id)
    actor = str(facts.pop("by", "dispatch"))
    return chained(case.id, last, at=fact.at, kind=f"{fact.topic}.{fact.kind}", actor=actor, facts=facts)


def _opened(tx: Transaction, incident_id: UUID, fact: Fact, zone: tzinfo) -> Case:
    case = Case(
        id=CaseId(tx.new_id()),
        number=case_number(int(fact.facts["number"]), fact.at.astimezone(zone)),
        incident_id=IncidentId(incident_id),
        state=CaseState.REPORTED,
        opened_at=fact.at,
    )
    cases.add(tx.connection, case)
    return case


def read_timeline(connection: Connection, incident_id: IncidentId) -> tuple[Case, list[Entry], int | None]:
    """(case, entries, the seq at which their chain breaks or None); NotFound without a case."""
    case = cases.get_of_incident(connection, incident_id)
    written = cases.entries(connection, case.id)
    return case, written, first_broken(written)
