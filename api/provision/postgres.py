"""Which PostgreSQL of this machine can serve: one with PostGIS, installed or unpacked under var/."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from api.provision import unpacked
from api.provision.places import var_folder


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresInstallation:
    """The binaries of one major version, and what their processes need in the environment."""

    major: int
    bin: Path
    postgis: bool
    environment: Mapping[str, str] = field(default_factory=dict)


def installations(var: Path | None = None) -> list[PostgresInstallation]:
    """Those that can serve first, then the newest; the system's before one that was unpacked."""
    tree = (var or var_folder()) / unpacked.FOLDER
    found = _below(Path("/"), {})
    if tree.exists():
        found += _below(tree, unpacked.environment(tree))
    return sorted(found, key=lambda one: (not one.postgis, -one.major))


def usable(var: Path | None = None, *, major: int | None = None) -> PostgresInstallation | None:
    """The installation to serve with, of the wanted major version where existing data has one."""
    fits = [one for one in installations(var) if one.postgis and major in (None, one.major)]
    return fits[0] if fits else None


def _below(root: Path, environment: Mapping[str, str]) -> list[PostgresInstallation]:
    found = []
    for folder in (root / "usr/lib/postgresql").glob("*/bin"):
        name = folder.parent.name
        if re.fullmatch(r"\d+", name) and os.access(folder / "initdb", os.X_OK):
            control = root / "usr/share/postgresql" / name / "extension/postgis.control"
            found.append(
                PostgresInstallation(
                    major=int(name), bin=folder, postgis=control.exists(), environment=environment
                )
            )
    return found
