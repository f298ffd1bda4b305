"""`yct city`: the register of a city's stations, units and places, as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dispatch_core.fleet.datum import Datum
from dispatch_core.register import Change, ListName, Register

app = typer.Typer(
    help="The register: stations, units, hospitals, repair shops, service points, yards, as CSV files.",
    no_args_is_help=True,
)


@app.command("export")
def export(folder: Annotated[Path, typer.Argument(file_okay=False, help="Where the files go.")]) -> None:
    """Write stations.csv, units.csv and places.csv; of an empty city their headings alone."""
    from api.register.opened import opened
    from api.register.tables import written
    from dispatch_core.services.registering import registered

    with opened() as (uow, _), uow.reading() as connection:
        tables = written(registered(connection))
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in tables.items():
        # With a mark at the beginning, by which spreadsheets know UTF-8.
        (folder / f"{name}.csv").write_text(text, encoding="utf-8-sig", newline="")
        typer.echo(f"{folder / name}.csv: {text.count(chr(10)) - 1}")


@app.command("import")
def import_(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="Where the files are.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    retire_missing: Annotated[
        bool, typer.Option("--retire-missing", help="Retire what is not on a list that is there.")
    ] = False,
    datum: Annotated[Datum, typer.Option(help="What the coordinates are.")] = Datum.WGS84,
) -> None:
    """Take over whichever of the three files are there: all, or nothing and every mistake by its line."""
    from api.register.opened import opened
    from api.register.tables import read_folder
    from dispatch_core.services.registering import take_over

    given = read_folder(folder, datum=datum)
    with opened() as (uow, near_road), uow.begin() as tx:
        told = take_over(tx, given, near_road=near_road, retire_missing=retire_missing, by="yct city import")
        if not dry_run:
            tx.commit()
    _say(told, dry_run=dry_run)


@app.command("retire")
def retire(
    list_: Annotated[ListName, typer.Argument(metavar="LIST", help="stations, units or places.")],
    name: Annotated[
        str,
        typer.Argument(metavar="NAME", help="A name, a call sign; of two places: 'hospital 第一医院'."),
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Retire one entry: offered and sent no more, its history readable; its name brings it back."""
    from api.register.opened import opened
    from dispatch_core.services.registering import registered, take_over

    with opened() as (uow, near_road), uow.begin() as tx:
        key = registered(tx.connection).key_of(list_, name)
        given = Register(**{list_.value: ()})
        told = take_over(tx, given, near_road=near_road, retire=[key], by="yct city retire")
        if not dry_run:
            tx.commit()
    _say(told, dry_run=dry_run)


def _say(told: Sequence[Change], *, dry_run: bool) -> None:
    for change in told:
        typer.echo(f"{change.deed.value:<9} {change.entry.key}  {', '.join(change.fields)}".rstrip())
    counts = Counter(change.deed.value for change in told)
    summary = ", ".join(f"{n} {deed}" for deed, n in counts.items()) or "nothing changed"
    typer.echo(f"{'would be: ' if dry_run else ''}{summary}")
