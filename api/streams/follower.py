"""Follows the outbox and tells each fact as the newest state of what it is about."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from sqlalchemy import Connection, Engine, Row
from sqlalchemy.exc import SQLAlchemyError

from api import clock
from api.incident_views import incidents_told
from api.rounds import RoundsThread
from api.streams.bus import Bus
from dispatch_core.ids import IncidentId, MissionId, PlaceId, UnitId
from dispatch_core.services import views
from dispatch_core.store import alarms, duplicates, incidents, missions, outbox, places

log = logging.getLogger("yct.follower")
PATIENCE_S = 1.0  # a notification may be lost with its connection: look at least so often


class Follower(RoundsThread):
    """One thread a process; survives restarts of the database."""

    def __init__(
        self, engine: Engine, bus: Bus, *, told: Callable[[frozenset[str]], None] = lambda _: None
    ) -> None:
        """`told` hears the topics of facts that were committed, by whichever process."""
        super().__init__("outbox", log)
        self._told = told
        self._engine = engine
        self._bus = bus
        with engine.connect() as connection:
            self._seq = outbox.span(connection)[1]

    def _rouse(self) -> None:
        with suppress(SQLAlchemyError), self._engine.begin() as connection:
            outbox.wake(connection)  # its own thread, which may listen for another second

    def _round(self) -> None:
        """From one connection to its end."""
        address = self._engine.url.render_as_string(hide_password=False).replace("+psycopg", "", 1)
        with psycopg.connect(address, autocommit=True) as listening:
            listening.execute(f"LISTEN {outbox.CHANNEL}")
            while not self._stopping.is_set():
                self._catch_up()
                for _ in listening.notifies(timeout=PATIENCE_S, stop_after=1):
                    pass

    def _catch_up(self) -> None:
        while True:
            with self._engine.connect() as connection:
                rows = outbox.after(connection, self._seq)
                if not rows:
                    return
                self._told(frozenset(row.topic for row in rows))
                events = events_of(connection, rows)
            self._bus.publish(events, seq=rows[-1].seq, about=_units_of(rows))
            self._seq = rows[-1].seq


def events_of(connection: Connection, rows: Sequence[Row[Any]]) -> list[tuple[str, str]]:
    """(event, JSON) of everything that facts were about, each once and as it is now.

    A mission's fact changes what its incident lacks and what its unit does, so these are told too.
    """
    topics = ("unit", "incident", "mission", "alarm", "duplicate", "place")
    touched: dict[str, set[UUID]] = {topic: set() for topic in topics}
    told: list[tuple[str, str]] = []
    for row in rows:
        if row.topic in touched:
            touched[row.topic].add(row.subject_id)
        if row.topic == "mission":
            touched["incident"].add(UUID(row.facts["incident_id"]))
            if "unit_id" in row.facts:
                touched["unit"].add(UUID(row.facts["unit_id"]))
    if touched["incident"]:
        found = incidents.by_ids(connection, map(IncidentId, touched["incident"]))
        told += [("incident", _json(view)) for view in incidents_told(connection, found)]
    moved = missions.by_ids(connection, map(MissionId, touched["mission"]))
    told += [("mission", _json(view)) for view in views.mission_views(connection, moved)]
    if touched["unit"]:
        units = views.unit_views(connection, map(UnitId, touched["unit"]), now=clock.now())
        told += [("unit", _json(view)) for view in units]
    raised = alarms.by_ids(connection, touched["alarm"])
    told += [("alarm", _json(views.alarm_view(row))) for row in raised]
    alike = duplicates.by_ids(connection, sorted(touched["duplicate"]))
    told += [("duplicate", _json(views.duplicate_view(row))) for row in alike]
    if touched["place"]:
        told += [
            ("place", _json(views.place_view(one)))
            for one in places.by_ids(connection, map(PlaceId, touched["place"]))
        ]
    told += [("sign", _json(_sign(row))) for row in rows if row.topic == "sign"]
    told += [("closures", "{}") for row in rows if row.topic == "traffic" and row.kind != "fed"][-1:]
    told += [("rerouted", _json(row.facts)) for row in rows if row.topic == "roads"]
    told += [("drill", _json(row.facts or None)) for row in rows if row.topic == "drill"][-1:]
    return told


def _sign(row: Row[Any]) -> dict[str, Any]:
    return {"kind": row.kind, "mission_id": str(row.subject_id), "at": views.at(row.at), **row.facts}


def _units_of(rows: Sequence[Row[Any]]) -> frozenset[str]:
    named = {str(row.facts["unit_id"]) for row in rows if "unit_id" in row.facts}
    return frozenset(named | {str(row.subject_id) for row in rows if row.topic == "unit"})


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
