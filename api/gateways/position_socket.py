"""The driver page's WebSocket: a token first, then positions; each message is answered once it is stored."""

from __future__ import annotations

from typing import Any

import msgspec
from starlette.types import Receive, Scope, Send

from api.gateways.http import header
from api.gateways.intake import Intake
from api.gateways.json_positions import decoded, outcomes_of, rows_of
from api.gateways.senders import Senders
from dispatch_core.errors import DispatchError, InvalidInput
from dispatch_core.fleet.fixes import Sender

LARGEST_MESSAGE = 100_000
POLICY_VIOLATION, TOO_BIG = 1008, 1009  # RFC 6455, section 7.4.1


class PositionSocket:
    """Cookies open nothing here: a page of another origin could send them."""

    def __init__(self, intake: Intake, senders: Senders) -> None:
        self._intake = intake
        self._senders = senders

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        token = header(scope, b"authorization").partition(" ")[2].strip()
        sender = await self._sender(token) if token else None
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            body = (message.get("text") or "").encode() or message.get("bytes") or b""
            if len(body) > LARGEST_MESSAGE:
                await send({"type": "websocket.close", "code": TOO_BIG})
                return
            if sender is None:
                sender = await self._sender(_token(body))
                if sender is None:
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION, "reason": "token"})
                    return
                told: Any = {"ready": True}
            else:
                told = await self._stored(sender, body)
            await send({"type": "websocket.send", "text": msgspec.json.encode(told).decode()})

    async def _sender(self, token: str) -> Sender | None:
        authority = await self._senders.of_token(token)
        return None if authority is None else authority.sender

    async def _stored(self, sender: Sender, body: bytes) -> Any:
        try:
            positions = decoded(body)
            verdicts = await self._intake.submit(sender, rows_of(sender, positions))
        except InvalidInput as wrong:
            return {"problem": wrong.code, "field": wrong.field, "detail": wrong.message}
        except DispatchError as error:
            return {"problem": error.code, "detail": error.message}
        return {"outcomes": outcomes_of(positions, verdicts)}


def _token(body: bytes) -> str:
    try:
        told = msgspec.json.decode(body, type=dict[str, str])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    return told.get("token", "")
