"""The file opened for an accident and the table of its states (domain dossier, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from dispatch_core.errors import Conflict
from dispatch_core.ids import CaseId, IncidentId


class CaseState(StrEnum):
    REPORTED = "reported"
    TRIAGED = "triaged"
    ONSITE_DISPATCHED = "onsite_dispatched"
    HANDLING = "handling"
    EVIDENCED = "evidenced"
    CONCLUDED = "concluded"
    SERVED = "served"
    SETTLING = "settling"
    CLOSED = "closed"
    ARCHIVED = "archived"
    REOPENED = "reopened"
    VOID = "void"


class CaseEvent(StrEnum):
    TRIAGE = "triage"
    GATE_BLOCKS = "gate_blocks"
    OFFICER_DEMANDED = "officer_demanded"
    VIDEO_CONNECTS = "video_connects"
    EVIDENCE_COMPLETE = "evidence_complete"
    CONCLUDE = "conclude"
    SERVE = "serve"
    BEGIN_SETTLING = "begin_settling"
    CLOSE = "close"
    ARCHIVE = "archive"
    REOPEN = "reopen"
    RESUME = "resume"
    VOID = "void"


_BEFORE_CONCLUDED = (CaseState.REPORTED, CaseState.TRIAGED, CaseState.HANDLING, CaseState.EVIDENCED)
_BEFORE_CLOSED = (
    *_BEFORE_CONCLUDED, CaseState.ONSITE_DISPATCHED, CaseState.CONCLUDED, CaseState.SERVED,
    CaseState.SETTLING, CaseState.REOPENED,
)  # fmt: skip

CASE_TRANSITIONS: dict[tuple[CaseState, CaseEvent], CaseState] = {
    (CaseState.REPORTED, CaseEvent.TRIAGE): CaseState.TRIAGED,
    (CaseState.TRIAGED, CaseEvent.VIDEO_CONNECTS): CaseState.HANDLING,
    (CaseState.REOPENED, CaseEvent.RESUME): CaseState.HANDLING,
    (CaseState.HANDLING, CaseEvent.EVIDENCE_COMPLETE): CaseState.EVIDENCED,
    (CaseState.ONSITE_DISPATCHED, CaseEvent.EVIDENCE_COMPLETE): CaseState.EVIDENCED,
    (CaseState.EVIDENCED, CaseEvent.CONCLUDE): CaseState.CONCLUDED,
    (CaseState.CONCLUDED, CaseEvent.SERVE): CaseState.SERVED,
    (CaseState.SERVED, CaseEvent.BEGIN_SETTLING): CaseState.SETTLING,
    (CaseState.SETTLING, CaseEvent.CLOSE): CaseState.CLOSED,
    (CaseState.CLOSED, CaseEvent.ARCHIVE): CaseState.ARCHIVED,
    **{(s, CaseEvent.GATE_BLOCKS): CaseState.ONSITE_DISPATCHED for s in _BEFORE_CONCLUDED},
    **{(s, CaseEvent.OFFICER_DEMANDED): CaseState.ONSITE_DISPATCHED for s in _BEFORE_CONCLUDED},
    **{
        (s, CaseEvent.REOPEN): CaseState.REOPENED
        for s in (CaseState.SERVED, CaseState.SETTLING, CaseState.CLOSED, CaseState.ARCHIVED)
    },
    **{(s, CaseEvent.VOID): CaseState.VOID for s in _BEFORE_CLOSED},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`number` is ours (`20261123-0042`: local date of the report, and the incident's number); the police
    platform gives its own later."""

    id: CaseId
    number: str
    incident_id: IncidentId
    state: CaseState
    opened_at: datetime
    version: int = 0


def case_number(incident_number: int, local_date: datetime) -> str:
    return f"{local_date:%Y%m%d}-{incident_number:04d}"


def case_after(case: Case, event: CaseEvent) -> Case:
    """The case in its next state; Conflict if the table has no such step."""
    state = CASE_TRANSITIONS.get((case.state, event))
    if state is None:
        raise Conflict(f"case {case.number} is {case.state}; cannot {event}", code="case-state-conflict")
    return replace(case, state=state, version=case.version + 1)
