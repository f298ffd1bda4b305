"""A PostgreSQL server of our own: made, started, found again, recovered after a crash, and stopped."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from api.cluster import configuration, postmaster, seat
from api.provision import postgres
from dispatch_core.errors import Unavailable

DATABASE = "yunchetong"
_ROLE = "yunchetong"
_SOCKETS = Path("/tmp")  # a socket's path must stay below 108 bytes, wherever the checkout lies
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterStatus:
    """`pid` is None while the server is down."""

    folder: Path
    pid: int | None
    url: str
    accepts: bool


class Cluster:
    """One data folder and the server on it, shared by every process that names the same folder."""

    def __init__(self, *, folder: Path, durable: bool = True) -> None:
        self._seat = seat.choose(folder.absolute())
        self._durable = durable
        self.folder = self._seat.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:10]
        self.name = f"yct-{digest}"
        self.sockets = _SOCKETS / self.name
        self.log = self.folder.parent / "log" / f"{self.folder.name}.log"

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy's address of a database of this cluster, whether it runs or not."""
        return f"postgresql+psycopg://{_ROLE}@/{database}?host={self.sockets}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection that commits each statement, for work on the cluster itself."""
        return psycopg.connect(
            host=str(self.sockets), user=_ROLE, dbname=database, connect_timeout=5, autocommit=True
        )

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
            lease = self.connect()  # others see by it that the server is in use
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
        found = self._installation()
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
        if self._runs() and not self._accepts_soon():
            self._stop()  # it runs but cannot be reached: its socket's folder was swept away
        if not self._runs():
            self._start()
        self._ensure_database()

    def _start(self) -> None:
        if not self._durable and self._crashed_with_the_machine():
            shutil.rmtree(self.folder)
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        postmaster.end_orphans(self.name)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        self._make_socket_folder()
        configuration.write(self.folder, sockets=self.sockets, cluster_name=self.name, durable=self._durable)
        self._make_log()
        (self.folder / "boot_id").write_text(_boot_id())
        self._seat.own(self.folder)
        program, environment = self.binary("pg_ctl")
        start = [str(program), "start", "-w", "-t", "120", "-s", "-D", str(self.folder), "-l", str(self.log)]
        try:
            self._seat.run(start, environment=environment)
        except Unavailable as failure:
            raise Unavailable(f"{failure.message}\n{self._log_tail()}", code="database-away") from failure

    def _make(self) -> None:
        """initdb beside the final place: a half-made cluster is never taken for one."""
        program, environment = self.binary("initdb")
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        self._seat.own(fresh)
        access = ["--username", _ROLE, "--auth-local=trust", "--auth-host=reject"]
        text = ["--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C"]
        safety = ["--data-checksums"] if self._durable else ["--no-sync"]
        self._seat.run([str(program), "-D", str(fresh), *access, *text, *safety], environment=environment)
        fresh.rename(self.folder)

    def _make_socket_folder(self) -> None:
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        found = self.sockets.lstat()
        ours = found.st_uid in (os.geteuid(), self._seat.uid)
        if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & 0o077:
            raise Unavailable(f"{self.sockets} is not ours alone: remove it", code="database-away")
        for left_behind in self.sockets.iterdir():  # a dead server's lock, whose pid may be another's by now
            left_behind.unlink()
        self._seat.own(self.sockets)

    def _make_log(self) -> None:
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.log.parent.mkdir(exist_ok=True)
        self.log.touch()
        self._seat.own(self.log)

    def _ensure_database(self) -> None:
        with self.connect() as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE}")
        if not known:
            with self.connect(DATABASE) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    def _installation(self) -> postgres.PostgresInstallation:
        version = self.folder / "PG_VERSION"
        major = int(version.read_text()) if version.exists() else None
        found = postgres.usable(major=major)
        if found is None:
            wanted = f"PostgreSQL {major}, which made {self.folder}," if major else "PostgreSQL"
            package = f"postgresql-{major or 15}-postgis-3"
            raise Unavailable(f"{wanted} with PostGIS is missing: install {package}", code="database-away")
        return found

    def _accepts(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _runs(self) -> bool:
        return postmaster.running(self.folder) is not None

    def _accepts_soon(self) -> bool:
        """Recovery may take a while; a server that is dying or whose socket is gone will never answer."""
        socket = self.sockets / ".s.PGSQL.5432"
        if not postmaster.wait_until(socket.exists, timeout_s=2):
            return False
        postmaster.wait_until(lambda: not self._runs() or self._accepts(), timeout_s=120)
        return self._accepts()

    def _leave(self, lease: psycopg.Connection) -> None:
        others = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> %s"

        def alone() -> bool:
            row = lease.execute(others, [lease.info.backend_pid]).fetchone()
            return row is not None and row[0] == 0

        try:
            last = not self._pin.exists() and postmaster.wait_until(alone, timeout_s=0.5)
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

    def _crashed_with_the_machine(self) -> bool:
        """Without fsync a cluster survives its own crash, but not the machine's."""
        boot = self.folder / "boot_id"
        unclean = (self.folder / "postmaster.pid").exists()
        return unclean and (not boot.exists() or boot.read_text() != _boot_id())

    def _log_tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])


def _boot_id() -> str:
    return _BOOT.read_text()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
