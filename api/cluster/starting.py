"""Making a cluster and starting its server, whatever a crash or another run left behind."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

from api.cluster import configuration, postmaster
from api.cluster.seat import Seat
from api.provision import postgres
from dispatch_core.errors import Unavailable

ROLE = "yunchetong"
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a cluster has its data, sockets and log; `name` marks its processes."""

    seat: Seat
    name: str
    sockets: Path
    log: Path
    durable: bool

    @property
    def data(self) -> Path:
        return self.seat.folder


def installation(data: Path) -> postgres.PostgresInstallation:
    """The PostgreSQL that fits the data; newer data than programs, or none at all, is `Unavailable`."""
    version = data / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else None
    found = postgres.usable(major=major)
    if found is None:
        wanted = f"PostgreSQL {major}, which made {data}," if major else "PostgreSQL"
        package = f"postgresql-{major}-postgis-3" if major else "postgresql-postgis"
        raise Unavailable(f"{wanted} with PostGIS is missing: install {package}", code="database-away")
    return found


def start(place: Place) -> None:
    """Start the server of a place where none runs; returns when it accepts connections."""
    if not place.durable and _crashed_with_the_machine(place.data):
        shutil.rmtree(place.data)
    if not (place.data / "PG_VERSION").exists():
        _make(place)
    postmaster.end_orphans(place.name)
    (place.data / "postmaster.pid").unlink(missing_ok=True)
    _make_socket_folder(place)
    _make_log(place)
    configuration.write(place.data, sockets=place.sockets, cluster_name=place.name, durable=place.durable)
    (place.data / "boot_id").write_text(_boot_id())
    place.seat.own(place.data)
    _launch(place)


def _launch(place: Place) -> None:
    found = installation(place.data)
    options = ["-w", "-t", "120", "-s", "-D", str(place.data), "-l", str(place.log)]
    try:
        place.seat.run([str(found.bin / "pg_ctl"), "start", *options], environment=found.environment)
    except Unavailable as failure:
        tail = "\n".join(place.log.read_text(errors="replace").splitlines()[-5:])
        raise Unavailable(f"{failure.message}\n{tail}", code="database-away") from failure


def _make(place: Place) -> None:
    """initdb beside the final place: a half-made cluster is never taken for one."""
    found = installation(place.data)
    fresh = place.data.with_name(f"{place.data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    place.seat.own(fresh)
    access = ["--username", ROLE, "--auth-local=trust", "--auth-host=reject"]
    text = ["--encoding=UTF8", "--locale=C.UTF-8", "--lc-messages=C"]
    safety = ["--data-checksums"] if place.durable else ["--no-sync"]
    command = [str(found.bin / "initdb"), "-D", str(fresh), *access, *text, *safety]
    place.seat.run(command, environment=found.environment)
    fresh.rename(place.data)


def _make_socket_folder(place: Place) -> None:
    """Anybody may make folders in /tmp: one that is not ours alone is refused."""
    place.sockets.mkdir(mode=0o700, exist_ok=True)
    found = place.sockets.lstat()
    ours = found.st_uid in (os.geteuid(), place.seat.uid)
    if not stat.S_ISDIR(found.st_mode) or not ours or found.st_mode & 0o077:
        raise Unavailable(f"{place.sockets} is not ours alone: remove it", code="database-away")
    for left_behind in place.sockets.iterdir():  # a dead server's lock, whose pid may be another's by now
        left_behind.unlink()
    place.seat.own(place.sockets)


def _make_log(place: Place) -> None:
    if place.log.exists() and place.log.stat().st_size > 10_000_000:
        place.log.replace(place.log.with_suffix(".log.1"))
    place.log.parent.mkdir(exist_ok=True)
    place.log.touch()
    place.seat.own(place.log)


def _crashed_with_the_machine(data: Path) -> bool:
    """Without fsync a cluster survives its own crash, but not the machine's."""
    boot = data / "boot_id"
    unclean = (data / "postmaster.pid").exists()
    return unclean and (not boot.exists() or boot.read_text() != _boot_id())


def _boot_id() -> str:
    return _BOOT.read_text()
