"""Installing the distribution's packages: as root with apt-get, without root by unpacking them under var/."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from api.provision import unpacked
from api.provision.places import var_folder
from api.provision.shell import SetupError, answers, log, run, step

_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
_ROOT_OPTIONS = ("-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", "-o")
_KEEP_CONFIGURATION = "Dpkg::Options::=--force-confold"
_STATE = "apt"
_CREATE_CLUSTER = Path("/etc/postgresql-common/createcluster.conf")


def provide(names: Sequence[str], *, refresh: Callable[[], Sequence[str]]) -> None:
    """Make the packages' programs available; `refresh` names them anew once apt's lists are there."""
    if not names:
        return
    if shutil.which("apt-get") is None:
        raise SetupError(
            f"missing: {' '.join(names)} (no apt-get here: install them with your package manager)"
        )
    try:
        if os.geteuid() == 0:
            _install(names, refresh)
        else:
            _unpack(names, refresh)
    except SetupError as failure:
        log(str(failure))
        wanted = " ".join(refresh() or names)
        raise SetupError(
            f"missing: {wanted}; as root run `apt-get update && apt-get install -y {wanted}`"
            f" (what failed is in {var_folder() / 'log/setup.log'})"
        ) from failure


def _install(names: Sequence[str], refresh: Callable[[], Sequence[str]]) -> None:
    def install(wanted: Sequence[str]) -> None:
        with step(f"installing {' '.join(wanted)}"), _without_default_cluster():
            run(["apt-get", "install", *_ROOT_OPTIONS, _KEEP_CONFIGURATION, *wanted], env=_QUIET)

    def update() -> None:
        with step("reading the distribution's package lists"):
            run(["apt-get", "update", "-qq", "-o", "DPkg::Lock::Timeout=300"], env=_QUIET)

    _twice(install, update, names, refresh, known=_known(names))


def _unpack(names: Sequence[str], refresh: Callable[[], Sequence[str]]) -> None:
    state = var_folder() / _STATE

    def unpack(wanted: Sequence[str]) -> None:
        with step(f"unpacking {' '.join(wanted)} without root"):
            _unpack_closure(wanted, lists_at_hand())

    def update() -> None:
        (state / "lists/partial").mkdir(parents=True, exist_ok=True)
        (state / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        with step("reading the distribution's package lists without root"):
            run(["apt-get", "update", "-qq", *_private_lists(state)], env=_QUIET)

    known = _known(names, lists_at_hand())
    _twice(unpack, update, names, refresh, known=known)


def _twice(
    attempt: Callable[[Sequence[str]], None],
    update: Callable[[], None],
    names: Sequence[str],
    refresh: Callable[[], Sequence[str]],
    *,
    known: bool,
) -> None:
    """Try with the lists at hand; where they are missing or stale, fetch them once and try again."""
    if known:
        try:
            return attempt(names)
        except SetupError as stale:
            log(str(stale))
    update()
    return attempt(refresh())


def _known(names: Sequence[str], options: Sequence[str] = ()) -> bool:
    return all(answers("apt-cache", *options, "show", name) for name in names)


def lists_at_hand() -> list[str]:
    """Options by which apt's programs see the lists that we read without root, if we did."""
    state = var_folder() / _STATE
    return _private_lists(state) if (state / "lists").exists() else []


def _private_lists(state: Path) -> list[str]:
    """Options that let an ordinary user read the distribution's lists into a folder of their own."""
    return [
        *("-o", f"Dir::State::lists={state}/lists"),
        *("-o", f"Dir::Cache={state}/cache"),
        *("-o", "Debug::NoLocking=1"),
        *("-o", "APT::Sandbox::User="),
    ]


def _unpack_closure(names: Sequence[str], options: Sequence[str]) -> None:
    """Unpack the packages and those of their dependencies that the machine does not have."""
    tree = var_folder() / unpacked.FOLDER
    archives = tree / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    simulate = ["install", "-s", "-q", "--no-install-recommends", "-o", "Debug::NoLocking=1"]
    plan = run(["apt-get", *simulate, *options, *names], env=_QUIET)
    wanted = re.findall(r"^Inst (\S+) (?:\[\S+\] )?\((\S+)", plan, flags=re.MULTILINE)
    if not wanted:
        raise SetupError(f"apt-get found nothing to unpack for {' '.join(names)}")
    exact = [f"{name}={version}" for name, version in wanted]
    run(["apt-get", "download", "-q", *options, *exact], cwd=archives)
    for name, _ in wanted:  # what others need first: an interrupted tree lacks its top and is done again
        for archive in archives.glob(f"{name}_*.deb"):
            run(["dpkg-deb", "-x", str(archive), str(tree)])
            archive.unlink()
    unpacked.link_alternatives(tree)


class _without_default_cluster:  # noqa: N801  (reads as a verb in the with statement)
    """PostgreSQL's package starts a server on port 5432 unless told not to; nobody asked for that one."""

    def __enter__(self) -> None:
        self._ours = not _CREATE_CLUSTER.exists()
        if self._ours:
            _CREATE_CLUSTER.parent.mkdir(parents=True, exist_ok=True)
            _CREATE_CLUSTER.write_text("create_main_cluster = false\n")

    def __exit__(self, *_: object) -> None:
        theirs = _CREATE_CLUSTER.with_suffix(".conf.ucf-dist")
        if self._ours and theirs.exists():
            theirs.replace(_CREATE_CLUSTER)  # the distribution's own file, as if we had never been here
