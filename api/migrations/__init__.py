"""The database's history, applied by Alembic from within the package: no alembic.ini."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config


def configured(url: str) -> Config:
    """Alembic's settings for a database."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    return config


def upgrade(url: str) -> None:
    """Brings the database to the newest revision; safe to repeat, and for two processes at once."""
    command.upgrade(configured(url), "head")
