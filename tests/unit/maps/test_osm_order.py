from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_core.errors import InvalidInput
from maps import osm

NODES = [f'<node id="{n}" lon="{n * 0.001}" lat="{n % 2 * 0.001}" version="1"/>' for n in (1, 2, 3)]
WAY = (
    '<way id="9" version="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/>'
    '<tag k="highway" v="residential"/><tag k="name" v="青年路"/></way>'
)
RESTRICTION = (
    '<relation id="5" version="1"><member type="way" ref="9" role="from"/>'
    '<member type="node" ref="1" role="via"/><member type="way" ref="9" role="to"/>'
    '<tag k="type" v="restriction"/><tag k="restriction" v="no_u_turn"/></relation>'
)


def file_of(folder: Path, objects: list[str]) -> Path:
    path = folder / "city.osm"
    path.write_text(f'<osm version="0.6">{"".join(objects)}</osm>', encoding="utf-8")
    return path


def drawn_below_nought(objects: list[str]) -> list[str]:
    """As an editor numbers what was never uploaded."""
    return [piece.replace(' id="', ' id="-').replace('ref="', 'ref="-') for piece in objects]


@pytest.mark.parametrize(
    "objects",
    [
        [WAY, *NODES, RESTRICTION],
        [RESTRICTION, WAY, *NODES[::-1]],
        [NODES[0], WAY, *NODES, RESTRICTION],
        drawn_below_nought([*NODES, WAY, RESTRICTION]),
    ],
    ids=["ways first", "the other way round", "a node twice, as Overpass tells it", "below nought"],
)
def test_a_map_out_of_order_is_read_like_the_map_in_order(tmp_path: Path, objects: list[str]) -> None:
    right = osm.survey(file_of(tmp_path, [*NODES, WAY, RESTRICTION])).graph
    found = osm.survey(file_of(tmp_path, objects)).graph
    assert (found.node_lon.tolist(), found.node_lat.tolist()) == (
        right.node_lon.tolist(),
        right.node_lat.tolist(),
    )
    assert (found.tail.tolist(), found.head.tolist()) == (right.tail.tolist(), right.head.tolist())
    assert found.length_m.tolist() == right.length_m.tolist()
    assert len(found.restrictions) == len(right.restrictions) == 1


def test_the_source_is_the_file_that_was_given_and_nothing_stays_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spare = tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(spare))
    assert osm.survey(file_of(tmp_path, [WAY, *NODES])).source == "city.osm"
    assert list(spare.iterdir()) == []


def test_a_place_that_is_no_place_is_an_error_that_names_it(tmp_path: Path) -> None:
    path = file_of(tmp_path, [NODES[0].replace('lon="0.001"', 'lon="500"'), *NODES[1:], WAY])
    with pytest.raises(InvalidInput, match=r"city\.osm cannot be read as OpenStreetMap data: .*500"):
        osm.survey(path)


@pytest.mark.parametrize(
    "broken",
    [
        [NODES[0].replace('id="1"', 'id="one"'), *NODES[1:], WAY],
        [WAY, *NODES, '<node id="4" lon="0" lat="0" version="1" timestamp="yesterday"/>'],
        [*NODES, WAY.replace("</way>", f'<tag k="name" v="{"x" * 5000}"/></way>')],
    ],
)
def test_a_damaged_map_is_told_in_one_line(tmp_path: Path, broken: list[str]) -> None:
    with pytest.raises(InvalidInput, match=r"city\.osm cannot be read as OpenStreetMap data"):
        osm.survey(file_of(tmp_path, broken))
