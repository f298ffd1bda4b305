"""A change is seen by whoever asks after it, however long a reading of before takes."""

from __future__ import annotations

from collections.abc import Callable

from api.remembered import Remembered


def test_it_is_read_once_until_it_is_forgotten() -> None:
    values = iter(range(9))
    kept = Remembered(lambda: next(values), for_s=1000)
    assert [kept.value(), kept.value()] == [0, 0]
    kept.forget()
    assert [kept.value(), kept.value()] == [1, 1]


def test_it_is_read_again_when_its_time_is_over() -> None:
    values = iter(range(9))
    kept = Remembered(lambda: next(values), for_s=0)
    assert [kept.value(), kept.value()] == [0, 1]


def test_what_was_being_read_when_it_changed_is_kept_for_nobody() -> None:
    stored, meanwhile = ["old"], list[Callable[[], None]]()

    def read() -> str:
        found = stored[0]
        for act in meanwhile:
            act()
        return found

    kept = Remembered(read, for_s=1000)

    def change() -> None:
        stored[0] = "new"
        kept.forget()

    meanwhile.append(change)
    assert kept.value() == "old"  # it asked before the change
    meanwhile.clear()
    assert kept.value() == "new"
