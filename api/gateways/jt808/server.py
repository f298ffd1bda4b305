"""JT/T 808 over TCP: a connection for each terminal, and one sweep over all of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from sqlalchemy import Engine

from api.gateways.intake import Intake
from api.gateways.jt808.registrar import Registrar
from api.gateways.jt808.terminal import Terminal
from api.gateways.senders import Senders

SWEEP_EVERY_S = 10.0
SILENT_S = 600.0  # terminals send a heartbeat each minute or so


class Jt808Server:
    """Listens until it is closed."""

    def __init__(self, engine: Engine, senders: Senders, intake: Intake) -> None:
        self._registrar = Registrar(engine, senders)
        self._intake = intake
        self.port = 0
        self.counts = {"frames": 0, "dropped": 0}
        self._server: asyncio.Server | None = None
        self._sweeping: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int, *, shared: bool = False) -> int:
        """The port listened on: the one asked for, a free one for 0; `shared` with other processes."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._terminal, host, port, backlog=2048, reuse_port=shared
        )  # fmt: skip
        self._sweeping = loop.create_task(self._sweep())
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    async def close(self) -> None:
        if self._sweeping is not None:
            self._sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await self._sweeping
        if self._server is not None:
            self._server.close()
        for terminal in list(self._registrar.terminals):
            terminal.close()
        if self._server is not None:
            await self._server.wait_closed()

    def _terminal(self) -> Terminal:
        return Terminal(self._registrar, self._intake, self.counts)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            now_s = asyncio.get_running_loop().time()
            for terminal in list(self._registrar.terminals):
                if now_s - terminal.heard_at_s > SILENT_S:
                    terminal.close()
                else:
                    terminal.ask_for_missing()
