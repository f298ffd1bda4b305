"""`yct replay`: a past day decided again, beside what happened."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cluster import database_url
from api.database import connected
from api.desk_rules import DemandBook
from api.service import opened_roads
from api.settings import from_environment
from dispatch_core.assignment.policy import POLICIES
from dispatch_core.errors import InvalidInput
from dispatch_core.services.past_day import replay_day
from dispatch_core.services.rules import read_rules
from dispatch_core.services.world import World
from maps.embedded import known_region


def replay(
    day: Annotated[str, typer.Option(help="YYYY-MM-DD by the region's clock.")],
    policy: Annotated[str, typer.Option(help=", ".join(POLICIES))] = "in_order",
    against: Annotated[str, typer.Option(help="The policy to compare with; empty: none.")] = "nearest_idle",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Decide a day of the log again: mean, median, P90, late share, moves, kilometres, side by side."""
    policies = [name for name in dict.fromkeys((policy, against)) if name]
    if unknown := set(policies) - set(POLICIES):
        raise InvalidInput("policy", f"is one of {', '.join(POLICIES)}, not {', '.join(sorted(unknown))}")
    settings = from_environment()
    region = known_region(settings.region)
    zone = ZoneInfo(region.provenance.time_zone)
    begins_at = _midnight(day, zone)
    engine = connected(settings.database_url or database_url())
    with engine.connect() as connection:
        rules = read_rules(connection, begins_at)
        cover = DemandBook(engine, region.graph, zone).cover(begins_at, params=rules.coverage)
        found = replay_day(
            connection, World(roads=opened_roads(region), zone=zone), cover, begins_at,
            begins_at + timedelta(days=1), policies=policies, params=rules.params, limits=rules.limits,
            book=rules.book,
        )  # fmt: skip
    engine.dispose()
    typer.echo(json.dumps({"day": day, **found}) if as_json else "\n".join(_lines(day, found)))


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    try:
        return datetime.fromisoformat(day).replace(tzinfo=zone)
    except ValueError as wrong:
        raise InvalidInput("day", f"is YYYY-MM-DD, not {day}") from wrong


def _lines(day: str, found: dict[str, Any]) -> list[str]:
    lines = [f"{day}: {found['accidents']} accidents, {found['units']} units"]
    columns = {"as it happened": found["as_it_happened"], **found["replayed"]}
    for name, figures in columns.items():
        lines.append(f"  {name}: {figures['responses']} arrivals")
        for key in ("mean_s", "median_s", "p90_s"):
            if key in figures:
                low, high = figures[key]["ci95"]
                lines.append(f"    {key:<12} {figures[key]['value']:>8.1f}   [{low:.1f}, {high:.1f}]")
        rest = {k: v for k, v in figures.items() if k not in ("responses", "mean_s", "median_s", "p90_s")}
        lines += [f"    {key:<12} {value}" for key, value in rest.items()]
    return lines
