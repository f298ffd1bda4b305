"""A region told to people and to programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dispatch_core.roads import ROAD_CLASSES
from maps.region import Region
from maps.survey import sha256_of


def facts_of(region: Region, path: Path) -> dict[str, Any]:
    """Plain values, ready for JSON."""
    graph, told, box = region.graph, region.provenance, region.graph.box
    classes = Counter(ROAD_CLASSES[code] for code in graph.road_class.tolist())
    return {
        "name": told.name,
        "file": str(path),
        "file_bytes": path.stat().st_size,
        "file_sha256": sha256_of(path),
        "source": told.source,
        "source_sha256": told.source_sha256,
        "built_at": told.built_at.isoformat(),
        "licence": told.licence,
        "attribution": told.attribution,
        "time_zone": told.time_zone,
        "driving_side": told.driving_side.value,
        "extent": [box.west, box.south, box.east, box.north],
        "junctions": graph.node_count,
        "signals": int(graph.node_signal.sum()),
        "edges": graph.edge_count,
        "street_km": round(_street_m(region) / 1000, 1),
        "oneway_edges": int((graph.reverse < 0).sum()),
        "forbidden_turns": len(graph.restrictions),
        "classes": dict(classes.most_common()),
        "kilometre_posts": len(region.posts),
        "places": dict(Counter(place.kind.value for place in region.places).most_common()),
        "zones": len(region.zones),
        "population": sum(zone.population for zone in region.zones),
        "map_layers": {layer: len(lines) for layer, lines in region.ground.items()},
        "dropped": dict(told.dropped),
    }


def _street_m(region: Region) -> float:
    """A two-way street counts once."""
    graph = region.graph
    return float(graph.length_m[graph.reverse < 0].sum() + graph.length_m[graph.reverse >= 0].sum() / 2)


def lines_of(facts: Mapping[str, Any]) -> Iterator[str]:
    """The facts as aligned lines."""
    west, south, east, north = facts["extent"]
    yield f"{facts['name']}: {facts['file']} ({facts['file_bytes'] / 1e6:.1f} MB)"
    yield _line("source", f"{facts['source']}, built {facts['built_at']}")
    yield _line("licence", ", ".join(filter(None, (facts["licence"], facts["attribution"]))))
    yield _line("sha256", f"{facts['file_sha256']} (source {facts['source_sha256']})")
    yield _line("extent", f"{west:.4f}, {south:.4f} to {east:.4f}, {north:.4f}")
    yield _line("clock", f"{facts['time_zone']}, traffic keeps {facts['driving_side']}")
    yield _line("network", f"{facts['junctions']:,} junctions, {facts['signals']:,} with signals")
    yield _line(
        "streets", f"{facts['street_km']:,} km, {facts['edges']:,} edges, {facts['oneway_edges']:,} one-way"
    )
    yield _line("turns", f"{facts['forbidden_turns']:,} forbidden")
    yield _line("posts", f"{facts['kilometre_posts']:,} kilometre posts")
    yield _line("places", _counts(facts["places"]))
    yield _line("zones", f"{facts['zones']:,} with {facts['population']:,} inhabitants")
    yield _line("classes", _counts(facts["classes"]))
    for reason, times in facts["dropped"].items():
        yield _line("left out", f"{times:>8,}  {reason}")


def _line(label: str, text: str) -> str:
    return f"  {label:<9} {text}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{times:,} {what}" for what, times in counts.items()) or "none"
