"""Requests that no client should make, drawn from the service's own OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

NOBODY = "00000000-0000-7000-8000-000000000000"
VALUES: tuple[Any, ...] = (
    None, True, "", "a\x00b", "\ud83d", "'; DROP TABLE dispatch.unit; --", "x" * 5_000, "../../etc/passwd",
    NOBODY, -1, 2**63, 10**30, 1e308, float("nan"), [], [[]], {},
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
)  # fmt: skip
_JSON = "application/json"
BODIES: tuple[tuple[bytes, str], ...] = (
    (b"", _JSON),
    (b"[" * 5_000 + b"]" * 5_000, _JSON),
    (b'{"a":' * 3_000 + b"1" + b"}" * 3_000, _JSON),
    (b"1" * 5_000, _JSON),
    (b"\xff\xfe\x00", _JSON),
    (b'{"lon": NaN}', _JSON),
    (b"{}", "application/xml"),
    (b"{}", "application/json; charset=utf-99"),
    (b"{}", ""),
    (b"a=b&a=c", "application/x-www-form-urlencoded"),
    (b"--x--", "multipart/form-data; boundary=x"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As httpx takes it."""

    method: str
    path: str
    params: dict[str, str]
    headers: dict[str, str]
    content: bytes | None = None

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.params} {self.headers} {(self.content or b'')[:200]!r}"


class Paper:
    """An OpenAPI document, and which ids of things that exist go into its paths."""

    def __init__(self, document: dict[str, Any], ids: dict[str, str]) -> None:
        self._document = document
        self._ids = ids

    def requests(self) -> Iterator[Request]:
        """For every operation: each parameter and each field of the body with each value; strange bodies."""
        for path, operations in self._document["paths"].items():
            for method, operation in operations.items():
                yield from self._of(method.upper(), path, operation)

    def _of(self, method: str, path: str, operation: dict[str, Any]) -> Iterator[Request]:
        parameters = operation.get("parameters", [])
        content = operation.get("requestBody", {}).get("content", {})
        schema = content[_JSON]["schema"] if _JSON in content else None
        body = None if schema is None else self._example(schema)
        yield self._request(method, path, parameters, body)
        for parameter in parameters:
            for value in VALUES:
                yield self._request(method, path, parameters, body, (parameter["name"], _spelt(value)))
        if schema is None:
            return
        for value in VALUES:
            yield self._request(method, path, parameters, value)
            for field in self._fields(schema):
                yield self._request(method, path, parameters, {**body, field: value})
        for raw, kind in BODIES:
            plain = self._request(method, path, parameters, None)
            headers = plain.headers | {"Content-Type": kind}
            yield Request(method=method, path=plain.path, params=plain.params, headers=headers, content=raw)

    def _request(
        self, method: str, path: str, parameters: list[Any], body: Any, other: tuple[str, str] = ("", "")
    ) -> Request:
        params, headers = {}, {}
        for parameter in parameters:
            name = parameter["name"]
            changed = name == other[0]
            value = other[1] if changed else self._ids.get(name) or str(self._example(parameter["schema"]))
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", quote(value, safe=""))
            elif changed or parameter.get("required"):
                if parameter["in"] == "query":
                    params[name] = value
                elif parameter["in"] == "header" and value.isprintable():
                    headers[name] = value.strip()
        if body is None:
            return Request(method=method, path=path, params=params, headers=headers)
        return Request(
            method=method, path=path, params=params, headers=headers | {"Content-Type": _JSON},
            content=json.dumps(body).encode(),
        )  # fmt: skip

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Behind references, the first of alternatives."""
        while True:
            if "$ref" in schema:
                schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
            elif "anyOf" in schema:
                schema = schema["anyOf"][0]
            else:
                return schema

    def _fields(self, schema: dict[str, Any]) -> list[str]:
        return list(self._resolved(schema).get("properties", {}))

    def _example(self, schema: dict[str, Any]) -> Any:
        """Something that the schema allows, as small as possible."""
        schema = self._resolved(schema)
        for key in ("example", "const", "default"):
            if schema.get(key) is not None:
                return schema[key]
        if "enum" in schema:
            return schema["enum"][0]
        kind = schema.get("type", "object")
        if kind == "object":
            required = schema.get("required", [])
            return {n: self._example(s) for n, s in schema.get("properties", {}).items() if n in required}
        if kind == "array":
            return [self._example(schema["items"])]
        if kind == "string":
            by_format = {"uuid": NOBODY, "date-time": "2026-11-23T12:00:00Z", "date": "2026-11-23"}
            return by_format.get(schema.get("format", ""), "x" * max(schema.get("minLength", 1), 1))
        return False if kind == "boolean" else max(schema.get("minimum", 1), 1)


def _spelt(value: Any) -> str:
    """As it would stand in an address."""
    return (
        str(value).encode("utf-8", "replace").decode() if not isinstance(value, bool) else str(value).lower()
    )
