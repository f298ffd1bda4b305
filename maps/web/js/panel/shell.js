// The left panel with its two lists, and the tab bar that stands in for it on a phone.

import { h, icon, paint } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { notices } from "./notices.js";
import { queue } from "./queue.js";
import { unitBoard } from "./units.js";

function tab(name, label, count, chosen) {
  return h(
    "button",
    { type: "button", role: "tab", "data-action": "tab", "data-tab": name, id: `tab-${name}`, "aria-selected": String(chosen), "aria-controls": "panel-list", tabindex: chosen ? "0" : "-1" },
    label,
    h("span", { class: "count" }, count),
  );
}

const KIND_FILTERS = ["all", "ambulance", "tow"];

function unitFilter(filter) {
  return h(
    "div",
    { class: "filter", "data-key": "filter" },
    h("input", { class: "input", type: "search", name: "unit-search", placeholder: t("units.search"), "aria-label": t("units.search") }),
    h(
      "div",
      { class: "segments", role: "group", "aria-label": t("units.filter") },
      KIND_FILTERS.map((kind) =>
        h("button", { type: "button", "data-action": "unit-kind", "data-kind": kind, "aria-pressed": String(filter.kind === kind) }, t(`units.kind.${kind}`)),
      ),
    ),
  );
}

export function skeleton() {
  return h("ul", { class: "skeleton", "aria-hidden": "true" }, [1, 2, 3, 4].map((n) => h("li", { "data-key": n })));
}

export function paintPanel(panel, { world, page }) {
  const { tab: chosen, filter } = page;
  const incidentId = page.chosen?.kind === "incident" ? page.chosen.id : null;
  const unitId = page.chosen?.kind === "unit" ? page.chosen.id : null;
  const list = chosen === "incidents" ? queue(world, incidentId) : unitBoard(world, unitId, filter);
  paint(
    panel,
    h("h2", { class: "sr-only", id: "panel-title" }, t("panel.title")),
    h(
      "div",
      { class: "panel-tabs", role: "tablist", "aria-labelledby": "panel-title" },
      tab("incidents", t("queue.title"), world.openIncidents().length, chosen === "incidents"),
      tab("units", t("units.title"), world.units.size, chosen === "units"),
    ),
    chosen === "units" ? unitFilter(filter) : null,
    h(
      "div",
      { class: "panel-list", id: "panel-list", role: "tabpanel", "aria-labelledby": `tab-${chosen}`, "data-key": `list-${chosen}`, tabindex: "0" },
      world.loaded && chosen === "incidents" ? notices(world) : null,
      world.loaded ? list : skeleton(),
    ),
    h("div", { class: "panel-foot" }, button(t("report.open"), { action: "report", kind: "main", sign: "plus", "aria-keyshortcuts": "n" })),
  );
}

const VIEWS = [["map", "map"], ["incidents", "list"], ["units", "units"], ["report", "plus"]];

/** The phone's bar: one thumb, four places. */
export function paintTabs(nav, { world, page }) {
  const current = page.chosen?.kind === "report" ? "report" : page.view === "map" ? "map" : page.tab;
  nav.setAttribute("aria-label", t("tabs.label"));
  paint(
    nav,
    VIEWS.map(([name, sign]) =>
      h(
        "button",
        { type: "button", "data-action": name === "report" ? "report" : "view", "data-view": name, "data-key": name, "aria-current": current === name ? "page" : null },
        icon(sign),
        h("span", {}, t(`tabs.${name}`)),
        name === "incidents" && world.openIncidents().length ? h("b", { class: "badge" }, world.openIncidents().length) : null,
      ),
    ),
  );
}
