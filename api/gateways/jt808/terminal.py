"""One terminal's connection: bytes in, replies out, in the order of the protocol.

Nothing that a terminal sends raises beyond its connection; what cannot be read is dropped and counted. A
location is acknowledged when it is stored and not before: a terminal that hears nothing sends it again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import cast

from api.gateways.intake import Intake, Verdicts
from api.gateways.jt808.header import Header, join_payload, split_payload
from api.gateways.jt808.location import batch_items
from api.gateways.jt808.reassembly import Reassembler
from api.gateways.jt808.registrar import Registrar
from api.gateways.jt808.rows import row_from
from api.gateways.jt808.session import (
    MessageId,
    RegisterResult,
    Result,
    decode_authentication,
    decode_registration,
    encode_platform_reply,
    encode_register_reply,
    encode_resend_request,
)  # fmt: skip
from api.gateways.jt808.shortcut import Shortcut
from api.gateways.jt808.wire import FrameError, FrameSplitter, unwrap, wrap
from dispatch_core.errors import Unavailable
from dispatch_core.fleet.fixes import FixRow, Sender

log = logging.getLogger("yct.jt808")
MOST_WAITING = 200  # frames of one terminal that come while it is being looked up
MOST_UNSENT = 256_000  # bytes of replies that a terminal does not read


class Terminal(asyncio.Protocol):
    """`counts` are the server's: frames, dropped."""

    def __init__(self, registrar: Registrar, intake: Intake, counts: dict[str, int]) -> None:
        self._registrar = registrar
        self._intake = intake
        self._counts = counts
        self._splitter = FrameSplitter()
        self._shortcut: Shortcut | None = None
        self._joining = Reassembler()
        self._sender: Sender | None = None
        self._phone: str | None = None
        self._serial = 0
        self._waiting: list[tuple[Header, bytes]] = []
        self._lookup: asyncio.Task[None] | None = None
        self._transport: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self.heard_at_s = self._loop.time()

    # -- the connection ------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no subclass of it
        self._registrar.terminals.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._registrar.terminals.discard(self)
        self._transport = None
        if self._lookup is not None:
            self._lookup.cancel()

    def data_received(self, received: bytes) -> None:
        self.heard_at_s = self._loop.time()
        if not self._reported(received):
            self._read(received)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    # -- messages ------------------------------------------------------------------------------------------

    def _reported(self, received: bytes) -> bool:
        """Whole location reports and nothing else, taken by the short way; False for the long one."""
        if self._shortcut is None or self._lookup is not None or not self._splitter.is_between_frames:
            return False
        reports = self._shortcut.reports(received)
        sender = self._sender
        if reports is None or sender is None:
            return False
        try:
            rows = [(serial, row_from(sender, body)) for serial, body in reports]
        except FrameError:
            return False
        self._counts["frames"] += len(rows)
        for serial, row in rows:
            with suppress(Unavailable):
                self._intake.hand(sender, (row,), partial(self._acknowledge, serial))
        return True

    def _acknowledge(self, reported: int, stored: Verdicts | Exception) -> None:
        if self._shortcut is not None and not isinstance(stored, Exception) and self._may_write():
            self._serial = (self._serial + 1) & 0xFFFF
            cast(asyncio.Transport, self._transport).write(self._shortcut.answer(self._serial, reported))

    def _read(self, received: bytes) -> None:
        for frame in self._splitter.feed(received):
            self._counts["frames"] += 1
            try:
                self._arrived(*split_payload(unwrap(frame)))
            except FrameError as error:
                self._counts["dropped"] += 1
                log.debug("a frame is dropped: %s", error)

    def _arrived(self, header: Header, body: bytes) -> None:
        if header.encrypted:
            self._reply(header, Result.NOT_SUPPORTED)
            return
        parts = header.parts
        whole = self._joining.add(header, body, at_s=self.heard_at_s)
        if whole is None:
            return  # a part is acknowledged with the whole
        message = (header, whole[1]) if parts > 1 else whole
        if self._lookup is not None:
            if len(self._waiting) < MOST_WAITING:
                self._waiting.append(message)
            return
        self._take(*message)

    def _take(self, header: Header, body: bytes) -> None:
        match header.message_id:
            case MessageId.LOCATION:
                self._locations(header, body)
            case MessageId.LOCATION_BATCH:
                self._locations(header, body)
            case MessageId.HEARTBEAT | MessageId.LOG_OUT:
                self._reply(header, Result.OK)
            case MessageId.AUTHENTICATE:
                code = decode_authentication(body, version=header.version)
                self._look_up(self._authenticate(header, code))
            case MessageId.REGISTER:
                decode_registration(body, version=header.version)  # a body that is none is dropped
                self._look_up(self._register(header))
            case MessageId.TERMINAL_REPLY:
                return
            case _:
                self._reply(header, Result.NOT_SUPPORTED)

    def _locations(self, header: Header, body: bytes) -> None:
        if self._sender is None or header.phone != self._phone:
            self._reply(header, Result.FAILED)  # not authenticated
            return
        rows = self._rows(self._sender, header, body)
        if not rows:
            self._reply(header, Result.BAD_MESSAGE)
            return
        with suppress(Unavailable):
            self._intake.hand(self._sender, rows, partial(self._stored, header))

    def _rows(self, sender: Sender, header: Header, body: bytes) -> list[FixRow]:
        rows: list[FixRow] = []
        for item in self._items(header, body):
            try:
                rows.append(row_from(sender, item))
            except FrameError:
                self._counts["dropped"] += 1
        return rows

    def _items(self, header: Header, body: bytes) -> list[bytes]:
        if header.message_id == MessageId.LOCATION:
            return [body]
        try:
            items, missing = batch_items(body)
        except FrameError:
            items, missing = [], ["all"]
        self._counts["dropped"] += len(missing)
        return items

    def _stored(self, header: Header, stored: Verdicts | Exception) -> None:
        if not isinstance(stored, Exception):
            self._reply(header, Result.OK)

    def _look_up(self, asking: Awaitable[Callable[[], None]]) -> None:
        """What comes meanwhile waits, so that messages are taken in their order."""

        async def looked_up() -> None:
            told: Callable[[], None] | None = None
            try:
                told = await asking
            except Exception as error:  # no answer: it asks again
                log.warning("a terminal is not looked up: %s", type(error).__name__)
            self._lookup = None
            if told is not None:
                told()
            waiting, self._waiting = self._waiting, []
            for message in waiting:
                if self._lookup is None:
                    self._taken_later(*message)
                else:
                    self._waiting.append(message)

        self._lookup = self._loop.create_task(looked_up())

    def _taken_later(self, header: Header, body: bytes) -> None:
        try:
            self._take(header, body)
        except FrameError:
            self._counts["dropped"] += 1

    async def _register(self, header: Header) -> Callable[[], None]:
        code = await self._registrar.registered(header.phone)
        result = RegisterResult.OK if code is not None else RegisterResult.NO_SUCH_TERMINAL
        body = encode_register_reply(header.serial, result, code or "")
        return lambda: self._send(MessageId.REGISTER_REPLY, header, body)

    async def _authenticate(self, header: Header, code: str) -> Callable[[], None]:
        sender = await self._registrar.authenticated(header.phone, code)

        def told() -> None:
            self._sender, self._phone = sender, header.phone
            self._shortcut = None if sender is None else Shortcut(header.phone, header.version)
            self._reply(header, Result.FAILED if sender is None else Result.OK)

        return told

    # -- replies -------------------------------------------------------------------------------------------

    def ask_for_missing(self) -> None:
        """0x8003 for messages whose sub-packages did not all come."""
        for header, missing in self._joining.incomplete():
            self._send(MessageId.RESEND_PARTS, header, encode_resend_request(header.serial, missing))

    def _reply(self, header: Header, result: Result) -> None:
        """0x8001; each sub-package is a frame that waits for its own."""
        first = header.serial - header.part + 1
        for part in range(header.parts):
            serial = (first + part) & 0xFFFF
            self._send(
                MessageId.PLATFORM_REPLY, header, encode_platform_reply(serial, header.message_id, result)
            )

    def _send(self, message_id: MessageId, to: Header, body: bytes) -> None:
        if not self._may_write():
            return
        self._serial = (self._serial + 1) & 0xFFFF
        header = Header(
            message_id=message_id, phone=to.phone, serial=self._serial, body_length=len(body),
            version=to.version,
        )  # fmt: skip
        cast(asyncio.Transport, self._transport).write(wrap(join_payload(header, body)))

    def _may_write(self) -> bool:
        """False once it is gone, or sent away because it does not read."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return False
        if transport.get_write_buffer_size() > MOST_UNSENT:
            transport.abort()
            return False
        return True
