"""Typed identifiers: an incident's id cannot be passed for a unit's.

All are UUIDs of version 7 (RFC 9562): they sort by the time they were made, which keeps b-tree indexes dense.
They are made at the rim and passed in; nothing in the core draws one.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

UnitId = NewType("UnitId", UUID)
StationId = NewType("StationId", UUID)
PlaceId = NewType("PlaceId", UUID)
IncidentId = NewType("IncidentId", UUID)
ReportId = NewType("ReportId", UUID)
MissionId = NewType("MissionId", UUID)
DecisionId = NewType("DecisionId", UUID)
CaseId = NewType("CaseId", UUID)
MoveUpId = NewType("MoveUpId", UUID)
ClosureId = NewType("ClosureId", UUID)
DuplicateId = NewType("DuplicateId", UUID)
AlarmId = NewType("AlarmId", UUID)
PlanId = NewType("PlanId", UUID)
