"""Clocks that do not flap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_core.errors import InvalidInput
from dispatch_core.escalation import AlarmKind, EscalationParams, Standing, Threshold, after_look

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
T = Threshold(on_s=60.0, off_s=30.0, calm_s=30.0)


def looked(measures: list[float | None], *, every_s: float = 5.0) -> list[Standing | None]:
    standing: Standing | None = None
    seen = []
    for k, measured_s in enumerate(measures):
        at = START + timedelta(seconds=k * every_s)
        standing = after_look(standing, measured_s, at=at, threshold=T)
        seen.append(standing)
    return seen


def raised_at(seen: list[Standing | None]) -> list[datetime]:
    return sorted({one.raised_at for one in seen if one is not None})


def test_an_alarm_stands_until_its_measure_has_been_calm_for_a_while() -> None:
    seen = looked([59, 60, 45, 29, 29, 29, 29, 29, 29, 29])
    assert [one is not None for one in seen] == [False] + [True] * 8 + [False]


def test_a_measure_that_no_longer_applies_ends_the_alarm_at_once() -> None:
    assert looked([60, None]) == [Standing(raised_at=START), None]


@given(st.lists(st.floats(30.0, 90.0), min_size=1, max_size=60))
def test_noise_around_the_upper_threshold_raises_one_alarm_and_never_clears_it(noise: list[float]) -> None:
    seen = looked(list(noise))
    first = next((k for k, m in enumerate(noise) if m >= T.on_s), len(noise))
    assert [one is not None for one in seen] == [k >= first for k in range(len(noise))]
    assert len(raised_at(seen)) <= 1


@given(st.lists(st.floats(0.0, 59.9), max_size=60))
def test_noise_below_the_upper_threshold_raises_nothing(noise: list[float]) -> None:
    assert set(looked(list(noise))) <= {None}


@given(st.lists(st.floats(0.0, 120.0), max_size=100), st.floats(1.0, 10.0))
def test_whatever_the_noise_two_alarms_are_a_time_of_calm_apart(noise: list[float], every_s: float) -> None:
    raised = raised_at(looked(list(noise), every_s=every_s))
    apart = [(b - a).total_seconds() for a, b in pairwise(raised)]
    assert all(s > T.calm_s for s in apart)


def test_a_radio_heard_once_a_minute_is_one_alarm_and_not_one_a_minute() -> None:
    age = [float(second % 61) for second in range(0, 1200)]
    assert len(raised_at(looked(list(age), every_s=1.0))) == 1


def test_thresholds_that_are_not_apart_are_refused() -> None:
    with pytest.raises(InvalidInput, match="flap"):
        EscalationParams(silent_s=60, silent_off_s=60)


def test_a_drill_speeds_up_the_road_and_not_the_radio() -> None:
    fast = EscalationParams().at_speed(20)
    assert (fast.not_rolling_s, fast.threshold(AlarmKind.OVERDUE).on_s) == (9.0, 9.0)
    assert (fast.silent_s, fast.not_accepted_s) == (60.0, 30.0)
