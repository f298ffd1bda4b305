"""Statements that are asked at every accident are built once: building one costs more than its answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ARRAY, Column, ColumnElement, any_, bindparam


def of_ids(column: Column[Any]) -> ColumnElement[bool]:
    """`column` is one of the list that is given as `ids` when the statement is executed."""
    return column == any_(bindparam("ids", type_=ARRAY(column.type)))
