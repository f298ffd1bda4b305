"""Bodies end at a limit, whether their length was announced or not."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problem import problem

_DRAINED = 50_000_000  # bytes
_PATIENCE_S = 5.0


class _TooLarge(HTTPException):
    """An HTTP error, since FastAPI takes any other that comes while it reads for a malformed body."""


class BodyLimit:
    """ASGI middleware: 413 as soon as more than `largest` bytes have come."""

    def __init__(self, app: ASGIApp, *, largest: int) -> None:
        self._app = app
        self._largest = largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._largest:
            await self._refuse(scope, receive, send, ended=False)
            return
        received, started, ended = 0, False, False

        async def counted() -> Message:
            nonlocal received, ended
            message = await receive()
            received += len(message.get("body", b""))
            ended = not message.get("more_body", False)
            if received > self._largest:
                raise _TooLarge(413, f"at most {self._largest:,} bytes are taken at a time")
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, counted, watched)
        except _TooLarge:
            if started:
                raise
            await self._refuse(scope, receive, send, ended=ended)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, *, ended: bool) -> None:
        if not ended:
            await drained(receive)
        answer = problem(
            413, "body-too-large", "Body too large", f"at most {self._largest:,} bytes are taken at a time"
        )
        answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


async def drained(receive: Receive) -> None:
    """Lets a body run out before it is answered, else the reset connection swallows the answer."""
    left = _DRAINED
    with suppress(TimeoutError):
        async with asyncio.timeout(_PATIENCE_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if not message.get("more_body", False):
                    return
