from __future__ import annotations

import json
import zipfile
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from shapely import MultiPolygon, box

from dispatch_core.errors import InvalidInput, NotFound
from dispatch_core.geo import LonLat
from dispatch_core.roads import RoadGraph, compute_order
from maps import region_file
from maps.folder import region_path, tiles_path
from maps.region import DrivingSide, MapPlace, PlaceKind, Provenance, Region, Zone
from tests.unit.roads.networks import Ban, Street, network

GRAPH = network(
    {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (1.0, 1.0)},
    [Street(a="A", b="B", name="青年路"), Street(a="B", b="C", one_way=True), Street(a="C", b="A")],
    bans=[Ban(through=("A", "B", "C"), exempt=True)],
    signals=["B"],
)
REGION = Region(
    provenance=Provenance(
        name="village",
        source="by hand",
        source_sha256="0" * 64,
        built_at=datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC),
        licence="CC0",
        attribution="© us",
        time_zone="Asia/Shanghai",
        driving_side=DrivingSide.RIGHT,
        dropped={"edge too many": 3},
    ),
    graph=GRAPH,
    order=compute_order(GRAPH),
    places=(
        MapPlace(
            kind=PlaceKind.HOSPITAL,
            source_id="w7",
            name="第一人民医院",
            at=LonLat(120.1, 33.3),
            phone="120",
            tags={"beds": "900"},
        ),
    ),
    zones=(Zone(zone_id="1", population=12, shape=MultiPolygon([box(0, 0, 1, 1)])),),
    ground={"water": b"gzipped lines"},
)


def test_what_is_saved_is_what_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "village.yctr"
    region_file.save(REGION, path)
    found = region_file.load(path)
    for name in ("provenance", "places", "zones", "ground"):
        assert getattr(found, name) == getattr(REGION, name)
    assert found.order.tolist() == REGION.order.tolist()
    for field in fields(RoadGraph):
        if field.name not in ("names", "restrictions"):
            saved, loaded = getattr(GRAPH, field.name), getattr(found.graph, field.name)
            assert loaded.dtype == saved.dtype
            assert np.array_equal(loaded, saved)
    assert found.graph.names == GRAPH.names
    assert found.graph.restrictions.edges.tolist() == GRAPH.restrictions.edges.tolist()
    assert found.graph.restrictions.siren_exempt.tolist() == [True]
    assert region_file.read_provenance(path) == REGION.provenance


def test_nobody_can_write_into_a_loaded_region(tmp_path: Path) -> None:
    region_file.save(REGION, tmp_path / "v.yctr")
    with pytest.raises(ValueError, match="read-only"):
        region_file.load(tmp_path / "v.yctr").graph.length_m[0] = 1.0


def test_nothing_but_the_file_is_left_behind(tmp_path: Path) -> None:
    region_file.save(REGION, tmp_path / "v.yctr")
    region_file.save(REGION, tmp_path / "v.yctr")
    assert [path.name for path in tmp_path.iterdir()] == ["v.yctr"]


def test_a_missing_region_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="yct region build"):
        region_file.load(tmp_path / "nowhere.yctr")


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "v.yctr"
    path.write_text("no zip")
    with pytest.raises(InvalidInput, match="not a region file"):
        region_file.load(path)


def test_another_format_is_refused_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "v.yctr"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("region.json", json.dumps({"format": 99}))
    with pytest.raises(InvalidInput, match=r"format 99.*build it again"):
        region_file.load(path)


def test_a_file_with_parts_missing_is_refused(tmp_path: Path) -> None:
    whole, part = tmp_path / "v.yctr", tmp_path / "part.yctr"
    region_file.save(REGION, whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(part, "w") as target:
        for name in source.namelist():
            if name != "graph/head.npy":
                target.writestr(name, source.read(name))
    with pytest.raises(InvalidInput, match="damaged"):
        region_file.load(part)


def test_a_name_lives_below_var_and_a_file_is_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YCT_VAR", str(tmp_path))
    assert region_path("village") == tmp_path / "regions" / "village.yctr"
    assert region_path("some/village") == Path("some/village")
    assert region_path("village.yctr") == Path("village.yctr")
    assert tiles_path(region_path("village")) == tmp_path / "regions" / "village.pmtiles"
