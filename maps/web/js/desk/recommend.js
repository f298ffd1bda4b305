// What the machine would send to an accident that still waits: its reasons, one key to send, another unit with a reason.

import { get, post } from "../api.js";
import { h } from "../dom.js";
import { clock, currentLanguage, distance, listed, t } from "../i18n.js";
import { metresBetween } from "../map/projection.js";
import { decision } from "../panel/decision.js";
import { button, field, note } from "../ui/parts.js";
import { ask, sayProblem, toast } from "../ui/toast.js";

const FRESH_MS = 4_000;
// An automatic dispatch follows a report within a second: only what still waits then is anybody's business.
const WAITS_MS = 1_500;

/** Which of two lists of numbers comes first; 0 where they are the same. */
const before = (one, other) => {
  const at = one.findIndex((n, i) => n !== other[i]);
  return at < 0 ? 0 : one[at] < other[at] ? -1 : 1;
};

export class Recommendations {
  #known = new Map();

  constructor(world, onChange) {
    Object.assign(this, { world, onChange });
  }

  stale() {
    for (const known of this.#known.values()) known.asked_at = -Infinity;
  }

  #of(incident) {
    const known = this.#known.get(incident.id) ?? { answer: null, asked_at: -Infinity, asking: false };
    this.#known.set(incident.id, known);
    if (!known.asking && performance.now() - known.asked_at > FRESH_MS) this.#ask(incident.id, known);
    return known.answer;
  }

  async #ask(id, known) {
    known.asking = true;
    known.asked_at = performance.now();
    known.answer = await get(`/v1/incidents/${id}/recommendation?lang=${currentLanguage()}`).catch(() => null);
    known.asking = false;
    this.onChange();
  }

  waits(incident) {
    return incident.status === "open" && this.world.now() - Date.parse(incident.reported_at) > WAITS_MS && this.world.needsOf(incident).some((need) => need.missing > 0);
  }

  /** The section of an accident's panel; null where nothing waits. */
  section(incident) {
    if (!this.waits(incident)) return null;
    const answer = this.#of(incident);
    if (!answer) return null;
    const sendable = answer.assignments.length > 0;
    return h(
      "section",
      { class: "recommendation", "data-key": "recommendation" },
      h("h3", {}, t("desk.recommended")),
      answer.mode === "automatic" ? null : note(t(`desk.mode.${answer.mode}`, { n: answer.confirm_within_s })),
      sendable
        ? h("ul", { class: "recommended" }, answer.assignments.map((each) => h("li", { "data-key": each.unit_id }, h("b", {}, this.world.units.get(each.unit_id)?.call_sign ?? "—"), h("span", { class: "quiet" }, t(`capability.${each.need}`)), h("span", { class: "timer" }, clock((each.turnout_s ?? 0) + (each.eta_s ?? 0))))))
        : note(t("desk.nothing_to_send"), "held"),
      h("div", { class: "pair" }, button(t("desk.send"), { action: "confirm", kind: "main", sign: "check", disabled: !sendable, "data-id": incident.id, "aria-keyshortcuts": "s" }), button(t("desk.override"), { action: "override", "data-id": incident.id, "aria-keyshortcuts": "o" })),
      decision(this.world, incident, { decisions: [answer] }),
    );
  }

  async confirm(id) {
    try {
      const { missions } = await post(`/v1/incidents/${id}/confirm`);
      toast(t("desk.sent", { who: listed(missions.map(({ call_sign: sign }) => sign)) || "—" }));
    } catch (error) {
      sayProblem(error);
    }
    this.stale();
  }

  /** Who could be sent instead: the free before the busy, of each those who can do `wanted` first, and the near ones. */
  #instead(incident, wanted, unitId) {
    const asked = new Set(incident.needs.map(({ capability }) => capability));
    const rank = { available: 0, engaged: 1, out_of_service: 2, off_shift: 3 };
    const away_m = ({ position }) => (position ? metresBetween([incident.lon, incident.lat], [position.lon, position.lat]) : Infinity);
    const order = ({ unit, away_m: m }) => [rank[unit.status], unit.capabilities.includes(wanted) ? 0 : 1, m];
    return [...this.world.units.values()]
      .filter((unit) => unit.id === unitId || unit.capabilities.some((each) => asked.has(each)))
      .map((unit) => ({ unit, away_m: away_m(unit) }))
      .sort((a, b) => before(order(a), order(b)) || a.unit.call_sign.localeCompare(b.unit.call_sign, "zh-CN", { numeric: true }));
  }

  /** Ask which unit, for what and why; `unitId` where somebody has pointed at it already. */
  async override(incident, unitId = null) {
    const { world } = this;
    const wanted = (world.needsOf(incident).find(({ missing }) => missing > 0) ?? incident.needs[0])?.capability;
    const units = this.#instead(incident, wanted, unitId);
    const told = ({ unit, away_m }) => [unit.call_sign, t(`unit.${unit.status}`), away_m < Infinity ? t("desk.override.away", { distance: distance(away_m) }) : t("unit.nowhere")].join(" · ");
    const option = (value, label, selected) => h("option", { value, selected }, label);
    const unit = h("select", { class: "input" }, units.map((one) => option(one.unit.id, told(one), one.unit.id === unitId)));
    const need = h("select", { class: "input" }, incident.needs.map(({ capability }) => option(capability, t(`capability.${capability}`), capability === wanted)));
    const even = h("input", { type: "checkbox", name: "even_unavailable" });
    // A tow truck is not sent for an ambulance's need, and a busy unit only by somebody who says so.
    const follow = () => {
      even.required = world.units.get(unit.value)?.status !== "available";
      const can = world.units.get(unit.value)?.capabilities ?? [];
      const fit = incident.needs.find(({ capability }) => can.includes(capability));
      if (fit && !can.includes(need.value)) need.value = fit.capability;
    };
    unit.addEventListener("change", follow);
    follow();
    const answer = await ask({
      title: t("desk.override.title"),
      text: t("desk.override.text"),
      confirm: t("desk.override.send"),
      fields: [
        field("unit_id", t("desk.override.unit"), unit),
        field("need", t("desk.override.need"), need),
        field("reason", t("dialog.reason"), h("input", { class: "input", required: true, maxlength: 500, list: "override-reasons" })),
        h("datalist", { id: "override-reasons" }, ["local", "crew", "equipment"].map((name) => option(t(`desk.override.${name}`), "", false))),
        h("label", { class: "check" }, even, t("desk.override.even")),
      ],
    });
    if (!answer) return;
    try {
      await post(`/v1/incidents/${incident.id}/override`, { ...answer, even_unavailable: answer.even_unavailable === "on" });
      toast(t("desk.sent", { who: world.units.get(answer.unit_id)?.call_sign ?? "" }));
    } catch (error) {
      sayProblem(error);
    }
    this.stale();
  }
}
