"""The reasons of an explanation as sentences, in Chinese and English."""

from __future__ import annotations

from typing import Literal

from dispatch_core.assignment.explanation import NeedExplanation, PassedOver
from dispatch_core.assignment.limits import Limit
from dispatch_core.assignment.weighing import Choice, Reason
from dispatch_core.fleet.capability import Capability

Language = Literal["zh-CN", "en"]

CAPABILITY_NAMES: dict[Capability, tuple[str, str]] = {
    Capability.ALS: ("高级救护", "advanced life support"),
    Capability.BLS: ("普通救护", "basic life support"),
    Capability.FLATBED: ("平板拖车", "flatbed"),
    Capability.WHEEL_LIFT: ("托举拖车", "wheel lift"),
    Capability.HEAVY_TOW: ("重型拖车", "heavy tow"),
    Capability.CRANE: ("吊车", "crane"),
}

REASON_SENTENCES: dict[Reason, tuple[str, str]] = {
    Limit.NOT_CAPABLE: ("不具备所需能力", "cannot do what is needed"),
    Limit.OFF_SHIFT: ("未当班", "is off shift"),
    Limit.OUT_OF_SERVICE: ("停用待修", "is out of service"),
    Limit.ENGAGED: ("正在执行其他任务", "is engaged on another mission"),
    Limit.NO_POSITION: ("没有定位", "has never reported a position"),
    Limit.STALE_POSITION: ("定位已过时（{s} 秒前）", "last reported its position {s} s ago, too long"),
    Limit.DECLINED_RECENTLY: ("{s} 秒前未接受本事故的派单", "did not take this incident's offer {s} s ago"),
    Limit.NO_ROAD: ("没有可通行的道路", "has no road to the place"),
    Limit.OUTSIDE_DISTRICT: ("不在其辖区", "is not responsible for the district"),
    Limit.TOO_HEAVY: ("车辆超出其牵引能力", "cannot take so heavy a vehicle"),
    Limit.SETTLED: ("正在赶往现场，不再改派", "is on its way elsewhere and is left alone"),
    Limit.NOT_BUMPED: ("正赶往的事故不低于本事故，不可改派", "is on its way to one not left for this"),
    Choice.SENT_HERE: ("已派往本事故，承担另一项需求", "is sent here already, for another need"),
    Choice.TAKEN_BY_GRAVER: ("已派往更严重的事故", "is sent to a graver incident"),
    Choice.TAKEN_BY_OTHER: ("派往另一起事故，总体更快", "is sent to another incident, quicker in all"),
    Choice.WOULD_STRAND: (
        "正赶往另一起事故，改派后那里将无车可派",
        "is on its way to another incident, where nobody could take over",
    ),
    Choice.FARTHER: ("到达晚 {s} 秒", "would arrive {s} s later"),
    Choice.COSTLIER: ("能更早到达，但综合代价高 {s} 秒", "would arrive sooner but costs {s} s more in all"),
}  # fmt: skip


def why_not(passed: PassedOver, *, language: Language) -> str:
    """`苏J·A12：到达晚 95 秒`"""
    sentence = REASON_SENTENCES[passed.reason][0 if language == "zh-CN" else 1]
    told = sentence.format(s=f"{passed.seconds or 0:,.0f}")
    return f"{passed.call_sign}：{told}" if language == "zh-CN" else f"{passed.call_sign} {told}"


def why(explained: NeedExplanation, *, language: Language) -> str:
    """One sentence for a need: who was chosen and who would be next, or that it is held."""
    chinese = language == "zh-CN"
    need = CAPABILITY_NAMES[explained.need][0 if chinese else 1]
    parts = []
    for chosen in explained.chosen:
        minutes = f"{chosen.response_s / 60:.1f}"
        parts.append(f"派 {chosen.call_sign}，约 {minutes} 分钟到达" if chinese
                     else f"{chosen.call_sign} is sent, there in about {minutes} min")  # fmt: skip
    if explained.held:
        parts.append(f"另有 {explained.held} 个等待，暂无可派车辆" if chinese
                     else f"{explained.held} held, no unit can be sent")  # fmt: skip
    if explained.chosen and explained.next_best:
        nearest = explained.next_best[0]
        parts.append(f"其次 {nearest.call_sign}，相差 {nearest.behind_s:.0f} 秒" if chinese
                     else f"next {nearest.call_sign}, {nearest.behind_s:+.0f} s")  # fmt: skip
    return f"{need}：{'；'.join(parts)}。" if chinese else f"{need}: {'; '.join(parts)}."
