"""`yct region`: build the file of a city, and say what is in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from maps.folder import DEFAULT_REGION, region_path

app = typer.Typer(help="The file of a city: streets, places, zones.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command()
def build(
    name: Annotated[str | None, typer.Option(help="Its name; by default that of the source.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Where to write it.")] = None,
    as_json: Json = False,
) -> None:
    """Build a region file; without a source the embedded La Serena–Coquimbo."""
    # Map libraries are slow to import and no other command needs them.
    from maps import building, coquimbo, region_file

    named = name or DEFAULT_REGION
    path = region_path(str(output or named))
    with _progress() as progress:
        task = progress.add_task("reading the map")
        region = building.build(
            coquimbo.survey(coquimbo.find_archive()),
            name=named,
            built_at=datetime.now(UTC),
            progress=lambda step: progress.update(task, description=step),
        )
        region_file.save(region, path)
    _tell(path, as_json)


@app.command()
def info(
    region: Annotated[str, typer.Argument(help="A name, or a .yctr file.")] = DEFAULT_REGION,
    as_json: Json = False,
) -> None:
    """Counts, extent, licence, source and checksum of a region."""
    _tell(region_path(region), as_json)


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    )


def _tell(path: Path, as_json: bool) -> None:
    from maps import region_file
    from maps.telling import facts_of, lines_of

    facts = facts_of(region_file.load(path), path)
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines_of(facts)))
