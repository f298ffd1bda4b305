"""Cells of a table that people wrote: separators, decimal commas, numbers, columns by their usual names."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from dispatch_core.errors import InvalidInput

_DECIMAL_COMMA = re.compile(r"^([+-]?\d+),(\d+)$")
_DEMAND = ("demand", "weight", "population", "pop", "pop2000", "demands", "weights", "inhabitants", "calls")


def rows_of(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines:
        raise InvalidInput("file", "is empty")
    separator = max(",;\t|", key=lines[0].count)
    if separator not in lines[0]:
        return [line.split() for line in lines]
    table = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator)
    rows = [[cell.strip() for cell in row] for row in table]
    if separator == ",":
        return rows
    return [[_DECIMAL_COMMA.sub(r"\1.\2", cell) for cell in row] for row in rows]


def column_of(header: Sequence[str], names: Sequence[str], what: str) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise InvalidInput("file", f"has no column for the {what}: one of {', '.join(names)}")


def demand_column(header: Sequence[str]) -> int | None:
    said = [cell.lower() for cell in header]
    return next((said.index(name) for name in _DEMAND if name in said), None)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def number_of(text: str, line: int) -> float:
    """inf of an empty cell: no way."""
    if text == "":
        return float("inf")
    try:
        return float(text)
    except ValueError:
        raise InvalidInput("file", f"line {line} has {text[:40]!r} where a number belongs") from None


def amount_of(text: str, line: int) -> float:
    """A demand: finite, at least 0."""
    value = number_of(text, line)
    if not 0 <= value < float("inf"):
        raise InvalidInput("file", f"line {line}: the demand {text!r} must be a number of at least 0")
    return value
