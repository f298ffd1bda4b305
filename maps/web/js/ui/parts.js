// The components of the design system, as functions that return elements.

import { glyph, h, icon } from "../dom.js";
import { clock, t, timeOfDay } from "../i18n.js";
import { KINDS } from "./glyphs.js";

// An ETA missed by less is "now", not "late".
const LATE_S = 20;

export function button(label, { action, kind, sign, iconOnly = false, ...attributes } = {}) {
  return h(
    "button",
    {
      type: "button", class: "button", "data-kind": kind, "data-action": action,
      "data-shape": iconOnly ? "icon" : null, "aria-label": iconOnly ? label : null, title: iconOnly ? label : null,
      ...attributes,
    },
    sign ? icon(sign) : null,
    iconOnly ? null : label,
  );
}

export const status = (tone, label) => h("span", { class: "status", "data-tone": tone }, glyph(tone), label);

export const chip = (label, { tone, ...attributes } = {}) =>
  h("span", { class: "chip", "data-tone": tone, ...attributes }, tone ? glyph(tone) : null, label);

export const priorityMark = (priority) =>
  h(
    "span",
    { class: "priority", "data-priority": priority, role: "img", "aria-label": t("priority.label", { n: priority }) },
    h("span", { "aria-hidden": "true" }, priority),
  );

/** Time that has run since an instant; kept running by `startClocks`. */
export const since = (iso, now) =>
  h("span", { class: "timer", "data-clock-since": iso }, clock((now - Date.parse(iso)) / 1000));

/** Time still to run until an instant; once past, it says by how much. */
export function until(iso, now) {
  const left_s = (Date.parse(iso) - now) / 1000;
  return h("span", { class: "timer", "data-clock-until": iso, "data-late": String(left_s < -LATE_S) }, untilText(left_s));
}

/** Between when and when a unit is expected, four times in five; nothing where that is within a minute. */
export function etaBand(mission) {
  const [from, to] = [mission.eta_band?.p10_at, mission.eta_band?.p90_at].map((at) => at && timeOfDay(at));
  return from && from !== to ? h("span", { class: "quiet", title: t("mission.eta.band") }, ` ${from}–${to}`) : null;
}

export function untilText(left_s) {
  if (left_s >= 1) return clock(left_s);
  return left_s > -LATE_S ? t("time.now") : `+${clock(-left_s)}`;
}

/** Keep every clock below `root` running by the service's time. */
export function startClocks(root, now) {
  const tick = () => {
    for (const element of root.querySelectorAll("[data-clock-since]")) {
      element.textContent = clock((now() - Date.parse(element.dataset.clockSince)) / 1000);
    }
    for (const element of root.querySelectorAll("[data-clock-until]")) {
      const left_s = (Date.parse(element.dataset.clockUntil) - now()) / 1000;
      element.textContent = untilText(left_s);
      element.dataset.late = String(left_s < -LATE_S);
    }
  };
  return setInterval(tick, 1000);
}

/** A unit's sign as on the map: circle for ambulances, square for tow trucks. */
export function unitMark(kind, tone) {
  const { path, stroke } = KINDS[kind] ?? KINDS.tow;
  const filled = !["available", "off", "broken"].includes(tone);
  const ns = "http://www.w3.org/2000/svg";
  const make = (tag, attributes) => {
    const element = document.createElementNS(ns, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return element;
  };
  const svg = make("svg", { class: "unit-mark", viewBox: "0 0 28 28", "data-tone": tone, "aria-hidden": "true" });
  const ground = filled ? "currentColor" : "var(--surface)";
  const shape = kind === "ambulance" ? { cx: 14, cy: 14, r: 11.5 } : { x: 3, y: 3, width: 22, height: 22, rx: 4.5 };
  const outline = make(kind === "ambulance" ? "circle" : "rect", { ...shape, stroke: "currentColor", "stroke-width": 2.2 });
  outline.setAttribute("fill", ground);
  const ink = filled ? "var(--surface)" : "currentColor";
  const sign = make("path", { d: path, transform: "translate(6 6)" });
  if (stroke) {
    sign.setAttribute("fill", "none");
    sign.setAttribute("stroke", ink);
    sign.setAttribute("stroke-width", "2.2");
    sign.setAttribute("stroke-linecap", "round");
  } else {
    sign.setAttribute("fill", ink);
  }
  svg.append(outline, sign);
  return svg;
}

export const empty = (sign, title, text, ...more) =>
  h("div", { class: "empty" }, icon(sign), h("strong", {}, title), text ? h("p", {}, text) : null, more);

export const note = (text, tone) =>
  h("p", { class: "note", "data-tone": tone }, tone ? glyph(tone) : null, h("span", {}, text));

/** A labelled control; `problem` is what is wrong with it. */
export function field(name, label, control, { problem, hint } = {}) {
  const id = `field-${name}`;
  control.id = id;
  control.setAttribute("name", name);
  if (problem) {
    control.setAttribute("aria-invalid", "true");
    control.setAttribute("aria-describedby", `${id}-wrong`);
  }
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    control,
    hint ? h("span", { class: "small quiet" }, hint) : null,
    problem ? h("span", { class: "wrong", id: `${id}-wrong` }, problem) : null,
  );
}

export function choice(name, legend, options, chosen) {
  return h(
    "fieldset",
    { class: "choice" },
    h("legend", { class: "sr-only" }, legend),
    options.map(([value, label]) =>
      h("label", {}, h("input", { type: "radio", name, value, checked: value === chosen }), label),
    ),
  );
}

/** A small count with a button on either side. */
export function stepper(name, label, value, { least = 0, most = 99 } = {}) {
  const id = `field-${name}`;
  const input = h("input", { id, name, type: "number", inputmode: "numeric", min: least, max: most, value });
  const step = (by) => {
    input.value = String(Math.min(most, Math.max(least, (Number(input.value) || 0) + by)));
    input.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const side = (sign, by, word) => {
    const element = h("button", { type: "button", "aria-label": `${label} ${word}`, tabindex: "-1" }, icon(sign));
    element.addEventListener("click", () => step(by));
    return element;
  };
  return h(
    "div",
    { class: "field" },
    h("label", { for: id }, label),
    h("div", { class: "stepper" }, side("minus", -1, "−1"), input, side("plus", 1, "+1")),
  );
}
