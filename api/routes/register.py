"""The city's register: its stations, units and places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from api.auth import Holders, InService, Operator
from api.register.columns import FACTS
from api.register.tables import DEFAULT_TURNOUT_S, read, written
from api.schemas import Lat, Line, Lon, Model, Number
from api.service import Service
from dispatch_core.fleet.capability import Capability, UnitKind
from dispatch_core.fleet.datum import Datum
from dispatch_core.geo import LonLat
from dispatch_core.places import PlaceKind
from dispatch_core.register import Change, PlaceEntry, Register, StationEntry, UnitEntry
from dispatch_core.services.registering import registered, take_over

router = APIRouter(prefix="/v1/register", tags=["register"])
Json = dict[str, Any]
Name = Annotated[str, Field(min_length=1, max_length=200)]
# As tables they are a few hundred bytes a row.
Table = Annotated[str, Field(max_length=900_000)]


class StationIn(Model):
    name: Name
    kind: UnitKind
    lon: Lon
    lat: Lat

    def entry(self, source: str) -> StationEntry:
        return StationEntry(
            name=self.name, kind=self.kind, place=LonLat(self.lon, self.lat), source=source
        )  # fmt: skip


class UnitIn(Model):
    """`station` names its base, `turnout_s` is dispatch to wheels rolling; what is left out stays."""

    call_sign: Name
    kind: UnitKind
    capabilities: Annotated[frozenset[Capability], Field(min_length=1)]
    agency: Line = ""
    station: Line | None = None
    plate: Line = ""
    phone: Line = ""
    turnout_s: Annotated[Number, Field(ge=0, le=3600)] | None = None

    def entry(self, source: str) -> UnitEntry:
        turnout_s = self.turnout_s if self.turnout_s is not None else DEFAULT_TURNOUT_S[self.kind]
        told = frozenset(
            name for name in self.model_fields_set if getattr(self, name) is not None or name == "station"
        )
        return UnitEntry(**(self.model_dump() | {"turnout_s": turnout_s}), source=source, told=told)


class PlaceIn(Model):
    """What is left out stays as it is."""

    kind: PlaceKind
    name: Name
    lon: Lon
    lat: Lat
    phone: Line = ""
    direct_pay: bool | None = None
    trauma: bool | None = None
    burns: bool | None = None
    paediatrics: bool | None = None

    def entry(self, source: str) -> PlaceEntry:
        facts = self.model_dump(exclude={"kind", "name", "lon", "lat", "phone"}, exclude_none=True)
        return PlaceEntry(
            kind=self.kind, name=self.name, place=LonLat(self.lon, self.lat), phone=self.phone, facts=facts,
            source=source, told=frozenset(self.model_fields_set) | {"place"},
        )  # fmt: skip


class _How(Model):
    """`dry_run`: only say what would change. `retire_missing`: retire what is not on a list that is given."""

    dry_run: bool = False
    retire_missing: bool = False


class RegisterIn(_How):
    """A list that is not given stays as it is; `retire` names entries of those that are.

    A station is named by its name, a unit by its call sign, a place by both: "hospital 第一医院".
    """

    retire: tuple[Line, ...] = ()
    stations: list[StationIn] | None = None
    units: list[UnitIn] | None = None
    places: list[PlaceIn] | None = None

    def register(self) -> Register:
        lists: Json = {}
        for name in ("stations", "units", "places"):
            rows = getattr(self, name)
            if rows is not None:
                lists[name] = tuple(row.entry(f"{name}[{n}]") for n, row in enumerate(rows))
        return Register(**lists)


class TablesIn(_How):
    """The same as tables (CSV), their coordinates in `datum`."""

    stations: Table | None = None
    units: Table | None = None
    places: Table | None = None
    datum: Datum = Datum.WGS84

    def register(self) -> Register:
        told = {"stations": self.stations, "units": self.units, "places": self.places}
        return read({name: text for name, text in told.items() if text is not None}, datum=self.datum)


@router.get("")
def read_register(service: InService, _: Operator) -> Json:
    """Every station, unit and place of today, as `PUT` takes them."""
    with service.uow.reading() as connection:
        lists = registered(connection)
    return {
        "stations": [
            {"name": one.name, "kind": one.kind.value, "lon": one.place.lon, "lat": one.place.lat}
            for one in lists.stations or ()
        ],
        "units": [
            {
                "call_sign": one.call_sign, "kind": one.kind.value, "agency": one.agency,
                "capabilities": sorted(c.value for c in one.capabilities), "station": one.station,
                "plate": one.plate, "phone": one.phone, "turnout_s": one.turnout_s,
            }
            for one in lists.units or ()
        ],
        "places": [
            {
                "kind": one.kind.value, "name": one.name, "lon": one.place.lon, "lat": one.place.lat,
                "phone": one.phone,
            }
            | {name: one.facts[name] for name in FACTS if name in one.facts}
            for one in lists.places or ()
        ],
    }  # fmt: skip


@router.get("/{table}.csv", response_class=Response)
def read_table(table: Literal["stations", "units", "places"], service: InService, _: Operator) -> Response:
    """One list as a table that spreadsheets open."""
    with service.uow.reading() as connection:
        text = written(registered(connection))[table]
    headers = {"Content-Disposition": f'attachment; filename="{table}.csv"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.put("")
def take_lists(body: RegisterIn, request: Request, service: InService, _: Operator) -> Json:
    """Take over lists: all of them, or nothing and every mistake by its row."""
    return _taken_over(body.register(), body, request, service, retire=body.retire)


@router.put("/tables")
def take_tables(body: TablesIn, request: Request, service: InService, _: Operator) -> Json:
    """The same from tables."""
    return _taken_over(body.register(), body, request, service)


def _taken_over(
    given: Register, how: _How, request: Request, service: Service, *, retire: Sequence[str] = ()
) -> Json:
    with service.uow.begin() as tx:
        told = take_over(
            tx, given, near_road=service.world().is_near_road, retire_missing=how.retire_missing,
            retire=retire, by="operator",
        )  # fmt: skip
        if not how.dry_run:
            tx.commit()
    if not how.dry_run and told:
        holders: Holders = request.app.state.holders
        holders.forget()  # tokens of retired units
        request.app.state.senders.forget()
    return {"changes": [_change(change) for change in told], "carried_out": not how.dry_run}


def _change(change: Change) -> Json:
    kinds = {StationEntry: "station", UnitEntry: "unit", PlaceEntry: "place"}
    entry = change.entry
    return {
        "list": kinds[type(entry)],
        "name": entry.call_sign if isinstance(entry, UnitEntry) else entry.name,
        "deed": change.deed.value, "fields": list(change.fields),
    }  # fmt: skip
