"""A device's number as people write it and as it is kept."""

from __future__ import annotations

import pytest

from dispatch_core.errors import InvalidInput
from dispatch_core.fleet.device import Protocol


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("013800138000", "13800138000"), (" 138 0013-8000 ", "13800138000"), ("4F07788EF676", "4f07788ef676"),
        ("0" * 12, "0"), ("1" * 20, "1" * 20),
    ],
)  # fmt: skip
def test_a_terminal_s_number_is_kept_without_what_people_put_between(said: str, kept: str) -> None:
    assert Protocol.JT808.registered(said) == kept


@pytest.mark.parametrize("said", ["苏A12345", "+8613800138000", "1" * 21, "", " "])
def test_a_number_that_no_terminal_sends_is_refused(said: str) -> None:
    with pytest.raises(InvalidInput, match="up to 20 digits"):
        Protocol.JT808.registered(said)


def test_an_app_s_identifier_is_what_its_owner_chose() -> None:
    assert Protocol.OSMAND.registered(" crew 07 ") == "crew 07"
