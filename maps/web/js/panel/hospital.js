// One hospital, chosen on the map: who is being brought, what it can take, and whether it asks for diversion.

import { request } from "../api.js";
import { h, icon } from "../dom.js";
import { t, timeOfDay } from "../i18n.js";
import { button, empty, note, priorityMark, unitMark } from "../ui/parts.js";
import { sayProblem, toast } from "../ui/toast.js";

const WARDS = ["trauma", "burns", "paediatrics"];
const COMING = new Set(["loaded", "delivered"]);

/** Diversion as the hospital has just told by telephone; its own board shows the same. */
export async function setDiversion(world, id, diversion) {
  try {
    world.place(await request("PATCH", `/v1/places/${id}`, { body: { diversion } }));
    toast(t(diversion ? "place.diversion.on" : "place.diversion.off"));
  } catch (error) {
    sayProblem(error);
  }
}

function arrival(world, mission) {
  const unit = world.units.get(mission.unit_id);
  const incident = world.incidents.get(mission.incident_id);
  return h(
    "li",
    { class: "mission", "data-key": mission.id },
    h(
      "div",
      { class: "mission-head" },
      unitMark(unit?.kind ?? "ambulance", "loaded"),
      h("div", {}, h("button", { type: "button", class: "plain-link", "data-action": "choose-unit", "data-id": mission.unit_id }, mission.call_sign), incident ? h("span", { class: "small quiet" }, priorityMark(incident.priority), ` ${t(`kind.${incident.kind}`)}`) : null),
      h("div", { class: "right" }, t(`mission.${mission.status}`), h("div", {}, timeOfDay(mission.delivered_at ?? mission.loaded_at))),
    ),
  );
}

export function hospitalDetail(world, place) {
  const { facts } = place;
  const coming = [...world.missions.values()].filter(({ status, destination }) => COMING.has(status) && destination?.id === place.id);
  const wards = WARDS.filter((name) => facts[name]).map((name) => t(`ward.${name}`));
  return [
    h(
      "header",
      { class: "detail-head" },
      h("span", { class: "place-marker", "data-kind": "hospital", "aria-hidden": "true" }, t("place.sign.hospital")),
      h("div", {}, h("h2", {}, place.name), h("span", { class: "quiet" }, t("desk.place.hospital"))),
      button(t("close"), { action: "close", kind: "bare", sign: "close", iconOnly: true }),
    ),
    h(
      "div",
      { class: "detail-body" },
      facts.diversion ? note(t("place.diversion.note"), "held") : null,
      h("dl", { class: "facts" }, h("dt", {}, t("place.beds")), h("dd", {}, facts.beds ?? "—"), h("dt", {}, t("place.wards")), h("dd", {}, wards.join(" · ") || "—")),
      h("p", {}, button(t(facts.diversion ? "place.divert.end" : "place.divert"), { action: "divert", "data-id": place.id, "data-on": String(!facts.diversion) })),
      h(
        "section",
        { "data-key": "coming" },
        h("h3", {}, t("place.coming")),
        coming.length ? h("ul", { class: "missions" }, coming.map((mission) => arrival(world, mission))) : empty("check", t("place.nobody"), null),
      ),
      h("p", {}, h("a", { href: `/hospital#${place.id}`, target: "_blank" }, icon("link"), " ", t("place.board"))),
    ),
  ];
}
