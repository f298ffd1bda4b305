from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.region import app
from dispatch_core.errors import InvalidInput, NotFound
from maps.tiles import Tiles
from tests.unit.maps.drawn import osm_file, street

RUN = CliRunner()
PLACES = {"A": (0.0, 0.0), "B": (1.0, 0.0), "C": (1.0, 1.0), "P": (5.0, 5.0), "Q": (6.0, 5.0)}


@pytest.fixture(autouse=True)
def _var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YCT_VAR", str(tmp_path / "var"))


def village(folder: Path) -> Path:
    return osm_file(folder, PLACES, [street("AB"), street("BC"), street("CA"), street("PQ")])


def test_a_region_is_built_under_its_name_with_its_map_and_says_what_it_left_out(tmp_path: Path) -> None:
    built = RUN.invoke(app, ["build", "--osm", str(village(tmp_path))], catch_exceptions=False)
    assert built.exit_code == 0
    assert "edge outside the largest strongly connected part" in built.stdout
    assert (tmp_path / "var/regions/drawn.yctr").is_file()
    assert Tiles.open(tmp_path / "var/regions/drawn.pmtiles").zooms == (5, 15)


def test_what_is_in_a_region_is_told_as_one_json_object(tmp_path: Path) -> None:
    command = ["build", "--osm", str(village(tmp_path)), "--name", "v", "--no-tiles", "--json"]
    built = json.loads(RUN.invoke(app, command, catch_exceptions=False).stdout)
    told = json.loads(RUN.invoke(app, ["info", "v", "--json"], catch_exceptions=False).stdout)
    assert told == built
    assert (told["name"], told["junctions"], told["edges"]) == ("v", 3, 6)
    assert told["dropped"] == {"edge outside the largest strongly connected part": 2}
    assert not (tmp_path / "var/regions/v.pmtiles").exists()


def test_a_region_goes_to_the_file_that_is_named(tmp_path: Path) -> None:
    command = ["build", "--osm", str(village(tmp_path)), "-o", str(tmp_path / "mine.yctr"), "--no-tiles"]
    assert RUN.invoke(app, command, catch_exceptions=False).exit_code == 0
    assert (tmp_path / "mine.yctr").is_file()


def test_two_sources_at_once_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="one source"):
        RUN.invoke(
            app, ["build", "--osm", str(village(tmp_path)), "--place", "盐城市"], catch_exceptions=False
        )


def test_a_region_that_was_never_built_says_how_to_build_it() -> None:
    with pytest.raises(NotFound, match="yct region build"):
        RUN.invoke(app, ["info", "nowhere"], catch_exceptions=False)
