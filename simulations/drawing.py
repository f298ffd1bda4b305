"""Plots as SVG text, and what maps tell by hexagon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import h3
import numpy as np

from simulations.kernel.arrays import Float64s
from simulations.study import Study

# Told apart with any eyesight (Okabe and Ito); the first is the scenario that others are compared with.
LINE_COLOURS = ("#555555", "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 620, 260, 56, 30
_CELL_RESOLUTION = 7
_FEWEST_CALLS = 3.0  # a hexagon with fewer says nothing
LATE_STEPS = (0.02, 0.05, 0.1, 0.2, 0.4)  # shares; the reach and the wait go by minutes
_MINUTE_STEPS = 5  # up to the standard so many bands, and one beyond it


def curves(studies: Sequence[Study], *, standard_min: float) -> str:
    """Which share of people has been reached after so many minutes."""
    ends = [float(np.quantile(np.concatenate(s.details.response_s), 0.985)) / 60 for s in studies]
    most = max(*ends, standard_min) * 1.05
    lines = []
    for study, colour in zip(studies, LINE_COLOURS * 3, strict=False):
        minutes = np.sort(np.concatenate(study.details.response_s)) / 60
        shares = np.linspace(0, 1, 120)
        points = [
            _point(m / most, share) for m, share in zip(np.quantile(minutes, shares), shares, strict=True)
        ]
        lines.append(f'<polyline points="{" ".join(points)}" stroke="{colour}"/>')
    limit = _point(standard_min / most, 0.0).split(",")[0]
    ticks = [(m / most, f"{m:g}") for m in range(0, int(most) + 1, 2)]
    return _plot(
        [f'<line class="limit" x1="{limit}" x2="{limit}" y1="8" y2="{_HEIGHT - _BOTTOM}"/>', *lines],
        ticks, [(s, f"{s:.0%}") for s in (0, 0.25, 0.5, 0.75, 1.0)], "min",
    )  # fmt: skip


def by_hour(studies: Sequence[Study]) -> str:
    """The share that comes late, hour by hour."""
    late = [s.details.late_in_hour / np.maximum(s.details.calls_in_hour, 1) for s in studies]
    most = max(0.02, float(max(values.max() for values in late)) * 1.1)
    return _day(late, 0.0, most)


def coverage_by_hour(studies: Sequence[Study]) -> str:
    """The share of demand that free ambulances cover, hour by hour: what is lost while they are away."""
    shares = [s.details.covered_in_hour / len(s.figures["mean_s"]) for s in studies]
    known = np.concatenate([values[np.isfinite(values)] for values in shares])
    least = max(0.0, float(known.min()) - 0.02)
    return _day(shares, least, min(1.0, float(known.max()) + 0.01))


def _day(shares: Sequence[Float64s], least: float, most: float) -> str:
    """A line a study over the hours of the day; an hour without a value is left out."""
    height = max(most - least, 1e-9)
    lines = []
    for values, colour in zip(shares, LINE_COLOURS * 3, strict=False):
        points = [
            _point((h + 0.5) / 24, (v - least) / height) for h, v in enumerate(values) if np.isfinite(v)
        ]
        lines.append(f'<polyline points="{" ".join(points)}" stroke="{colour}"/>')
    ticks = [(h / 24, f"{h}") for h in range(0, 24, 3)]
    return _plot(lines, ticks, [(s, f"{least + s * height:.1%}") for s in (0, 0.5, 1.0)], "h")


def _point(x: float, y: float) -> str:
    return f"{_LEFT + x * (_WIDTH - _LEFT - 12):.1f},{_HEIGHT - _BOTTOM - y * (_HEIGHT - _BOTTOM - 8):.1f}"


def _plot(
    lines: Sequence[str], ticks: Sequence[tuple[float, str]], levels: Sequence[tuple[float, str]], unit: str
) -> str:
    parts = [f'<svg class="plot" viewBox="0 0 {_WIDTH} {_HEIGHT}" aria-hidden="true">']
    for x, text in ticks:
        at = _point(min(x, 1.0), 0).split(",")[0]
        parts.append(f'<text x="{at}" y="{_HEIGHT - 10}" text-anchor="middle">{text}</text>')
    for y, text in levels:
        at = _point(0, y).split(",")[1]
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - 12}" y1="{at}" y2="{at}"/>')
        parts.append(f'<text x="{_LEFT - 6}" y="{float(at) + 4:.1f}" text-anchor="end">{text}</text>')
    parts.append(f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 10}" text-anchor="end" class="unit">{unit}</text>')
    return "".join([*parts, *lines, "</svg>"])


def hexagons(study: Study) -> Mapping[str, tuple[float, float, float]]:
    """Cell → (calls, mean response in seconds, share late)."""
    sums: dict[str, Float64s] = {}
    detail = study.details
    for place in np.flatnonzero(detail.calls_at):
        cell = h3.latlng_to_cell(study.scene.lat[place], study.scene.lon[place], _CELL_RESOLUTION)
        row = np.array([detail.calls_at[place], detail.response_at_s[place], detail.late_at[place]])
        sums[cell] = sums.get(cell, np.zeros(3)) + row
    return {
        cell: (float(n), float(total / n), float(late / n))
        for cell, (n, total, late) in sums.items()
        if n >= _FEWEST_CALLS
    }


def minute_steps(standard_min: float) -> tuple[float, ...]:
    """Where the bands of the maps of minutes end: the last but one at the standard."""
    return tuple(standard_min * (k + 1) / _MINUTE_STEPS for k in range(_MINUTE_STEPS))
