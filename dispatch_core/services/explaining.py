"""Why, in words: worked out from what a decision kept, when somebody asks, so that no crew waits for it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from dispatch_core.assignment.explanation import NeedExplanation, explain
from dispatch_core.assignment.plan import Plan
from dispatch_core.assignment.policy import nearest_idle
from dispatch_core.assignment.problem import Problem
from dispatch_core.assignment.record import explanation_record, params_of, plan_of_record, problem_of
from dispatch_core.assignment.wording import CAPABILITY_NAMES, Language, why, why_not
from dispatch_core.ids import UnitId
from dispatch_core.services.covering import Cover
from dispatch_core.services.world import World

Json = dict[str, Any]


def explained_decision(row: Row[Any], *, language: Language, world: World, cover: Cover) -> Json:
    """`explanation` as data, `told` as sentences, `gap`, and `coverage` of each kind before and after.

    From the decision's own record: problem, plan and weights are those of its moment. Road times to the
    cells of demand are those of now.
    """
    problem, plan, params = problem_of(row.inputs), plan_of_record(row.outputs), params_of(row.inputs)
    baseline = nearest_idle(problem, params=params)
    needs = explain(problem, plan, params=params, baseline=baseline)
    signs = {unit.id: unit.call_sign for unit in problem.units}
    return {
        "explanation": explanation_record(needs),
        "told": [_told(need, signs, language) for need in needs],
        "gap": plan.gap,
        "coverage": _coverage(row.inputs.get("stood", {}), problem, plan, world, cover),
    }


def _told(need: NeedExplanation, signs: dict[UnitId, str], language: Language) -> Json:
    return {
        "incident_id": str(need.incident_id),
        "need": need.need.value,
        "why": why(need, language=language),
        "why_not": [why_not(passed, language=language) for passed in need.passed_over],
        "nearest_idle": _instead(need, signs, language),
    }


def _instead(need: NeedExplanation, signs: dict[UnitId, str], language: Language) -> str:
    """What first come, nearest first would have done."""
    sent = "、".join(signs[unit] for unit in need.nearest_idle) or ("无" if language == "zh-CN" else "nobody")
    same = set(need.nearest_idle) == {chosen.unit_id for chosen in need.chosen}
    if language == "zh-CN":
        return f"{CAPABILITY_NAMES[need.need][0]}：就近派车会派 {sent}{'，与本决策相同' if same else ''}。"
    told = f"{CAPABILITY_NAMES[need.need][1]}: nearest idle would send {sent.replace('、', ', ')}"
    return f"{told}{', as was done' if same else ''}."


def _coverage(
    stood: dict[str, list[float]], problem: Problem, plan: Plan, world: World, cover: Cover
) -> Json:
    """Percentage points of expected demand reached in time, by kind, before the units left and after."""
    sent = {assignment.unit_id for assignment in plan.assignments}
    free = [unit for unit in problem.units if str(unit.id) in stood]
    places = {unit.id: tuple(stood[str(unit.id)]) for unit in free}
    before = cover.points(world, free, places)
    after = cover.points(world, [unit for unit in free if unit.id not in sent], places)
    return {kind: {"before_points": before[kind], "after_points": after[kind]} for kind in before}
