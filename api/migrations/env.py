"""Run by Alembic for each command."""

from __future__ import annotations

from typing import Any

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from accident_case.store.tables import metadata as cases_metadata
from dispatch_core.store.tables import metadata as dispatch_metadata

OURS = frozenset({"dispatch", "cases"})
_LOCK = 0x59435404
_known_to_geoalchemy: Any = alembic_helpers.include_object


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Only our two schemas; PostGIS and the job queue keep house for themselves."""
    return name in OURS if kind == "schema" else True


def include_object(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Day partitions come and go with the days."""
    if kind == "table" and name is not None and name.startswith("fix_"):
        return False
    return bool(_known_to_geoalchemy(thing, name, kind, reflected, compare_to))


def migrate() -> None:
    engine = create_engine(context.config.attributes["url"], poolclass=NullPool)
    with engine.connect() as connection:
        # Two processes that start at once: the second waits and finds nothing left to do.
        connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=[dispatch_metadata, cases_metadata],
            include_schemas=True,
            include_name=include_name,
            include_object=include_object,
            render_item=alembic_helpers.render_item,
            version_table_schema="public",
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        connection.commit()
    engine.dispose()


migrate()
