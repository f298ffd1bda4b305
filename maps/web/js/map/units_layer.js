// Units on a canvas of their own above the map: they move every frame without the map being drawn again.

import { REACH, Sprites } from "./sprites.js";
import { onTheme } from "../theme.js";
import { clock } from "../i18n.js";

const NEAR_ZOOM = 12.6;
const LABEL_ZOOM = 14.2;
const TOUCH_PX = 18;
const FAR_SCALE = 0.72;

export class UnitsLayer {
  #spots = [];

  constructor(map, { world, motion, visible, onFrame }) {
    Object.assign(this, { map, world, motion, visible, onFrame });
    this.sprites = new Sprites();
    this.canvas = document.createElement("canvas");
    this.canvas.className = "units-canvas";
    map.getCanvasContainer().append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    onTheme(() => requestAnimationFrame(() => {
      this.sprites.refresh();
      this.draw();
    }));
    map.on("resize", () => this.#fit());
    map.on("render", () => this.draw());
    this.#fit();
    const loop = (now) => {
      if (!document.hidden && this.motion.anyMoving(now)) this.draw();
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
  }

  /** The unit under a point of the map, or null. */
  at(point) {
    let best = null;
    let nearest = TOUCH_PX;
    for (const spot of this.#spots) {
      const away = Math.hypot(spot.x - point.x, spot.y - point.y);
      if (away < nearest) [best, nearest] = [spot.id, away];
    }
    return best;
  }

  #collect(now) {
    const { clientWidth, clientHeight } = this.map.getContainer();
    const spots = [];
    for (const unit of this.world.units.values()) {
      if (!this.visible(unit)) continue;
      const here = this.motion.at(unit.id, now);
      if (!here) continue;
      const { x, y } = this.map.project([here.lon, here.lat]);
      if (x < -REACH || y < -REACH || x > clientWidth + REACH || y > clientHeight + REACH) continue;
      const tone = this.world.toneOf(unit);
      spots.push({ id: unit.id, unit, x, y, heading: here.heading, tone, stale: this.world.isStale(unit) });
    }
    const rank = (spot) => (spot.id === this.selected ? 2 : spot.unit.status === "engaged" ? 1 : 0);
    return spots.sort((a, b) => rank(a) - rank(b));
  }

  draw() {
    const now = performance.now();
    const { pen } = this;
    const { density } = this.sprites;
    this.#spots = this.#collect(now);
    pen.setTransform(density, 0, 0, density, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const near = this.map.getZoom() >= NEAR_ZOOM;
    this.scale = near ? 1 : FAR_SCALE;
    for (const spot of this.#spots) this.#drawUnit(spot, near);
    this.#drawLabels(this.#spots);
    this.onFrame?.(now);
  }

  #stamp(canvas, x, y, scale = this.scale) {
    const reach = REACH * scale;
    this.pen.drawImage(canvas, x - reach, y - reach, 2 * reach, 2 * reach);
  }

  #drawUnit(spot, near) {
    const { unit, x, y, tone, stale } = spot;
    const chosen = spot.id === this.selected;
    const idle = unit.status !== "engaged";
    if (idle && !near && !chosen) {
      this.#stamp(this.sprites.get("dot", unit.kind, tone, stale), x, y, 1);
      return;
    }
    if (chosen) this.#ring(x, y);
    if (!stale && (unit.position?.speed_kmh ?? 0) > 2) this.#heading(spot);
    this.#stamp(this.sprites.get("sign", unit.kind, tone, stale), x, y);
  }

  #heading({ unit, x, y, heading, tone }) {
    this.pen.save();
    this.pen.translate(x, y);
    this.pen.rotate((heading * Math.PI) / 180);
    this.#stamp(this.sprites.get("heading", unit.kind, tone, false), 0, 0);
    this.pen.restore();
  }

  #ring(x, y) {
    this.pen.beginPath();
    this.pen.arc(x, y, 18.5 * this.scale, 0, 2 * Math.PI);
    this.pen.lineWidth = 3;
    this.pen.strokeStyle = this.sprites.colours.text;
    this.pen.stroke();
  }

  #labelOf(spot) {
    const mission = this.world.missionOf(spot.unit);
    const moving = mission && (mission.status === "accepted" || mission.status === "en_route");
    if (!moving || !mission.eta_at) return spot.unit.call_sign;
    return `${spot.unit.call_sign} ${clock((Date.parse(mission.eta_at) - this.world.now()) / 1000)}`;
  }

  #drawLabels(spots) {
    const { pen } = this;
    const all = this.map.getZoom() >= LABEL_ZOOM;
    const taken = [];
    pen.font = `600 11.5px ${getComputedStyle(document.body).fontFamily}`;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    for (const spot of [...spots].reverse()) {
      if (!all && spot.unit.status !== "engaged" && spot.id !== this.selected) continue;
      const label = this.#labelOf(spot);
      const box = { x: spot.x + 19 * this.scale, y: spot.y - 8, w: pen.measureText(label).width, h: 16 };
      const clash = taken.some(
        (other) => box.x < other.x + other.w && other.x < box.x + box.w && box.y < other.y + other.h && other.y < box.y + box.h,
      );
      if (clash && spot.id !== this.selected) continue;
      taken.push(box);
      pen.lineWidth = 4;
      pen.strokeStyle = this.sprites.colours.surface;
      pen.strokeText(label, box.x, spot.y + 0.5);
      pen.fillStyle = this.sprites.colours.text;
      pen.fillText(label, box.x, spot.y + 0.5);
    }
  }
}
