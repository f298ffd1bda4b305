"""A crowd is served one at a time, in the order it came, and nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.turns import Turns
from dispatch_core.errors import Unavailable


def _run(story: Coroutine[Any, Any, list[str]]) -> list[str]:
    """On a thread of its own: the browser tests of this process keep a loop running in the main one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, story).result()


async def _served(turns: Turns, name: int, said: list[str]) -> None:
    async with turns.mine():
        said.append(f"{name} begins")
        await asyncio.sleep(0)
        said.append(f"{name} ends")


def test_those_who_wait_are_served_in_their_order_and_never_two_at_once() -> None:
    async def crowd() -> list[str]:
        turns, said = Turns(), list[str]()
        await asyncio.gather(*(_served(turns, name, said) for name in range(20)))
        return said

    assert _run(crowd()) == [f"{name} {step}" for name in range(20) for step in ("begins", "ends")]


def test_whose_turn_does_not_come_is_told_to_come_again_and_holds_up_nobody() -> None:
    async def late() -> list[str]:
        turns, said = Turns(patience_s=0.01), list[str]()
        async with turns.mine():
            with pytest.raises(Unavailable):
                await _served(turns, 1, said)
        await _served(turns, 2, said)
        return said

    assert _run(late()) == ["2 begins", "2 ends"]


def test_a_turn_that_fails_is_over() -> None:
    async def failing() -> list[str]:
        turns, said = Turns(), list[str]()
        with pytest.raises(ZeroDivisionError):
            async with turns.mine():
                raise ZeroDivisionError
        await _served(turns, 3, said)
        return said

    assert _run(failing()) == ["3 begins", "3 ends"]
