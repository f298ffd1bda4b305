"""A scenario as the page has it and as TOML: one thing, read by the one reader."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import tomli_w

from api.planning.today import RECORDED
from dispatch_core.errors import InvalidInput
from simulations.scenario import Scenario, read_scenario

Told = dict[str, Any]
LARGEST_CHARS = 200_000
MOST_RUNS = 200  # replications × 28 days that the service takes on beside its work
_MONTH_DAYS = 28


def toml_of(told: Told) -> str:
    """Plain values first, as people write them."""
    try:
        return tomli_w.dumps(told)
    except (TypeError, ValueError) as wrong:
        raise InvalidInput("scenario", f"cannot be written as TOML: {wrong}") from wrong


def told_by(toml: str) -> Told:
    """What the text says; InvalidInput with the line."""
    try:
        return tomllib.loads(toml)
    except tomllib.TOMLDecodeError as wrong:
        raise InvalidInput("scenario", f"plan.toml: {wrong}") from wrong


def checked(toml: str, *, region: str, folder: Path) -> Scenario:
    """What is to be run; `folder` is where `recorded.csv` will lie. No other file of the server is read."""
    if len(toml) > LARGEST_CHARS:
        raise InvalidInput("scenario", f"has more than {LARGEST_CHARS} characters")
    told = told_by(toml)
    if "base" in told:
        raise InvalidInput("scenario", "plan.toml: a plan in the service stands on no base; write all of it")
    city, demand = told.get("city", {}), told.get("demand", {})
    if isinstance(city, dict) and "model" in city:
        raise InvalidInput("scenario", "plan.toml: city.model needs the command line: yct simulate run")
    if isinstance(city, dict) and city.get("region", region) != region:
        raise InvalidInput("scenario", f"plan.toml: this service plans for the region {region}")
    if isinstance(demand, dict) and demand.get("history", RECORDED) != RECORDED:
        raise InvalidInput("scenario", f'plan.toml: demand.history can only be "{RECORDED}" here')
    scenario = read_scenario(folder / "plan.toml", text=toml)
    months = scenario.replications * scenario.days / _MONTH_DAYS
    if months > MOST_RUNS or (scenario.until_within is not None and months > MOST_RUNS / 4):
        raise InvalidInput(
            "scenario", f"plan.toml: run.replications × run.days is {months:.0f} months; the service runs at "
            f"most {MOST_RUNS}; use yct simulate run",
        )  # fmt: skip
    return scenario
