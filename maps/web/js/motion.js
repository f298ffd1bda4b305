// Smooth motion between the positions that arrive once a second: along the route where the unit is on it.

import { ACTIVE_MISSION } from "./world.js";

const METRES_PER_DEGREE = 111_195;
const ON_ROUTE_M = 45;
const FASTEST_MS = 350;
const SLOWEST_MS = 3_000;

const metresPerLon = (lat) => METRES_PER_DEGREE * Math.cos((lat * Math.PI) / 180);

/** A line with its running length, ready to be asked where along it a point lies. */
export class Line {
  constructor(coordinates) {
    this.coordinates = coordinates;
    this.scale = metresPerLon(coordinates[0][1]);
    this.along_m = new Float64Array(coordinates.length);
    for (let i = 1; i < coordinates.length; i += 1) {
      this.along_m[i] = this.along_m[i - 1] + this.#metres(coordinates[i - 1], coordinates[i]);
    }
    this.length_m = this.along_m[coordinates.length - 1];
  }

  #metres([lon0, lat0], [lon1, lat1]) {
    return Math.hypot((lon1 - lon0) * this.scale, (lat1 - lat0) * METRES_PER_DEGREE);
  }

  /** The nearest place on the line: metres along it and metres off it; of equals the first after `from_m`. */
  locate([lon, lat], from_m = 0) {
    let best = { along_m: 0, off_m: Infinity };
    for (let i = 1; i < this.coordinates.length; i += 1) {
      if (this.along_m[i] < from_m - ON_ROUTE_M) continue;
      const [x0, y0] = this.coordinates[i - 1];
      const dx = (this.coordinates[i][0] - x0) * this.scale;
      const dy = (this.coordinates[i][1] - y0) * METRES_PER_DEGREE;
      const px = (lon - x0) * this.scale;
      const py = (lat - y0) * METRES_PER_DEGREE;
      const square = dx * dx + dy * dy;
      const share = square ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
      const off_m = Math.hypot(px - share * dx, py - share * dy);
      if (off_m < best.off_m - 0.5) best = { along_m: this.along_m[i - 1] + share * Math.sqrt(square), off_m };
    }
    return best;
  }

  #segment(along_m) {
    let low = 1;
    let high = this.coordinates.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.along_m[middle] < along_m) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The point and the compass heading `along_m` metres down the line. */
  at(along_m) {
    const i = this.#segment(along_m);
    const [x0, y0] = this.coordinates[i - 1];
    const [x1, y1] = this.coordinates[i];
    const length = this.along_m[i] - this.along_m[i - 1];
    const share = length ? Math.min(1, Math.max(0, (along_m - this.along_m[i - 1]) / length)) : 0;
    const heading = (Math.atan2((x1 - x0) * this.scale, (y1 - y0) * METRES_PER_DEGREE) * 180) / Math.PI;
    return { lon: x0 + (x1 - x0) * share, lat: y0 + (y1 - y0) * share, heading: (heading + 360) % 360 };
  }

  /** What is still ahead of `along_m`. */
  rest(along_m) {
    const here = this.at(along_m);
    return [[here.lon, here.lat], ...this.coordinates.slice(this.#segment(along_m))];
  }
}

const turn = (from, to, share) => {
  const difference = ((to - from + 540) % 360) - 180;
  return (from + difference * share + 360) % 360;
};

class Track {
  constructor(position, now) {
    this.to = { lon: position.lon, lat: position.lat, heading: position.heading_deg ?? 0 };
    this.from = this.to;
    this.started = now;
    this.lasts_ms = 0;
    this.speed = 0;
    this.line = null;
  }

  at(now) {
    const share = this.lasts_ms ? Math.min(1, (now - this.started) / this.lasts_ms) : 1;
    if (share >= 1) return this.to;
    if (this.span_m) return this.line.at(this.span_m[0] + (this.span_m[1] - this.span_m[0]) * share);
    return {
      lon: this.from.lon + (this.to.lon - this.from.lon) * share,
      lat: this.from.lat + (this.to.lat - this.from.lat) * share,
      heading: turn(this.from.heading, this.to.heading, Math.min(1, share * 2)),
    };
  }

  aim(position, now) {
    const here = this.at(now);
    this.lasts_ms = Math.min(SLOWEST_MS, Math.max(FASTEST_MS, (now - this.started) * 1.1));
    this.from = here;
    this.to = { lon: position.lon, lat: position.lat, heading: position.heading_deg ?? here.heading };
    this.started = now;
    this.span_m = this.#spanOnRoute();
    this.speed = this.#length_m() / this.lasts_ms;
  }

  #length_m() {
    if (this.span_m) return this.span_m[1] - this.span_m[0];
    const { from, to } = this;
    return Math.hypot((to.lon - from.lon) * metresPerLon(to.lat), (to.lat - from.lat) * METRES_PER_DEGREE);
  }

  #spanOnRoute() {
    if (!this.line) return null;
    const start = this.line.locate([this.from.lon, this.from.lat]);
    const end = this.line.locate([this.to.lon, this.to.lat], start.along_m);
    this.along_m = end.off_m < ON_ROUTE_M ? end.along_m : null;
    const forward = end.along_m >= start.along_m;
    return forward && start.off_m < ON_ROUTE_M && end.off_m < ON_ROUTE_M ? [start.along_m, end.along_m] : null;
  }

  isMoving(now) {
    return now - this.started < this.lasts_ms;
  }
}

export class Motion {
  #tracks = new Map();

  /** A new position of a unit, seen now; far jumps are taken at once rather than flown across the map. */
  seen(id, position, now) {
    const track = this.#tracks.get(id);
    const far = track && Math.hypot(track.to.lon - position.lon, track.to.lat - position.lat) > 0.02;
    if (!track || far) {
      const fresh = new Track(position, now);
      fresh.line = track?.line ?? null;
      this.#tracks.set(id, fresh);
    } else if (track.to.lon !== position.lon || track.to.lat !== position.lat) {
      track.aim(position, now);
    } else {
      track.started = Math.max(track.started, now - SLOWEST_MS);
    }
  }

  /** Whoever drives to somewhere keeps to its road; whoever has nothing to do, to none. */
  followMissions(world) {
    for (const { status, unit_id: unit, route } of world.missions.values()) {
      const driving = ACTIVE_MISSION.has(status) && status !== "offered" && status !== "on_scene";
      if (driving) this.follow(unit, route?.coordinates);
    }
    for (const unit of world.units.values()) if (!unit.mission_id) this.follow(unit.id, null);
  }

  /** The route that a unit follows, or null. */
  follow(id, coordinates) {
    const track = this.#tracks.get(id);
    if (!track) return;
    if (!coordinates || coordinates.length < 2) {
      track.line = null;
      track.span_m = null;
    } else if (track.line?.coordinates !== coordinates) {
      track.line = new Line(coordinates);
      track.span_m = null;
    }
  }

  at(id, now) {
    return this.#tracks.get(id)?.at(now) ?? null;
  }

  /** What of its route still lies ahead of the unit as drawn, or null if it is not on it. */
  routeAhead(id, now) {
    const track = this.#tracks.get(id);
    if (!track?.line) return null;
    const here = track.at(now);
    const found = track.line.locate([here.lon, here.lat]);
    return found.off_m < 4 * ON_ROUTE_M ? track.line.rest(found.along_m) : track.line.coordinates;
  }

  /** Metres a millisecond of the fastest that moves now; 0 if nothing does. */
  fastest(now) {
    let fastest = 0;
    for (const track of this.#tracks.values()) if (track.speed > fastest && track.isMoving(now)) fastest = track.speed;
    return fastest;
  }

  keepOnly(ids) {
    for (const id of this.#tracks.keys()) if (!ids.has(id)) this.#tracks.delete(id);
  }
}
