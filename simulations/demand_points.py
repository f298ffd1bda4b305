"""Accidents as points with times, from CSV or GeoJSON, and what they say beside what one thought before.

Counts are shrunk towards the prior by the gamma–Poisson model: Clayton and Kaldor, Empirical Bayes estimates
of age-standardized relative risks, Biometrics 43 (1987). Where little was seen, the prior counts.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from dispatch_core.errors import InvalidInput
from simulations.kernel.arrays import Float64s, Int64s

HOURS_OF_WEEK = 168
_TIMES = ("received_at", "reported_at", "at", "time", "timestamp")
_WEIGHTS = np.geomspace(0.01, 1000.0, 61)  # of the prior, in accidents as many as expected in a cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """n accidents by time: lon, lat float64[n]; at_s float64[n] local, since a Monday 0 h; nan: unknown."""

    lon: Float64s
    lat: Float64s
    at_s: Float64s

    def __len__(self) -> int:
        return len(self.lon)

    @property
    def has_times(self) -> bool:
        return len(self) > 0 and bool(np.isfinite(self.at_s).all())

    @property
    def day(self) -> Int64s:
        """int64[n]: whole days since that Monday."""
        return (self.at_s // 86_400).astype(np.int64)

    @property
    def days(self) -> int:
        """From the first day to the last, both counted."""
        return int(self.day.max() - self.day.min() + 1)


def read_points(path: Path) -> Points:
    """CSV with columns `lon`, `lat` and perhaps a time, or GeoJSON points with such a property.

    Times are ISO 8601; their clock is taken as the city's. InvalidInput names the row that cannot be.
    """
    text = path.read_text(encoding="utf-8-sig")
    rows = list(_features(text) if text.lstrip().startswith("{") else _lines(text))
    if not rows:
        raise InvalidInput("history", f"{path.name} has no accidents")
    lon, lat = (np.array([row[k] for row in rows], np.float64) for k in (0, 1))
    if not (np.abs(lon) <= 180).all() or not (np.abs(lat) <= 90).all():
        raise InvalidInput("history", f"{path.name} has a place beyond ±180, ±90: is lon, lat the order?")
    return _by_time(lon, lat, [row[2] for row in rows])


def _by_time(lon: Float64s, lat: Float64s, told: list[datetime | None]) -> Points:
    known = [at.replace(tzinfo=None) for at in told if at is not None]
    if len(known) < len(told):
        return Points(lon=lon, lat=lat, at_s=np.full(len(lon), np.nan))
    first = min(known)
    monday = datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() - first.weekday() * 86_400.0
    at_s = np.array([at.replace(tzinfo=UTC).timestamp() - monday for at in known])
    order = np.argsort(at_s, kind="stable")
    return Points(lon=lon[order], lat=lat[order], at_s=at_s[order])


def _lines(text: str) -> Iterator[tuple[float, float, datetime | None]]:
    reader = csv.DictReader(text.splitlines())
    named = reader.fieldnames or []
    if "lon" not in named or "lat" not in named:
        raise InvalidInput("history", "needs columns lon and lat")
    time = next((name for name in _TIMES if name in named), None)
    for number, row in enumerate(reader, 2):
        yield _row(row["lon"], row["lat"], row[time] if time else None, f"line {number}")


def _features(text: str) -> Iterator[tuple[float, float, datetime | None]]:
    try:
        features = json.loads(text)["features"]
    except (ValueError, KeyError, TypeError) as broken:
        raise InvalidInput("history", f"is no GeoJSON FeatureCollection: {broken}") from broken
    for number, feature in enumerate(features, 1):
        geometry, told = feature.get("geometry") or {}, feature.get("properties") or {}
        if geometry.get("type") != "Point":
            raise InvalidInput("history", f"feature {number} is no point")
        lon, lat = geometry["coordinates"][:2]
        yield _row(lon, lat, next((told[t] for t in _TIMES if told.get(t)), None), f"feature {number}")


def _row(lon: Any, lat: Any, at: Any, where: str) -> tuple[float, float, datetime | None]:
    try:
        return float(lon), float(lat), datetime.fromisoformat(str(at)) if at else None
    except (TypeError, ValueError) as wrong:
        raise InvalidInput("history", f"{where}: {wrong}") from wrong


def shrunk(seen: Float64s, prior: Float64s, *, weight: float | None = None) -> Float64s:
    """Shares of demand, sum 1: the posterior mean of every cell's rate, `seen` and `prior` float64[c].

    `weight` is the prior's, in expected accidents; None takes what makes the counts likeliest (a negative
    binomial). 0 believes the counts alone.
    """
    prior = prior / prior.sum()
    expected = prior * seen.sum()
    if weight is None:
        weight = float(_WEIGHTS[int(np.argmax([_likelihood(seen, expected, k) for k in _WEIGHTS]))])
    with np.errstate(invalid="ignore", divide="ignore"):
        risk = (seen + weight) / (expected + weight)
    rate = np.where(expected > 0, expected * risk, seen)
    share: Float64s = rate / rate.sum()
    return share


def _likelihood(seen: Float64s, expected: Float64s, weight: float) -> float:
    from scipy.stats import nbinom  # half a second that every start without a record would wait

    told = expected > 0
    return float(np.sum(nbinom.logpmf(seen[told], weight, weight / (weight + expected[told]))))
