"""The tables of the schema `dispatch`, all of them whoever imports one: migrations compare what is here.

The database is the last line: a unit has one active mission, a fix is stored once, an incident needs what
it needs, whoever races. Times are timestamptz, places geography(Point, 4326).
"""

from __future__ import annotations

from dispatch_core.store.tables.desk import alarm, duplicate, move_up, plan, revision
from dispatch_core.store.tables.incidents import (
    decision,
    incident,
    incident_need,
    mission,
    report,
    tracking_link,
)
from dispatch_core.store.tables.positions import fix, last_heard, leg_state, position
from dispatch_core.store.tables.register import device, place, station, token, unit
from dispatch_core.store.tables.schema import SCHEMA, metadata
from dispatch_core.store.tables.streets import closure, fed_speed
from dispatch_core.store.tables.telling import dead_letter, outbox, setting, timer, webhook

__all__ = [
    "SCHEMA",
    "alarm",
    "closure",
    "dead_letter",
    "decision",
    "device",
    "duplicate",
    "fed_speed",
    "fix",
    "incident",
    "incident_need",
    "last_heard",
    "leg_state",
    "metadata",
    "mission",
    "move_up",
    "outbox",
    "place",
    "plan",
    "position",
    "report",
    "revision",
    "setting",
    "station",
    "timer",
    "token",
    "tracking_link",
    "unit",
    "webhook",
]
