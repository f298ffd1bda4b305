// The queue of accidents, with what waits for whom.

import { glyph, h } from "../dom.js";
import { t } from "../i18n.js";
import { button, empty, priorityMark, since, until } from "../ui/parts.js";
import { missionTone } from "../world.js";

/** The end of a mission's line: an ETA while it comes, a word afterwards. */
export function missionEnd(mission, now) {
  const coming = mission.status === "accepted" || mission.status === "en_route";
  return coming && mission.eta_at
    ? h("span", { class: "end" }, h("span", { class: "sr-only" }, t("mission.eta")), until(mission.eta_at, now))
    : h("span", { class: "end" }, t(`mission.${mission.status}`));
}

function missionLine(mission, now) {
  const tone = missionTone(mission.status);
  return h(
    "li",
    { "data-tone": tone },
    glyph(tone),
    h("span", { class: "who" }, mission.call_sign, h("span", { class: "quiet" }, t(`capability.${mission.need}`))),
    missionEnd(mission, now),
  );
}

function missingLine(need) {
  const count = need.missing > 1 ? ` ×${need.missing}` : "";
  return h(
    "li",
    { "data-tone": "held" },
    glyph("held"),
    h("span", { class: "who" }, `${t(`capability.${need.capability}`)}${count}`),
    h("span", { class: "end" }, t(need.asks ? "need.asks" : need.held ? "need.held" : "need.open")),
  );
}

/** What an incident asked, line by line: what is missing first. */
export function needLines(world, incident) {
  const needs = world.needsOf(incident);
  const now = world.now();
  return h(
    "ul",
    { class: "need-lines" },
    needs.filter((need) => need.missing > 0).map(missingLine),
    needs.flatMap((need) => need.serving).map((mission) => missionLine(mission, now)),
  );
}

export const placeName = (incident) => incident.address || `${incident.lat.toFixed(5)}, ${incident.lon.toFixed(5)}`;

function card(world, incident, chosenId) {
  return h(
    "li",
    { "data-key": incident.id },
    h(
      "button",
      {
        type: "button", class: "incident-card", "data-action": "choose-incident", "data-id": incident.id,
        "aria-current": String(incident.id === chosenId),
      },
      priorityMark(incident.priority),
      h(
        "span",
        { class: "head" },
        h("strong", {}, t(`kind.${incident.kind}`)),
        since(incident.reported_at, world.now()),
      ),
      h("span", { class: "where" }, placeName(incident)),
      needLines(world, incident),
    ),
  );
}

export function queue(world, chosenId) {
  const open = world.openIncidents();
  if (!open.length) {
    return empty("check", t("queue.empty"), t("queue.empty.text"), button(t("report.open"), { action: "report", sign: "plus" }));
  }
  return h("ul", { class: "cards", "aria-label": t("queue.title") }, open.map((incident) => card(world, incident, chosenId)));
}
