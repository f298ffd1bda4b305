// The planner's map: stations that can be dragged, hospitals, closed roads, and what a comparison says of each hexagon.

import { h, paint } from "../dom.js";
import { t } from "../i18n.js";
import { createMap } from "../map/view.js";
import { token } from "../theme.js";
import { centreOf, stationsOf } from "./draft.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const STEP_PX = 8;
const MOVES = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
// From good to bad, told apart with any eyesight; the differences go from better to worse.
export const BANDS = ["#2c7fb8", "#7fcdbb", "#d9f0d3", "#fee8a6", "#fdae61", "#c51b2c"];
export const CHANGES = ["#1b7837", "#7fbf7b", "#d9f0d3", "#f2f2f2", "#fddbc7", "#ef8a62", "#b2182b"];

export class Board {
  static async open(container, { bounds, on }) {
    const holder = h("div", { class: "map-canvas" });
    container.prepend(holder);
    const view = await createMap(holder, { bounds, words: { "Map.Title": t("map.title"), "NavigationControl.ZoomIn": t("map.zoom_in"), "NavigationControl.ZoomOut": t("map.zoom_out") } });
    return new Board(view, on);
  }

  #stations = [];
  #hospitals = [];
  #cells = EMPTY;
  #roads = EMPTY;

  constructor({ map, maplibre }, on) {
    Object.assign(this, { map, maplibre, on });
    map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
    map.on("style.load", () => this.#install());
    map.on("click", ({ lngLat }) => on.press([lngLat.lng, lngLat.lat]));
    map.on("mousemove", ({ point }) => this.#tell(point));
    this.#install();
  }

  #install() {
    const { map } = this;
    if (map.getSource("cells")) return;
    map.addSource("cells", { type: "geojson", data: this.#cells });
    map.addSource("closed", { type: "geojson", data: this.#roads });
    map.addLayer({ id: "cells", type: "fill", source: "cells", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.62 } }, "name-major");
    map.addLayer({ id: "cell-lines", type: "line", source: "cells", paint: { "line-color": token("--surface"), "line-width": 0.6, "line-opacity": 0.7 } }, "name-major");
    map.addLayer({ id: "closed", type: "circle", source: "closed", paint: { "circle-color": token("--priority-1"), "circle-radius": 7, "circle-stroke-color": token("--surface"), "circle-stroke-width": 2.5 } });
  }

  /** While picking, a press on the map is what was asked for. */
  pick(picking) {
    this.map.getCanvas().style.cursor = picking ? "crosshair" : "";
  }

  refresh(scenario, chosen) {
    this.#match(this.#stations, stationsOf(scenario), (station, row) => this.#station(station, row, chosen));
    const closed = new Set(scenario.city?.close_hospital ?? []);
    this.#match(this.#hospitals, scenario.city?.hospital ?? [], (hospital) => this.#hospital(hospital, closed.has(hospital.name)));
    this.#roads = { type: "FeatureCollection", features: (scenario.city?.close_road ?? []).map((ring) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: centreOf(ring) } })) };
    this.map.getSource("closed")?.setData(this.#roads);
  }

  /** As many markers as there are things; each is told anew what it stands for. */
  #match(markers, things, tell) {
    while (markers.length > things.length) markers.pop().marker.remove();
    things.forEach((thing, row) => {
      const told = tell(thing, row);
      const known = markers[row] ?? (markers[row] = this.#marker(told, row));
      known.marker.setLngLat([thing.lon, thing.lat]);
      for (const [name, value] of Object.entries(told.attributes)) known.element.setAttribute(name, value);
      paint(known.element, told.text);
    });
  }

  #marker({ drags }, row) {
    const element = h(drags ? "button" : "span", drags ? { type: "button" } : {});
    const marker = new this.maplibre.Marker({ element, anchor: "center", draggable: drags }).setLngLat([0, 0]).addTo(this.map);
    if (drags) {
      marker.on("dragstart", () => this.on.choose(row));
      marker.on("dragend", () => this.on.move(row, marker.getLngLat().toArray()));
      element.addEventListener("click", (event) => {
        event.stopPropagation();
        this.on.choose(row);
      });
      element.addEventListener("keydown", (event) => this.#key(event, row, marker));
    } else element.setAttribute("role", "img");
    return { marker, element };
  }

  #station({ kind, name, units }, row, chosen) {
    const label = t(`plan.marker.${kind}`, { name: name || t("plan.station", { n: row + 1 }), n: units });
    return { drags: true, text: String(units), attributes: { class: "maplibregl-marker maplibregl-marker-anchor-center station-marker", "data-kind": kind, "data-empty": String(units === 0), "aria-label": label, title: label, "aria-current": String(chosen === row) } };
  }

  #hospital({ name }, closed) {
    const label = closed ? t("plan.hospital.closed", { name }) : name;
    return { drags: false, text: "H", attributes: { class: "maplibregl-marker maplibregl-marker-anchor-center place-marker", "data-kind": closed ? "closed" : "hospital", "aria-label": label, title: label } };
  }

  #key(event, row, marker) {
    const by = MOVES[event.key];
    if (by) {
      const { x, y } = this.map.project(marker.getLngLat());
      const step = event.shiftKey ? STEP_PX * 5 : STEP_PX;
      this.on.move(row, this.map.unproject([x + by[0] * step, y + by[1] * step]).toArray(), `move-${row}`);
    } else if (event.key === "+" || event.key === "-") this.on.units(row, event.key === "+" ? 1 : -1);
    else if (event.key === "Delete") this.on.remove(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Hexagons with their colours; `told` of each is what pointing at it says. */
  cells(found) {
    this.#cells = { type: "FeatureCollection", features: found.map(({ ring, colour, told }) => ({ type: "Feature", properties: { colour, told }, geometry: { type: "Polygon", coordinates: [ring] } })) };
    this.map.getSource("cells")?.setData(this.#cells);
  }

  #tell(point) {
    const [hit] = this.map.getLayer("cells") ? this.map.queryRenderedFeatures(point, { layers: ["cells"] }) : [];
    this.on.point(hit?.properties.told ?? null);
  }

  focus(row) {
    const station = this.#stations[row];
    if (station) this.map.easeTo({ center: station.marker.getLngLat(), duration: 300 });
  }
}
