"""`yct region`: build the file of a city, and say what is in one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dispatch_core.errors import InvalidInput
from maps.folder import DEFAULT_REGION, EXTENSION, region_path, tiles_path

if TYPE_CHECKING:
    from maps.region import Region
    from maps.survey import Survey

# Map libraries are slow to import and no other command needs them: the functions below import them.

app = typer.Typer(help="The file of a city: streets, places, zones.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]
Name = Annotated[str, typer.Argument(help="A name below var/regions, or a .yctr file.")]


@app.command()
def build(
    osm: Annotated[Path | None, typer.Option(help="An .osm.pbf or .osm file.")] = None,
    place: Annotated[str | None, typer.Option(help="A place such as 盐城市; needs the internet.")] = None,
    edges: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            metavar="NODES EDGES", help="Two .csv files: id,lon,lat and from,to,length_m,speed_kmh."
        ),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Its name; by default that of the source.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")] = None,
    wrong_way: Annotated[
        bool, typer.Option(help="Let units under siren drive one-way streets backwards.")
    ] = False,
    tiles: Annotated[bool, typer.Option(help="Draw the map tiles as well.")] = True,
    as_json: Json = False,
) -> None:
    """Build a region file and its map; without a source the embedded La Serena–Coquimbo."""
    from maps import building, region_file, tiling

    if sum(source is not None for source in (osm, place, edges)) > 1:
        raise InvalidInput("--osm, --place, --edges", "name one source, not several")
    named = name or _source_name(osm, place, edges)
    path = output.with_suffix(EXTENSION) if output else region_path(named)
    with _progress() as progress:
        task = progress.add_task("reading the map")

        def step(begins: str) -> None:
            progress.update(task, description=begins)

        region = building.build(
            _survey(osm, place, edges, wrong_way), name=named, built_at=datetime.now(UTC), progress=step
        )
        region_file.save(region, path)
        if tiles:
            step("drawing the map")
            tiling.draw(region, tiles_path(path))
    _tell(region, path, as_json)


@app.command()
def tiles(region: Name = DEFAULT_REGION) -> None:
    """Draw the map tiles of a region again."""
    from maps import tiling
    from maps.embedded import known_region

    path = region_path(region)
    with _progress() as progress:
        progress.add_task("drawing the map")
        tiling.draw(known_region(region), tiles_path(path))
    typer.echo(f"{tiles_path(path)} ({tiles_path(path).stat().st_size / 1e6:.1f} MB)")


@app.command()
def info(region: Name = DEFAULT_REGION, as_json: Json = False) -> None:
    """Counts, extent, licence, source and checksum of a region."""
    from maps.embedded import known_region

    _tell(known_region(region), region_path(region), as_json)


def _source_name(osm: Path | None, place: str | None, edges: tuple[Path, Path] | None) -> str:
    """`rhein_neckar.osm.pbf` → `rhein_neckar`; of two tables the edges name the region."""
    file = osm or (edges and edges[1])
    return file.name.split(".")[0] if file else (place or DEFAULT_REGION).replace("/", "-")


def _survey(osm: Path | None, place: str | None, edges: tuple[Path, Path] | None, wrong_way: bool) -> Survey:
    from maps import coquimbo, edge_list
    from maps import osm as osm_file

    if wrong_way and osm is None:
        raise InvalidInput("--wrong-way", "goes with --osm")
    if osm is not None:
        return osm_file.survey(osm, wrong_way=wrong_way)
    if place is not None:
        from maps import place_name

        return place_name.survey(place)
    return edge_list.survey(*edges) if edges else coquimbo.survey(coquimbo.find_archive())


def _progress() -> Progress:
    return Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    )


def _tell(region: Region, path: Path, as_json: bool) -> None:
    from maps.telling import facts_of, lines_of

    facts = facts_of(region, path)
    typer.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines_of(facts)))
