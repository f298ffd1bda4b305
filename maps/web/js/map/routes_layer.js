// The way still ahead of every unit on a mission, under the street names.

import { currentTheme } from "../theme.js";
import { PALETTES } from "./palette.js";
import { metresBetween } from "./projection.js";

const EVERY_MS = 250;
// New lines have the whole map drawn again. Where the CPU plays the graphics card that stops everything for so
// long that it is done less often: for a mission that came or went sooner than for what was driven meanwhile.
const REST = 8;
const LONG_REST = 40;
const WATCHED_MS = 1_000;
const DRIVING = new Set(["offered", "accepted", "en_route", "loaded"]);
// A scene this far from the end of its route lies off the road: a yard, a field, a car park.
const OFF_ROAD_M = 15;
const EMPTY = { type: "FeatureCollection", features: [] };

function layers(palette) {
  const width = (px) => ["interpolate", ["linear"], ["zoom"], 10, px * 0.6, 15, px, 18, px * 1.8];
  const chosen = ["boolean", ["get", "chosen"], false];
  const link = ["boolean", ["get", "link"], false];
  const offered = ["boolean", ["get", "offered"], false];
  const layout = { "line-cap": "round", "line-join": "round", "line-sort-key": ["case", chosen, 1, 0] };
  return [
    {
      id: "route-casing", type: "line", source: "routes", layout, filter: ["!", link],
      paint: { "line-color": palette.routeCasing, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 4, 15, 8.5, 18, 15], "line-opacity": 0.85 },
    },
    {
      id: "route", type: "line", source: "routes", layout, filter: ["all", ["!", offered], ["!", link]],
      paint: { "line-color": ["case", chosen, palette.route, palette.routeFaint], "line-width": width(5) },
    },
    {
      id: "route-offered", type: "line", source: "routes", filter: ["all", offered, ["!", link]],
      layout: { "line-join": "round" },
      paint: { "line-color": palette.routeFaint, "line-width": width(4), "line-dasharray": [1.5, 1.5] },
    },
    {
      id: "route-link", type: "line", source: "routes", filter: link,
      paint: { "line-color": ["case", chosen, palette.route, palette.routeFaint], "line-width": width(2), "line-dasharray": [2.5, 2.5] },
    },
  ];
}

export class RoutesLayer {
  /** `goalOf` says where a mission is bound for, which may lie off the road that its route ends on. */
  constructor(map, { world, motion, isChosen, goalOf = null }) {
    Object.assign(this, { map, world, motion, isChosen, goalOf, drawn_at: 0, cost_ms: 0, shape: "" });
    map.on("style.load", () => this.#install());
    this.#install();
  }

  #install() {
    if (this.map.getSource("routes")) return;
    this.map.addSource("routes", { type: "geojson", data: EMPTY });
    for (const layer of layers(PALETTES[currentTheme()])) this.map.addLayer(layer, "name-major");
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
      const rest = this.#offRoad(mission, coordinates.at(-1));
      if (rest) features.push({ type: "Feature", properties: { ...properties, link: true }, geometry: { type: "LineString", coordinates: rest } });
    }
    return features;
  }

  #goal(mission) {
    if (this.goalOf) return this.goalOf(mission);
    return mission.status === "loaded" ? mission.destination : this.world.incidents.get(mission.incident_id);
  }

  /** From the end of the route straight to where it leads, if that lies off the road. */
  #offRoad(mission, end) {
    const goal = this.#goal(mission);
    if (!goal) return null;
    const place = [goal.lon, goal.lat];
    return metresBetween(end, place) > OFF_ROAD_M ? [end, place] : null;
  }

  /** Draw again what changed: some times a second where drawing is cheap. */
  refresh(now, force = false) {
    const since_ms = now - this.drawn_at;
    if (!force && since_ms < Math.max(EVERY_MS, REST * this.cost_ms)) return;
    const shape = this.#shape();
    if (!force && shape === this.shape && since_ms < LONG_REST * this.cost_ms) return;
    this.drawn_at = now;
    this.shape = shape;
    this.map.getSource("routes")?.setData({ type: "FeatureCollection", features: this.#features(now) });
    this.#watch(now);
  }

  /** Which missions have a line, and how it looks. */
  #shape() {
    const told = [];
    for (const mission of this.world.missions.values()) {
      if (DRIVING.has(mission.status) && mission.route) told.push(mission.id, mission.version, mission.status === "offered", this.isChosen(mission));
    }
    return told.join();
  }

  /** What drawing costs: the longest wait for a frame within a second. */
  #watch(began) {
    let last = began;
    let longest = 0;
    const look = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      if (now - began < WATCHED_MS) requestAnimationFrame(look);
      else this.cost_ms = document.hidden ? this.cost_ms : longest;
    };
    requestAnimationFrame(look);
  }
}
