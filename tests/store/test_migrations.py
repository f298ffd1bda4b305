"""The history of the database and the tables that the code believes in are one."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.migrations import configured


def test_all_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    command.check(configured(database_url))


def test_an_entry_of_a_timeline_cannot_be_changed_or_deleted(engine: Engine) -> None:
    for statement in ("UPDATE cases.entry SET kind = 'x'", "DELETE FROM cases.entry", "TRUNCATE cases.entry"):
        with engine.connect() as connection, pytest.raises(DBAPIError, match="never changed"):
            connection.execute(text(statement))


def test_a_downgrade_leaves_nothing_behind(database_url: str, engine: Engine) -> None:
    command.downgrade(configured(database_url), "base")
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname IN ('dispatch', 'cases', 'jobs')")
        )
        assert left.all() == []
