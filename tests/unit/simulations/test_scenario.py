from __future__ import annotations

from pathlib import Path

import pytest

import simulations
from dispatch_core.errors import InvalidInput
from simulations.scenario import read_scenario

SHIPPED = Path(simulations.__file__).parent / "scenarios"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text)
    return folder / f"{next(iter(files))}.toml"


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.toml")), ids=lambda path: path.stem)
def test_the_scenarios_that_are_shipped_can_be_read(path: Path) -> None:
    assert read_scenario(path).region == "coquimbo"


def test_a_what_if_needs_three_lines(tmp_path: Path) -> None:
    path = written(
        tmp_path, more='base = "today.toml"\n[fleet]\nambulances = 22\n',
        today='name = "Today"\n[fleet]\nambulances = 20\ntow_trucks = 55\n',
    )  # fmt: skip
    found = read_scenario(path)
    assert (found.ambulances, found.tow_trucks, found.name) == (22, 55, "more")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "[fleet]\n\nambulence = 3\n",
            "a.toml, line 3: fleet.ambulence is unknown; did you mean ambulances?",
        ),
        ('[demand]\ngrowth = "much"\n', "line 2: demand.growth must be a number, not 'much'"),
        ("[demand]\ngrowth = 9\n", "line 2: demand.growth must lie in 0.01…4, not 9"),
        ('policy = "joynt"\n', "line 1: policy is unknown; did you mean joint?"),
        ("[fleet]\nambulances = true\n", "line 2: fleet.ambulances must be a whole number"),
        ("[fleet]\nadd_station = [{ kind = 'boat' }]\n", "line 2: fleet.add_station needs kind"),
        ("[city\n", "a.toml: "),
        ("[dispatch]\nswich_s = 3\n", "line 2: dispatch.swich_s is unknown; did you mean switch_s?"),
        ("[dispatch]\nfreeze_s = -3\n", "line 2: dispatch.freeze_s must lie between 0 and 86,400"),
        ("[dispatch]\nmay_bump = [[3, 2], [2, 3]]\n", "line 2: dispatch.may_bump has a cycle"),
        ("[dispatch]\nmay_bump = [3]\n", "line 2: dispatch.may_bump names pairs of priorities"),
        ("[dispatch]\npriority_weight = { 1 = 8 }\n", "line 2: dispatch.priority_weight needs a weight"),
        ('base = "a.toml"\n', "stands on itself"),
        ('base = "none.toml"\n', "none.toml cannot be read"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_scenario(written(tmp_path, a=text))
    assert told in refused.value.message


def test_weights_of_a_base_hold_beside_those_that_a_what_if_changes(tmp_path: Path) -> None:
    base = "[dispatch]\nswitch_s = 240\nfreeze_s = 60\n"
    found = read_scenario(written(tmp_path, a='base = "today.toml"\n[dispatch]\nfreeze_s = 90\n', today=base))
    assert (found.dispatch.switch_s, found.dispatch.freeze_s, found.dispatch.mission_s) == (240, 90, 3600)


def test_a_mistake_in_a_base_is_named_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"today.toml, line 2: run.days"):
        read_scenario(written(tmp_path, a='base = "today.toml"\n', today="[run]\ndays = 0\n"))
