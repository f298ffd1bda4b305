"""Maps of Leaflet, made by folium, that open from disk with the network off: no tiles, no addresses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import folium
import numpy as np
from branca.element import Element
from folium.utilities import JsCode

from dispatch_core.errors import InvalidInput
from maps.main_streets import Lines

LEAFLET = Path(__file__).resolve().parents[1] / "node_modules" / "leaflet" / "dist"
# A cell is coloured by the page's style sheet, which knows light from dark.
_CELL: Final = JsCode(
    "(f, l) => { l.options.className = `cell b${f.properties.band}`; l.bindTooltip(f.properties.told); }"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapParts:
    """For a page: Leaflet's style sheet and library, the map's element, and the script that draws in it."""

    styles: str
    library: str
    element: str
    script: str


def offline_map(lon: np.ndarray[Any, Any], lat: np.ndarray[Any, Any]) -> folium.Map:
    """An empty map of the box around these places; the wheel scrolls the page."""
    drawn = folium.Map(tiles=None, zoomSnap=0.25, scrollWheelZoom=False, attributionControl=False)
    drawn.fit_bounds([[float(lat.min()), float(lon.min())], [float(lat.max()), float(lon.max())]])
    return drawn


def pane(drawn: folium.Map, name: str, z_index: int) -> str:
    """Its name: what lies in one pane can be hidden, or clipped, together."""
    folium.map.CustomPane(name, z_index=z_index, pointer_events=True).add_to(drawn)
    return name


def streets(lines: Lines, *, pane: str) -> folium.GeoJson:
    ends = zip(lines.first[:-1].tolist(), lines.first[1:].tolist(), strict=True)
    points = np.round(lines.points.astype(np.float64), 5)
    shape = {"type": "MultiLineString", "coordinates": [points[a:b].tolist() for a, b in ends]}
    return folium.GeoJson(
        {"type": "Feature", "properties": {}, "geometry": shape}, pane=pane, interactive=False,
        style_function=lambda _: {"className": "street"},
    )  # fmt: skip


def cells(
    boundaries: Iterable[tuple[Sequence[tuple[float, float]], int, str]], *, pane: str
) -> folium.GeoJson:
    """Hexagons, each its corners (lon, lat), the number of its colour and what it tells when pointed at."""
    features = [
        {
            "type": "Feature",
            "properties": {"band": band, "told": told},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[round(x, 5), round(y, 5)] for x, y in (*corners, corners[0])]],
            },
        }
        for corners, band, told in boundaries
    ]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features}, pane=pane, on_each_feature=_CELL
    )


def mark(lon: float, lat: float, *, html: str, name: str, pane: str) -> folium.Marker:
    """A small sign of the page's own making, its middle at the place."""
    icon = folium.DivIcon(html=html, class_name=name, icon_size=(20, 20), icon_anchor=(10, 10))
    return folium.Marker((lat, lon), icon=icon, pane=pane, interactive=False, keyboard=False)


def parts(drawn: folium.Map, names: Mapping[str, Element]) -> MapParts:
    """InvalidInput where Leaflet was not installed; `names` are what the page's own script calls the layers.

    The same map is the same text: folium's own names, drawn at random, are replaced by numbers.
    """
    if not (LEAFLET / "leaflet.js").exists():
        raise InvalidInput("map", f"Leaflet is not in {LEAFLET}: `make setup` puts it there")
    root: Any = drawn.get_root()  # a figure, with parts of its own
    _number(root)
    drawn.default_js, drawn.default_css = [], []
    root.render()
    called = ", ".join(f"{name}: {element.get_name()}" for name, element in names.items())
    return MapParts(
        styles=(LEAFLET / "leaflet.css").read_text(encoding="utf-8"),
        library=(LEAFLET / "leaflet.js").read_text(encoding="utf-8"),
        element=root.html.render(),
        script=f"{root.script.render()}\nconst drawn = {{ map: {drawn.get_name()}, {called} }};",
    )


def _number(element: Element, so_far: int = 0) -> int:
    element._id = f"{so_far}"
    for child in element._children.values():
        so_far = _number(child, so_far + 1)
    return so_far
