from __future__ import annotations

import pytest

from dispatch_core.errors import InvalidInput
from simulations.jemss import _mean


@pytest.mark.parametrize(
    ("text", "mean"),
    [
        ("Exponential(12/60/24)", 12 / 60 / 24),
        ("Exponential(1/(18.8*24))", 1 / (18.8 * 24)),
        (" Normal(50/60/60/24, 0) ", 50 / 86400),
        ("Bernoulli(0.75)", 0.75),
    ],
)
def test_the_generators_laws_are_reckoned_as_they_are_written(text: str, mean: float) -> None:
    assert _mean(text) == pytest.approx(mean)


@pytest.mark.parametrize("text", ["", "Exponential()", "Exponential(x)", "12", "Exponential(1/"])
def test_a_law_that_is_none_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="law that is not understood"):
        _mean(text)
