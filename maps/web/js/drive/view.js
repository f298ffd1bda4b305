// What a crew sees: one thing at a time, the answer within reach of a thumb.

import { h, icon, svg } from "../dom.js";
import { distance, span, t, timeOfDay } from "../i18n.js";
import { button, chip, field, note, priorityMark, status, unitMark, until } from "../ui/parts.js";
import { kindWords } from "../panel/wording.js";
import { missionTone, unitTone } from "../world.js";
import { nextStep } from "./steps.js";

const RING_R = 54;
const AROUND = 2 * Math.PI * RING_R;
const TURN_SIGN = {
  depart: "M12 20V5M6 11l6-6 6 6", straight: "M12 20V5M6 11l6-6 6 6", back: "M7 20V9a5 5 0 0 1 10 0v7M13.500 13l3.5 3.500 3.5-3.500",
  left: "M18 20v-7a3 3 0 0 0-3-3H5M10 5l-5 5 5 5", right: "M6 20v-7a3 3 0 0 1 3-3h10M14 5l5 5-5 5",
  slight_left: "M15 20v-6L7 6M7 12V6h6", slight_right: "M9 20v-6l8-8M17 12V6h-6",
};

export function signInForm(wrong) {
  return h(
    "form",
    { class: "drive-card drive-signin", "data-key": "signin" },
    h("span", { class: "mark", "aria-hidden": "true" }),
    h("h1", {}, t("drive.signin")),
    h("p", { class: "quiet" }, t("drive.signin.text")),
    field("call_sign", t("drive.call_sign"), h("input", { class: "input", autocomplete: "username", required: true, maxlength: 50 })),
    field("code", t("drive.code"), h("input", { class: "input code", autocomplete: "one-time-code", required: true, maxlength: 80, spellcheck: "false" })),
    wrong ? h("p", { class: "wrong", role: "alert" }, wrong) : null,
    h("button", { class: "button big", "data-kind": "main", type: "submit" }, t("drive.enter")),
    h("p", { class: "small quiet" }, t("drive.traccar")),
  );
}

const GPS_TONE = { on: "available", seeking: "offered", denied: "held", none: "held", off: "off" };

export function topBar({ unit, gps, online }) {
  return [
    unit ? unitMark(unit.kind, unitTone(unit, null)) : h("span", { class: "mark", "aria-hidden": "true" }),
    h("strong", {}, unit?.call_sign ?? t("brand")),
    unit?.drill ? chip(t("bar.drill", { speed: unit.drill.speed })) : null,
    unit ? h("span", { class: "drive-signals" }, status(GPS_TONE[gps.gps], t(`drive.gps.${gps.gps}`)), online ? null : status("held", t("drive.offline"))) : null,
    button(t("drive.menu"), { action: "menu", kind: "bare", sign: "list", iconOnly: true }),
  ];
}

/** Off shift, waiting or broken down. */
export function restCard({ unit, gps }) {
  const waiting = gps.waiting > 5 ? note(t("drive.buffered", { n: gps.waiting }), "offered") : null;
  const gpsNote = unit.status !== "off_shift" && ["denied", "none"].includes(gps.gps) ? note(t(`drive.gps.${gps.gps}.text`), "held") : null;
  const state = unit.status === "engaged" ? "available" : unit.status;
  const acts = {
    off_shift: ["shift-begin", t("drive.shift.begin")],
    out_of_service: ["repaired", t("drive.repaired")],
    available: null,
  }[state];
  return h(
    "section",
    { class: "drive-card drive-rest", "data-key": "rest", "data-state": state },
    h("div", { class: "beacon", "aria-hidden": "true" }, unitMark(unit.kind, unitTone({ status: state }, null))),
    h("h1", {}, t(`drive.state.${state}`)),
    h("p", { class: "quiet" }, t(`drive.state.${state}.text`)),
    gpsNote,
    waiting,
    gps.sent_at ? h("p", { class: "small quiet" }, t("drive.sent", { time: timeOfDay(new Date(gps.sent_at).toISOString(), { seconds: true }) })) : null,
    acts
      ? h("button", { type: "button", class: "button big", "data-kind": "main", "data-action": acts[0] }, acts[1])
      : h("button", { type: "button", class: "button", "data-action": "shift-end" }, t("drive.shift.end")),
  );
}

/** Runs out with the offer, however long that stands. */
function ring(left_s, whole_s) {
  const share = Math.min(1, Math.max(0, left_s / whole_s));
  const circle = (name, more = {}) => svg("circle", { class: name, cx: 60, cy: 60, r: RING_R, ...more });
  return h(
    "div",
    { class: "ring", role: "timer", "aria-label": t("mission.answers_in") },
    svg("svg", { viewBox: "0 0 120 120", "aria-hidden": "true" }, circle("ground"), circle("run", { "stroke-dasharray": AROUND.toFixed(1), "stroke-dashoffset": (AROUND * (1 - share)).toFixed(1) })),
    h("b", {}, Math.max(0, Math.ceil(left_s))),
  );
}

export function offerCard({ mission, now }) {
  const { incident, route } = mission;
  const [asked, ends] = [mission.offered_at, mission.offer_expires_at].map(Date.parse);
  const left_s = (ends - now) / 1000;
  return h(
    "section",
    { class: "drive-card drive-offer", "data-key": `offer-${mission.id}`, "aria-live": "assertive" },
    h("div", { class: "offer-head" }, ring(left_s, (ends - asked) / 1000), h("div", {}, h("p", { class: "quiet" }, t("drive.offer")), h("h1", {}, t(`kind.${incident.kind}`)), h("p", { class: "gravity" }, priorityMark(incident.priority), h("span", { "aria-hidden": "true" }, t("priority.label", { n: incident.priority }))))),
    h("p", { class: "where" }, icon("pin"), incident.address || `${incident.lat.toFixed(5)}, ${incident.lon.toFixed(5)}`),
    route ? h("p", { class: "how-far" }, h("b", {}, span(route.duration_s)), " · ", distance(route.distance_m)) : null,
    h("div", { class: "chips" }, chip(t(`capability.${mission.need}`)), incident.casualties ? chip(t("incident.casualties", { n: incident.casualties })) : null, incident.vehicles ? chip(t("incident.vehicles", { n: incident.vehicles })) : null),
    incident.description ? h("p", {}, incident.description) : null,
    mission.depart_at && Date.parse(mission.depart_at) > now + 60_000 ? note(t("drive.depart_at", { time: timeOfDay(mission.depart_at) }), "offered") : null,
    h(
      "div",
      { class: "offer-acts" },
      h("button", { type: "button", class: "button", "data-action": "decline" }, t("drive.decline")),
      h("button", { type: "button", class: "button big", "data-kind": "main", "data-action": "accept" }, icon("check"), t("drive.accept")),
    ),
  );
}

const turnIcon = (turn) => svg("svg", { class: "icon turn", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: TURN_SIGN[turn] ?? TURN_SIGN.straight }));
const turnWords = ({ turn, street }) => t(`drive.turn.${turn}`, { street: street || t("drive.street.unnamed") });

/** Where along the list of turns the vehicle is: the next one, and how far it is. */
export function nextTurn(turns, along_m) {
  let begins_m = 0;
  for (const [i, leg] of turns.entries()) {
    if (i > 0 && begins_m > along_m) return { index: i, left_m: begins_m - along_m };
    begins_m += leg.distance_m;
  }
  return { index: turns.length, left_m: Math.max(0, begins_m - along_m) };
}

function turnBar({ turns, along_m }) {
  if (!turns?.length) return null;
  const { index, left_m } = nextTurn(turns, along_m);
  const next = turns[index];
  return h("div", { class: "turn-bar", "data-key": "turn" }, turnIcon(next?.turn ?? "straight"), h("b", {}, distance(left_m)), h("span", {}, next ? turnWords(next) : t("drive.turn.arrive")));
}

function turnList({ turns, along_m }) {
  if (!turns?.length) return null;
  const { index } = nextTurn(turns, along_m);
  return h(
    "details",
    { class: "turns", "data-key": "turns" },
    h("summary", {}, t("drive.turns", { n: turns.length })),
    h("ol", {}, turns.map((leg, i) => h("li", { "data-past": String(i < index), "aria-current": i === index ? "step" : null }, turnIcon(leg.turn), h("span", {}, turnWords(leg)), h("span", { class: "quiet" }, distance(leg.distance_m))))),
  );
}

export function missionCard({ mission, unit, now, turns, along_m, unsent, onMap }) {
  const { incident } = mission;
  const step = nextStep(mission, unit.kind);
  const to = ["loaded", "delivered"].includes(mission.status) && mission.destination ? mission.destination.name : incident.address || `${incident.lat.toFixed(5)}, ${incident.lon.toFixed(5)}`;
  const early = mission.status === "accepted" && mission.depart_at && Date.parse(mission.depart_at) > now;
  return h(
    "section",
    { class: "drive-card drive-mission", "data-key": `mission-${mission.id}` },
    onMap && ["accepted", "en_route", "loaded"].includes(mission.status) ? turnBar({ turns, along_m }) : null,
    h(
      "header",
      { class: "mission-top" },
      priorityMark(incident.priority),
      h("div", {}, h("h1", {}, t(`kind.${incident.kind}`)), status(missionTone(mission.status), t(`mission.${mission.status}`))),
      mission.eta_at && ["accepted", "en_route"].includes(mission.status) ? h("div", { class: "eta" }, until(mission.eta_at, now), h("span", { class: "quiet small" }, t("mission.eta"))) : null,
    ),
    h("p", { class: "where" }, icon("pin"), to),
    early ? note(t("drive.depart_at", { time: timeOfDay(mission.depart_at) }), "offered") : null,
    unsent ? note(t("drive.unsent", { n: unsent }), "offered") : null,
    turnList({ turns, along_m }),
    h(
      "details",
      { class: "turns", "data-key": "facts" },
      h("summary", {}, t("incident.facts")),
      h("p", {}, [incident.casualties ? t("incident.casualties", { n: incident.casualties }) : null, incident.vehicles ? t("incident.vehicles", { n: incident.vehicles }) : null, incident.description].filter(Boolean).join(" · ") || "—"),
    ),
    h(
      "div",
      { class: "mission-acts" },
      button(t("drive.call"), { action: "call", sign: "phone", iconOnly: true }),
      step ? h("button", { type: "button", class: "button big", "data-kind": "main", "data-action": "step", "data-step": step, "data-key": "step" }, kindWords(`drive.step.${step}`, unit.kind)) : null,
      button(t("drive.more"), { action: "menu", sign: "list", iconOnly: true }),
    ),
  );
}

