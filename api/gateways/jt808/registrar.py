"""Which terminals may speak: their numbers are registered by us, their codes drawn at registration."""

from __future__ import annotations

import asyncio
import hmac
from typing import Protocol as Shape

from sqlalchemy import Engine

from api import tokens
from api.gateways.senders import Senders
from dispatch_core.fleet.device import Protocol
from dispatch_core.fleet.fixes import Sender
from dispatch_core.store import devices


class Connected(Shape):
    """A terminal's connection, as its registrar knows it."""

    @property
    def heard_at_s(self) -> float:
        """By the loop's clock."""
        ...

    def ask_for_missing(self) -> None:
        """Of messages that came in parts."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class Registrar:
    """Looks terminals up, and knows those that are connected."""

    def __init__(self, engine: Engine, senders: Senders) -> None:
        self._engine = engine
        self._senders = senders
        self.terminals: set[Connected] = set()

    async def registered(self, phone: str) -> str | None:
        """A new code for a terminal whose number is known, the earlier one is worthless; None if unknown."""
        number = Protocol.JT808.normal(phone)
        known = await self._senders.of_number(Protocol.JT808, number)
        if known is None or known.sender is None:
            return None
        code = tokens.draw()
        await asyncio.to_thread(self._give, known.sender, code)
        self._senders.forget_one((Protocol.JT808, number))
        return code

    async def authenticated(self, phone: str, code: str) -> Sender | None:
        """The terminal's sender if the code is its own, which another process may just have given it."""
        number, told = Protocol.JT808.normal(phone), tokens.known_digest(code)
        for _ in range(2):
            known = await self._senders.of_number(Protocol.JT808, number)
            if known is None:
                return None
            if hmac.compare_digest(known.token_sha256 or b"", told):
                return known.sender
            self._senders.forget_one((Protocol.JT808, number))
        return None

    def _give(self, sender: Sender, code: str) -> None:
        with self._engine.begin() as connection:
            devices.give_token(connection, sender.device_id, tokens.known_digest(code))
