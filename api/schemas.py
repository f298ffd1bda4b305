"""What clients may send, checked at the rim; nothing here is guessed or coerced."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from dispatch_core.assignment.destinations import Patient, Ward
from dispatch_core.fleet.capability import Capability, Need
from dispatch_core.fleet.unit import UnitEvent
from dispatch_core.geo import LonLat
from dispatch_core.incidents import IncidentKind
from dispatch_core.roads.addressing import Post
from dispatch_core.services.reports import AccidentReport
from dispatch_core.services.traffic import ClosureRequest


def a_number(value: Any) -> Any:
    # Lax mode would take true for 1 and "7" for 7.
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


Number = Annotated[float, BeforeValidator(a_number), Field(allow_inf_nan=False)]
Count = Annotated[int, BeforeValidator(a_number), Field(ge=0, le=1000)]
Lon = Annotated[Number, Field(ge=-180, le=180, description="degrees east, WGS-84")]
Lat = Annotated[Number, Field(ge=-90, le=90, description="degrees north, WGS-84")]
# Sums with a time at the ends of the calendar overflow.
Instant = Annotated[
    AwareDatetime, Field(ge=datetime(1900, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))
]
Text = Annotated[str, Field(max_length=2000)]
Line = Annotated[str, Field(max_length=200)]


class Model(BaseModel):
    """Unknown fields are refused: a misspelt one must not be lost."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class NeedIn(Model):
    """So many units of one capability."""

    capability: Capability
    count: Annotated[int, BeforeValidator(a_number), Field(ge=1, le=50)] = 1


class IncidentIn(Model):
    """An accident as the call-taker hears of it."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={
            "example": {
                "kind": "injury_accident", "lon": -71.25, "lat": -29.905, "casualties": 1, "vehicles": 2,
                "description": "two cars, one driver hurt", "caller_phone": "13800001234",
            }
        },
    )  # fmt: skip

    kind: IncidentKind
    lon: Lon
    lat: Lat
    casualties: Count = 0
    vehicles: Count = 0
    needs: Annotated[list[NeedIn], Field(max_length=6)] = []
    priority: Annotated[int, BeforeValidator(a_number), Field(ge=1, le=4)] | None = None
    address: Line = ""
    description: Text = ""
    caller_phone: Annotated[str, Field(max_length=30, pattern=r"^[0-9+\- ]*$")] = ""
    plates: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=20)] = []

    def report(self, key: str | None) -> AccidentReport:
        return AccidentReport(
            kind=self.kind,
            place=LonLat(self.lon, self.lat),
            casualties=self.casualties,
            vehicles=self.vehicles,
            needs=tuple(Need(capability=n.capability, count=n.count) for n in self.needs),
            priority=self.priority,
            address=self.address,
            description=self.description,
            caller_phone=self.caller_phone,
            plates=tuple(self.plates),
            idempotency_key=key,
        )


class ReasonIn(Model):
    """Why; the timeline keeps it."""

    reason: Annotated[str, Field(min_length=1, max_length=500)]


class StepIn(Model):
    """What a crew may add to a step."""

    reason: Annotated[str, Field(max_length=500)] = ""
    destination_id: str | None = None
    needs: Annotated[list[Ward], Field(max_length=4, description="wards a loaded patient must have")] = []
    wishes: Annotated[list[Ward], Field(max_length=4, description="… and would rather have")] = []

    def patient(self) -> Patient:
        return Patient(needs=frozenset(self.needs), wishes=frozenset(self.wishes))


class StatusIn(Model):
    """What happened to a unit."""

    event: UnitEvent


class SessionIn(Model):
    """An operator's token, or a code that another screen of the desk shows."""

    token: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=20)] = ""


class CrewSessionIn(Model):
    """The unit's call sign and the code that the desk told its crew."""

    call_sign: Annotated[str, Field(min_length=1, max_length=50)]
    code: Annotated[str, Field(min_length=1, max_length=20)]


class DrillIn(Model):
    """How many times faster the physical world runs; renewed by the drill every few seconds."""

    speed: Annotated[Number, Field(ge=1, le=200)]


class LinkIn(Model):
    """For whom a tracking link is."""

    party: Annotated[str, Field(max_length=100)] = "caller"


class ClosureIn(Model):
    """Exactly one of `edges`, `name` and `polygon`; without `ends_at` until it is lifted."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        json_schema_extra={"example": {"name": "Avenida del Mar", "reason": "flooded"}},
    )

    edges: Annotated[list[Annotated[int, BeforeValidator(a_number)]], Field(max_length=10_000)] = []
    name: Line = ""
    polygon: dict[str, Any] | None = None
    both_directions: bool = True
    reason: Line
    begins_at: Instant | None = None
    ends_at: Instant | None = None
    open_to_siren: bool = False

    def request(self) -> ClosureRequest:
        return ClosureRequest(
            edges=tuple(self.edges), name=self.name, polygon=self.polygon, reason=self.reason,
            both_directions=self.both_directions, begins_at=self.begins_at, ends_at=self.ends_at,
            open_to_siren=self.open_to_siren,
        )  # fmt: skip


class EdgeSpeedIn(Model):
    edge: Annotated[int, BeforeValidator(a_number)]
    speed_kmh: Number


class SpeedsIn(Model):
    """What a feed says of edges, until when."""

    speeds: Annotated[list[EdgeSpeedIn], Field(min_length=1, max_length=100_000)]
    until: Instant


class PostIn(Model):
    """A kilometre post, or with 0 the origin of a road."""

    road: Annotated[str, Field(min_length=1, max_length=50)]
    chainage_m: Annotated[int, BeforeValidator(a_number), Field(ge=0, le=9_999_999)]
    lon: Lon
    lat: Lat

    def post(self) -> Post:
        return Post(road=self.road, chainage_m=self.chainage_m, place=LonLat(self.lon, self.lat))


class PostsIn(Model):
    posts: Annotated[list[PostIn], Field(max_length=5000)]
