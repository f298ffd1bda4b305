from __future__ import annotations

import pytest

from dispatch_core.fleet.vehicle_alarms import ALARMS, named


@pytest.mark.parametrize(
    ("bit", "name"),
    [(0, "emergency"), (1, "speeding"), (4, "gnss_fault"), (8, "supply_cut"), (16, "tyre_pressure"),
     (23, "off_route"), (26, "stolen"), (29, "collision_ahead"), (31, "forbidden_door")],
)  # fmt: skip
def test_a_bit_is_named_as_table_24_of_the_standard_has_it(bit: int, name: str) -> None:
    assert named(1 << bit) == [name]


def test_every_bit_has_a_name_of_its_own() -> None:
    assert len(set(ALARMS)) == 32
    assert named(0xFFFFFFFF) == list(ALARMS)
    assert named(0) == []
