"""Every fact into a JetStream, in order and once, for consumers that must not miss anything.

The outbox is the truth and this is its copy: `YCT_FACTS`, subjects `yct.facts.TOPIC`, each message with the
fact's `seq` as its id. Any number of processes copy at once: each says after which message of the stream its
own is to come, and the server refuses all but one of them.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import msgspec
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import StreamConfig
from nats.js.errors import BadRequestError
from sqlalchemy import Engine, Row

from api.rounds import AGAIN_S, RoundsThread
from api.streams.nats_link import linked
from api.webhooks import body_of
from dispatch_core.store import outbox

log = logging.getLogger("yct.facts")

STREAM, SUBJECT = "YCT_FACTS", "yct.facts"
# By number and not by age: the last message says where to go on.
STREAM_CONFIG = StreamConfig(name=STREAM, subjects=[f"{SUBJECT}.>"], max_msgs=1_000_000)
LOOK_EVERY_S = 0.5
_MESSAGE_ID, _AFTER = "Nats-Msg-Id", "Nats-Expected-Last-Sequence"


class FactStream(RoundsThread):
    """One thread a process; goes on where the stream ends, however long it or the database was away."""

    def __init__(self, engine: Engine, address: str) -> None:
        super().__init__("facts", log)
        self._engine = engine
        self._address = address

    def _round(self) -> None:
        """From one connection to its end."""
        try:
            asyncio.run(self._connected())
        except (OSError, NatsError) as error:
            log.info("facts wait: %s", type(error).__name__)
            self._stopping.wait(AGAIN_S)

    async def _connected(self) -> None:
        async with linked(self._address) as client:
            stream = client.jetstream(timeout=5)
            await stream.add_stream(STREAM_CONFIG)
            while not self._stopping.is_set():
                if not await self._copied(stream):
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _copied(self, stream: JetStreamContext) -> bool:
        """Copies what the stream lacks; whether there was anything."""
        place, seq = await _end_of(stream)
        rows = await asyncio.to_thread(self._after, seq)
        for row in rows:
            headers = {_MESSAGE_ID: str(row.seq), _AFTER: str(place)}
            body = msgspec.json.encode(body_of(row))
            try:
                place = (await stream.publish(f"{SUBJECT}.{row.topic}", body, headers=headers)).seq
            except BadRequestError:  # another process was first
                return True
        return bool(rows)

    def _after(self, seq: int) -> list[Row[Any]]:
        with self._engine.connect() as connection:
            return outbox.after(connection, seq)


async def _end_of(stream: JetStreamContext) -> tuple[int, int]:
    """(place of the last message, the fact in it); (0, 0) if the stream is new."""
    place = (await stream.stream_info(STREAM)).state.last_seq
    if not place:
        return 0, 0
    last = await stream.get_msg(STREAM, seq=place)
    return place, int((last.headers or {})[_MESSAGE_ID])
