"""Compliance tables: which stations so many free units should hold, in place of marginal coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from dispatch_core.coverage.move_up import ComplianceTable
from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.fleet.station import Station
from dispatch_core.ids import StationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Compliance:
    """For each kind, by the number of free units, stations in order; a kind not named has no table."""

    posts: Mapping[UnitKind, Mapping[int, tuple[StationId, ...]]] = field(default_factory=dict)

    def table(self, kind: UnitKind, stations: Sequence[Station]) -> ComplianceTable | None:
        """The table of a kind by place in `stations`; a station that is no more is left out."""
        lines = self.posts.get(kind)
        if not lines:
            return None
        place = {station.id: k for k, station in enumerate(stations)}
        return ComplianceTable(
            posts={free: tuple(place[one] for one in line if one in place) for free, line in lines.items()}
        )

    def record(self) -> dict[str, Any]:
        return {
            kind.value: {str(free): [str(one) for one in line] for free, line in lines.items()}
            for kind, lines in self.posts.items()
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Compliance:
        """InvalidInput where a line names more stations than units are free."""
        posts = {
            UnitKind(kind): {
                int(free): tuple(StationId(UUID(one)) for one in line) for free, line in lines.items()
            }
            for kind, lines in record.items()
        }
        for lines in posts.values():
            for free, line in lines.items():
                if not 0 < len(line) <= free:
                    raise InvalidInput("posts", f"names {len(line)} stations for {free} free units")
        return cls(posts=posts)
