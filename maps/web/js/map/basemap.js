// The style of our own tiles. No glyph server: MapLibre draws every label with the fonts of this machine.

import { PALETTES } from "./palette.js";

const FONT = [
  "Inter Variable",
  "PingFang SC",
  "HarmonyOS Sans SC",
  "Microsoft YaHei",
  "Noto Sans CJK SC",
  "Noto Sans SC Variable",
  "sans-serif",
];

const ROADS = {
  service: ["service", "track", "road", "busway"],
  minor: ["residential", "living_street", "unclassified"],
  tertiary: ["tertiary", "tertiary_link"],
  secondary: ["secondary", "secondary_link"],
  primary: ["primary", "primary_link", "trunk", "trunk_link"],
  motorway: ["motorway", "motorway_link"],
};
// [zoom, width] stops per class; the casing is drawn a little wider.
const WIDTHS = {
  service: [[13, 0.4], [16, 3], [19, 10]],
  minor: [[11.5, 0.4], [14, 2.2], [16, 6], [19, 20]],
  tertiary: [[10, 0.6], [13, 2.2], [16, 8.5], [19, 26]],
  secondary: [[8, 0.6], [13, 3], [16, 10], [19, 30]],
  primary: [[6, 0.7], [11, 2], [13, 3.8], [16, 12], [19, 34]],
  motorway: [[5, 0.8], [11, 2.6], [13, 4.6], [16, 14], [19, 38]],
};
const FROM_ZOOM = { service: 14, minor: 12, tertiary: 10, secondary: 8, primary: 5, motorway: 5 };

const width = (stops, extra = 0) => [
  "interpolate", ["exponential", 1.4], ["zoom"], ...stops.flatMap(([zoom, px]) => [zoom, px + extra]),
];
const isClass = (name) => ["match", ["get", "class"], ROADS[name], true, false];
const tunnel = ["==", ["coalesce", ["get", "tunnel"], false], true];

function colours(name, palette) {
  if (name === "motorway") return [palette.motorway, palette.motorwayCasing];
  if (name === "primary") return [palette.primary, palette.primaryCasing];
  return [palette[name] ?? palette.minor, palette.casing];
}

/** Without a casing yet, a street must stand out from the ground by itself. */
function fillColour(name, palette) {
  const [fill, casing] = colours(name, palette);
  return ["interpolate", ["linear"], ["zoom"], FROM_ZOOM[name] + 0.6, name === "primary" || name === "motorway" ? casing : palette.far, FROM_ZOOM[name] + 1.6, fill];
}

function roadLayers(palette) {
  const classes = Object.keys(ROADS);
  const common = { type: "line", source: "region", "source-layer": "road" };
  const layout = { "line-cap": "round", "line-join": "round" };
  const casings = classes.filter((name) => name !== "service").map((name) => ({
    ...common, layout, id: `road-${name}-casing`, minzoom: FROM_ZOOM[name] + 1, filter: isClass(name),
    paint: { "line-color": colours(name, palette)[1], "line-width": width(WIDTHS[name], 1.6) },
  }));
  const fills = classes.map((name) => ({
    ...common, layout, id: `road-${name}`, minzoom: FROM_ZOOM[name], filter: isClass(name),
    paint: {
      "line-color": fillColour(name, palette), "line-width": width(WIDTHS[name]),
      "line-opacity": ["case", tunnel, 0.45, 1],
    },
  }));
  return [...casings, ...fills];
}

function groundLayers(palette) {
  const area = (id, sourceLayer, colour, minzoom = 0) => ({
    id, type: "fill", source: "region", "source-layer": sourceLayer, minzoom,
    paint: { "fill-color": colour, "fill-antialias": true },
  });
  const green = ["match", ["coalesce", ["get", "class"], ""],
    ["residential", "commercial", "retail", "industrial", "construction"], palette.built, palette.green];
  return [
    { id: "land", type: "background", paint: { "background-color": palette.land } },
    area("landuse", "landuse", green),
    {
      ...area("water", "water", palette.water),
      filter: ["match", ["geometry-type"], ["Polygon", "MultiPolygon"], true, false],
    },
    {
      id: "waterway", type: "line", source: "region", "source-layer": "water",
      filter: ["match", ["geometry-type"], ["LineString", "MultiLineString"], true, false],
      paint: { "line-color": palette.water, "line-width": width([[10, 0.6], [16, 3]]) },
    },
    area("building", "building", palette.building, 14),
  ];
}

function arrowLayer() {
  return {
    id: "road-oneway", type: "symbol", source: "region", "source-layer": "road", minzoom: 15,
    filter: ["all", ["==", ["coalesce", ["get", "oneway"], false], true], ["!", isClass("service")]],
    layout: {
      "symbol-placement": "line", "symbol-spacing": 130, "icon-image": "oneway", "icon-size": 0.9,
      "icon-rotation-alignment": "map", "icon-padding": 20,
    },
  };
}

function labelLayers(palette) {
  const text = (size) => ({ "text-font": FONT, "text-size": size, "text-padding": 6 });
  const paint = { "text-color": palette.label, "text-halo-color": palette.halo, "text-halo-width": 1.6 };
  const street = (id, minzoom, names) => ({
    id, type: "symbol", source: "region", "source-layer": "road", minzoom,
    filter: ["all", ["match", ["get", "class"], names, true, false], ["!=", ["coalesce", ["get", "name"], ["get", "ref"], ""], ""]],
    layout: {
      ...text(["interpolate", ["linear"], ["zoom"], 13, 10.5, 18, 14]), "symbol-placement": "line",
      "symbol-spacing": 320, "text-max-angle": 32,
      "text-field": ["case", ["!=", ["coalesce", ["get", "name"], ""], ""], ["get", "name"], ["get", "ref"]],
    },
    paint,
  });
  return [
    street("name-major", 12.5, [...ROADS.motorway, ...ROADS.primary, ...ROADS.secondary]),
    street("name-minor", 15, [...ROADS.tertiary, ...ROADS.minor]),
    {
      id: "place-name", type: "symbol", source: "region", "source-layer": "place", maxzoom: 15,
      layout: { ...text(["interpolate", ["linear"], ["zoom"], 8, 11, 14, 15]), "text-field": ["coalesce", ["get", "name"], ""], "text-max-width": 7 },
      paint: { ...paint, "text-color": palette.placeLabel, "text-halo-width": 2 },
    },
  ];
}

/** The whole style for one theme; what moves is added on top by the layers of the page. */
export function baseStyle(theme) {
  const palette = PALETTES[theme];
  return {
    version: 8,
    sources: {
      region: {
        type: "vector", tiles: [`${location.origin}/tiles/{z}/{x}/{y}.mvt`], minzoom: 5, maxzoom: 15,
        attribution: '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors',
      },
    },
    layers: [...groundLayers(palette), ...roadLayers(palette), arrowLayer(), ...labelLayers(palette)],
  };
}

/** The one-way arrow as pixels, for `map.addImage`. */
export function onewayArrow(theme) {
  const size = 32;
  const canvas = new OffscreenCanvas(size, size);
  const pen = canvas.getContext("2d");
  pen.strokeStyle = PALETTES[theme].arrow;
  pen.lineWidth = 3;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.stroke(new Path2D("M6 16H26M20 10L26 16L20 22"));
  return pen.getImageData(0, 0, size, size);
}
