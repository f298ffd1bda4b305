"""Several processes on one port: the kernel deals the connections, the database is what they share."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from types import TracebackType

from api.lifeline import end_with_parent

_WORKER = "YCT_WORKER"
PATIENCE_S = 10.0


class Workers:
    """Around the serving of the first process: the others run the same command; they end when it does."""

    def __init__(self, count: int) -> None:
        self._others = 0 if _WORKER in os.environ else count - 1
        self._processes: list[subprocess.Popen[bytes]] = []
        self.shares_port = count > 1

    def __enter__(self) -> Workers:
        if _WORKER in os.environ:
            end_with_parent()
        argv = [sys.executable, "-m", "api.cli", *sys.argv[1:]]
        environment = {**os.environ, _WORKER: "1"}
        for _ in range(self._others):
            self._processes.append(
                subprocess.Popen(argv, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.send_signal(signal.SIGINT)
        for process in self._processes:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()

    def sockets(self, host: str, port: int) -> list[socket.socket] | None:
        """What uvicorn is to listen on; None if the port is one process's own."""
        if not self.shares_port:
            return None
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        shared = socket.socket(family, socket.SOCK_STREAM)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        shared.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        shared.bind((host, port))
        return [shared]
