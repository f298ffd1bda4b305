"""A decision's inputs and outputs as plain JSON, compact and complete: what went in can be decided again.

Units and incidents are named once; the other parts speak of them by their place in those lists. Times are
rounded to a tenth of a second, `null` stands for infinity.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import numpy as np

from dispatch_core.assignment.candidate import Candidate, Commitment, OpenIncident, TowOrder
from dispatch_core.assignment.explanation import NeedExplanation, PassedOver
from dispatch_core.assignment.params import DispatchParams
from dispatch_core.assignment.plan import Assignment, Held, Kept, Move, Plan
from dispatch_core.assignment.problem import Float64s, Problem, pose
from dispatch_core.fleet.capability import Capability, Need, UnitKind
from dispatch_core.fleet.unit import UnitStatus
from dispatch_core.ids import IncidentId, UnitId

Record = dict[str, Any]


def inputs_record(problem: Problem, params: DispatchParams) -> Record:
    """All that the policy was given; `problem_of` and `params_of` read it back."""
    return {
        "params": params.record(),
        "incidents": [_incident_record(incident) for incident in problem.incidents],
        "units": [_unit_record(unit) for unit in problem.units],
        "eta_s": _rows(problem.eta_s),
        "declined_ago_s": [
            [int(i), int(u), _tenths(float(problem.declined_ago_s[i, u]))]
            for i, u in np.argwhere(np.isfinite(problem.declined_ago_s))
        ],
        "coverage_loss": [
            [int(u), round(float(problem.coverage_loss[u]), 4)] for u in np.flatnonzero(problem.coverage_loss)
        ],
    }


def problem_of(record: Mapping[str, Any]) -> Problem:
    incidents = [_incident_of(value) for value in record["incidents"]]
    units = [_unit_of(value) for value in record["units"]]
    eta_s = _table(record["eta_s"])
    declined = {(incidents[i].id, units[u].id): float(ago_s) for i, u, ago_s in record["declined_ago_s"]}
    loss = {units[u].id: float(points) for u, points in record["coverage_loss"]}
    return pose(incidents, units, eta_s=eta_s, declined_ago_s=declined, coverage_loss=loss)


def params_of(record: Mapping[str, Any]) -> DispatchParams:
    return DispatchParams.from_record(record["params"])


def _tenths(seconds: float) -> float | None:
    return round(seconds, 1) if math.isfinite(seconds) else None


_MOST_ROWS_PLAIN = 20_000


def _packed(table_s: Float64s) -> Record:
    """A large table as tenths of a second, int32, -1 for infinity: compressed, base64."""
    tenths = np.where(np.isfinite(table_s), np.round(table_s * 10), -1).astype("<i4")
    packed = base64.b64encode(zlib.compress(tenths.tobytes(), 1)).decode()
    return {"shape": list(table_s.shape), "zlib_int32_tenths": packed}


def _table(record: Any) -> Float64s:
    if isinstance(record, Mapping):
        raw = zlib.decompress(base64.b64decode(record["zlib_int32_tenths"]))
        tenths = np.frombuffer(raw, "<i4").astype(np.float64).reshape(record["shape"])
        return np.where(tenths < 0, np.inf, tenths / 10)
    rows = [[math.inf if v is None else float(v) for v in row] for row in record]
    return np.array(rows, np.float64)


def _rows(table_s: Float64s) -> list[list[float | None]] | Record:
    """A whole table in tenths; many thousand values a decision are not rounded one by one."""
    if table_s.size > _MOST_ROWS_PLAIN:
        return _packed(table_s)
    plain = np.round(table_s, 1).astype(object)
    plain[~np.isfinite(table_s)] = None
    rows: list[list[float | None]] = plain.tolist()
    return rows


def _incident_record(incident: OpenIncident) -> Record:
    return {
        "id": str(incident.id),
        "priority": incident.priority,
        "needs": {str(need.capability): need.count for need in incident.needs},
        "waited_s": _tenths(incident.waited_s),
        **({"district": incident.district} if incident.district else {}),
        **({"tows_kg": incident.tows_kg} if incident.tows_kg else {}),
        **({"tow_order": asdict(incident.tow_order)} if incident.tow_order else {}),
    }


def _incident_of(record: Mapping[str, Any]) -> OpenIncident:
    return OpenIncident(
        id=IncidentId(UUID(record["id"])),
        priority=record["priority"],
        needs=tuple(Need(capability=Capability(c), count=n) for c, n in record["needs"].items()),
        waited_s=float(record["waited_s"]),
        district=record.get("district"),
        tows_kg=float(record.get("tows_kg", 0.0)),
        tow_order=TowOrder(**record["tow_order"]) if "tow_order" in record else None,
    )


def _unit_record(unit: Candidate) -> Record:
    rare = {
        "committed": unit.commitment and [str(unit.commitment.incident_id), str(unit.commitment.need)],
        "worked_s": _tenths(unit.worked_s) or None,
        "shift_left_s": unit.shift_left_s,
        "districts": None if unit.districts is None else sorted(unit.districts),
        "tows_at_most_kg": unit.tows_at_most_kg,
    }
    return {
        "id": str(unit.id),
        "call_sign": unit.call_sign,
        "kind": str(unit.kind),
        "can": sorted(unit.capabilities),
        "status": str(unit.status),
        "turnout_s": _tenths(unit.turnout_s),
        "position_age_s": None if unit.position_age_s is None else _tenths(unit.position_age_s),
        **{name: value for name, value in rare.items() if value is not None},
    }


def _unit_of(record: Mapping[str, Any]) -> Candidate:
    age_s, committed, districts = (record.get(k) for k in ("position_age_s", "committed", "districts"))
    return Candidate(
        id=UnitId(UUID(record["id"])),
        call_sign=record["call_sign"],
        kind=UnitKind(record["kind"]),
        capabilities=frozenset(Capability(c) for c in record["can"]),
        status=UnitStatus(record["status"]),
        turnout_s=float(record["turnout_s"]),
        position_age_s=None if age_s is None else float(age_s),
        commitment=None if committed is None else _commitment_of(committed),
        worked_s=float(record.get("worked_s", 0.0)),
        shift_left_s=record.get("shift_left_s"),
        districts=None if districts is None else frozenset(districts),
        tows_at_most_kg=record.get("tows_at_most_kg"),
    )


def _commitment_of(committed: Sequence[str]) -> Commitment:
    incident_id, need = committed
    return Commitment(incident_id=IncidentId(UUID(incident_id)), need=Capability(need))


def plan_record(plan: Plan) -> Record:
    """`plan_of_record` reads it back."""
    return {
        "policy": plan.policy,
        "cost_s": round(plan.cost_s, 1),
        "gap": plan.gap,
        "assignments": [
            {
                "incident_id": str(a.incident_id),
                "unit_id": str(a.unit_id),
                "need": str(a.need),
                "turnout_s": _tenths(a.turnout_s),
                "eta_s": _tenths(a.eta_s),
                "position_age_s": _tenths(a.position_age_s),
                "is_substitute": a.is_substitute,
                "cost_s": _tenths(a.cost_s),
                "depart_in_s": _tenths(a.depart_in_s),
            }
            for a in plan.assignments
        ],
        "held": [
            {"incident_id": str(h.incident_id), "need": str(h.need), "count": h.count} for h in plan.held
        ],
        "kept": [
            {"incident_id": str(k.incident_id), "unit_id": str(k.unit_id), "need": str(k.need)}
            for k in plan.kept
        ],
        "moves": [
            {
                "unit_id": str(m.unit_id),
                "from_incident_id": str(m.from_incident_id),
                "need": str(m.need),
                "to_incident_id": None if m.to_incident_id is None else str(m.to_incident_id),
            }
            for m in plan.moves
        ],
    }


def plan_of_record(record: Mapping[str, Any]) -> Plan:
    return Plan(
        policy=record["policy"],
        cost_s=record["cost_s"],
        gap=record["gap"],
        assignments=tuple(Assignment(**_typed(value)) for value in record["assignments"]),
        held=tuple(Held(**_typed(value)) for value in record["held"]),
        kept=tuple(Kept(**_typed(value)) for value in record["kept"]),
        moves=tuple(Move(**_typed(value)) for value in record["moves"]),
    )


_TYPES: dict[str, Callable[[str], Any]] = {
    "incident_id": lambda text: IncidentId(UUID(text)),
    "from_incident_id": lambda text: IncidentId(UUID(text)),
    "to_incident_id": lambda text: IncidentId(UUID(text)),
    "unit_id": lambda text: UnitId(UUID(text)),
    "need": Capability,
}


def _typed(record: Mapping[str, Any]) -> Record:
    return {k: _TYPES[k](v) if k in _TYPES and v is not None else v for k, v in record.items()}


def explanation_record(explained: Iterable[NeedExplanation]) -> list[Record]:
    """`passed_over` maps each reason to [unit id] or [unit id, seconds] or [unit id, incident id] rows."""
    return [
        {
            "incident_id": str(need.incident_id),
            "need": str(need.need),
            "held": need.held,
            "chosen": [
                {
                    "unit_id": str(c.unit_id),
                    "call_sign": c.call_sign,
                    "response_s": _tenths(c.response_s),
                    "is_substitute": c.is_substitute,
                    "terms_s": {name: _tenths(value) for name, value in c.terms_s.items()},
                }
                for c in need.chosen
            ],
            "next_best": [
                {
                    "unit_id": str(a.unit_id),
                    "call_sign": a.call_sign,
                    "response_s": round(a.response_s, 1),
                    "behind_s": round(a.behind_s, 1),
                    "cost_s": round(a.cost_s, 1),
                }
                for a in need.next_best
            ],
            "passed_over": _by_reason(need.passed_over),
            "not_listed": dict(need.not_listed),
            "nearest_idle": [str(unit_id) for unit_id in need.nearest_idle],
        }
        for need in explained
    ]


def _by_reason(passed: Iterable[PassedOver]) -> dict[str, list[list[Any]]]:
    rows: dict[str, list[list[Any]]] = {}
    for p in passed:
        row: list[Any] = [str(p.unit_id)]
        if p.incident_id is not None:
            row.append(str(p.incident_id))
        elif p.seconds is not None:
            row.append(round(p.seconds, 1))
        rows.setdefault(str(p.reason), []).append(row)
    return rows
