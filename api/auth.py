"""Who asks: the one place where tokens are looked up and roles are checked."""

from __future__ import annotations

import threading
import time
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool

from api.problem import Unauthorized
from api.service import Service
from api.tokens import digest
from dispatch_core.errors import Forbidden
from dispatch_core.ids import UnitId
from dispatch_core.store import tokens
from dispatch_core.store.tokens import Holder

COOKIE = "yct_session"
REMEMBER_S = 5.0  # a revoked token works so much longer at most


class Holders:
    """Token look-ups, remembered for some seconds."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._known: dict[bytes, tuple[float, Holder]] = {}
        self._lock = threading.Lock()

    async def of(self, token: str) -> Holder | None:
        key = digest(token)
        if key is None:
            return None
        with self._lock:
            found = self._known.get(key)
        if found is not None and time.monotonic() - found[0] < REMEMBER_S:
            return found[1]
        return await run_in_threadpool(self._looked_up, key)

    def _looked_up(self, key: bytes) -> Holder | None:
        known = self._known  # not that of after a revocation in the meantime
        with self._engine.connect() as connection:
            holder = tokens.find(connection, key)
        with self._lock:
            if holder is None:
                known.pop(key, None)
            else:
                known[key] = (time.monotonic(), holder)
        return holder

    def forget(self) -> None:
        """After a revocation in this process."""
        with self._lock:
            self._known = {}


# None of the dependencies is a plain function: FastAPI would send each to a thread and wait for its turn.
async def service_of(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


async def caller(request: Request) -> Holder:
    """Whose token came with the request, in the header or as a session's cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise Unauthorized("send `Authorization: Bearer TOKEN`")
    token = token.strip() or request.cookies.get(COOKIE, "")
    if not token:
        raise Unauthorized("a token is needed: `Authorization: Bearer TOKEN`")
    holders: Holders = request.app.state.holders
    holder = await holders.of(token)
    if holder is None:
        raise Unauthorized("the token is unknown, revoked or malformed")
    return holder


async def operator(holder: Annotated[Holder, Depends(caller)]) -> Holder:
    """The desk; Forbidden to devices."""
    if holder.role != "operator":
        raise Forbidden("this needs an operator's token; yours is a device's")
    return holder


async def device(holder: Annotated[Holder, Depends(caller)]) -> UnitId:
    """The unit whose device asks; Forbidden to operators."""
    if holder.role != "device" or holder.unit_id is None:
        raise Forbidden("this needs a unit's device token; yours is an operator's")
    return holder.unit_id


InService = Annotated[Service, Depends(service_of)]
Operator = Annotated[Holder, Depends(operator)]
Device = Annotated[UnitId, Depends(device)]
