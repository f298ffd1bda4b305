from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.coordinates import (
    bd09_to_gcj02,
    bd09_to_wgs84,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    wgs84_to_bd09,
    wgs84_to_gcj02,
)

# One place in Yancheng in all three systems, to six decimals.
WGS84, GCJ02, BD09 = (120.163561, 33.349559), (120.168504, 33.348122), (120.175075, 33.353821)
HALF_A_DIGIT = 0.6e-6
in_china = st.tuples(st.floats(74, 135), st.floats(2, 54))


def test_a_place_in_yancheng_has_its_published_coordinates() -> None:
    assert wgs84_to_gcj02(*WGS84) == pytest.approx(GCJ02, abs=HALF_A_DIGIT)
    assert gcj02_to_bd09(*GCJ02) == pytest.approx(BD09, abs=2 * HALF_A_DIGIT)  # both ends are rounded
    assert wgs84_to_bd09(*WGS84) == pytest.approx(BD09, abs=HALF_A_DIGIT)
    assert bd09_to_wgs84(*BD09) == pytest.approx(WGS84, abs=2 * HALF_A_DIGIT)


@given(in_china)
def test_there_and_back_is_the_same_place_to_a_ten_millionth_of_a_degree(place: tuple[float, float]) -> None:
    assert gcj02_to_wgs84(*wgs84_to_gcj02(*place)) == pytest.approx(place, abs=1e-9, rel=0)
    assert bd09_to_gcj02(*gcj02_to_bd09(*place)) == pytest.approx(place, abs=1e-9, rel=0)
    assert bd09_to_wgs84(*wgs84_to_bd09(*place)) == pytest.approx(place, abs=1e-9, rel=0)


@pytest.mark.parametrize("place", [(-71.25, -29.9), (14.5, 35.9), (151.2, -33.9), (100.0, 60.0)])
def test_outside_china_nothing_moves(place: tuple[float, float]) -> None:
    for convert in (
        wgs84_to_gcj02,
        gcj02_to_wgs84,
        gcj02_to_bd09,
        bd09_to_gcj02,
        wgs84_to_bd09,
        bd09_to_wgs84,
    ):
        assert convert(*place) == place


def test_arrays_are_converted_row_by_row_and_keep_their_shape() -> None:
    lon, lat = np.array([[120.163561, -71.25]]), np.array([[33.349559, -29.9]])
    east, north = wgs84_to_gcj02(lon, lat)
    assert east.shape == north.shape == (1, 2)
    assert (east[0, 0], north[0, 0]) == pytest.approx(GCJ02, abs=HALF_A_DIGIT)
    assert (east[0, 1], north[0, 1]) == (-71.25, -29.9)
