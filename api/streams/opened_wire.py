"""The wire that an installation has."""

from __future__ import annotations

from api.streams.wire import NoWire, Wire


def opened(address: str | None) -> Wire:
    """The wire that `YCT_BUS` names; the driver of NATS is imported only for those who have one."""
    if address is None:
        return NoWire()
    from api.streams.nats_wire import NatsWire

    return NatsWire(address)
