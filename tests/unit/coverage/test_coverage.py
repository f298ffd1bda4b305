from __future__ import annotations

import itertools
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dispatch_core.coverage.demand import demand_of_points, hour_of_week, shaped
from dispatch_core.coverage.expected import (
    covered_share,
    expected_share,
    marginal_gain,
    marginal_loss,
    reaches,
    share_by_district,
)
from dispatch_core.errors import InvalidInput

Bools = np.ndarray


def test_points_become_cells_and_no_accident_is_lost() -> None:
    lon, lat = [120.15, 120.15, 120.40], [33.35, 33.3501, 33.60]
    demand = demand_of_points(lon, lat, hour=[0, 167, 30], weeks=2)
    assert len(demand.cell) == 2
    assert demand.expected.sum() == 1.5
    assert demand.at(30).sum() == 0.5
    assert demand.at(168 + 30).sum() == 0.5
    # A hexagon of resolution 8 has an edge of about half a kilometre.
    assert np.abs(demand.lon - 120.15).min() < 0.01
    assert np.abs(demand.lat - 33.60).min() < 0.01


def test_people_count_evenly_over_the_week_until_it_is_given_a_shape() -> None:
    demand = demand_of_points([120.15, 120.40], [33.35, 33.60], weight=[168, 336])
    assert sorted(demand.at(5)) == [1.0, 2.0]
    hourly = np.zeros(168)
    hourly[[8, 9]] = [1.0, 3.0]
    busy = shaped(demand, hourly)
    assert busy.at(9).sum() == pytest.approx(504 * 3 / 4)
    assert busy.at(10).sum() == 0


def test_the_week_begins_on_monday() -> None:
    assert hour_of_week(datetime(2024, 5, 6, 0, 59)) == 0  # noqa: DTZ001  a wall clock
    assert hour_of_week(datetime(2024, 5, 12, 23, 0)) == 167  # noqa: DTZ001


def test_coverage_of_a_line_of_three_cells_by_hand() -> None:
    reach = reaches(np.array([[100.0, 400.0, 900.0], [700.0, 480.0, 100.0]]), standard_s=480)
    demand = np.array([1.0, 2.0, 1.0])
    assert covered_share(reach, demand) == 1.0
    assert expected_share(reach, demand, busy=0.5) == pytest.approx((0.5 + 2 * 0.75 + 0.5) / 4)
    assert marginal_loss(reach, demand, busy=0.5) == pytest.approx([(0.5 + 2 * 0.25) / 4] * 2)
    post = np.array([[True, False, False]])
    assert marginal_gain(reach, post, demand, busy=0.5) == pytest.approx([0.25 / 4])
    by_district = share_by_district(reach, demand, ["east", "east", "west"], busy=0.5)
    assert by_district == pytest.approx({"east": 2 / 3, "west": 0.5})


def test_where_nothing_is_expected_nothing_is_covered_or_lost() -> None:
    reach, nothing = np.ones((2, 3), np.bool_), np.zeros(3)
    assert expected_share(reach, nothing, busy=0.3) == 0.0
    assert marginal_loss(reach, nothing, busy=0.3).tolist() == [0.0, 0.0]


tables = hnp.arrays(np.bool_, st.tuples(st.integers(1, 5), st.integers(1, 6)))


@settings(max_examples=15)
@given(tables, st.sampled_from([0.0, 0.2, 0.5, 0.9]))
def test_expected_coverage_is_that_over_all_ways_to_be_busy(reach: Bools, busy: float) -> None:
    demand = np.arange(1.0, reach.shape[1] + 1)
    total = 0.0
    for free in itertools.product([False, True], repeat=len(reach)):
        chance = np.prod([1 - busy if f else busy for f in free])
        total += chance * reach[np.array(free)].any(axis=0) @ demand
    assert expected_share(reach, demand, busy=busy) == pytest.approx(total / demand.sum())


@settings(max_examples=15)
@given(tables, st.sampled_from([0.0, 0.2, 0.5, 0.9]))
def test_a_loss_is_what_is_missing_without_the_unit_and_a_gain_what_it_brings(
    reach: Bools, busy: float
) -> None:
    demand = np.arange(1.0, reach.shape[1] + 1)
    whole = expected_share(reach, demand, busy=busy)
    for unit in range(len(reach)):
        others = np.delete(reach, unit, axis=0)
        without = expected_share(others, demand, busy=busy)
        assert marginal_loss(reach, demand, busy=busy)[unit] == pytest.approx(whole - without)
        assert marginal_gain(others, reach[unit : unit + 1], demand, busy=busy)[0] == pytest.approx(
            whole - without
        )


@pytest.mark.parametrize("busy", [-0.1, 1.0, float("nan")])
def test_a_busy_share_outside_0_to_1_is_refused(busy: float) -> None:
    with pytest.raises(InvalidInput):
        expected_share(np.ones((1, 1), np.bool_), np.ones(1), busy=busy)
