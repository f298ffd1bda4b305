from __future__ import annotations

import json

import pytest

from api.streams import feed as feeding
from api.streams.bus import LocalBus
from api.streams.feed import PositionFeed, box_of
from dispatch_core.errors import InvalidInput


def told(feed: PositionFeed) -> list[str]:
    frame = feed.frame()
    return [] if frame is None else sorted(row[0] for row in json.loads(frame.split(b"data: ")[1]))


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock that ticks are counted by; append to it to move on."""
    times = [0.0]
    monkeypatch.setattr(feeding.time, "monotonic", lambda: times[-1])
    return times


def test_each_watcher_is_told_the_newest_of_each_unit_once_a_tick(ticks: list[float]) -> None:
    bus = LocalBus()
    early, late = PositionFeed(bus), PositionFeed(bus)
    for at_ms in (1, 2, 3):
        bus.moved([["a", 1.0, 1.0, None, None, at_ms]])
    bus.moved([["b", 1.0, 1.0, None, None, 1]])
    assert told(early) == ["a", "b"]
    bus.moved([["c", 1.0, 1.0, None, None, 1]])
    assert told(early) == []  # the same tick
    assert told(late) == ["a", "b"]
    ticks.append(0.5)
    assert early.frame() is late.frame()  # written once for both
    ticks.append(1.0)
    assert told(early) == told(late) == []


def test_what_is_known_or_older_moves_nothing(ticks: list[float]) -> None:
    bus = LocalBus()
    feed = PositionFeed(bus)
    bus.moved([["a", 1.0, 1.0, None, None, 5]])
    assert told(feed) == ["a"]
    bus.moved([["a", 2.0, 2.0, None, None, 5]])
    bus.moved([["a", 2.0, 2.0, None, None, 4]])
    ticks.append(0.5)
    assert told(feed) == []


def test_a_box_tells_who_is_inside_and_once_who_left(ticks: list[float]) -> None:
    bus = LocalBus()
    feed = PositionFeed(bus, box_of("0,0,2,2"))
    for n, (a, b) in enumerate([(1.0, 5.0), (5.0, 5.0), (6.0, 1.0)]):
        ticks.append(n / 2)
        bus.moved([["a", a, 1.0, None, None, n]])
        bus.moved([["b", b, 1.0, None, None, n]])
        assert told(feed) == [["a"], ["a"], ["b"]][n]


@pytest.mark.parametrize("text", ["", "1,2,3", "2,0,1,1", "0,0,1,nan", "a,b,c,d", "-181,0,1,1"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        box_of(text)
