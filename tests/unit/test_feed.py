from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.streams import feed as feeding
from api.streams.bus import LocalBus
from api.streams.feed import PositionFeed
from api.streams.views import View, Views, Wanted, box_of
from dispatch_core.errors import InvalidInput


class Agencies:
    """Those that a filter is to find."""

    def __init__(self, **known: str) -> None:
        self.known = known

    def agency_of(self, unit_id: str) -> str | None:
        return self.known.get(unit_id)


def views_of(bus: LocalBus, **agencies: str) -> Views:
    return Views(bus, Agencies(**agencies))


def all_of(bus: LocalBus) -> View:
    return views_of(bus).of(Wanted())


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
    view = all_of(bus)
    early, late = PositionFeed(bus, view), PositionFeed(bus, view)
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
    feed = PositionFeed(bus, all_of(bus))
    bus.moved([["a", 1.0, 1.0, None, None, 5]])
    assert told(feed) == ["a"]
    bus.moved([["a", 2.0, 2.0, None, None, 5]])
    bus.moved([["a", 2.0, 2.0, None, None, 4]])
    ticks.append(0.5)
    assert told(feed) == []


def test_a_box_tells_who_is_inside_and_once_who_left(ticks: list[float]) -> None:
    bus = LocalBus()
    feed = PositionFeed(bus, views_of(bus).of(Wanted(box=box_of("0,0,2,2"))))
    for n, (a, b) in enumerate([(1.0, 5.0), (5.0, 5.0), (6.0, 1.0)]):
        ticks.append(n / 2)
        bus.moved([["a", a, 1.0, None, None, n]])
        bus.moved([["b", b, 1.0, None, None, n]])
        assert told(feed) == [["a"], ["a"], ["b"]][n]


def test_watchers_with_one_filter_share_what_is_written_for_them(ticks: list[float]) -> None:
    bus = LocalBus()
    views = views_of(bus)
    box = Wanted(box=box_of("0,0,2,2"))
    one, other = PositionFeed(bus, views.of(box)), PositionFeed(bus, views.of(box))
    elsewhere = PositionFeed(bus, views.of(Wanted(box=box_of("5,5,6,6"))))
    bus.moved([["a", 1.0, 1.0, None, None, 1], ["b", 5.5, 5.5, None, None, 1]])
    ticks.append(0.5)
    frame = one.frame()
    assert frame is not None
    assert other.frame() is frame
    assert told(elsewhere) == ["b"]


def test_filters_by_agency_and_by_unit_tell_nothing_of_others(ticks: list[float]) -> None:
    bus = LocalBus()
    views = views_of(bus, a="120", b="tow", c="tow")
    towing = PositionFeed(bus, views.of(Wanted(agency="tow")))
    one = PositionFeed(bus, views.of(Wanted(unit_id="a")))
    both = PositionFeed(bus, views.of(Wanted(agency="tow", box=box_of("0,0,2,2"))))
    bus.moved(
        [["a", 1.0, 1.0, None, None, 1], ["b", 1.0, 1.0, None, None, 1], ["c", 9.0, 9.0, None, None, 1]]
    )
    bus.moved([["stranger", 1.0, 1.0, None, None, 1]])
    ticks.append(0.5)
    assert (told(towing), told(one), told(both)) == (["b", "c"], ["a"], ["b"])


def test_one_who_begins_is_told_all_that_passes_and_then_what_moves(ticks: list[float]) -> None:
    bus = LocalBus()
    view = views_of(bus).of(Wanted(box=box_of("0,0,2,2")))
    bus.moved([["a", 1.0, 1.0, None, None, 1], ["b", 5.0, 5.0, None, None, 1]])
    feed = PositionFeed(bus, view)
    assert json.loads(feed.everything().split(b"data: ")[1]) == [["a", 1.0, 1.0, None, None, 1]]
    bus.moved([["a", 5.0, 5.0, None, None, 2]])
    ticks.append(0.5)
    assert told(feed) == ["a"]  # that it left


def test_a_count_is_known_again_in_the_process_that_told_it_alone() -> None:
    bus, restarted = LocalBus(), LocalBus()
    bus.moved([["a", 1.0, 1.0, None, None, 1]])
    assert bus.count_of(bus.name_of(1)) == 1
    assert bus.count_of(bus.name_of(99)) == 1  # it cannot have been told more than there was
    assert restarted.count_of(bus.name_of(1)) is None
    for nonsense in ("", "-", "x-1", bus.name_of(1) + "x"):
        assert bus.count_of(nonsense) is None


@given(
    moves=st.lists(
        st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 3)), max_size=4), min_size=1, max_size=12
    ),
    reads=st.lists(st.booleans(), min_size=12, max_size=12),
)
def test_a_screen_that_reads_now_and_then_ends_up_with_who_is_in_its_box(
    moves: list[list[tuple[str, int]]], reads: list[bool]
) -> None:
    """Screens keep what is inside and drop what they are told is outside; the oracle is where units are."""
    bus, box, at_ms = LocalBus(), box_of("0,0,1.5,1.5"), 0
    view = views_of(bus).of(Wanted(box=box))
    slow, quick = PositionFeed(bus, view), PositionFeed(bus, view)
    shown: dict[PositionFeed, dict[str, float]] = {slow: {}, quick: {}}
    where: dict[str, float] = {}
    for number, (moved, reading) in enumerate(zip(moves, reads, strict=False)):
        for unit, x in moved:
            at_ms += 1
            bus.moved([[unit, float(x), 1.0, None, None, at_ms]])
            where[unit] = float(x)
        is_last = number == len(moves) - 1
        with patch_time(number + 1):
            for feed in (quick, slow) if reading or is_last else (quick,):
                for row in json.loads((feed.frame() or b"data: []").split(b"data: ")[1]):
                    shown[feed][row[0]] = row[1]
    inside = {unit: x for unit, x in where.items() if x <= 1.5}
    for seen in shown.values():
        assert {unit: x for unit, x in seen.items() if x <= 1.5} == inside


@contextmanager
def patch_time(tick: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(feeding.time, "monotonic", lambda: tick * feeding.EVERY_S)
        yield


@pytest.mark.parametrize("text", ["", "1,2,3", "2,0,1,1", "0,0,1,nan", "a,b,c,d", "-181,0,1,1"])
def test_a_box_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        box_of(text)
