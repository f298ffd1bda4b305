// The last 24 hours, under a slider: where units were, what they did, which accidents were open.

import { get } from "../api.js";
import { h } from "../dom.js";
import { t, timeOfDay } from "../i18n.js";
import { World } from "../world.js";
import { button } from "../ui/parts.js";

const SPAN_MIN = 24 * 60;
const STEP_MS = 700;
const PLAYED_MIN = 2;
const TONE_STATUS = { accepted: "accepted", en_route: "en_route", on_scene: "on_scene", loaded: "loaded", delivered: "delivered", offered: "offered" };

export class Replay {
  open = false;
  minutes = 0;
  playing = false;
  shown = null;
  #asked = 0;

  constructor(world, onChange) {
    Object.assign(this, { world, onChange });
  }

  toggle() {
    this.open = !this.open;
    this.playing = false;
    clearInterval(this.timer);
    if (this.open) this.seek(0);
    else {
      this.shown = null;
      this.onChange();
    }
  }

  at() {
    return new Date(this.world.now() - this.minutes * 60_000);
  }

  play() {
    this.playing = !this.playing;
    clearInterval(this.timer);
    if (this.playing) this.timer = setInterval(() => (this.minutes > 0 ? this.seek(Math.max(0, this.minutes - PLAYED_MIN)) : this.play()), STEP_MS);
    this.onChange();
  }

  async seek(minutes) {
    this.minutes = Math.min(SPAN_MIN, Math.max(0, minutes));
    this.onChange();
    const asked = (this.#asked += 1);
    const answer = await get(`/v1/past?at=${encodeURIComponent(this.at().toISOString())}`).catch(() => null);
    if (!answer || asked !== this.#asked || !this.open) return;
    this.shown = answer;
    this.onChange();
  }

  /** The city of that time as a world that the map can draw. */
  cityThen() {
    const then = new World();
    if (!this.shown) return then;
    const { at, units, incidents } = this.shown;
    then.snapshot({
      now: at, drill: null,
      units: units.map(({ id, call_sign, kind, doing, lon, lat, heading_deg, speed_kmh, fixed_at }) => ({
        id, call_sign, kind, capabilities: [], status: doing ? "engaged" : "available", mission_id: doing ? `m-${id}` : null, version: 1,
        position: { lon, lat, heading_deg: heading_deg ?? 0, speed_kmh, fixed_at },
      })),
      missions: units.filter(({ doing }) => doing).map(({ id, doing, incident_id }) => ({ id: `m-${id}`, unit_id: id, incident_id, status: TONE_STATUS[doing], version: 1, offered_at: at })),
      incidents: incidents.map((each) => ({ ...each, status: "open", needs: [], held: [], version: 1 })),
    });
    return then;
  }

  /** The time of day, and that it was yesterday's. */
  #told() {
    const at = this.at();
    const time = timeOfDay(at.toISOString());
    return at.getDate() === new Date(this.world.now()).getDate() ? time : t("desk.replay.yesterday", { time });
  }

  bar() {
    if (!this.open) return null;
    const found = this.shown;
    return h(
      "div",
      { class: "replay", "data-key": "replay" },
      button(t(this.playing ? "desk.replay.pause" : "desk.replay.play"), { action: "replay-play", "aria-pressed": String(this.playing) }),
      h("input", { type: "range", name: "replay", min: -SPAN_MIN, max: 0, step: 1, value: -this.minutes, "aria-label": t("desk.replay"), "aria-valuetext": this.#told() }),
      h("output", {}, h("b", {}, this.#told()), h("span", { class: "quiet" }, found ? t("desk.replay.found", { units: found.units.length, incidents: found.incidents.length }) : "")),
      button(t("desk.replay.end"), { action: "replay", kind: "main" }),
    );
  }
}
