// The way still ahead of every unit on a mission, under the street names.

import { currentTheme } from "../theme.js";
import { PALETTES } from "./palette.js";

const EVERY_MS = 250;
// Where the CPU plays the graphics card one drawing takes long: then it is done less often.
const REST = 8;
const DRIVING = new Set(["offered", "accepted", "en_route", "loaded"]);
const EMPTY = { type: "FeatureCollection", features: [] };

function layers(palette) {
  const width = (px) => ["interpolate", ["linear"], ["zoom"], 10, px * 0.6, 15, px, 18, px * 1.8];
  const chosen = ["boolean", ["get", "chosen"], false];
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": ["case", chosen, 1, 0] };
  return [
    {
      id: "route-casing", type: "line", source: "routes", layout,
      paint: { "line-color": palette.routeCasing, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 4, 15, 8.5, 18, 15], "line-opacity": 0.85 },
    },
    {
      id: "route", type: "line", source: "routes", layout, filter: ["!", ["get", "offered"]],
      paint: { "line-color": ["case", chosen, palette.route, palette.routeFaint], "line-width": width(5) },
    },
    {
      id: "route-offered", type: "line", source: "routes", filter: ["get", "offered"],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.routeFaint, "line-width": width(4), "line-dasharray": [1.5, 1.5] },
    },
  ];
}

export class RoutesLayer {
  constructor(map, { world, motion, isChosen }) {
    Object.assign(this, { map, world, motion, isChosen, drawn_at: 0, cost_ms: 0, stamp: "" });
    map.on("style.load", () => this.#install());
    this.#install();
  }

  #install() {
    if (this.map.getSource("routes")) return;
    this.map.addSource("routes", { type: "geojson", data: EMPTY });
    for (const layer of layers(PALETTES[currentTheme()])) this.map.addLayer(layer, "name-major");
    this.stamp = "";
    this.refresh(performance.now(), true);
  }

  #features(now) {
    const features = [];
    for (const mission of this.world.missions.values()) {
      if (!DRIVING.has(mission.status) || !mission.route) continue;
      const coordinates =
        mission.status === "offered"
          ? mission.route.coordinates
          : (this.motion.routeAhead(mission.unit_id, now) ?? mission.route.coordinates);
      if (coordinates.length < 2) continue;
      const properties = { id: mission.id, chosen: this.isChosen(mission), offered: mission.status === "offered" };
      features.push({ type: "Feature", properties, geometry: { type: "LineString", coordinates } });
    }
    return features;
  }

  /** Draw again what changed: four times a second where drawing is cheap. */
  refresh(now, force = false) {
    if (!force && now - this.drawn_at < Math.max(EVERY_MS, REST * this.cost_ms)) return;
    this.drawn_at = now;
    const features = this.#features(now);
    const stamp = features
      .map(({ properties, geometry }) => `${properties.id}${properties.chosen}${geometry.coordinates[0]}${geometry.coordinates.length}`)
      .join("|");
    if (stamp === this.stamp) return;
    this.stamp = stamp;
    this.map.getSource("routes")?.setData({ type: "FeatureCollection", features });
    this.map.once("idle", () => (this.cost_ms = Math.min(1_000, performance.now() - now)));
  }
}
