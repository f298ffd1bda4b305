"""Devices: what reports for a unit beside its own app, and how far each is believed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from api import tokens
from api.auth import InService, Operator
from api.schemas import Line, Model
from dispatch_core.fleet.datum import Datum
from dispatch_core.fleet.device import Device, Protocol
from dispatch_core.ids import UnitId
from dispatch_core.services.views import at
from dispatch_core.store import devices, positions, units

router = APIRouter(prefix="/v1", tags=["devices"])
Json = dict[str, Any]


def _whole(value: Any) -> Any:
    if isinstance(value, bool | str):
        raise ValueError("must be a number")
    return value


class DeviceIn(Model):
    """`number` is what the device calls itself; of two devices the lower `priority` moves the marker."""

    unit_id: UUID
    protocol: Protocol
    number: Annotated[str, Field(min_length=1, max_length=64)]
    datum: Datum = Datum.WGS84
    priority: Annotated[int, BeforeValidator(_whole), Field(ge=0, le=100)] = 50
    label: Line = ""


@router.get("/devices")
def list_devices(service: InService, _: Operator, unit_id: UUID | None = None) -> Json:
    """All devices, or one unit's."""
    with service.engine.connect() as connection:
        found = devices.page(connection, unit_id=None if unit_id is None else UnitId(unit_id))
    return {"devices": [_view(one) for one in found]}


@router.get("/units/{unit_id}/refusals")
def list_refusals(unit_id: UUID, service: InService, _: Operator) -> Json:
    """How many fixes of each of the unit's devices were refused, by reason; its own app has the unit's id."""
    with service.engine.connect() as connection:
        units.get(connection, UnitId(unit_id))
        counted = positions.refusals_by_device(connection, UnitId(unit_id))
    return {"refused": {str(device_id): reasons for device_id, reasons in counted.items()}}


@router.post("/devices", status_code=201)
def add_device(body: DeviceIn, request: Request, service: InService, _: Operator) -> Json:
    """Registers a device; its token is shown this once, a terminal is given its code when it registers."""
    token = None if body.protocol is Protocol.JT808 else tokens.draw()
    with service.uow.begin() as tx:
        unit = units.get(tx.connection, UnitId(body.unit_id))
        one = Device(
            id=tx.new_id(), unit_id=unit.id, protocol=body.protocol,
            number=body.protocol.registered(body.number), datum=body.datum,
            priority=body.priority, label=body.label, added_at=tx.now,
        )  # fmt: skip
        devices.add(tx.connection, one, token_sha256=None if token is None else tokens.known_digest(token))
        tx.commit()
    request.app.state.senders.forget()
    return _view(one) | {"token": token}


@router.delete("/devices/{device_id}", status_code=204)
def retire_device(device_id: UUID, request: Request, service: InService, _: Operator) -> Response:
    """It sends no more; what it sent stays."""
    with service.uow.begin() as tx:
        devices.retire(tx.connection, device_id, at=tx.now)
        tx.commit()
    request.app.state.senders.forget()
    return Response(status_code=204)


def _view(one: Device) -> Json:
    return {
        "id": str(one.id), "unit_id": str(one.unit_id), "protocol": one.protocol.value, "number": one.number,
        "datum": one.datum.value, "priority": one.priority, "label": one.label, "added_at": at(one.added_at),
        "retired_at": at(one.retired_at),
    }  # fmt: skip
