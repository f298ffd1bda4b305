"""Cases and their timelines."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, insert, select
from sqlalchemy.dialects.postgresql import distinct_on

from accident_case.case import Case, CaseState
from accident_case.store.tables import accident_case, entry
from accident_case.timeline import Entry
from dispatch_core.errors import NotFound
from dispatch_core.ids import CaseId, IncidentId
from dispatch_core.store.asking import of_ids

_LOCKED_OF_INCIDENTS = (
    select(accident_case)
    .where(of_ids(accident_case.c.incident_id))
    .order_by(accident_case.c.id)
    .with_for_update()
)
_NUMBERS = select(accident_case.c.incident_id, accident_case.c.number).where(
    of_ids(accident_case.c.incident_id)
)
_LAST_ENTRIES = (
    select(entry)
    .where(of_ids(entry.c.case_id))
    .ext(distinct_on(entry.c.case_id))
    .order_by(entry.c.case_id, entry.c.seq.desc())
)


def _case(row: Row[*tuple[Any, ...]]) -> Case:
    return Case(
        id=CaseId(row.id),
        number=row.number,
        incident_id=IncidentId(row.incident_id),
        state=CaseState(row.state),
        opened_at=row.opened_at,
        version=row.version,
    )


def add(connection: Connection, case: Case) -> None:
    connection.execute(
        insert(accident_case).values(
            id=case.id, number=case.number, incident_id=case.incident_id, state=case.state.value,
            opened_at=case.opened_at, version=case.version,
        )
    )  # fmt: skip


def locked_of_incidents(connection: Connection, incident_ids: Iterable[UUID]) -> list[Case]:
    """The cases of these incidents, by id; until the end nobody else appends to their timelines."""
    rows = connection.execute(_LOCKED_OF_INCIDENTS, {"ids": list(incident_ids)}).all()
    return [_case(row) for row in rows]


def get_of_incident(connection: Connection, incident_id: UUID) -> Case:
    query = select(accident_case).where(accident_case.c.incident_id == incident_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound("case", incident_id)
    return _case(row)


def numbers(connection: Connection, incident_ids: Iterable[UUID]) -> dict[UUID, str]:
    found = connection.execute(_NUMBERS, {"ids": list(incident_ids)}).all()
    return {row.incident_id: row.number for row in found}


def _entry(row: Row[*tuple[Any, ...]]) -> Entry:
    return Entry(
        case_id=CaseId(row.case_id), seq=row.seq, at=row.at, kind=row.kind, actor=row.actor, facts=row.facts,
        previous_sha256=row.previous_sha256, sha256=row.sha256,
    )  # fmt: skip


def last_entries(connection: Connection, case_ids: Iterable[CaseId]) -> dict[CaseId, Entry]:
    """The newest entry of each case that has any."""
    wanted = list(case_ids)
    if not wanted:
        return {}
    rows = connection.execute(_LAST_ENTRIES, {"ids": wanted}).all()
    return {CaseId(row.case_id): _entry(row) for row in rows}


def entries(connection: Connection, case_id: CaseId) -> list[Entry]:
    """In order."""
    query = select(entry).where(entry.c.case_id == case_id).order_by(entry.c.seq)
    return [_entry(row) for row in connection.execute(query)]


def append(connection: Connection, entries: Iterable[Entry]) -> None:
    rows = [
        {
            "case_id": one.case_id, "seq": one.seq, "at": one.at, "kind": one.kind, "actor": one.actor,
            "facts": one.facts, "previous_sha256": one.previous_sha256, "sha256": one.sha256,
        }
        for one in entries
    ]  # fmt: skip
    connection.execute(insert(entry), rows)
