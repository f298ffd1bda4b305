// What this page knows of the city: the newest state of every unit, incident and mission, by id.

export const ACTIVE_MISSION = new Set(["offered", "accepted", "en_route", "on_scene", "loaded", "delivered"]);
const FILLING = new Set([...ACTIVE_MISSION, "done"]);
const KEEP_CLOSED = 60;
// A need is open for an instant after every report; only one that stays so is worth a warning.
const HELD_AFTER_MS = 2_500;

/** The one word that decides shape and colour of a unit. */
export function unitTone(unit, mission) {
  if (unit.status === "off_shift") return "off";
  if (unit.status === "out_of_service") return "broken";
  if (unit.status === "available") return "available";
  return missionTone(mission?.status ?? "accepted");
}

export function missionTone(status) {
  if (status === "offered") return "offered";
  if (status === "accepted" || status === "en_route") return "moving";
  if (status === "on_scene") return "on_scene";
  if (status === "loaded" || status === "delivered") return "loaded";
  return status === "done" ? "done" : "off";
}

export class World extends EventTarget {
  units = new Map();
  incidents = new Map();
  missions = new Map();
  places = new Map();
  // Alarms that stand, and reports that wait for a person to say whether they are of one accident.
  alarms = new Map();
  duplicates = new Map();
  drill = null;
  loaded = false;
  ahead_ms = 0;
  // By kind of incident: automatic, confirm or manual.
  modes = {};
  #before = new Map();

  /** The service's clock, whatever this machine's says. */
  now() {
    return Date.now() + this.ahead_ms;
  }

  missionOf(unit) {
    const mission = unit.mission_id ? this.missions.get(unit.mission_id) : null;
    return mission && ACTIVE_MISSION.has(mission.status) ? mission : null;
  }

  toneOf(unit) {
    return unitTone(unit, this.missionOf(unit));
  }

  missionsOf(incidentId) {
    return [...this.missions.values()]
      .filter((mission) => mission.incident_id === incidentId)
      .sort((a, b) => a.offered_at.localeCompare(b.offered_at));
  }

  /** Open incidents, the gravest first, the longest waiting first among equals. */
  openIncidents() {
    return [...this.incidents.values()]
      .filter((incident) => incident.status === "open")
      .sort((a, b) => a.priority - b.priority || a.reported_at.localeCompare(b.reported_at));
  }

  /** How many units of each need are still missing, with those on their way. */
  needsOf(incident) {
    const known = this.#filling(incident);
    const waited = this.now() - Date.parse(incident.reported_at) > HELD_AFTER_MS;
    return incident.needs.map((need) => {
      const serving = known.get(need.capability) ?? [];
      const before = this.#before.get(`${incident.id} ${need.capability}`) ?? 0;
      const missing = Math.max(0, need.count - serving.length - before);
      const asks = missing > 0 && ["confirm", "manual"].includes(this.modes[incident.kind]?.mode);
      const held = missing > 0 && !asks && waited && (incident.held ?? []).includes(need.capability);
      return { ...need, serving, missing, held, asks };
    });
  }

  #filling(incident) {
    const missions = this.missionsOf(incident.id).filter((mission) => FILLING.has(mission.status));
    return Map.groupBy(missions, (mission) => mission.need);
  }

  /** A snapshot leaves out missions that are done: how many needs they had filled is kept here. */
  #countBefore() {
    this.#before.clear();
    for (const incident of this.incidents.values()) {
      const known = this.#filling(incident);
      for (const { capability, filled } of incident.needs) {
        const done = (filled ?? 0) - (known.get(capability)?.length ?? 0);
        if (done > 0) this.#before.set(`${incident.id} ${capability}`, done);
      }
    }
  }

  snapshot({ now, drill, units, incidents, missions, places, alarms = [], duplicates = [] }) {
    if (now) this.ahead_ms = Date.parse(now) - Date.now();
    this.units = new Map(units.map((unit) => [unit.id, unit]));
    this.incidents = new Map(incidents.map((incident) => [incident.id, incident]));
    this.missions = new Map(missions.map((mission) => [mission.id, mission]));
    if (places) this.places = new Map(places.map((place) => [place.id, place]));
    this.alarms = new Map(alarms.map((alarm) => [alarm.id, alarm]));
    this.duplicates = new Map(duplicates.map((duplicate) => [duplicate.id, duplicate]));
    this.drill = drill ?? null;
    this.loaded = true;
    this.#countBefore();
    this.#tell("snapshot", {});
    for (const unit of this.units.values()) if (unit.position) this.#moved(unit, unit.position);
  }

  unit(unit) {
    const known = this.units.get(unit.id);
    if (known && known.version > unit.version) return;
    if (unit.retired) return this.#gone("unit", this.units, unit);
    // A position seen on the fast lane may be newer than the one that came with the status.
    const fresher = known?.position && (!unit.position || known.position.fixed_at > unit.position.fixed_at);
    const merged = fresher ? { ...unit, position: known.position } : unit;
    this.units.set(unit.id, merged);
    if (!fresher && merged.position) this.#moved(merged, merged.position);
    this.#tell("unit", { id: unit.id });
  }

  incident(incident) {
    const known = this.incidents.get(incident.id);
    if (known && known.version > incident.version) return;
    this.incidents.set(incident.id, incident);
    if (!known && incident.status === "open") this.#tell("reported", { id: incident.id });
    this.#forgetOld();
    this.#tell("incident", { id: incident.id });
  }

  mission(mission) {
    const known = this.missions.get(mission.id);
    if (known && known.version > mission.version) return;
    this.missions.set(mission.id, mission.route || !known ? mission : { ...mission, route: known.route });
    this.#tell("mission", { id: mission.id });
  }

  /** A hospital that set its beds or asked for diversion. */
  place(place) {
    const known = this.places.get(place.id);
    if (known && known.version > place.version) return;
    if (place.retired) return this.#gone("place", this.places, place);
    this.places.set(place.id, place);
    this.#tell("place", { id: place.id });
  }

  alarm(alarm) {
    const known = this.alarms.has(alarm.id);
    if (alarm.cleared_at) this.alarms.delete(alarm.id);
    else this.alarms.set(alarm.id, alarm);
    this.#tell(known || alarm.cleared_at ? "alarm" : "alarmed", { id: alarm.id });
  }

  duplicate(duplicate) {
    if (duplicate.state === "proposed") this.duplicates.set(duplicate.id, duplicate);
    else this.duplicates.delete(duplicate.id);
    this.#tell("duplicate", { known: duplicate.known_id, opened: duplicate.opened_id });
  }

  positions(rows) {
    for (const [id, lon, lat, heading_deg, speed_kmh, fixed_at_ms] of rows) {
      const unit = this.units.get(id);
      if (!unit) continue;
      const fixed_at = new Date(fixed_at_ms).toISOString();
      const position = { lon, lat, heading_deg, speed_kmh, fixed_at, age_s: 0, stale: false };
      this.units.set(id, { ...unit, position });
      this.#moved(unit, position);
    }
    this.#tell("positions", {});
  }

  setDrill(drill) {
    this.drill = drill;
    this.#tell("drill", {});
  }

  /** True once the newest position is too old to be believed. */
  isStale(unit) {
    if (!unit.position) return true;
    return this.now() - Date.parse(unit.position.fixed_at) > 60_000;
  }

  /** What the city's register has no more. */
  #gone(kind, known, { id }) {
    if (known.delete(id)) this.#tell(kind, { id });
  }

  #moved(unit, position) {
    this.#tell("moved", { id: unit.id, position });
  }

  #forgetOld() {
    const closed = [...this.incidents.values()].filter((incident) => incident.status !== "open");
    for (const incident of closed.slice(0, Math.max(0, closed.length - KEEP_CLOSED))) {
      this.incidents.delete(incident.id);
      for (const mission of this.missionsOf(incident.id)) this.missions.delete(mission.id);
    }
  }

  #tell(kind, detail) {
    this.dispatchEvent(new CustomEvent(kind, { detail }));
    // Motion is drawn by the map every frame; the panels need not be painted for it.
    if (kind !== "moved" && kind !== "positions") this.dispatchEvent(new Event("change"));
  }
}
