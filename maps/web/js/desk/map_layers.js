// What the desk lays over the map: who is covered, which roads are closed, and what is being drawn.

import { token } from "../theme.js";

const EMPTY = { type: "FeatureCollection", features: [] };
const collection = (features) => ({ type: "FeatureCollection", features });

export class DeskLayers {
  data = { speeds: EMPTY, coverage: EMPTY, closures: EMPTY, drawing: EMPTY, hexagons: EMPTY };

  constructor(map) {
    this.map = map;
    map.on("style.load", () => this.#install());
    this.#install();
  }

  #install() {
    const { map } = this;
    if (map.getSource("coverage")) return;
    this.#ground();
    for (const name of ["speeds", "coverage", "closures", "drawing"]) map.addSource(name, { type: "geojson", data: this.data[name] });
    const [good, bad, warn, ink] = ["--status-available", "--priority-1", "--status-offered", "--text"].map(token);
    // Reached by two units is safe, by one is thin, by none is open.
    const colour = ["case", ["==", ["get", "units"], 0], bad, ["==", ["get", "units"], 1], warn, good];
    const before = map.getLayer("route-casing") ? "route-casing" : "name-major";
    const add = (layer) => map.addLayer(layer, before);
    add({ id: "coverage-fill", type: "fill", source: "coverage", paint: { "fill-color": colour, "fill-opacity": ["case", ["==", ["get", "units"], 0], 0.16, 0.1] } });
    add({ id: "coverage-line", type: "line", source: "coverage", paint: { "line-color": colour, "line-opacity": 0.5, "line-width": 0.8 } });
    // By the share of the usual speed: slow, slowed, as usual.
    const pace = ["step", ["get", "share"], bad, 0.5, warn, 0.8, good];
    add({ id: "speeds", type: "line", source: "speeds", layout: { "line-cap": "round" }, paint: { "line-color": pace, "line-width": ["interpolate", ["linear"], ["zoom"], 10, 1.5, 14, 4, 17, 9], "line-offset": ["interpolate", ["linear"], ["zoom"], 12, 0.5, 17, 5], "line-opacity": 0.85 } });
    map.addLayer({ id: "closure-casing", type: "line", source: "closures", layout: { "line-cap": "butt" }, paint: { "line-color": token("--surface"), "line-width": ["interpolate", ["linear"], ["zoom"], 11, 5, 16, 13] } });
    map.addLayer({ id: "closure", type: "line", source: "closures", paint: { "line-color": bad, "line-width": ["interpolate", ["linear"], ["zoom"], 11, 3, 16, 9], "line-dasharray": [1.4, 0.7] } });
    map.addLayer({ id: "drawing-fill", type: "fill", source: "drawing", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": ink, "fill-opacity": 0.12 } });
    map.addLayer({ id: "drawing-line", type: "line", source: "drawing", paint: { "line-color": ink, "line-width": 3, "line-dasharray": [2, 1] } });
    map.addLayer({ id: "drawing-point", type: "circle", source: "drawing", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": token("--surface"), "circle-stroke-color": ink, "circle-stroke-width": 2, "circle-radius": 4.5 } });
  }

  /** Pictures of the ground below the streets, where a service for them is configured. */
  photographs(told) {
    this.photographed = told;
    this.#ground();
  }

  #ground() {
    const { map, photographed } = this;
    if (!photographed || map.getSource("photographs")) {
      if (!photographed && map.getLayer("photographs")) {
        map.removeLayer("photographs");
        map.removeSource("photographs");
      }
      return;
    }
    const first = map.getStyle().layers.find(({ id }) => id.startsWith("road-"))?.id;
    map.addSource("photographs", { type: "raster", tiles: [`${location.origin}/raster/{z}/{x}/{y}.png`], tileSize: 256, maxzoom: 18, attribution: photographed.attribution });
    map.addLayer({ id: "photographs", type: "raster", source: "photographs" }, first);
  }

  #set(name, data) {
    this.data[name] = data;
    this.map.getSource(name)?.setData(data);
  }

  coverage(cells) {
    this.#set("coverage", cells ?? EMPTY);
  }

  speeds(found) {
    this.#set("speeds", found ?? EMPTY);
  }

  closures(found) {
    this.#set("closures", found ?? EMPTY);
  }

  /** Corners so far of an area, or lines of a street that was pressed. */
  draw({ corners = [], lines = null }) {
    const features = corners.map((at) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: at } }));
    if (corners.length > 2) features.push({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [[...corners, corners[0]]] } });
    else if (corners.length === 2) features.push({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: corners } });
    if (lines) features.push({ type: "Feature", properties: {}, geometry: lines });
    this.#set("drawing", collection(features));
  }

  /** The closure under a point of the map, or null. */
  closureAt(point) {
    const reach = [[point.x - 6, point.y - 6], [point.x + 6, point.y + 6]];
    const [hit] = this.map.queryRenderedFeatures(reach, { layers: ["closure"] });
    return hit ? this.data.closures.features.find(({ id }) => id === hit.properties.closure) : null;
  }
}
