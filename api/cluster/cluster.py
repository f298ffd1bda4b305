"""A PostgreSQL server of our own: started, found again, shared, recovered after a crash, and stopped."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from api.cluster import postmaster, seat, starting
from api.cluster.starting import ROLE, Place
from dispatch_core.errors import Unavailable

DATABASE = "yunchetong"
_LEASE = "yct session"
_CLOSED_WITHIN_S = 10.0  # a connection that was closed a moment ago; who stays longer keeps the server
_SOCKETS = Path("/tmp")  # a socket's path must stay below 108 bytes, wherever the checkout lies


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """`pid` is None while the server is down."""

    folder: Path
    pid: int | None
    url: str
    accepts: bool


class Cluster:
    """One data folder and the server on it, shared by every process that names the same folder."""

    def __init__(self, *, folder: Path, durable: bool = True, patience_s: float = 120) -> None:
        chosen = seat.choose(folder.absolute())
        self.folder = chosen.folder
        name = f"yct-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:10]}"
        self.sockets = _SOCKETS / name
        log = self.folder.parent / "log" / f"{self.folder.name}.log"
        self._patience_s = patience_s
        self._place = Place(seat=chosen, name=name, sockets=self.sockets, log=log, durable=durable)

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's address of a database of this cluster, whether it runs or not."""
        return f"postgresql+psycopg://{ROLE}@/{database}?host={self.sockets}"

    def connect(self, database: str = "postgres", *, purpose: str = "yct") -> psycopg.Connection:
        """A connection that commits each statement, for work on the cluster itself."""
        return psycopg.connect(
            host=str(self.sockets), user=ROLE, dbname=database, connect_timeout=5, autocommit=True,
            application_name=purpose,
        )  # fmt: skip

    def ensure_running(self) -> str:
        """Make, recover or start what is missing; the server outlives us, and any number may race."""
        with self._alone():
            self._ensure()
        return self.url()

    @contextmanager
    def session(self) -> Iterator[str]:
        """The database while the block runs; the last to leave stops the server, unless it was pinned."""
        with self._alone():
            self._ensure()
            lease = self.connect(purpose=_LEASE)  # others see by it that the server is in use
        try:
            yield self.url()
        finally:
            with self._alone():
                self._leave(lease)

    def pin(self) -> None:
        """Let the server run on when the last session leaves, until `stop`."""
        self._pin.touch()

    def stop(self) -> None:
        """End every session and shut down; everything committed is on disk."""
        with self._alone():
            self._pin.unlink(missing_ok=True)
            self._stop()

    def status(self) -> ClusterStatus:
        pid = postmaster.running(self.folder)
        return ClusterStatus(
            folder=self.folder, pid=pid, url=self.url(), accepts=pid is not None and self._accepts()
        )

    def binary(self, name: str) -> tuple[Path, dict[str, str]]:
        """A PostgreSQL program that fits this cluster, and the environment it needs."""
        found = starting.installation(self.folder)
        return found.bin / name, dict(found.environment)

    @property
    def _pin(self) -> Path:
        return self.folder.with_name(f"{self.folder.name}.pinned")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._refuse_foreign()
        with self.folder.with_name(f"{self.folder.name}.lock").open("w") as lock:
            if not postmaster.wait_until(lambda: _locked(lock.fileno()), timeout_s=180):
                raise Unavailable(f"another process has held {lock.name} for 3 minutes", code="database-away")
            yield

    def _refuse_foreign(self) -> None:
        """Files that a run as another user left behind would fail one by one, each less clearly."""
        foreign = self.folder.exists() and self.folder.stat().st_uid != os.geteuid()
        if os.geteuid() != 0 and (foreign or not os.access(self.folder.parent, os.W_OK)):
            raise Unavailable(
                f"{self.folder} is another user's: run as that user, or name a folder of yours in YCT_VAR",
                code="database-away",
            )

    def _ensure(self) -> None:
        if self._runs() and not postmaster.wait_until(self._listens, timeout_s=2):
            self._stop()  # it runs but nobody can reach it: its socket's folder was swept away
        if not self._runs():
            starting.start(self._place)
        # never stopped for being slow: it may be recovering, or have no connection left for us
        if not postmaster.wait_until(lambda: not self._runs() or self._accepts(), timeout_s=self._patience_s):
            raise Unavailable(f"the server in {self.folder} takes no connection", code="database-away")
        if not self._runs():
            starting.start(self._place)  # it was dying when we came
        self._ensure_database()

    def _ensure_database(self) -> None:
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        with self.connect(DATABASE) as connection:
            extension = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
            if not extension.fetchone():
                connection.execute("CREATE EXTENSION postgis")

    def _runs(self) -> bool:
        return postmaster.running(self.folder) is not None

    def _accepts(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _listens(self) -> bool:
        with socket.socket(socket.AF_UNIX) as end:
            return end.connect_ex(str(self.sockets / ".s.PGSQL.5432")) == 0

    def _leave(self, lease: psycopg.Connection) -> None:
        """Close the lease. Where no other is left, the server goes as soon as closed connections are gone."""
        others = (
            "SELECT count(*), count(*) FILTER (WHERE application_name = %s) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> %s"
        )

        def connected() -> tuple[int, int]:
            return lease.execute(others, [_LEASE, lease.info.backend_pid]).fetchone() or (0, 0)

        try:
            last = not self._pin.exists() and connected()[1] == 0
            last = last and postmaster.wait_until(lambda: connected()[0] == 0, timeout_s=_CLOSED_WITHIN_S)
        except psycopg.OperationalError:
            return  # the server went away under us: nothing of ours is left to stop
        finally:
            lease.close()
        if last:
            self._stop()

    def _stop(self) -> None:
        if not postmaster.stop(self.folder):
            raise Unavailable(f"the server in {self.folder} does not stop", code="database-away")
        shutil.rmtree(self.sockets, ignore_errors=True)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
