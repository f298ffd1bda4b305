"""What is remembered of the legs that units drive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from dispatch_core.fleet.legs import LegState
from dispatch_core.ids import UnitId
from dispatch_core.store.tables import leg_state


def states(connection: Connection, unit_ids: Iterable[UnitId]) -> dict[UnitId, tuple[str, LegState, int]]:
    """unit → (leg, state, version)."""
    query = select(leg_state).where(leg_state.c.unit_id.in_(list(unit_ids)))
    return {
        UnitId(row.unit_id): (row.leg, msgspec.convert(row.state, LegState), row.version)
        for row in connection.execute(query)
    }


def save(connection: Connection, unit_id: UnitId, leg: str, state: LegState, *, read_version: int) -> bool:
    """False if somebody else saved meanwhile: what he saw he told. Version 0: there was nothing."""
    values: dict[str, Any] = {
        "leg": leg, "state": msgspec.to_builtins(state), "version": read_version + 1
    }  # fmt: skip
    statement = upsert(leg_state).values(unit_id=unit_id, **values)
    saved = statement.on_conflict_do_update(
        index_elements=["unit_id"], set_=values, where=leg_state.c.version == read_version
    ).returning(leg_state.c.unit_id)
    return connection.execute(saved).first() is not None
