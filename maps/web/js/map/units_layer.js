// Units on a canvas of their own above the map: they move every frame without the map being drawn again.

import { clock, t } from "../i18n.js";
import { onTheme } from "../theme.js";
import { metresPerPixel, screenOf } from "./projection.js";
import { DOT_REACH, REACH, Sprites } from "./sprites.js";

const NEAR_ZOOM = 12.6;
const LABEL_ZOOM = 14.2;
const TOUCH_PX = 18;
const FAR_SCALE = 0.72;
// Drawn again when the fastest has moved by half a pixel: from afar that is seldom. After a costly frame the map
// rests twice as long, so that drawing never takes the page for itself.
const STEP_PX = 0.5;
const FRAME_MS = 30;
const SELDOM_MS = 500;
const REST = 2;
const LABELS = 80;
const LOOKS_MS = 1_000;
const BESIDE_PX = 25;

export class UnitsLayer {
  #spots = [];
  #looks = new Map();
  #looked_at = -Infinity;
  #rest_until = 0;
  #drawn_at = -Infinity;

  constructor(map, { world, motion, visible, onFrame }) {
    Object.assign(this, { map, world, motion, visible, onFrame });
    this.sprites = new Sprites();
    this.canvas = document.createElement("canvas");
    this.canvas.className = "units-canvas";
    map.getCanvasContainer().append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    onTheme(() => requestAnimationFrame(() => {
      this.sprites.refresh();
      this.changed();
    }));
    map.on("resize", () => this.#fit());
    map.on("move", () => this.draw());
    this.#fit();
    const loop = (now) => {
      if (!document.hidden && now >= this.#rest_until && this.#hasMoved(now)) this.draw();
      requestAnimationFrame(loop);
    };
    requestAnimationFrame(loop);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.map.getContainer();
    if (this.sprites.density !== devicePixelRatio) this.sprites.refresh();
    this.canvas.width = Math.round(clientWidth * this.sprites.density);
    this.canvas.height = Math.round(clientHeight * this.sprites.density);
    this.canvas.style.width = `${clientWidth}px`;
    this.canvas.style.height = `${clientHeight}px`;
    this.font = `600 11.5px ${getComputedStyle(document.body).fontFamily}`;
    this.draw();
  }

  #hasMoved(now) {
    const fastest = this.motion.fastest(now);
    if (fastest === 0) return false;
    const step_ms = (STEP_PX * metresPerPixel(this.map)) / fastest;
    return now - this.#drawn_at >= Math.min(SELDOM_MS, Math.max(FRAME_MS, step_ms));
  }

  /** A status, a mission or the choice has changed: decide anew how every unit looks. */
  changed() {
    this.#looked_at = -Infinity;
    this.draw();
  }

  /** The unit under a point of the map, or null. */
  at(point) {
    let best = null;
    let nearest = TOUCH_PX;
    for (const spot of this.#spots) {
      const away = Math.hypot(spot.x - point.x, spot.y - point.y);
      if (away < nearest) [best, nearest] = [spot.look.id, away];
    }
    return best;
  }

  #look(now) {
    if (now - this.#looked_at < LOOKS_MS) return;
    this.#looked_at = now;
    const rank = (look) => (look.id === this.selected ? 2 : look.engaged ? 1 : 0);
    const looks = [];
    const scenes = new Map();
    for (const unit of this.world.units.values()) {
      if (!this.visible(unit)) continue;
      const mission = this.world.missionOf(unit);
      const coming = mission?.eta_at && (mission.status === "accepted" || mission.status === "en_route");
      looks.push({
        id: unit.id, kind: unit.kind, sign: unit.call_sign, engaged: unit.status === "engaged",
        tone: this.world.toneOf(unit), stale: this.world.isStale(unit),
        moving: (unit.position?.speed_kmh ?? 0) > 2, eta_ms: coming ? Date.parse(mission.eta_at) : null, aside: 0,
        band: coming && mission.eta_band ? [mission.eta_band.p10_at, mission.eta_band.p90_at].map(Date.parse) : null,
      });
      if (mission?.status === "on_scene") {
        const there = scenes.get(mission.incident_id) ?? scenes.set(mission.incident_id, []).get(mission.incident_id);
        there.push(looks.at(-1));
      }
    }
    // Units at one scene stand side by side below its flag instead of on top of one another.
    for (const there of scenes.values()) there.forEach((look, i) => (look.aside = i - (there.length - 1) / 2));
    looks.sort((a, b) => rank(a) - rank(b));
    this.#looks = looks;
  }

  #collect(now) {
    const screen = screenOf(this.map);
    const spots = [];
    for (const look of this.#looks) {
      const here = this.motion.at(look.id, now);
      if (!here) continue;
      const x = screen.x(here.lon) + look.aside * BESIDE_PX * this.scale;
      const y = screen.y(here.lat);
      if (x < -REACH || y < -REACH || x > screen.width + REACH || y > screen.height + REACH) continue;
      spots.push({ look, x, y, heading: here.heading });
    }
    return spots;
  }

  draw() {
    const now = performance.now();
    const { pen } = this;
    const { density } = this.sprites;
    const near = this.map.getZoom() >= NEAR_ZOOM;
    this.scale = near ? 1 : FAR_SCALE;
    this.#look(now);
    this.#spots = this.#collect(now);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    for (const spot of this.#spots) this.#drawUnit(spot, near);
    this.#drawLabels();
    this.onFrame?.(now);
    const done = performance.now();
    this.#drawn_at = now;
    this.#rest_until = done + REST * (done - now);
  }

  #stamp(canvas, x, y, scale = this.scale) {
    const reach = REACH * scale;
    this.pen.drawImage(canvas, x - reach, y - reach, 2 * reach, 2 * reach);
  }

  #drawUnit(spot, near) {
    const { look, x, y } = spot;
    const chosen = look.id === this.selected;
    if (!look.engaged && !near && !chosen) {
      this.pen.drawImage(this.sprites.get("dot", look.kind, look.tone, look.stale), x - DOT_REACH, y - DOT_REACH, 2 * DOT_REACH, 2 * DOT_REACH);
      return;
    }
    if (chosen) this.#ring(x, y);
    if (!look.stale && look.moving) this.#heading(spot);
    this.#stamp(this.sprites.get("sign", look.kind, look.tone, look.stale), x, y);
  }

  #heading({ look, x, y, heading }) {
    this.pen.save();
    this.pen.translate(x, y);
    this.pen.rotate((heading * Math.PI) / 180);
    this.#stamp(this.sprites.get("heading", look.kind, look.tone, false), 0, 0);
    this.pen.restore();
  }

  /** The time left; with room for it also between which minutes eight of ten arrive. */
  #label(look, whole) {
    if (!look.eta_ms) return look.sign;
    const [left, from, to] = [look.eta_ms, ...(look.band ?? [])].map((at) => Math.max(0, at - this.world.now()) / 1000);
    const [least, most] = [Math.floor(from / 60), Math.ceil(to / 60)];
    const band = whole && most > least + 1 ? ` (${t("time.band", { from: least, to: most })})` : "";
    return `${look.sign} ${clock(left)}${band}`;
  }

  #ring(x, y) {
    this.pen.beginPath();
    this.pen.arc(x, y, 18.5 * this.scale, 0, 2 * Math.PI);
    this.pen.lineWidth = 3;
    this.pen.strokeStyle = this.sprites.colours.text;
    this.pen.stroke();
  }

  #drawLabels() {
    const { pen } = this;
    const all = this.map.getZoom() >= LABEL_ZOOM;
    const taken = [];
    const edge = this.canvas.width / this.sprites.density;
    pen.font = this.font;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    pen.lineWidth = 4;
    pen.strokeStyle = this.sprites.colours.surface;
    pen.fillStyle = this.sprites.colours.text;
    for (let i = this.#spots.length - 1; i >= 0 && taken.length < LABELS; i -= 1) {
      const { look, x, y } = this.#spots[i];
      const chosen = look.id === this.selected;
      if (!all && !look.engaged && !chosen) continue;
      const label = this.#label(look, all || chosen);
      const width = pen.measureText(label).width;
      const beside = x + 19 * this.scale;
      // At the right edge the words stand before the sign, not beyond the map.
      const left = beside + width > edge ? x - 19 * this.scale - width : beside;
      const clash = taken.some((other) => left < other.right && other.left < left + width && Math.abs(other.y - y) < 16);
      if (clash && !chosen) continue;
      taken.push({ left, right: left + width, y });
      pen.strokeText(label, left, y + 0.5);
      pen.fillText(label, left, y + 0.5);
    }
  }
}
