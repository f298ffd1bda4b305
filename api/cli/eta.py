"""`yct eta report`: how good the arrivals were that were told."""

from __future__ import annotations

import json
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from api.cluster import database_url
from api.database import connected
from api.settings import from_environment
from dispatch_core.services.arrivals import Judgement, judged, past_drives
from maps import region_file
from maps.folder import region_path

app = typer.Typer(help="Expected arrivals against real ones.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
LARGEST = 200_000


@app.callback()
def _eta() -> None:
    """A group, so that `report` stays a word of its own."""


@app.command()
def report(
    drills: Annotated[bool, typer.Option(help="Judge drives of drills instead of real ones.")] = False,
    limit: Annotated[int, typer.Option(min=2, max=LARGEST, help="The newest so many drives.")] = 5000,
    as_json: Json = False,
) -> None:
    """Learn from the earlier half of the drives, judge on the later half, which the model never saw.

    Bias and mean absolute error in seconds, and the share of arrivals between p10 and p90 (four in five is
    right); first as the road engine says them, then corrected.
    """
    settings = from_environment()
    zone = ZoneInfo(region_file.read_provenance(region_path(settings.region)).time_zone)
    with connected(settings.database_url or database_url()).connect() as connection:
        drives = past_drives(connection, zone=zone, drilled=drills, limit=limit)
    found = judged(drives)
    if as_json:
        for one in found:
            typer.echo(json.dumps(_facts(one)))
    elif not found:
        typer.echo("no drive has arrived yet" + ("" if drills else "; those of drills: --drills"))
    else:
        Console().print(_table(found))


def _facts(one: Judgement) -> dict[str, Any]:
    def number(value: float) -> float | None:
        return None if value != value else round(value, 3)

    return {
        "mode": one.mode,
        "learnt_from": one.learnt_from,
        "n": one.corrected.count,
        "bias_s": number(one.corrected.bias_s),
        "mae_s": number(one.corrected.mae_s),
        "inside_share": number(one.corrected.inside_share),
        "uncorrected_bias_s": number(one.plain.bias_s),
        "uncorrected_mae_s": number(one.plain.mae_s),
        "uncorrected_inside_share": number(one.plain.inside_share),
    }


def _table(found: list[Judgement]) -> Table:
    table = Table("mode", "learnt from", "judged", "bias s", "MAE s", "in p10–p90", "as the engine says")
    for one in found:
        after, before = one.corrected, one.plain
        table.add_row(
            one.mode, str(one.learnt_from), str(after.count), f"{after.bias_s:+.1f}", f"{after.mae_s:.1f}",
            f"{after.inside_share:.0%}",
            f"{before.bias_s:+.1f} / {before.mae_s:.1f} / {before.inside_share:.0%}",
        )  # fmt: skip
    return table
