"""The rules that decisions are made by: each read and set in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter

from api.auth import InService, Operator
from api.schemas import Instant, Model
from api.service import Service
from dispatch_core.services import rules, views
from dispatch_core.store import revisions

router = APIRouter(prefix="/v1")
Json = dict[str, Any]


class RulesIn(Model):
    """All of the new value, as GET shows it; without `valid_from` in force at once."""

    value: dict[str, Any]
    reason: str
    valid_from: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Where a rule is read and set; `shows` and `takes` are what the reference says of GET and of PUT."""

    path: str
    name: str
    shows: str
    takes: str = "A new value, kept beside the earlier ones."
    tag: str = "decisions"


DOORS = (
    Door(
        path="/dispatch/params", name=rules.PARAMS, shows="Every weight in seconds, and who set it when.",
        takes="New weights; a priority matrix with a cycle is refused, since units would be bumped round and "
        "round.",
    ),
    Door(
        path="/dispatch/modes", name=rules.MODES,
        shows="For each kind of incident: automatic, confirm within so many seconds, or manual.",
    ),
    Door(
        path="/response-plans", name=rules.BOOK,
        shows="The book of response plans in force, and those before and after it.",
        takes="A new book; the rules of a book add up, each alarm level to those below.",
    ),
    Door(
        path="/dispatch/duplicates", name=rules.DUPLICATES,
        shows="From when on reports are proposed, or joined at once, as one accident.",
    ),
    Door(
        path="/dispatch/escalation", name=rules.ESCALATION, shows="Thresholds of the alarms, in seconds.",
        takes="New thresholds; an upper one that is not above its lower is refused, since the alarm would "
        "flap.",
    ),
    Door(
        path="/dispatch/move-up", name=rules.MOVE_UP,
        shows="When a move is worth a crew's rest: gain, price of the drive, how far, how often in a shift.",
    ),
    Door(
        path="/dispatch/coverage", name=rules.COVERAGE,
        shows="Within how many seconds a unit of each kind should be there, and how busy units are.",
        takes="New standards, by which coverage, move-ups, late arrivals of replayed days and new plans are "
        "measured.",
    ),
    Door(
        path="/dispatch/offers", name=rules.OFFERS,
        shows="Within how many seconds a crew answers before its mission is offered to the next.",
        takes="Of offers from now on; one that stands keeps its clock.",
    ),
    Door(
        path="/dispatch/compliance", name=rules.COMPLIANCE,
        shows="For each kind of unit the stations to hold, by how many units are free; a kind without a "
        "table is moved by marginal coverage.",
    ),
    Door(
        path="/dispatch/limits", name=rules.LIMITS,
        shows="Districts as GeoJSON, who serves which, how much each truck tows, what an incident's vehicles "
        "weigh.",
        takes="New hard limits; a unit outside its districts, or too weak, is sent by a person's override "
        "alone.",
    ),
    Door(
        path="/traffic/profile", name=rules.PROFILE, tag="traffic",
        shows="For each road class 168 shares of the free-flow speed, Monday 00:00 first; a class not named "
        "flows freely.",
        takes="New usual speeds by hour of the week, or 24 shares for every day; what is observed goes "
        "before them.",
    ),
)  # fmt: skip


def _reader(name: str) -> Callable[..., Json]:
    def read(service: InService, _: Operator) -> Json:
        return _rules(service, name)

    return read


def _setter(name: str) -> Callable[..., Json]:
    def change(body: RulesIn, service: InService, _: Operator) -> Json:
        with service.uow.begin() as tx:
            rules.set_rules(
                tx, name, body.value, reason=body.reason, by="operator", valid_from=body.valid_from
            )
            tx.commit()
        service.rules_changed()
        return _rules(service, name)

    return change


for door in DOORS:
    router.add_api_route(
        door.path, _reader(door.name), name=f"read {door.name}", description=door.shows, tags=[door.tag]
    )
    router.add_api_route(
        door.path, _setter(door.name), methods=["PUT"], name=f"set {door.name}", description=door.takes,
        tags=[door.tag],
    )  # fmt: skip


def _rules(service: Service, name: str) -> Json:
    with service.engine.connect() as connection:
        found = rules.read_rules(connection, service.uow.clock())
        past = revisions.history(connection, name)
    return {
        "value": found.record(name),
        "revisions": [
            {
                "id": row.id, "value": row.value, "valid_from": views.at(row.valid_from),
                "set_at": views.at(row.set_at), "set_by": row.set_by, "reason": row.reason,
            }
            for row in past
        ],
    }  # fmt: skip
