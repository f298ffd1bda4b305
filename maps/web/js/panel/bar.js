// The bar across the top: where we are, how the city stands, and whether what is shown is live.

import { h, icon, paint } from "../dom.js";
import { otherLanguage, t, timeOfDay } from "../i18n.js";
import { currentTheme } from "../theme.js";
import { button } from "../ui/parts.js";

const STATE_SIGN = { live: "available", past: "offered", connecting: "offered", lost: "held", refused: "held" };

function figure(label, value, { of, tone } = {}) {
  return h(
    "div",
    { class: "figure", "data-tone": tone },
    h("dt", {}, label),
    h("dd", {}, h("b", {}, value), of === undefined ? null : h("span", {}, `/${of}`)),
  );
}

function free(world, kind) {
  const units = [...world.units.values()].filter((unit) => unit.kind === kind && unit.status !== "off_shift");
  return [units.filter((unit) => unit.status === "available").length, units.length];
}

function figures(world) {
  const open = world.openIncidents();
  const waiting = open.flatMap((incident) => world.needsOf(incident)).reduce((sum, need) => sum + need.missing, 0);
  const [ambulances, allAmbulances] = free(world, "ambulance");
  const [tows, allTows] = free(world, "tow");
  return h(
    "dl",
    { class: "figures" },
    figure(t("bar.open"), open.length),
    figure(t("bar.waiting"), waiting, { tone: waiting ? "held" : null }),
    figure(t("bar.ambulances"), ambulances, { of: allAmbulances, tone: allAmbulances && !ambulances ? "held" : null }),
    figure(t("bar.tows"), tows, { of: allTows, tone: allTows && !tows ? "held" : null }),
  );
}

/** That the service is heard; while the map shows the past, that what is on it is not now. */
function connectionSign({ connection, lostAt }, past) {
  const state = connection === "live" && past ? "past" : connection;
  const key = state === "lost" && lostAt ? "connection.lost.at" : `connection.${state}`;
  const words = t(key, { time: lostAt ? timeOfDay(lostAt, { seconds: true }) : "" });
  return h("span", { class: "connection", "data-state": state, "data-tone": STATE_SIGN[state], role: "status" }, h("i", {}), h("span", {}, words));
}

export function paintBar(bar, { world, feed, past }) {
  const { signedIn } = feed;
  const dark = currentTheme() === "dark";
  paint(
    bar,
    h("div", { class: "brand" }, h("span", { class: "mark", "aria-hidden": "true" }), h("h1", {}, t("brand"))),
    feed.region ? h("span", { class: "region" }, feed.region.name) : null,
    world.drill ? h("span", { class: "drill" }, icon("target"), t("bar.drill", { speed: world.drill.speed })) : null,
    signedIn && world.loaded ? figures(world) : h("span", { class: "figures" }),
    h(
      "div",
      { class: "tools" },
      signedIn ? connectionSign(feed, past) : null,
      signedIn ? h("a", { class: "button to-plan", "data-kind": "bare", href: "/plan", "data-key": "plan" }, t("bar.plan")) : null,
      signedIn ? h("a", { class: "button to-plan", "data-kind": "bare", href: "/rules", "data-key": "rules" }, t("bar.rules")) : null,
      signedIn ? button(t("desk.code"), { action: "desk-code", kind: "bare", sign: "key", iconOnly: true, "data-key": "code" }) : null,
      button(t("language.switch"), { action: "language", kind: "bare", sign: "globe", class: "button language", lang: otherLanguage() }),
      button(t(dark ? "theme.light" : "theme.dark"), { action: "theme", kind: "bare", sign: dark ? "sun" : "moon", iconOnly: true }),
      signedIn ? button(t("session.leave"), { action: "leave", kind: "bare", sign: "leave", iconOnly: true, "data-key": "leave" }) : null,
    ),
  );
}
