"""The report's sentences in both languages."""

from __future__ import annotations

from collections.abc import Mapping

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "title": "Accident response in {city}: what would change",
        "made": "{at}. {replications} runs of {days} days each, the same accidents for each scenario. "
        "Late: more than {minutes} minutes from the report to the first ambulance.",
        "is": "“{name}”: people wait {mean} minutes on average; nine of ten no longer than {p90}. {late} "
        "wait longer than the standard. Ambulances are busy {busy} of the time.",
        "better": "“{name}” is better: {points} points {fewer} late, {seconds} seconds {sooner} on average.",
        "worse": "“{name}” is worse: {points} points {fewer} late, {seconds} seconds {sooner} on average.",
        "same": "“{name}” makes no difference worth naming: {seconds} seconds {sooner} on average.",
        "because_coverage": "A free ambulance is near enough to {after} of the demand, instead of {before}.",
        "because_queued_share": "{after} of the calls find nobody free, instead of {before}.",
        "because_utilisation": "Ambulances are busy {after} of the time, instead of {before}.",
        "fewer": "fewer", "more": "more", "sooner": "sooner", "later": "later",
        "figures": "Figures", "scenario": "Scenario",
        "interval": "Minutes, or shares. ± is the 95 % interval of the mean over the runs.",
        "paired": "Δ: differences from the first scenario, run by run, so that chance falls out; minutes, or "
        "percentage points. Coloured only where the interval leaves no doubt.",
        "work": "Work", "by_priority": "By priority", "priority": "priority {n}",
        "coverage": "Demand covered",
        "driven_h": "Hours driven, unit and day", "moved_share": "Redispatched",
        "queued_share": "Nobody free at first",
        "lost_share": "Never served",
        "tow_late_share": "Tow truck, late",
        "coverage_hours": "Demand within the standard of a free ambulance, by hour of the day.",
        "when": "When", "curves": "People reached after so many minutes; dashed: the standard.",
        "hours": "Share late by hour of the day.", "where": "Where",
        "swipe": "Move to compare both maps", "zoom_in": "Closer", "zoom_out": "Farther",
        "map": "Circles: stations and how many ambulances they have; crosses: hospitals. Point at a hexagon "
        "for its figures.",
        "map_wait": "Wait", "map_wait_text": "Mean wait for the first ambulance.",
        "map_late": "Late", "map_late_text": "Share of accidents reached later than the standard.",
        "map_reach": "Isochrones",
        "map_reach_text": "Minutes from the call until an ambulance could be there, if all are at "
        "their stations.",
        "min": " min",
        "told_wait": "{minutes} min · {late} late · {calls} calls", "told_reach": "{minutes} min",
        "stations": "What each station does", "station": "Station", "units": "Units", "missions": "Missions",
        "busy": "Busy", "source": "Roads and places:",
        "mean_s": "Mean", "median_s": "Median", "p90_s": "9 of 10 within", "late_share": "Late",
        "utilisation": "Busy", "tow_mean_s": "Tow truck, mean", "tow_p90_s": "Tow truck, 9 of 10",
    },
    "zh-CN": {
        "title": "{city} 事故响应：方案对比",
        "made": "{at}。每个方案模拟 {replications} 次，每次 {days} 天，事故完全相同。"
        "“迟到”指从报案到第一辆救护车到达超过 {minutes} 分钟。",
        "is": "“{name}”：平均等待 {mean} 分钟，十人中有九人不超过 {p90} 分钟，{late} 超过标准。"
        "救护车忙碌时间占 {busy}。",
        "better": "“{name}”更好：迟到比例{fewer} {points} 个百分点，平均{sooner} {seconds} 秒。",
        "worse": "“{name}”更差：迟到比例{fewer} {points} 个百分点，平均{sooner} {seconds} 秒。",
        "same": "“{name}”没有值得一提的差别：平均{sooner} {seconds} 秒。",
        "because_coverage": "空闲救护车能及时到达的需求占 {after}，原为 {before}。",
        "because_queued_share": "报案时无空闲车的比例为 {after}，原为 {before}。",
        "because_utilisation": "救护车忙碌时间为 {after}，原为 {before}。",
        "fewer": "减少", "more": "增加", "sooner": "提前", "later": "推迟",
        "figures": "指标", "scenario": "方案",
        "interval": "单位为分钟或比例；± 为多次模拟均值的 95 % 置信区间。",
        "paired": "Δ 为与第一个方案逐次相减之差，排除偶然因素；单位为分钟或百分点。只有区间不含零时才着色。",
        "work": "工作量", "by_priority": "按事故等级", "priority": "{n} 级", "coverage": "覆盖的需求",
        "driven_h": "每车每日行驶小时", "moved_share": "途中改派", "queued_share": "报案时无空闲车",
        "lost_share": "未得到救援",
        "tow_late_share": "拖车迟到", "coverage_hours": "各时段空闲救护车标准时间内覆盖的需求比例。",
        "when": "何时", "curves": "多少分钟内有多大比例的人得到救护；虚线为标准。",
        "hours": "各时段迟到比例。", "where": "何地",
        "swipe": "拖动以比较两张地图", "zoom_in": "放大", "zoom_out": "缩小",
        "map": "圆圈为站点及其救护车数，十字为医院。指向六边形可看数值。",
        "map_wait": "等待", "map_wait_text": "第一辆救护车的平均等待时间。",
        "map_late": "迟到", "map_late_text": "超过标准时间才得到救护的事故比例。",
        "map_reach": "等时线", "map_reach_text": "所有救护车都在站时，从报案到救护车可能到达的分钟数。",
        "min": " 分钟",
        "told_wait": "{minutes} 分钟 · 迟到 {late} · {calls} 起", "told_reach": "{minutes} 分钟",
        "stations": "各站点工作量", "station": "站点", "units": "车辆", "missions": "任务", "busy": "忙碌",
        "source": "道路与地点：",
        "mean_s": "平均", "median_s": "中位数", "p90_s": "九成在此内", "late_share": "迟到",
        "utilisation": "忙碌", "tow_mean_s": "拖车平均", "tow_p90_s": "拖车九成在此内",
    },
}  # fmt: skip
