// The map itself: made once, dressed for the theme, and framed around the region.

import { Problem, arriving, imported } from "../api.js";
import { currentTheme, onTheme } from "../theme.js";
import { baseStyle, onewayArrow } from "./basemap.js";

const LIBRARY = new URL("../../vendor/maplibre-gl.mjs", import.meta.url).href;
const WORKER = new URL("../../vendor/maplibre-gl-worker.mjs", import.meta.url).href;

/**
 * MapLibre, loaded only where a map is wanted. Its worker is fetched before it is made, which then finds it in the
 * browser's cache: one that was made while the network was away stays dead, and the map empty, until the page is left.
 */
async function library() {
  const { ok, status } = await arriving(async () => {
    const answer = await fetch(WORKER);
    await answer.arrayBuffer();
    return answer;
  });
  if (!ok) throw new Problem(status);
  const maplibre = await imported(LIBRARY);
  maplibre.setWorkerUrl(WORKER);
  return maplibre;
}

/** A map that is dressed; it waits for the network, and throws where the browser cannot draw one. */
export async function createMap(container, { bounds, center, zoom, interactive = true, words = {} }) {
  const maplibre = await library();
  const map = new maplibre.Map({
    container,
    style: baseStyle(currentTheme()),
    ...(bounds ? { bounds, fitBoundsOptions: { padding: 32 } } : { center, zoom }),
    minZoom: 6,
    maxZoom: 19,
    interactive,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    locale: words,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 160,
    cancelPendingTileRequestsWhileZooming: true,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-right");
  // A tile that does not come is asked again when the map moves; the connection's state is told elsewhere.
  map.on("error", ({ error }) => console.debug("map", error?.message));
  const dress = () => {
    if (map.hasImage("oneway")) map.removeImage("oneway");
    map.addImage("oneway", onewayArrow(currentTheme()), { pixelRatio: 2 });
  };
  map.on("style.load", dress);
  onTheme((theme) => map.setStyle(baseStyle(theme), { diff: false }));
  await new Promise((resolve) => map.once("style.load", resolve));
  return { map, maplibre };
}
