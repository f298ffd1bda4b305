// The unit board: every crew with its state, the engaged first.

import { h } from "../dom.js";
import { clock, span, t, timeOfDay } from "../i18n.js";
import { button, chip, empty, etaBand, note, status, unitMark, until } from "../ui/parts.js";

// More rows than anyone reads; the search finds the others.
const SHOWN = 150;
const ORDER = ["offered", "moving", "on_scene", "loaded", "available", "broken", "off"];

const bySign = new Intl.Collator("zh-CN", { numeric: true });

export const toneLabel = (world, unit) => {
  const mission = world.missionOf(unit);
  return mission ? t(`mission.${mission.status}`) : t(`unit.${unit.status}`);
};

function endOf(world, unit, mission) {
  const coming = mission && (mission.status === "accepted" || mission.status === "en_route");
  return coming && mission.eta_at ? until(mission.eta_at, world.now()) : null;
}

function subtitle(world, unit, mission) {
  const incident = mission && world.incidents.get(mission.incident_id);
  if (incident) return `→ ${incident.address || t(`kind.${incident.kind}`)}`;
  const age_s = unit.position ? (world.now() - Date.parse(unit.position.fixed_at)) / 1000 : null;
  if (age_s !== null && age_s > 60 && unit.status !== "off_shift") return t("unit.stale", { age: span(age_s) });
  return unit.capabilities.map((name) => t(`capability.${name}`)).join(" · ");
}

function row(world, unit, chosenId) {
  const tone = world.toneOf(unit);
  const mission = world.missionOf(unit);
  return h(
    "li",
    { "data-key": unit.id },
    h(
      "button",
      { type: "button", class: "unit-row", "data-action": "choose-unit", "data-id": unit.id, "aria-current": String(unit.id === chosenId) },
      unitMark(unit.kind, tone),
      h("span", {}, h("span", { class: "name" }, unit.call_sign), h("span", { class: "sub" }, subtitle(world, unit, mission))),
      h("span", { class: "right" }, status(tone, toneLabel(world, unit)), h("div", {}, endOf(world, unit, mission))),
    ),
  );
}

const matches = (unit, words) =>
  !words || `${unit.call_sign} ${unit.plate ?? ""} ${unit.agency ?? ""}`.toLowerCase().includes(words.toLowerCase());

export function sortedUnits(world, { words = "", kind = "all" } = {}) {
  return [...world.units.values()]
    .filter((unit) => (kind === "all" || unit.kind === kind) && matches(unit, words))
    .map((unit) => ({ unit, rank: ORDER.indexOf(world.toneOf(unit)) }))
    .sort((a, b) => a.rank - b.rank || bySign.compare(a.unit.call_sign, b.unit.call_sign))
    .map(({ unit }) => unit);
}

export function unitBoard(world, chosenId, filter) {
  const units = sortedUnits(world, filter);
  if (!world.units.size) return empty("units", t("units.empty"), t("units.empty.text"));
  if (!units.length) return empty("units", t("units.none"), null);
  return [
    h("ul", { class: "unit-board", "aria-label": t("units.title") }, units.slice(0, SHOWN).map((unit) => row(world, unit, chosenId))),
    units.length > SHOWN ? h("p", { class: "more small quiet" }, t("units.more", { n: units.length - SHOWN })) : null,
  ];
}

function positionText(world, unit) {
  if (!unit.position) return t("unit.nowhere");
  const age_s = (world.now() - Date.parse(unit.position.fixed_at)) / 1000;
  return t("unit.seen", { time: timeOfDay(unit.position.fixed_at, { seconds: true }), age: span(age_s) });
}

/** One unit, chosen on the map or the board. */
export function unitDetail(world, unit) {
  const tone = world.toneOf(unit);
  const mission = world.missionOf(unit);
  const incident = mission && world.incidents.get(mission.incident_id);
  return [
    h(
      "header",
      { class: "detail-head" },
      unitMark(unit.kind, tone),
      h("div", {}, h("h2", {}, unit.call_sign), status(tone, toneLabel(world, unit))),
      button(t("close"), { action: "close", kind: "bare", sign: "close", iconOnly: true }),
    ),
    h(
      "div",
      { class: "detail-body" },
      world.isStale(unit) && unit.status !== "off_shift" ? note(t("unit.stale.note"), "offered") : null,
      incident
        ? h(
            "section",
            {},
            h("h3", {}, t("unit.mission")),
            h("p", {}, `${t(`kind.${incident.kind}`)} · ${incident.address || incident.number}`),
            mission.eta_at && ["accepted", "en_route"].includes(mission.status)
              ? h("p", {}, t("mission.eta"), " ", h("b", { "data-clock-until": mission.eta_at }, clock((Date.parse(mission.eta_at) - world.now()) / 1000)), etaBand(mission))
              : null,
            h("p", {}, button(t("unit.show_incident"), { action: "choose-incident", "data-id": incident.id })),
          )
        : null,
      h(
        "section",
        {},
        h("div", { class: "chips" }, unit.capabilities.map((name) => chip(t(`capability.${name}`)))),
        h(
          "dl",
          { class: "facts" },
          h("dt", {}, t("unit.plate")), h("dd", {}, unit.plate || "—"),
          h("dt", {}, t("unit.agency")), h("dd", {}, unit.agency || "—"),
          h("dt", {}, t("unit.speed")), h("dd", {}, unit.position ? `${Math.round((unit.position.speed_kmh ?? 0) / (world.drill?.speed ?? 1))} km/h` : "—"),
          h("dt", {}, t("unit.position")), h("dd", {}, positionText(world, unit)),
        ),
        h("p", {}, button(t("unit.code"), { action: "crew-code", sign: "key", "data-id": unit.id, "data-sign": unit.call_sign })),
      ),
    ),
  ];
}
