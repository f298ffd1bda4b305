"""The gateway's paths for the API reference, since no router knows them."""

from __future__ import annotations

from typing import Any

import msgspec

from api.gateways.json_positions import Outcome, PositionIn, PositionsIn

_REF = "#/components/schemas/{name}"
_shapes, SCHEMAS = msgspec.json.schema_components((PositionIn, PositionsIn, Outcome), ref_template=_REF)
_PROBLEM = {"description": "A problem document (RFC 9457)."}


def _json(shape: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": shape}}


_POSITIONS = {
    "tags": ["driver"],
    "summary": "Report positions",
    "description": (
        "One position, or `positions` with up to 100; the answer comes once they are stored. Each outcome is "
        "accepted, refused with its reason (and kept), or a duplicate. If all are refused the answer is 422 "
        "with the same outcomes."
    ),
    "operationId": "report_positions",
    "requestBody": {"required": True, "content": _json({"anyOf": [_shapes[0], _shapes[1]]})},
    "responses": {
        "200": {
            "description": "Stored.",
            "content": _json(
                {"type": "object", "properties": {"outcomes": {"type": "array", "items": _shapes[2]}}}
            ),
        },
        "401": _PROBLEM,
        "403": _PROBLEM,
        "413": _PROBLEM,
        "422": _PROBLEM,
        "503": _PROBLEM,
    },
}
_OSMAND = {
    "tags": ["driver"],
    "summary": "Report a position as the Traccar Client does",
    "description": (
        "The OsmAnd protocol: a query, a form or JSON with `id`, `lat`, `lon`, `timestamp`, and `speed` in "
        "knots. Also at the root of the service, by POST. 200 once the position is stored."
    ),
    "operationId": "report_position_osmand",
    "responses": {"200": {"description": "Stored."}, "404": _PROBLEM, "422": _PROBLEM, "503": _PROBLEM},
}
PATHS: dict[str, Any] = {"/v1/driver/positions": {"post": _POSITIONS}, "/osmand": {"post": _OSMAND}}
