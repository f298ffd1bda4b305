// The left side: what the scenario says, every line of it a control.

import { h, icon, paint } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { stationsOf, unitsOf } from "./draft.js";

const POLICIES = ["nearest_idle", "joint", "joint_redispatch", "joint_redispatch_coverage", "joint_redispatch_move_up"];
const MOST_UNITS = 200;

const control = (path, label, element, hint = null) => {
  const id = `draft-${path.replaceAll(".", "-")}`;
  element.id = id;
  element.dataset.path = path;
  return h("div", { class: "field", "data-key": path }, h("label", { for: id }, label), element, hint ? h("span", { class: "small quiet" }, hint) : null);
};

const number = (path, label, value, { min, max, step = 1 }) =>
  control(path, label, h("input", { class: "input", type: "number", inputmode: "decimal", min, max, step, value, required: true }));

function stationRow(station, row, chosen) {
  const name = station.name || t("plan.station", { n: row + 1 });
  return h(
    "li",
    { class: "plan-row", "data-key": `station-${row}`, "aria-current": String(chosen === row) },
    h("button", { type: "button", class: "plan-name", "data-action": "choose", "data-row": row }, h("i", { class: "station-dot", "data-kind": station.kind }), h("span", {}, name)),
    h(
      "span",
      { class: "stepper small-stepper" },
      h("button", { type: "button", "data-action": "fewer", "data-row": row, "aria-label": t("plan.fewer", { name }), disabled: station.units <= 0 }, icon("minus")),
      h("input", { type: "number", min: 0, max: MOST_UNITS, value: station.units, "data-path": `station.${row}.units`, "aria-label": t("plan.units_of", { name }) }),
      h("button", { type: "button", "data-action": "more", "data-row": row, "aria-label": t("plan.more", { name }) }, icon("plus")),
    ),
    h("button", { type: "button", class: "plan-remove", "data-action": "remove-station", "data-row": row, "aria-label": t("plan.remove", { name }), title: t("plan.remove", { name }) }, icon("close")),
  );
}

function stations(scenario, kind, { chosen, picking }) {
  const rows = stationsOf(scenario).map((station, row) => [station, row]).filter(([station]) => station.kind === kind);
  return h(
    "details",
    { class: "plan-group", open: kind === "ambulance", "data-key": `group-${kind}` },
    h("summary", {}, h("b", {}, t(`plan.stations.${kind}`)), h("span", { class: "quiet" }, t("plan.stations.sum", { stations: rows.length, units: unitsOf(scenario, kind) }))),
    h("ul", {}, rows.map(([station, row]) => stationRow(station, row, chosen))),
    button(t("plan.add_station"), { action: `pick-${kind}`, sign: "plus", "aria-pressed": String(picking === kind), "data-key": `pick-${kind}` }),
  );
}

function hospitals(scenario) {
  const all = scenario.city?.hospital ?? [];
  const closed = new Set(scenario.city?.close_hospital ?? []);
  return h(
    "details",
    { class: "plan-group", "data-key": "group-hospital" },
    h("summary", {}, h("b", {}, t("plan.hospitals")), h("span", { class: "quiet" }, t("plan.hospitals.sum", { open: all.length - closed.size, all: all.length }))),
    h("ul", {}, all.map(({ name }, row) => h("li", { class: "plan-row", "data-key": `hospital-${row}` }, h("label", { class: "check" }, h("input", { type: "checkbox", checked: !closed.has(name), "data-path": `hospital.${row}` }), h("span", {}, name))))),
  );
}

function roads(scenario, { picking, names }) {
  const rings = scenario.city?.close_road ?? [];
  return h(
    "details",
    { class: "plan-group", open: rings.length > 0, "data-key": `group-roads-${rings.length > 0}` },
    h("summary", {}, h("b", {}, t("plan.roads")), h("span", { class: "quiet" }, t("plan.roads.sum", { n: rings.length }))),
    h("ul", {}, rings.map((ring, row) => h("li", { class: "plan-row", "data-key": `road-${row}` }, h("span", { class: "plan-name" }, icon("barrier"), h("span", {}, names.get(JSON.stringify(ring)) ?? t("plan.road", { n: row + 1 }))), h("button", { type: "button", class: "plan-remove", "data-action": "open-road", "data-row": row, "aria-label": t("plan.road.open"), title: t("plan.road.open") }, icon("close"))))),
    button(t("plan.close_road"), { action: "pick-road", sign: "barrier", "aria-pressed": String(picking === "road"), "data-key": "pick-road" }),
  );
}

function demand(scenario) {
  const { growth = 1, accidents_a_year: year = 15602, history = null } = scenario.demand ?? {};
  return h(
    "details",
    { class: "plan-group", open: true, "data-key": "group-demand" },
    h("summary", {}, h("b", {}, t("plan.demand")), h("span", { class: "quiet" }, t("plan.demand.sum", { n: Math.round(year * growth) }))),
    control("demand.growth", t("plan.growth"), h("input", { type: "range", min: 0.5, max: 2, step: 0.05, value: growth }), t("plan.growth.told", { percent: `${growth >= 1 ? "+" : "−"}${Math.round(Math.abs(growth - 1) * 100)}%` })),
    number("demand.accidents_a_year", t("plan.accidents"), year, { min: 1, max: 10_000_000 }),
    h("label", { class: "check", "data-key": "recorded" }, h("input", { type: "checkbox", checked: history !== null, "data-path": "demand.history" }), h("span", {}, t("plan.recorded"))),
  );
}

function running(scenario) {
  const { replications = 30, days = 28, standard_min: standard = 12 } = scenario.run ?? {};
  return h(
    "details",
    { class: "plan-group", "data-key": "group-run" },
    h("summary", {}, h("b", {}, t("plan.run")), h("span", { class: "quiet" }, t("plan.run.sum", { runs: replications, days }))),
    h("div", { class: "plan-three" }, number("run.replications", t("plan.replications"), replications, { min: 2, max: 200 }), number("run.days", t("plan.days"), days, { min: 2, max: 366 }), number("run.standard_min", t("plan.standard"), standard, { min: 1, max: 120, step: 0.5 })),
  );
}

/** Draw the draft; `state` says what is chosen, what the next press on the map means, and what streets are called. */
export function paintEditor(container, draft, state) {
  const { scenario } = draft;
  paint(
    container,
    h(
      "div",
      { class: "plan-head" },
      h("h2", {}, t("plan.draft")),
      button(t("plan.undo"), { action: "undo", kind: "bare", sign: "undo", iconOnly: true, disabled: !draft.canUndo, "data-key": "undo" }),
      button(t("plan.redo"), { action: "redo", kind: "bare", sign: "redo", iconOnly: true, disabled: !draft.canRedo, "data-key": "redo" }),
      button(t("plan.toml"), { action: "toml", kind: "bare", sign: "book", "data-key": "toml" }),
      button(t("plan.from_today"), { action: "today", kind: "bare", sign: "history", "data-key": "today" }),
    ),
    h(
      "div",
      { class: "plan-body", "data-key": "body" },
      control("name", t("plan.name"), h("input", { class: "input", maxlength: 120, required: true, autocomplete: "off", value: scenario.name ?? "" })),
      control("policy", t("plan.policy"), h("select", { class: "input" }, POLICIES.map((name) => h("option", { value: name, selected: name === scenario.policy }, t(`plan.policy.${name}`)))), t(`plan.policy.${scenario.policy}.text`)),
      stations(scenario, "ambulance", state),
      stations(scenario, "tow", state),
      hospitals(scenario),
      roads(scenario, state),
      demand(scenario),
      running(scenario),
    ),
    h("div", { class: "plan-foot", "data-key": "foot" }, state.problem ? h("p", { class: "wrong", role: "alert" }, state.problem) : null, button(t("plan.start"), { action: "start", kind: "main", disabled: state.sending, "data-key": "start" })),
  );
  settle(container);
}

/** What a person typed no longer follows the attribute: put it right, but not under their fingers. */
function settle(container) {
  for (const element of container.querySelectorAll("input[data-path]")) {
    if (element.type === "checkbox") element.checked = element.hasAttribute("checked");
    else if (element !== document.activeElement || element.type === "range") element.value = element.getAttribute("value") ?? "";
  }
  for (const select of container.querySelectorAll("select[data-path]")) select.value = select.querySelector("option[selected]")?.value ?? select.value;
}
