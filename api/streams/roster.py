"""Which agency each unit belongs to, remembered for the filters of positions."""

from __future__ import annotations

import time

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from dispatch_core.ids import MissionId, UnitId
from dispatch_core.store import missions, units

RENEW_S = 5.0


class Roster:
    """Read when a filter first needs it, and again when a unit moves that it does not know."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._agencies: dict[str, str] = {}
        self._renewed_at = -RENEW_S
        self._is_wanting = True

    def agency_of(self, unit_id: str) -> str | None:
        """None for a unit that is not known yet."""
        agency = self._agencies.get(unit_id)
        self._is_wanting |= agency is None
        return agency

    async def renewed(self) -> None:
        """Looks again if somebody unknown moved, each five seconds at most."""
        if self._is_wanting and time.monotonic() - self._renewed_at >= RENEW_S:
            self._renewed_at, self._is_wanting = time.monotonic(), False
            try:
                self._agencies = await run_in_threadpool(self._read)
            except SQLAlchemyError:  # watchers stay, and unknown units are asked for again
                self._is_wanting = True

    def _read(self) -> dict[str, str]:
        with self._engine.connect() as connection:
            return {str(unit.id): unit.agency for unit in units.all_units(connection, with_retired=True)}

    async def unit_of(self, mission_id: MissionId) -> UnitId:
        """Whose mission it is; NotFound if there is none."""
        return await run_in_threadpool(self._unit_of, mission_id)

    def _unit_of(self, mission_id: MissionId) -> UnitId:
        with self._engine.connect() as connection:
            return missions.get(connection, mission_id).unit_id
