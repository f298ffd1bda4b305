"""One at a time, in the order they came."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dispatch_core.errors import Unavailable

PATIENCE_S = 60.0


class Turns:
    """For use cases that one lock of the database serialises anyway.

    A crowd that waits here, on the event loop, holds no thread that others need to answer and no connection
    that others need to decide.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._lock = asyncio.Lock()
        self._patience_s = patience_s

    @asynccontextmanager
    async def mine(self) -> AsyncIterator[None]:
        """Unavailable if it does not come in time."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._lock.acquire()
        except TimeoutError:
            raise Unavailable("too many report at once; repeat with the same Idempotency-Key") from None
        try:
            yield
        finally:
            self._lock.release()
