"""Where a damaged car goes: the repair shop that its party chooses freely, a yard otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from dispatch_core.assignment.destinations import garages_to_offer
from dispatch_core.errors import Conflict, InvalidInput, NotFound
from dispatch_core.fleet.capability import UnitKind
from dispatch_core.ids import IncidentId, PlaceId
from dispatch_core.incidents import IncidentStatus
from dispatch_core.missions import FILLING
from dispatch_core.places import Place, PlaceKind
from dispatch_core.services.unit_of_work import Transaction
from dispatch_core.store import duplicates, incidents, missions, places, tokens

_SEED_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Shops:
    """In an order that favours none and differs from party to party; nothing is preselected."""

    shops: tuple[Place, ...]
    chosen: PlaceId | None


def shops_for(connection: Connection, link: bytes) -> Shops:
    """What the party of a link (its SHA-256) may choose from; the order stays as long as its link."""
    _incident_of(connection, link)
    known = {place.id: place for place in places.all_places(connection, PlaceKind.REPAIR_SHOP)}
    order = garages_to_offer(list(known), seed=int.from_bytes(link[:_SEED_BYTES], "big"))
    return Shops(shops=tuple(known[one] for one in order), chosen=tokens.chosen_shop(connection, link))


def choose_shop(tx: Transaction, link: bytes, place_id: PlaceId | None) -> None:
    """The party's choice, or None to take it back; Conflict once the rescue is over. Does not commit."""
    incident_id, party = _incident_of(tx.connection, link)
    incident = incidents.get(tx.connection, duplicates.root(tx.connection, incident_id), for_update=True)
    if incident.status is not IncidentStatus.OPEN:
        raise Conflict(f"the incident is {incident.status}", code="incident-status-conflict")
    name = ""
    if place_id is not None:
        place = places.get(tx.connection, place_id)
        if place.kind is not PlaceKind.REPAIR_SHOP:
            raise InvalidInput("place_id", "is no repair shop")
        name = place.name
    tokens.choose_shop(tx.connection, link, place_id, at=tx.now)
    tx.record(
        "incident", "repair_shop_chosen", incident.id, party=party, by="party", name=name,
        place_id=None if place_id is None else str(place_id),
    )  # fmt: skip


def _incident_of(connection: Connection, link: bytes) -> tuple[IncidentId, str]:
    found = tokens.find_link(connection, link)
    if found is None:
        raise NotFound("link", "at this address; ask the desk for a new one")
    return found


def tow_destinations(connection: Connection, incident_id: IncidentId) -> list[Place]:
    """Where a loaded tow truck may go: the choice of the first party whose car nobody has taken yet.

    Without a choice yards, and where a city has none its service points; never a shop that nobody chose.
    """
    merged = duplicates.merged_into(connection, incident_id)
    taken = [
        m.destination_id
        for m in missions.of_incidents(connection, [incident_id])
        if m.status in FILLING and m.need.kind is UnitKind.TOW
    ]
    for chosen in tokens.chosen_shops(connection, [incident_id, *merged]):
        if chosen not in taken:
            return [places.get(connection, chosen)]
        taken.remove(chosen)
    yards = places.all_places(connection, PlaceKind.YARD)
    return yards or places.all_places(connection, PlaceKind.SERVICE_POINT)
