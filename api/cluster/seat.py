"""Who a cluster runs as and where it lies: PostgreSQL refuses root, root's folders refuse all others."""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_core.errors import Unavailable

_ELSEWHERE = Path("/var/lib/yunchetong")
_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """`folder` will hold the data; its files belong to `uid`, and `prefix` brings programs into that role."""

    folder: Path
    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    def run(self, argv: Sequence[str], *, environment: Mapping[str, str]) -> None:
        """Run to the end as the owner; PG* variables of the caller must not steer our server."""
        drop = os.geteuid() == 0 and self.uid != 0
        done = subprocess.run(
            [*self.prefix, *argv],
            env={"PATH": _PATH, "LC_ALL": "C", "TZ": "UTC", **environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=300,
            user=self.uid if drop else None,
            group=self.gid if drop else None,
            extra_groups=[] if drop else None,
        )
        if done.returncode:
            raise Unavailable(
                f"{Path(argv[0]).name} failed: {done.stderr.strip()[-500:]}", code="database-away"
            )

    def own(self, path: Path) -> None:
        """Give a file or a whole tree to the owner; only root has anything to give."""
        if os.geteuid() != 0 or not path.exists():
            return
        for each in [path, *path.rglob("*")]:
            if each.lstat().st_uid != self.uid:
                os.chown(each, self.uid, self.gid, follow_symlinks=False)


def choose(folder: Path) -> Seat:
    """Ourselves; as root, `postgres`, also by a user namespace below a folder that only root may enter."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    account = _unprivileged()
    mapped = ("unshare", "--user", f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}", "--")
    if os.geteuid() != 0:
        prefix = () if _has_account(os.geteuid()) else mapped  # a container may run as any number
        return Seat(folder=folder, uid=os.geteuid(), gid=os.getegid(), prefix=prefix)
    if _may_enter(account, folder.parent):
        return Seat(folder=folder, uid=account.pw_uid, gid=account.pw_gid)
    if _answers([*mapped, "true"]):
        return Seat(folder=folder, uid=0, gid=0, prefix=mapped)
    # a container without user namespaces: nothing below this folder can be served, so the data lies elsewhere
    elsewhere = _ELSEWHERE / hashlib.sha256(str(folder).encode()).hexdigest()[:12] / folder.name
    elsewhere.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    return Seat(folder=elsewhere, uid=account.pw_uid, gid=account.pw_gid)


def _unprivileged() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def _has_account(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _may_enter(account: pwd.struct_passwd, folder: Path) -> bool:
    return _answers(["test", "-x", str(folder)], user=account.pw_uid, group=account.pw_gid)


def _answers(argv: Sequence[str], *, user: int | None = None, group: int | None = None) -> bool:
    groups: list[int] | None = None if user is None else []
    try:
        return (
            subprocess.run(
                argv, cwd="/", user=user, group=group, extra_groups=groups, capture_output=True
            ).returncode
            == 0
        )
    except OSError:
        return False
