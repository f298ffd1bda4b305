"""The history of the database and the tables that the code believes in are one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from alembic import command
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from api.migrations import configured
from dispatch_core.services import rules


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


def test_a_rule_of_move_ups_kept_when_it_had_a_busy_share_of_its_own_still_holds(
    database_url: str, engine: Engine
) -> None:
    command.downgrade(configured(database_url), "0012")
    now = datetime.now(UTC)
    with engine.begin() as connection:
        connection.execute(text(
            "INSERT INTO dispatch.revision (name, value, valid_from, set_at, set_by, reason) "
            """VALUES ('move_up', '{"busy": 0.5, "most_moves": 2}', :at, :at, 'operator', 'fewer')"""
        ), {"at": now})  # fmt: skip
    command.upgrade(configured(database_url), "head")
    with engine.connect() as connection:
        assert rules.read_rules(connection, now).moving_up.most_moves == 2
