"""The three coordinate systems of Chinese maps: WGS-84 (satellites), GCJ-02 (state), BD-09 (Baidu).

All functions take and give longitudes and latitudes in degrees, scalars or arrays that broadcast. Outside
China GCJ-02 is WGS-84. The formulas are those published as `eviltransform`; the inverses are iterated to
below 1e-9 degrees.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]
Place = tuple[Degrees, Degrees]  # lon, lat

_SEMI_MAJOR_M = 6_378_245.0  # Krasovsky 1940
_ECCENTRICITY_2 = 0.00669342162296594323
_BAIDU_TURN = np.pi * 3000.0 / 180.0
_BAIDU_SHIFT_LON, _BAIDU_SHIFT_LAT = 0.0065, 0.006
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_ROUNDS = 10  # each gains about three digits; four reach double precision


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Place:
    lon, lat = _broadcast(lon, lat)
    east, north = _offset(lon, lat)
    return lon + east, lat + north


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Place:
    """By fixed-point iteration: the offset changes by a thousandth of the distance moved."""
    lon, lat = _broadcast(lon, lat)
    near_lon, near_lat = lon, lat
    for _ in range(_ROUNDS):
        east, north = _offset(near_lon, near_lat)
        near_lon, near_lat = lon - east, lat - north
    return near_lon, near_lat


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Place:
    lon, lat = _broadcast(lon, lat)
    inside = _in_china(lon, lat)
    bd_lon, bd_lat = _baidu(lon, lat)
    return np.where(inside, bd_lon, lon)[()], np.where(inside, bd_lat, lat)[()]


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Place:
    lon, lat = _broadcast(lon, lat)
    near_lon, near_lat = lon - _BAIDU_SHIFT_LON, lat - _BAIDU_SHIFT_LAT
    inside = _in_china(near_lon, near_lat)
    for _ in range(_ROUNDS):
        bd_lon, bd_lat = _baidu(near_lon, near_lat)
        near_lon, near_lat = near_lon + (lon - bd_lon), near_lat + (lat - bd_lat)
    return np.where(inside, near_lon, lon)[()], np.where(inside, near_lat, lat)[()]


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Place:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Place:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


def _broadcast(lon: ArrayLike, lat: ArrayLike) -> Place:
    a, b = np.broadcast_arrays(np.asarray(lon, np.float64), np.asarray(lat, np.float64))
    return a, b


def _in_china(lon: Degrees, lat: Degrees) -> NDArray[np.bool_]:
    """The rectangle that the published formula uses; it holds parts of the neighbours too."""
    inside: NDArray[np.bool_] = (lon >= _WEST) & (lon <= _EAST) & (lat >= _SOUTH) & (lat <= _NORTH)
    return inside


def _offset(lon: Degrees, lat: Degrees) -> Place:
    """GCJ-02 minus WGS-84 in degrees; nought outside China."""
    east_m, north_m = _waves(lon - 105.0, lat - 35.0)
    sine = np.sin(np.radians(lat))
    flat = 1 - _ECCENTRICITY_2 * sine * sine
    north = north_m / (_SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / (flat * np.sqrt(flat)))
    east = east_m / (_SEMI_MAJOR_M / np.sqrt(flat) * np.cos(np.radians(lat)))
    inside = _in_china(lon, lat)
    return np.where(inside, np.degrees(east), 0.0), np.where(inside, np.degrees(north), 0.0)


def _waves(x: Degrees, y: Degrees) -> Place:
    """Metres east and north, from degrees off (105, 35)."""
    root, cross = np.sqrt(np.abs(x)), x * y
    both = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = (
        300 + x + 2 * y + 0.1 * x * x + 0.1 * cross + 0.1 * root
        + (both + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)
           + 150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    )  # fmt: skip
    north = (
        -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * cross + 0.2 * root
        + (both + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)
           + 160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    )  # fmt: skip
    return east, north


def _baidu(lon: Degrees, lat: Degrees) -> Place:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BAIDU_TURN)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BAIDU_TURN)
    return radius * np.cos(angle) + _BAIDU_SHIFT_LON, radius * np.sin(angle) + _BAIDU_SHIFT_LAT
