"""Predicted against actual: a correction, and a band that holds four drives in five."""

from __future__ import annotations

import numpy as np
import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.roads.eta import MODES, Drives, EtaModel, calibrate, errors


def _drives(n: int, *, factor: float, spread: float, seed: int) -> Drives:
    random = np.random.default_rng(seed)
    predicted = random.uniform(60, 1500, n)
    return Drives(
        mode=random.integers(0, len(MODES), n),
        hour=random.integers(0, 24, n),
        predicted_s=predicted,
        actual_s=predicted * factor * np.exp(random.normal(0, spread, n)),
    )


def test_before_the_first_drive_nothing_is_corrected_and_the_band_is_wide() -> None:
    band = EtaModel.untrained().band(200.0, mode="siren", hour=3)
    assert (band.p10_s, band.p50_s, band.p90_s) == (150.0, 200.0, 300.0)


def test_a_city_that_is_slower_than_its_map_is_corrected() -> None:
    model = calibrate(_drives(20_000, factor=1.3, spread=0.2, seed=1))
    band = model.band(400.0, mode="road", hour=8)
    assert band.p50_s == pytest.approx(520.0, rel=0.03)


def test_the_band_holds_four_in_five_of_drives_it_never_saw() -> None:
    model = calibrate(_drives(20_000, factor=0.9, spread=0.3, seed=2))
    found = errors(_drives(5_000, factor=0.9, spread=0.3, seed=3), model)
    assert found.inside_share == pytest.approx(0.8, abs=0.03)
    assert abs(found.bias_s) < 0.1 * found.mae_s + 30


def test_few_drives_move_little() -> None:
    few = calibrate(_drives(3, factor=3.0, spread=0.0, seed=4)).band(300.0, mode="road", hour=12)
    assert 280 < few.p50_s < 600


def test_no_drives_no_figures_and_odd_hours_are_refused() -> None:
    nothing = errors(_drives(0, factor=1, spread=0, seed=5), EtaModel.untrained())
    assert nothing.count == 0
    assert np.isnan(nothing.mae_s)
    with pytest.raises(InvalidInput, match="hour"):
        Drives(mode=np.array([0]), hour=np.array([24]), predicted_s=np.ones(1), actual_s=np.ones(1))
