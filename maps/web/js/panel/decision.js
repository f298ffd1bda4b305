// Why this unit and not another, as the service wrote it down when it decided.

import { h, svg } from "../dom.js";
import { clock, has, listed, span, t } from "../i18n.js";
import { chip, note } from "../ui/parts.js";

const REASON_ORDER = ["farther", "costlier", "engaged", "taken_by_graver", "taken_by_other", "would_strand"];

/** What the decision said of this incident's needs. */
function explainedNeeds(decision, incidentId) {
  const explained = decision?.outputs?.explanation ?? decision?.explanation ?? [];
  return explained.filter((need) => need.incident_id === incidentId);
}

function bar(response_s, longest_s, chosen) {
  return svg(
    "svg",
    { class: "race", viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true", "data-chosen": String(chosen) },
    svg("rect", { class: "ground", width: 100, height: 6, rx: 1 }),
    svg("rect", { class: "run", width: Math.max(2, (100 * response_s) / longest_s).toFixed(1), height: 6, rx: 1 }),
  );
}

function verdictOn(entry, chosen) {
  if (chosen) return t(entry.is_substitute ? "decision.substitute" : "decision.chosen");
  const behind_s = entry.behind_s ?? 0;
  if (Math.abs(behind_s) < 1) return t("decision.same");
  return t(behind_s > 0 ? "decision.later" : "decision.sooner", { span: span(Math.abs(behind_s)) });
}

function runner(entry, longest_s, chosen) {
  return h(
    "li",
    { "data-key": entry.unit_id, "data-chosen": String(chosen) },
    h("span", { class: "who" }, entry.call_sign),
    h("b", { class: "timer" }, clock(entry.response_s)),
    bar(entry.response_s, longest_s, chosen),
    h("span", { class: "verdict" }, verdictOn(entry, chosen)),
  );
}

const reasonLabel = (reason) => (has(`reason.${reason}`) ? t(`reason.${reason}`) : reason);

function passedOver(world, need) {
  const rows = Object.entries(need.passed_over ?? {});
  const more = need.not_listed ?? {};
  const counted = rows.map(([reason, units]) => [reason, units, units.length + (more[reason] ?? 0)]);
  for (const [reason, n] of Object.entries(more)) if (!need.passed_over?.[reason]) counted.push([reason, [], n]);
  if (!counted.length) return null;
  const rank = ([reason]) => (REASON_ORDER.indexOf(reason) + 1 || 99);
  const total = counted.reduce((sum, [, , n]) => sum + n, 0);
  const name = ([id, extra]) => {
    const sign = world.units.get(id)?.call_sign ?? id.slice(0, 8);
    return typeof extra === "number" ? `${sign} +${clock(extra)}` : sign;
  };
  return h(
    "details",
    { class: "why", "data-key": `why-${need.need}` },
    h("summary", {}, t("decision.passed_over", { n: total })),
    h(
      "dl",
      { class: "reasons" },
      counted.sort((a, b) => rank(a) - rank(b)).map(([reason, units, n]) => [
        h("dt", {}, reasonLabel(reason), " ", h("b", {}, n)),
        h("dd", {}, listed(units.slice(0, 12).map(name)), n > 12 ? " …" : ""),
      ]),
    ),
  );
}

function nearestNote(world, need) {
  const sent = new Set(need.chosen.map((entry) => entry.unit_id));
  const other = (need.nearest_idle ?? []).find((id) => !sent.has(id));
  const sign = other && world.units.get(other)?.call_sign;
  return sign && need.chosen.length ? note(t("decision.nearest_idle", { unit: sign })) : null;
}

function needBlock(world, need) {
  const runners = [...need.chosen.map((entry) => [entry, true]), ...(need.next_best ?? []).map((entry) => [entry, false])];
  const longest_s = Math.max(1, ...runners.map(([entry]) => entry.response_s));
  return h(
    "div",
    { class: "decided", "data-key": `decided-${need.need}` },
    h("p", { class: "decided-head" }, t(`capability.${need.need}`), need.held ? chip(t("need.held"), { tone: "held" }) : null),
    runners.length ? h("ol", { class: "runners" }, runners.map(([entry, chosen]) => runner(entry, longest_s, chosen))) : null,
    nearestNote(world, need),
    passedOver(world, need),
  );
}

/** The newest decision about each need of the incident. */
export function decision(world, incident, extra) {
  const newest = new Map();
  for (const each of extra?.decisions ?? []) {
    for (const need of explainedNeeds(each, incident.id)) newest.set(need.need, need);
  }
  if (!newest.size) return null;
  return h(
    "section",
    { "data-key": "decision" },
    h("h3", {}, t("decision.title")),
    [...newest.values()].map((need) => needBlock(world, need)),
  );
}
