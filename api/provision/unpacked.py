"""The distribution's packages without root: a tree of unpacked archives, and what its programs need to run.

Only programs that are told so see this environment: given to everything, an `LD_LIBRARY_PATH` breaks more
than it mends.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

FOLDER = "debian"
_BESIDE_THE_LOADER = (
    "blas",
    "lapack",
    "nss",
    "pulseaudio",
    "samba",
    "ceph",
)  # reached by ld.so.conf.d or rpath


def environment(tree: Path) -> Mapping[str, str]:
    """Search paths that let programs below `tree` find their libraries and data."""
    here: dict[str, str] = {}
    libraries = [str(folder) for folder in _library_folders(tree)]
    inherited = os.environ.get("LD_LIBRARY_PATH")
    if libraries:
        here["LD_LIBRARY_PATH"] = ":".join([*libraries, *([inherited] if inherited else [])])
    for name, folder in (("PROJ_DATA", "usr/share/proj"), ("GDAL_DATA", "usr/share/gdal")):
        if (tree / folder).exists():
            here[name] = str(tree / folder)
    fonts = tree / "etc/fonts/fonts.conf"
    if fonts.exists() and not Path("/etc/fonts/fonts.conf").exists():
        here["FONTCONFIG_FILE"] = str(fonts)
    if (tree / "usr/share").exists():
        here["XDG_DATA_DIRS"] = f"{tree}/usr/share:/usr/local/share:/usr/share"  # fonts
    return here


def _library_folders(tree: Path) -> list[Path]:
    triplets = [folder for base in ("usr/lib", "lib") for folder in (tree / base).glob("*-linux-gnu*")]
    return [
        folder
        for triplet in triplets
        for folder in (triplet, *(triplet / name for name in _BESIDE_THE_LOADER))
        if folder.is_dir()
    ]


def link_alternatives(tree: Path) -> None:
    """Make the links that a package's own script would have made: `postgis.control` is one of several."""
    for folder in (tree / "usr/share/postgresql").glob("*/extension"):
        for versioned in folder.glob("postgis*-3.control"):
            plain = folder / versioned.name.replace("-3.control", ".control")
            if not plain.exists():
                plain.unlink(missing_ok=True)  # it points at /etc/alternatives
                plain.symlink_to(versioned.name)
