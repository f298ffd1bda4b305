"""What all watchers with one filter are told, written once for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID
from weakref import WeakValueDictionary

import msgspec

from api.streams.bus import LocalBus
from api.streams.roster import Roster
from api.streams.wire import Row
from dispatch_core.errors import InvalidInput
from dispatch_core.geo import Box
from dispatch_core.ids import MissionId

# (rows as JSON, the place of the frame) → what goes out
Form = Callable[[bytes, str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A watcher's filter; what is None filters nothing. `unit_id` is that of a mission."""

    box: Box | None = None
    agency: str | None = None
    unit_id: str | None = None


def box_of(text: str) -> Box:
    """west,south,east,north in degrees."""
    try:
        west, south, east, north = map(float, text.split(","))
    except ValueError:
        raise InvalidInput("box", "must be west,south,east,north") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise InvalidInput("box", "must be west,south,east,north, in degrees")
    return Box(west=west, south=south, east=east, north=north)


class View:
    """Of each tick the newest rows that pass one filter, and once those of units that just left the box."""

    def __init__(self, bus: LocalBus, wanted: Wanted, roster: Roster) -> None:
        self._bus = bus
        self._wanted = wanted
        self._roster = roster
        self._inside: set[str] = set()
        self._left: dict[str, int] = {}
        self._at = 0
        self._frames: dict[tuple[int, int, Form], bytes] = {}
        self._advance(bus.here[1])

    @property
    def is_everything(self) -> bool:
        return self._wanted == Wanted()

    def frame(self, since: int, now: int, form: Form) -> bytes | None:
        """What moved between two counts of the bus; the same bytes for all who were told the same so far."""
        if since >= now:
            return None
        self._advance(now)
        frame = self._frames.get((since, now, form))
        if frame is None:
            rows = self._moved(since, now)
            frame = form(msgspec.json.encode(rows), self._bus.name_of(now)) if rows else b""
            self._frames[since, now, form] = frame
        return frame or None

    def newest(self, form: Form) -> tuple[int, bytes]:
        """(count, everything that passes), for one who begins."""
        now = self._bus.here[1]
        self._advance(now)  # who is in the box now and soon leaves it is to be told so
        rows = [row for row in self._bus.moved_between(0, now) if self._passes(row)]
        return now, form(msgspec.json.encode(rows), self._bus.name_of(now))

    def _moved(self, since: int, now: int) -> list[Row]:
        rows = self._bus.moved_between(since, now)
        if self.is_everything:
            return rows
        inside, left = self._inside, self._left
        return [row for row in rows if row[0] in inside or left.get(row[0], -1) > since]

    def _advance(self, now: int) -> None:
        if now <= self._at:
            return
        self._frames.clear()
        before, self._at = self._at, now
        if self.is_everything:
            return
        for row in self._bus.moved_between(before, now):
            unit = row[0]
            if self._passes(row):
                self._inside.add(unit)
                self._left.pop(unit, None)
            elif unit in self._inside:
                self._inside.discard(unit)
                self._left[unit] = now

    def _passes(self, row: Row) -> bool:
        wanted, box = self._wanted, self._wanted.box
        if wanted.unit_id is not None and row[0] != wanted.unit_id:
            return False
        if box is not None and not (box.west <= row[1] <= box.east and box.south <= row[2] <= box.north):
            return False
        return wanted.agency is None or self._roster.agency_of(row[0]) == wanted.agency


class Views:
    """One view for each filter that somebody has; gone with its last watcher."""

    def __init__(self, bus: LocalBus, roster: Roster) -> None:
        self._bus = bus
        self._roster = roster
        self._open: WeakValueDictionary[Wanted, View] = WeakValueDictionary()

    def of(self, wanted: Wanted) -> View:
        view = self._open.get(wanted)
        if view is None:
            view = self._open[wanted] = View(self._bus, wanted, self._roster)
        return view

    async def opened(self, *, box: str | None, agency: str | None, mission: str | None) -> View:
        """From a watcher's words; InvalidInput or NotFound if they mean nothing."""
        unit_id = None if mission is None else str(await self._roster.unit_of(_mission_id(mission)))
        if agency is not None:
            await self._roster.renewed()
        return self.of(Wanted(box=None if box is None else box_of(box), agency=agency, unit_id=unit_id))

    async def renewed(self) -> None:
        """Call now and then: filters by agency learn of new units."""
        await self._roster.renewed()


def _mission_id(text: str) -> MissionId:
    try:
        return MissionId(UUID(text))
    except ValueError:
        raise InvalidInput("mission", "must be a mission's id") from None
