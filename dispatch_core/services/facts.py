"""What happened, told once to whoever must know."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`topic` is incident, mission, unit, place, decision, sign, alarm or duplicate; `facts` are plain JSON.

    Mission facts name their incident (`incident_id`), so that a case's timeline can follow them.
    """

    topic: str
    kind: str
    subject_id: UUID
    at: datetime
    facts: dict[str, Any] = field(default_factory=dict)
