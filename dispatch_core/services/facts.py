"""What happened, told once to whoever must know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`topic` is the subject's: incident, mission, unit, …, or the desk, its rules, the roads, a drill.

    `facts` are plain JSON. Those of a mission name their incident (`incident_id`), so that a case's timeline
    can follow them.
    """

    topic: str
    kind: str
    subject_id: UUID
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
