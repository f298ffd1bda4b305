"""What the tables of the schema `dispatch` are made of: its name, names of constraints, usual columns."""

from __future__ import annotations

from enum import StrEnum

from geoalchemy2 import Geography
from sqlalchemy import CheckConstraint, Column, DateTime, MetaData
from sqlalchemy.types import TypeEngine

from dispatch_core.fleet.capability import Capability

SCHEMA = "dispatch"
metadata = MetaData(
    schema=SCHEMA,
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    },
)
CAPABILITIES = ", ".join(f"'{c}'" for c in Capability)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def at(name: str, *, nullable: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=nullable)


def point() -> TypeEngine[object]:
    """Without an index of its own: a table that is searched by place names one."""
    return Geography("POINT", srid=4326, spatial_index=False)
