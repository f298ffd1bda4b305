// The signs of units, drawn once per look and screen density and then only copied.

import { GLYPHS, KINDS } from "../ui/glyphs.js";
import { token } from "../theme.js";

const TOKENS = {
  available: "--status-available",
  offered: "--status-offered",
  moving: "--status-moving",
  on_scene: "--status-on-scene",
  loaded: "--status-loaded",
  off: "--status-off",
  broken: "--status-broken",
};

/** Half the width of a sign with everything around it, in CSS pixels. */
export const REACH = 22;
export const DOT_REACH = 8;

function outline(kind, radius) {
  const path = new Path2D();
  if (kind === "ambulance") path.arc(0, 0, radius, 0, 2 * Math.PI);
  else path.roundRect(-radius * 0.92, -radius * 0.92, radius * 1.84, radius * 1.84, radius * 0.34);
  return path;
}

function drawKind(pen, kind, size, colour) {
  const { path, stroke } = KINDS[kind] ?? KINDS.tow;
  pen.save();
  pen.scale(size / 16, size / 16);
  pen.translate(-8, -8);
  pen.lineWidth = 2.1;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.strokeStyle = colour;
  pen.fillStyle = colour;
  if (stroke) pen.stroke(new Path2D(path));
  else pen.fill(new Path2D(path));
  pen.restore();
}

function drawBadge(pen, tone, colours) {
  pen.save();
  pen.translate(10, 10);
  pen.fillStyle = colours.surface;
  pen.beginPath();
  pen.arc(0, 0, 6.2, 0, 2 * Math.PI);
  pen.fill();
  pen.scale(8.5 / 16, 8.5 / 16);
  pen.translate(-8, -8);
  pen.fillStyle = colours[tone];
  pen.fill(new Path2D(GLYPHS[tone]), "evenodd");
  pen.restore();
}

function drawSign(pen, { kind, tone, stale }, colours) {
  const filled = tone !== "available" && tone !== "off" && tone !== "broken";
  const shape = outline(kind, 11);
  pen.globalAlpha = stale ? 0.5 : 1;
  pen.fillStyle = filled ? colours[tone] : colours.surface;
  pen.strokeStyle = colours.surface;
  pen.lineWidth = 5;
  pen.stroke(shape);
  pen.fill(shape);
  pen.strokeStyle = colours[tone];
  pen.lineWidth = 2.2;
  pen.setLineDash(stale ? [3, 3] : []);
  pen.stroke(shape);
  pen.setLineDash([]);
  drawKind(pen, kind, 14.5, filled ? colours.surface : colours[tone]);
  if (tone !== "available") drawBadge(pen, tone, colours);
}

function drawHeading(pen, tone, colours) {
  pen.beginPath();
  pen.moveTo(0, -19.5);
  pen.lineTo(5.5, -12.4);
  pen.lineTo(-5.5, -12.4);
  pen.closePath();
  pen.fillStyle = colours[tone];
  pen.strokeStyle = colours.surface;
  pen.lineWidth = 2;
  pen.stroke();
  pen.fill();
}

function drawDot(pen, { kind, tone, stale }, colours) {
  const shape = outline(kind, 5);
  pen.globalAlpha = stale ? 0.5 : 1;
  pen.strokeStyle = colours.surface;
  pen.lineWidth = 3.5;
  pen.stroke(shape);
  pen.fillStyle = tone === "available" ? colours.surface : colours[tone];
  pen.fill(shape);
  pen.strokeStyle = colours[tone];
  pen.lineWidth = 2;
  pen.stroke(shape);
}

const DRAW = { sign: drawSign, dot: drawDot, heading: (pen, look, colours) => drawHeading(pen, look.tone, colours) };

export class Sprites {
  constructor() {
    this.refresh();
  }

  /** Read the theme's colours again and forget every drawn sign. */
  refresh() {
    this.colours = Object.fromEntries(Object.entries(TOKENS).map(([tone, name]) => [tone, token(name)]));
    this.colours.surface = token("--surface");
    this.colours.text = token("--text");
    this.density = devicePixelRatio || 1;
    this.drawn = new Map();
  }

  /** `part` is "sign", "dot" or "heading"; the answer is a canvas 2·REACH wide with the sign in its middle. */
  get(part, kind, tone, stale) {
    const key = `${part}:${kind}:${tone}:${stale}`;
    let canvas = this.drawn.get(key);
    if (!canvas) {
      const reach = part === "dot" ? DOT_REACH : REACH;
      const size = Math.ceil(2 * reach * this.density);
      canvas = new OffscreenCanvas(size, size);
      const pen = canvas.getContext("2d");
      pen.scale(this.density, this.density);
      pen.translate(reach, reach);
      DRAW[part](pen, { kind, tone, stale }, this.colours);
      this.drawn.set(key, canvas);
    }
    return canvas;
  }
}
