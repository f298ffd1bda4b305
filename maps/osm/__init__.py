"""Any OpenStreetMap file, as a survey."""

from __future__ import annotations

from pathlib import Path

from maps.dropped import Dropped
from maps.osm.features import read_features
from maps.osm.milestones import posts_of
from maps.osm.network import read_network
from maps.osm.order import in_order
from maps.survey import OSM_ATTRIBUTION, OSM_LICENCE, Survey, sha256_of


def survey(path: Path, *, wrong_way: bool = False) -> Survey:
    """`.osm.pbf`, `.osm` and whatever else osmium reads; InvalidInput if it has no streets.

    `wrong_way`: also keep, flagged, the directions that one-way streets forbid.
    """
    dropped = Dropped()
    with in_order(path) as ordered:
        graph, milestones = read_network(ordered, dropped, wrong_way=wrong_way)
        features = read_features(ordered, graph.box, dropped)
    return Survey(
        graph=graph,
        dropped=dropped,
        source=path.name,
        source_sha256=sha256_of(path),
        licence=OSM_LICENCE,
        attribution=OSM_ATTRIBUTION,
        places=features.places,
        ground=features.ground,
        posts=posts_of(milestones, graph, dropped),
    )
