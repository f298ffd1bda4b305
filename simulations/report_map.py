"""The map: scenarios under a swipe, the first on the left; the page chooses what of them is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import folium
import h3
import numpy as np
from branca.element import Element

from maps import layers
from simulations.drawing import LATE_STEPS, hexagons, minute_steps
from simulations.kernel.arrays import AMBULANCE
from simulations.study import Study

# Below Leaflet's own pane of tooltips.
_STREETS, _CELLS, _MARKS = 300, 400, 450
_Cell = tuple[Sequence[tuple[float, float]], int, str]


def map_of(studies: Sequence[Study], words: Mapping[str, str]) -> layers.MapParts:
    """Its script declares `drawn`: `map`, and by scenario `wait_0`, `late_0`, `reach_0`, `marks_0`, …

    Those of the first lie in the panes `left` and `left-marks`, all others in `right` and `right-marks`.
    """
    scene = studies[0].scene
    drawn = layers.offline_map(
        np.concatenate([s.scene.lon for s in studies]), np.concatenate([s.scene.lat for s in studies])
    )
    layers.streets(scene.streets, pane=layers.pane(drawn, "streets", _STREETS)).add_to(drawn)
    for side in ("left", "right")[: len(studies)]:
        layers.pane(drawn, side, _CELLS)
        layers.pane(drawn, f"{side}-marks", _MARKS)
    names: dict[str, Element] = {}
    for number, study in enumerate(studies):
        side = "right" if number else "left"
        for layer, found in _cells(study, words).items():
            names[f"{layer}_{number}"] = layers.cells(found, pane=side).add_to(drawn)
        names[f"marks_{number}"] = _marks(study, f"{side}-marks").add_to(drawn)
    return layers.parts(drawn, names)


def _cells(study: Study, words: Mapping[str, str]) -> dict[str, list[_Cell]]:
    """By hexagon the mean wait, the share late and the isochrones of the stations."""
    minutes = minute_steps(study.plan.standard_s / 60)
    wait: list[_Cell] = []
    late: list[_Cell] = []
    for cell, (calls, mean_s, share) in hexagons(study).items():
        told = words["told_wait"].format(minutes=_minutes(mean_s), late=f"{share:.0%}", calls=f"{calls:.0f}")
        wait.append((_corners(cell), _band(mean_s / 60, minutes), told))
        late.append((_corners(cell), _band(share, LATE_STEPS), told))
    reach: list[_Cell] = [
        (_corners(cell), _band(s / 60, minutes), words["told_reach"].format(minutes=_minutes(s)))
        for cell, s in study.scene.reach.items()
    ]
    return {"wait": wait, "late": late, "reach": reach}


def _marks(study: Study, pane: str) -> folium.FeatureGroup:
    """Hospitals, and stations with the number of their ambulances."""
    scene, group = study.scene, folium.FeatureGroup()
    for place in scene.hospitals.tolist():
        layers.mark(scene.lon[place], scene.lat[place], html="", name="hospital", pane=pane).add_to(group)
    for place, count in _stations(study):
        layers.mark(scene.lon[place], scene.lat[place], html=f"{count}", name="station", pane=pane).add_to(
            group
        )
    return group


def _stations(study: Study) -> Iterator[tuple[int, int]]:
    ours = study.scene.unit_base[study.scene.unit_kind == AMBULANCE]
    places, counts = np.unique(ours, return_counts=True)
    return zip(places.tolist(), counts.tolist(), strict=True)


def _corners(cell: str) -> list[tuple[float, float]]:
    return [(lon, lat) for lat, lon in h3.cell_to_boundary(cell)]


def _band(value: float, steps: Sequence[float]) -> int:
    return int(np.searchsorted(steps, value, side="left"))


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.1f}"
