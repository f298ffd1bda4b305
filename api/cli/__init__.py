"""`yct`: one command group a file."""

from __future__ import annotations

import sys

import typer

from api.cli import db, region
from dispatch_core.errors import DispatchError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(db.app, name="db")
app.add_typer(region.app, name="region")


def main() -> None:
    """A broken rule is one line for people; anything else is our fault and shows its trace."""
    try:
        app()
    except DispatchError as broken:
        typer.echo(f"yct: {broken.message}", err=True)
        sys.exit(1)
