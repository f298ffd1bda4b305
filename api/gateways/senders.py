"""Whose fixes these are: tokens and numbers, remembered for some seconds and renewed all together."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import Engine

from api.tokens import digest
from dispatch_core.fleet.device import Protocol
from dispatch_core.store import devices
from dispatch_core.store.devices import Authority

REMEMBER_S = 5.0  # a revoked token works so much longer at most
MOST_UNKNOWN = 10_000

Number = tuple[Protocol, str]


class Senders:
    """Look-ups for event loops: the database is asked on a thread, once for all who wait."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[bytes | Number, Authority] = {}
        self._unknown: dict[bytes | Number, float] = {}
        self._renewed_at = 0.0
        self._forgotten = False
        self._wanted: list[bytes | Number] = []
        self._asking: asyncio.Task[dict[bytes | Number, Authority]] | None = None
        self._answering: asyncio.Task[dict[bytes | Number, Authority]] | None = None

    async def of_token(self, token: str) -> Authority | None:
        key = digest(token)
        return None if key is None else await self._of(key)

    async def of_number(self, protocol: Protocol, number: str) -> Authority | None:
        return await self._of((protocol, number))

    def forget(self) -> None:
        """After a change in this process: nothing remembered counts. Safe on any thread."""
        self._forgotten = True

    def forget_one(self, key: bytes | Number) -> None:
        """After a change of one of them."""
        self._known.pop(key, None)
        self._unknown.pop(key, None)

    async def _of(self, key: bytes | Number) -> Authority | None:
        now = time.monotonic()
        if self._forgotten or now - self._renewed_at > REMEMBER_S:
            self._forgotten = False
            self._renewed_at = now  # who comes meanwhile is served from what was known
            self._unknown.clear()
            try:
                self._known = await asyncio.to_thread(self._looked_up, list(self._known))
            except Exception:
                self._forgotten = True  # what was revoked meanwhile must not outlive the database's absence
                raise
        known = self._known.get(key)
        return known if known is not None or key in self._unknown else await self._asked(key)

    async def _asked(self, key: bytes | Number) -> Authority | None:
        """Whoever asks while the last query runs shares the next: ten thousand devices may come at once."""
        loop = asyncio.get_running_loop()
        if self._asking is None or self._asking.get_loop() is not loop:
            self._wanted, self._asking = [], loop.create_task(self._ask(self._answering))
        self._wanted.append(key)
        found = await asyncio.shield(self._asking)
        known = found.get(key)
        if known is not None:
            self._known[key] = known
        elif len(self._unknown) < MOST_UNKNOWN:
            self._unknown[key] = time.monotonic()
        return known

    async def _ask(
        self, before: asyncio.Task[dict[bytes | Number, Authority]] | None
    ) -> dict[bytes | Number, Authority]:
        if before is not None and not before.done() and before.get_loop() is asyncio.get_running_loop():
            await asyncio.wait([before])
        else:
            await asyncio.sleep(0)
        wanted, self._asking, self._answering = self._wanted, None, self._asking
        return await asyncio.to_thread(self._looked_up, wanted)

    def _looked_up(self, keys: list[bytes | Number]) -> dict[bytes | Number, Authority]:
        tokens = [key for key in keys if isinstance(key, bytes)]
        numbers = [key for key in keys if not isinstance(key, bytes)]
        with self._engine.connect() as connection:
            found: dict[bytes | Number, Authority] = {}
            found.update(devices.of_tokens(connection, tokens).items())
            found.update(devices.of_numbers(connection, numbers).items())
        return found
