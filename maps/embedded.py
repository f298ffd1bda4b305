"""A region by name; the embedded city of La Serena–Coquimbo is built where it is missing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from dispatch_core.errors import InvalidInput, NotFound
from maps import building, coquimbo, region_file
from maps.folder import DEFAULT_REGION, region_path, tiles_path
from maps.region import Region


def _quiet(_line: str) -> None:
    return None


def known_region(name: str, *, say: Callable[[str], None] = _quiet) -> Region:
    """By name or file; the embedded city is built anew if it is missing or of an older format (2 s)."""
    path = region_path(name)
    try:
        return region_file.load(path)
    except (NotFound, InvalidInput):
        if name != DEFAULT_REGION:
            if path.is_file():
                raise
            build = f"yct region build --name {name} --osm FILE"
            raise NotFound("region", f"{path}; build it with `{build}`") from None
        say("region: building the embedded city of La Serena–Coquimbo")
        region = building.build(
            coquimbo.survey(coquimbo.find_archive()),
            name=name,
            built_at=datetime.now(UTC),
            progress=_quiet,
        )
        region_file.save(region, path)
        tiles_path(path).unlink(missing_ok=True)
        return region
