// Where a place lies on the screen of a flat, north-up map: the same as `map.project`, for thousands a frame.

const TILE_PX = 512;
const EQUATOR_M = 40_075_017;

export const mercatorX = (lon) => (lon + 180) / 360;
export const mercatorY = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

/** Metres that a CSS pixel of the map's centre covers now. */
export const metresPerPixel = (map) =>
  (EQUATOR_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (TILE_PX * 2 ** map.getZoom());

/** Metres between two places of one city. */
export function metresBetween([lon, lat], [other_lon, other_lat]) {
  const squeeze = Math.cos((lat * Math.PI) / 180);
  return Math.hypot((other_lon - lon) * squeeze, other_lat - lat) * (EQUATOR_M / 360);
}

/** A function from degrees to CSS pixels for the map as it stands now. */
export function screenOf(map) {
  const { clientWidth: width, clientHeight: height } = map.getContainer();
  const centre = map.getCenter();
  const scale = TILE_PX * 2 ** map.getZoom();
  const left = mercatorX(centre.lng) * scale - width / 2;
  const top = mercatorY(centre.lat) * scale - height / 2;
  return {
    width,
    height,
    x: (lon) => mercatorX(lon) * scale - left,
    y: (lat) => mercatorY(lat) * scale - top,
  };
}
