"""The region that a figure is measured on: a name, a region file, or a map that is built once."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from api.preparation import ensure_region
from api.provision.places import var_folder
from dispatch_core.errors import DispatchError, InvalidInput
from maps import building, osm, region_file
from maps.embedded import known_region
from maps.folder import DEFAULT_REGION, EXTENSION, region_path, tiles_path
from maps.survey import sha256_of

_MAPS = (".pbf", ".osm", ".osm.bz2", ".osm.gz")


def region_file_of(named: str) -> Path:
    """A map is built below var/bench/regions by its contents; one that cannot be read any more anew."""
    source = Path(named)
    if not named.endswith(_MAPS):
        known_region(named)
        return region_path(named)
    if not source.is_file():
        raise InvalidInput("--region", f"there is no map {source}")
    name = source.name.split(".")[0]
    built = var_folder() / "bench" / "regions" / f"{name}-{sha256_of(source)[:12]}{EXTENSION}"
    try:
        region_file.load(built)
    except DispatchError:
        region = building.build(
            osm.survey(source), name=name, built_at=datetime.now(UTC), progress=lambda _step: None
        )
        built.parent.mkdir(parents=True, exist_ok=True)
        region_file.save(region, built)
    return built


def lend_region(var: Path) -> None:
    """Puts the embedded region and its tiles below the folder of a service that is measured apart."""
    ensure_region(DEFAULT_REGION, say=lambda _line: None)
    kept = region_path(DEFAULT_REGION)
    lent = var / "regions"
    lent.mkdir(parents=True)
    for file in (kept, tiles_path(kept)):
        shutil.copy(file, lent / file.name)
