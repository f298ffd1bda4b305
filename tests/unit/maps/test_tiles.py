from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pmtiles.tile import zxy_to_tileid

from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.roads import EdgeFlag
from maps import drawing, tiling
from maps.region import Region
from maps.tiles import Tiles
from tests.unit.maps.test_region_file import REGION
from tests.unit.roads.networks import Street, network


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Tiles:
    path = tmp_path_factory.mktemp("tiles") / "village.pmtiles"
    tiling.draw(replace(REGION, zones=(), places=(), ground={}), path)
    return Tiles.open(path)


def test_tiles_are_gzipped_and_hold_the_streets(village: Tiles) -> None:
    z, x, y = 15, 1 << 14, (1 << 14) - 1  # the village lies just north-east of (0, 0)
    tile = village.tile(z, x, y)
    assert tile is not None
    content = gzip.decompress(tile)
    assert b"road" in content
    assert "青年路".encode() in content


def test_where_nothing_is_drawn_there_is_no_tile(village: Tiles) -> None:
    assert village.tile(15, 0, 0) is None
    assert village.tile(4, 8, 7) is None


@pytest.mark.parametrize("where", [(16, 0, 0), (-1, 0, 0), (5, 32, 0), (5, 0, -1), (99, 0, 0)])
def test_where_there_can_be_no_tile_there_is_none(village: Tiles, where: tuple[int, int, int]) -> None:
    assert village.tile(*where) is None


def test_every_zoom_has_its_tile(village: Tiles) -> None:
    assert village.zooms == (drawing.LOWEST_ZOOM, drawing.HIGHEST_ZOOM)
    for z in range(12, 16):
        assert village.tile(z, 1 << (z - 1), (1 << (z - 1)) - 1) is not None
    assert zxy_to_tileid(0, 0, 0) == 0


def test_a_missing_archive_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="yct region tiles"):
        Tiles.open(tmp_path / "nowhere.pmtiles")


@pytest.mark.parametrize("content", [b"", b"no tiles" * 100])
def test_a_file_of_another_kind_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "v.pmtiles"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match="not a PMTiles archive"):
        Tiles.open(path)


def drawn(streets: list[Street]) -> list[dict[str, Any]]:
    places = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (2.0, 0.0), "D": (2.0, 1.0)}
    return [json.loads(line) for line in drawing.roads(network(places, streets))]


def test_a_two_way_street_is_drawn_once_and_its_pieces_are_joined() -> None:
    (street,) = drawn([Street(a="A", b="B", name="x"), Street(a="B", b="C", name="x")])
    assert street["properties"] == {"class": "residential", "name": "x"}
    assert len(street["geometry"]["coordinates"]) == 3


def test_a_oneway_is_drawn_as_it_is_driven() -> None:
    (street,) = drawn([Street(a="C", b="B", one_way=True), Street(a="B", b="A", one_way=True)])
    assert street["properties"] == {"class": "residential", "oneway": True}
    longitudes = [x for x, _ in street["geometry"]["coordinates"]]
    assert longitudes == sorted(longitudes, reverse=True)


def test_streets_that_look_different_stay_apart() -> None:
    looks = [
        Street(a="A", b="B"),
        Street(a="B", b="C", name="y"),
        Street(a="C", b="D", flags=EdgeFlag.BRIDGE),
    ]
    assert len(drawn(looks)) == 3


def test_a_region_of_streets_alone_can_be_drawn(tmp_path: Path) -> None:
    bare = Region(provenance=REGION.provenance, graph=REGION.graph, order=REGION.order)
    tiling.draw(bare, tmp_path / "deep" / "bare.pmtiles")
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["bare.pmtiles"]
