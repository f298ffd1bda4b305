// One accident: what it needs, who comes and how far they are, why they were chosen, and what has happened.

import { h } from "../dom.js";
import { t, timeOfDay } from "../i18n.js";
import { button, chip, etaBand, note, priorityMark, since, status, unitMark, until } from "../ui/parts.js";
import { ACTIVE_MISSION, missionTone } from "../world.js";
import { decision } from "./decision.js";
import { joinedReports } from "./notices.js";
import { placeName } from "./queue.js";
import { timeline } from "./timeline.js";
import { kindWords, reasonWords } from "./wording.js";

const STEPS = {
  ambulance: ["offered", "accepted", "en_route", "on_scene", "loaded", "delivered", "done"],
  tow: ["offered", "accepted", "en_route", "on_scene", "loaded", "delivered", "done"],
};
const STAMP = {
  offered: "offered_at", accepted: "accepted_at", en_route: "departed_at", on_scene: "arrived_at",
  loaded: "loaded_at", delivered: "delivered_at", done: "ended_at",
};

function steps(mission, kind) {
  const names = STEPS[kind];
  const now = names.indexOf(mission.status);
  return h(
    "ol",
    { class: "steps", "data-tone": missionTone(mission.status) },
    names.map((name, i) => {
      const at = mission[STAMP[name]];
      const state = i < now || mission.status === "done" ? "past" : i === now ? "now" : "ahead";
      return h(
        "li",
        { "data-state": state, "aria-current": state === "now" ? "step" : null },
        kindWords(`step.${name}`, kind),
        at && state !== "ahead" ? h("time", { datetime: at }, timeOfDay(at)) : null,
      );
    }),
  );
}

function missionEnd(world, mission) {
  if (mission.status === "offered") return [t("mission.answers_in"), " ", until(mission.offer_expires_at, world.now())];
  if (["accepted", "en_route"].includes(mission.status) && mission.eta_at) {
    return [t("mission.eta"), " ", until(mission.eta_at, world.now()), etaBand(mission)];
  }
  return null;
}

function missionBlock(world, mission) {
  const unit = world.units.get(mission.unit_id);
  const kind = unit?.kind ?? (["als", "bls"].includes(mission.need) ? "ambulance" : "tow");
  const tone = missionTone(mission.status);
  return h(
    "li",
    { class: "mission", "data-key": mission.id },
    h(
      "div",
      { class: "mission-head" },
      unitMark(kind, tone),
      h(
        "div",
        {},
        h("button", { type: "button", class: "plain-link", "data-action": "choose-unit", "data-id": mission.unit_id }, mission.call_sign),
        h("span", { class: "small quiet" }, t(`capability.${mission.need}`)),
      ),
      h("div", { class: "right" }, status(tone, t(`mission.${mission.status}`)), h("div", {}, missionEnd(world, mission))),
    ),
    ACTIVE_MISSION.has(mission.status) || mission.status === "done" ? steps(mission, kind) : null,
    mission.destination?.name ? h("p", { class: "small quiet" }, t("mission.destination", { name: mission.destination.name })) : null,
  );
}

function missing(world, incident) {
  if (incident.status !== "open") return null;
  return world
    .needsOf(incident)
    .filter((need) => need.missing > 0)
    .map((need) =>
      note(
        t(need.asks ? "need.asks.note" : need.held ? "need.held.note" : "need.open.note", { need: t(`capability.${need.capability}`), n: need.missing }),
        need.held ? "held" : "offered",
      ),
    );
}

function former(missions) {
  if (!missions.length) return null;
  return h(
    "details",
    { class: "former", "data-key": "former" },
    h("summary", {}, t("incident.former", { n: missions.length })),
    h(
      "ul",
      {},
      missions.map((mission) =>
        h("li", { "data-key": mission.id }, mission.call_sign, h("span", { class: "quiet" }, ` ${t(`mission.${mission.status}`)}${mission.end_reason ? ` · ${reasonWords(mission.end_reason)}` : ""}`)),
      ),
    ),
  );
}

function facts(incident, extra) {
  const row = (label, value) => (value ? [h("dt", {}, label), h("dd", {}, value)] : null);
  return h(
    "dl",
    { class: "facts" },
    row(t("incident.where"), placeName(incident)),
    row(t("incident.reported"), timeOfDay(incident.reported_at, { seconds: true })),
    row(t("incident.description"), incident.description),
    row(t("incident.reports"), extra?.reports?.length > 1 ? t("incident.reports.n", { n: extra.reports.length }) : null),
  );
}

function head(world, incident, extra) {
  return h(
    "header",
    { class: "detail-head" },
    priorityMark(incident.priority),
    h(
      "div",
      {},
      h("h2", {}, t(`kind.${incident.kind}`)),
      h("span", { class: "quiet" }, incident.case_number ?? `#${incident.number}`),
    ),
    incident.status === "open"
      ? since(incident.reported_at, world.now())
      : chip(t(`incident.${incident.status}`)),
    button(t("close"), { action: "close", kind: "bare", sign: "close", iconOnly: true }),
  );
}

/** `extra` is what was asked of the service for this one incident: reports, decisions, the case's timeline. */
export function incidentDetail(world, incident, extra, recommended = null) {
  const missions = world.missionsOf(incident.id);
  const serving = missions.filter((mission) => ACTIVE_MISSION.has(mission.status) || mission.status === "done");
  const others = missions.filter((mission) => !serving.includes(mission));
  return [
    head(world, incident, extra),
    h(
      "div",
      { class: "detail-body" },
      h(
        "div",
        { class: "chips" },
        chip(t("priority.label", { n: incident.priority })),
        incident.casualties ? chip(t("incident.casualties", { n: incident.casualties })) : null,
        incident.vehicles ? chip(t("incident.vehicles", { n: incident.vehicles })) : null,
      ),
      h(
        "section",
        { "data-key": "rescue" },
        h("h3", {}, t("incident.rescue")),
        missing(world, incident),
        h("ul", { class: "missions" }, serving.map((mission) => missionBlock(world, mission))),
        former(others),
      ),
      recommended,
      h("section", { "data-key": "facts" }, h("h3", {}, t("incident.facts")), facts(incident, extra)),
      joinedReports(extra),
      recommended ? null : decision(world, incident, extra),
      timeline(world, extra),
    ),
    incident.status === "open"
      ? h(
          "footer",
          { class: "detail-foot" },
          button(t("incident.link"), { action: "tracking-link", sign: "link", "data-id": incident.id }),
          recommended ? null : button(t("desk.override.short"), { action: "override", "data-id": incident.id, "aria-keyshortcuts": "o" }),
          button(t("incident.cancel"), { action: "cancel-incident", "data-id": incident.id }),
        )
      : null,
  ];
}
