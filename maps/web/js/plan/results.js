// The right side: the plans that were asked for, and those that are ticked, side by side.

import { h, icon, paint } from "../dom.js";
import { t, timeOfDay } from "../i18n.js";
import { button, empty, status } from "../ui/parts.js";
import { BANDS, CHANGES } from "./board.js";

const TONES = { queued: "offered", running: "moving", done: "done", failed: "held", cancelled: "off" };
export const MOST_COMPARED = 4;

const minutes = (seconds) => (seconds / 60).toFixed(2);
/** Shares in percent, hours as hours, all else in minutes. */
const shown = (name, share, { mean, half_width: half }) => {
  if (share) return `${(mean * 100).toFixed(1)}% ± ${(half * 100).toFixed(1)}`;
  return name === "driven_h" ? `${mean.toFixed(2)} ± ${half.toFixed(2)}` : `${minutes(mean)} ± ${minutes(half)}`;
};
const signed = (value, digits) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(digits)}`;
const changed = (name, share, { mean, half_width: half }) => {
  if (share) return `${signed(mean * 100, 1)} ± ${(half * 100).toFixed(1)}`;
  return name === "driven_h" ? `${signed(mean, 2)} ± ${half.toFixed(2)}` : `${signed(mean / 60, 2)} ± ${minutes(half)}`;
};

function planRow(plan, { ticked, full }) {
  const { id, name, figures } = plan;
  const active = plan.status === "queued" || plan.status === "running";
  return h(
    "li",
    { class: "plan-card", "data-key": id, "data-status": plan.status },
    h("label", { class: "check" }, h("input", { type: "checkbox", checked: ticked, disabled: plan.status !== "done" || (full && !ticked), "data-plan": id, "aria-label": t("plan.tick", { name }) }), h("b", {}, name)),
    h("span", { class: "plan-when" }, status(TONES[plan.status], t(`plan.status.${plan.status}`)), h("span", { class: "quiet" }, timeOfDay(plan.asked_at))),
    active ? h("div", { class: "plan-progress" }, h("progress", { max: Math.max(plan.wanted, 1), value: plan.status === "queued" ? null : plan.done, "aria-label": t("plan.progress", { name }) }), h("span", { class: "quiet" }, plan.status === "queued" ? t("plan.waits") : plan.done ? `${plan.done} / ${plan.wanted}` : t("plan.prepares"))) : null,
    plan.problem ? h("p", { class: "wrong" }, plan.problem) : null,
    figures.mean_s ? h("p", { class: "plan-told" }, t("plan.told", { mean: minutes(figures.mean_s.mean), p90: minutes(figures.p90_s.mean), late: (figures.late_share.mean * 100).toFixed(1) })) : null,
    h(
      "span",
      { class: "plan-acts" },
      button(t("plan.open"), { action: "open", kind: "bare", "data-id": id }),
      active ? button(t("plan.cancel"), { action: "cancel", kind: "bare", "data-id": id }) : button(t("plan.forget"), { action: "forget", kind: "bare", "data-id": id }),
    ),
  );
}

function comparisonTable({ heads, scenarios }) {
  const names = Object.keys(heads);
  return h(
    "div",
    { class: "plan-scroll", tabindex: "0", role: "region", "aria-label": t("plan.table") },
    h(
      "table",
      { class: "plan-table" },
      h("thead", {}, h("tr", {}, h("td", {}), scenarios.map(({ name }, k) => h("th", { scope: "col" }, h("span", { class: "plan-letter" }, "ABCD"[k]), name)))),
      h("tbody", {}, names.map((name) => h("tr", {}, h("th", { scope: "row" }, heads[name].title, heads[name].is_share || name === "driven_h" ? "" : h("span", { class: "quiet" }, ` ${t("plan.min")}`)), scenarios.map(({ figures, change }) => h("td", {}, figures[name] ? shown(name, heads[name].is_share, figures[name]) : "—", change[name] ? h("span", { class: "plan-change", "data-verdict": change[name].verdict }, changed(name, heads[name].is_share, change[name])) : null))))),
    ),
  );
}

function byPriority({ scenarios }) {
  const priorities = scenarios[0].by_priority.map(({ priority }) => priority);
  const row = (priority, name, label) => h("tr", {}, h("th", { scope: "row" }, label), scenarios.map(({ by_priority: all }) => {
    const found = all.find((one) => one.priority === priority);
    return h("td", {}, found ? shown(name, name === "late_share", found[name]) : "—");
  }));
  return h(
    "details",
    { class: "plan-group", "data-key": "by-priority" },
    h("summary", {}, h("b", {}, t("plan.by_priority"))),
    h("div", { class: "plan-scroll", tabindex: "0", role: "region", "aria-label": t("plan.by_priority") }, h("table", { class: "plan-table" }, h("thead", {}, h("tr", {}, h("td", {}), scenarios.map((_, k) => h("th", { scope: "col" }, h("span", { class: "plan-letter" }, "ABCD"[k]))))), h("tbody", {}, priorities.flatMap((priority) => [row(priority, "mean_s", t("plan.priority.mean", { n: priority })), row(priority, "late_share", t("plan.priority.late", { n: priority }))])))),
  );
}

const radio = (name, value, label, checked) => h("label", {}, h("input", { type: "radio", name, value, checked }), label);

/** What the map shows of the comparison: which measure, of which plan, or how one differs from the first. */
function mapChoice({ scenarios }, { layer, of }) {
  return h(
    "div",
    { class: "plan-map-choice", "data-key": "map-choice" },
    h("fieldset", { class: "choice" }, h("legend", { class: "sr-only" }, t("plan.layer")), ["wait", "late", "reach"].map((name) => radio("layer", name, t(`plan.layer.${name}`), name === layer))),
    h("label", { class: "sr-only", for: "plan-of" }, t("plan.of")),
    h("select", { class: "input", id: "plan-of", name: "of" }, scenarios.map(({ name }, k) => h("option", { value: String(k), selected: of === String(k) }, `${"ABCD"[k]} · ${name}`)), scenarios.slice(1).map((_, k) => h("option", { value: `change-${k + 1}`, selected: of === `change-${k + 1}` }, t("plan.change_of", { other: "ABCD"[k + 1] })))),
  );
}

function compared(found, state) {
  return h(
    "section",
    { class: "plan-compared", "data-key": "compared", "aria-label": t("plan.compared") },
    h("h2", {}, t("plan.compared")),
    h("div", { class: "plan-summary", role: "status" }, found.summary.map((line) => h("p", {}, line))),
    mapChoice(found, state),
    comparisonTable(found),
    h("p", { class: "small quiet" }, t("plan.interval")),
    byPriority(found),
    h("div", { class: "actions" }, h("a", { class: "button", href: `/v1/plans/report?lang=${document.documentElement.lang}&${state.ticked.map((id) => `id=${id}`).join("&")}`, download: "" }, icon("book"), t("plan.report")), button(t("plan.share"), { action: "share", sign: "link" })),
  );
}

/** Draw the list and the comparison. */
export function paintResults(container, { plans, ticked, comparison, layer, of, loaded }) {
  const rows = plans.map((plan) => planRow(plan, { ticked: ticked.includes(plan.id), full: ticked.length >= MOST_COMPARED }));
  paint(
    container,
    comparison ? compared(comparison, { layer, of, ticked }) : null,
    h("h2", { "data-key": "plans" }, t("plan.plans")),
    loaded && !plans.length ? empty("list", t("plan.none"), t("plan.none.text")) : null,
    plans.length && !comparison ? h("p", { class: "small quiet", "data-key": "hint" }, t("plan.tick.hint")) : null,
    h("ul", { class: "plan-cards", "data-key": "cards" }, rows),
  );
  for (const box of container.querySelectorAll("input[data-plan]")) box.checked = box.hasAttribute("checked");
  for (const one of container.querySelectorAll('input[name="layer"]')) one.checked = one.value === layer;
  const select = container.querySelector("#plan-of");
  if (select) select.value = of;
}

/** The hexagons that the choice asks for: ring, colour, words; and the legend's bands. */
export function hexagons({ scenarios, boundaries, steps }, layer, of) {
  const value = (scenario, cell) => {
    if (layer === "reach") return scenario.cells.reach[cell];
    return scenario.cells.wait[cell]?.[layer === "wait" ? 0 : 1];
  };
  const cellsOf = (scenario) => Object.keys(layer === "reach" ? scenario.cells.reach : scenario.cells.wait);
  const unit = layer === "late" ? (v) => `${(v * 100).toFixed(0)}%` : (v) => `${v.toFixed(1)} ${t("plan.min")}`;
  if (of.startsWith("change-")) {
    const [first, other] = [scenarios[0], scenarios[Number(of.slice(7))]];
    const limits = layer === "late" ? [-0.1, -0.05, -0.01, 0.01, 0.05, 0.1] : [-2, -1, -0.25, 0.25, 1, 2];
    const found = cellsOf(first).filter((cell) => value(other, cell) !== undefined).map((cell) => {
      const by = value(other, cell) - value(first, cell);
      return { ring: boundaries[cell], colour: CHANGES[limits.filter((limit) => by > limit).length], told: `${by < 0 ? "−" : "+"}${unit(Math.abs(by))}` };
    });
    const words = limits.map((limit) => (layer === "late" ? `${signed(limit * 100, 0)}%` : signed(limit, Number.isInteger(limit) ? 0 : 2)));
    return { found, bands: CHANGES.map((colour, k) => ({ colour, text: k === 0 ? `≤ ${words[0]}` : k === 6 ? `> ${words[5]}` : k === 3 ? t("plan.no_change") : "" })) };
  }
  const scenario = scenarios[Number(of)] ?? scenarios[0];
  const ends = steps[layer];
  const found = cellsOf(scenario).map((cell) => {
    const v = value(scenario, cell);
    const calls = layer === "reach" ? "" : t("plan.calls", { n: scenario.cells.wait[cell][2] });
    return { ring: boundaries[cell], colour: BANDS[ends.filter((end) => v > end).length], told: [unit(v), calls].filter(Boolean).join(" · ") };
  });
  const words = ends.map((end) => (layer === "late" ? `${Math.round(end * 100)}%` : `${Number(end.toFixed(1))}`));
  return { found, bands: BANDS.map((colour, k) => ({ colour, text: k === BANDS.length - 1 ? `> ${words[k - 1]}` : `≤ ${words[k]}` })) };
}
