"""Where regions are kept: `var/regions/NAME.yctr`, their tiles beside them."""

from __future__ import annotations

import os
from pathlib import Path

DEFAULT_REGION = "coquimbo"
EXTENSION = ".yctr"
TILES_EXTENSION = ".pmtiles"


def region_path(name_or_file: str) -> Path:
    """A path stays a path; a bare name is a region below `YCT_VAR`, by default `./var`."""
    given = Path(name_or_file)
    if given.suffix == EXTENSION or len(given.parts) > 1:
        return given
    return Path(os.environ.get("YCT_VAR") or "var").absolute() / "regions" / f"{name_or_file}{EXTENSION}"


def tiles_path(region: Path) -> Path:
    """The tile archive that belongs to a region file."""
    return region.with_suffix(TILES_EXTENSION)
