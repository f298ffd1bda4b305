"""What the machine lacks for a goal, said as the distribution's package names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from api.provision import apt, chromium, postgres
from api.provision.shell import answers

_POSTGIS = re.compile(r"postgresql-(\d+)-postgis-3")


def missing(goal: str, var: Path) -> list[str]:
    """Names to install before `goal` can be reached, empty when nothing is missing."""
    names: list[str] = []
    if postgres.usable(var) is None:
        names += postgis_packages(var)
    if goal == "test":
        if chromium.found(var) is None and _may_have_chromium():
            names.append("chromium")
        if not has_chinese_font(var):
            names.append("fonts-noto-cjk")
    return names


def postgis_packages(var: Path) -> list[str]:
    """PostGIS for the newest PostgreSQL that is installed, else the newest that the distribution offers."""
    offered = offered_majors()
    installed = [one.major for one in postgres.installations(var) if one.major in offered]
    if not offered:
        return ["postgresql", "postgresql-postgis"]  # asked for by name again once there are lists
    major = max(installed or offered)
    return [f"postgresql-{major}", f"postgresql-{major}-postgis-3", f"postgresql-{major}-postgis-3-scripts"]


def offered_majors() -> list[int]:
    """Majors that apt's lists know with PostGIS; empty where the lists are missing."""
    if shutil.which("apt-cache") is None:
        return []
    asked = ["apt-cache", *apt.lists_at_hand(), "pkgnames", "postgresql-"]
    listed = subprocess.run(asked, capture_output=True, text=True).stdout
    return sorted(int(match[1]) for name in listed.split() if (match := _POSTGIS.fullmatch(name)))


def _may_have_chromium() -> bool:
    """Ubuntu's lists know it only as a snap; without lists we cannot tell."""
    return not offered_majors() or answers("apt-cache", *apt.lists_at_hand(), "show", "chromium")


def has_chinese_font(var: Path) -> bool:
    """A font with Chinese glyphs lies where fontconfig looks; without one screenshots show boxes."""
    folders = [Path("/usr/share/fonts"), Path.home() / ".local/share/fonts", var / "debian/usr/share/fonts"]
    return any("CJK" in name for folder in folders for _, _, files in os.walk(folder) for name in files)
