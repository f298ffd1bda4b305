// The small map of a party's page: its own scene, and only the units that are coming to it.

import { arriving } from "../api.js";
import { t } from "../i18n.js";
import { Motion } from "../motion.js";
import { World } from "../world.js";
import { h } from "../dom.js";
import { RoutesLayer } from "./routes_layer.js";
import { UnitsLayer } from "./units_layer.js";
import { createMap } from "./view.js";

// From then on a crew no longer drives to the scene but on from it.
const LEFT = new Set(["loaded", "delivered"]);

/** Where the rescue leads: the scene, and for a crew that has loaded the place it brings that to. */
function goalOf({ incident, missions = [] }) {
  return missions.find(({ status, destination }) => LEFT.has(status) && destination)?.destination ?? incident;
}

const kindOf = (mission) => mission.kind ?? (["als", "bls"].includes(mission.need) ? "ambulance" : "tow");

/** A unit as the world knows it, made from the little that the party may see. */
function unitOf(mission) {
  return {
    id: mission.unit_id ?? mission.id, call_sign: mission.call_sign, kind: kindOf(mission), capabilities: [],
    status: "engaged", mission_id: mission.id, position: mission.position ?? null, version: 0,
  };
}

function styled(name) {
  const sheet = h("link", { rel: "stylesheet", href: `${document.body.dataset.assets}/${name}` });
  return new Promise((resolve, reject) => {
    sheet.addEventListener("load", resolve);
    sheet.addEventListener("error", () => {
      sheet.remove();
      reject(new Error(name));
    });
    document.head.append(sheet);
  });
}

export class PartyMap {
  static async open(container, rescue) {
    for (const name of ["vendor/maplibre-gl.css", "css/map.css"]) await arriving(() => styled(name));
    container.hidden = false;
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", t("map.title"));
    const holder = h("div", { class: "map-canvas" });
    container.replaceChildren(holder);
    const { lon, lat } = goalOf(rescue);
    const view = await createMap(holder, { center: [lon, lat], zoom: 14 });
    return new PartyMap(view, rescue);
  }

  constructor(view, rescue) {
    this.view = view;
    this.world = new World();
    this.motion = new Motion();
    this.world.addEventListener("moved", ({ detail }) => this.motion.seen(detail.id, detail.position, performance.now()));
    this.goal = goalOf(rescue);
    this.marker = new view.maplibre.Marker({ element: h("span", { class: "scene-marker" }) }).setLngLat([this.goal.lon, this.goal.lat]).addTo(view.map);
    const parts = { world: this.world, motion: this.motion };
    this.routes = new RoutesLayer(view.map, { ...parts, isChosen: () => true, goalOf: () => this.goal });
    this.units = new UnitsLayer(view.map, { ...parts, visible: () => true, onFrame: (now) => this.routes.refresh(now) });
    // Whoever moves the map themselves is left alone.
    view.map.on("movestart", ({ originalEvent }) => (this.touched ||= Boolean(originalEvent)));
    this.update(rescue);
    this.#frame(rescue, 0);
  }

  update(rescue) {
    const elsewhere = this.#aim(goalOf(rescue));
    const missions = (rescue.missions ?? []).map((mission) => ({ ...mission, unit_id: mission.unit_id ?? mission.id, version: 0 }));
    const units = missions.map(unitOf).filter((unit) => unit.position);
    this.world.snapshot({ now: rescue.now, units, incidents: [], missions });
    for (const mission of missions) this.motion.follow(mission.unit_id, mission.route?.coordinates);
    this.routes.refresh(performance.now(), true);
    this.units.changed();
    const shown = this.view.map.getBounds();
    const outside = units.some(({ position }) => !shown.contains([position.lon, position.lat]));
    if (elsewhere || (outside && !this.touched)) this.#frame(rescue, 600);
  }

  /** Put the marker where the rescue leads now; whether that is another place than before. */
  #aim(goal) {
    const elsewhere = goal.lon !== this.goal.lon || goal.lat !== this.goal.lat;
    this.goal = goal;
    if (elsewhere) this.marker.setLngLat([goal.lon, goal.lat]);
    return elsewhere;
  }

  #frame({ missions = [] }, duration) {
    const { lon, lat } = this.goal;
    const box = new this.view.maplibre.LngLatBounds([lon, lat], [lon, lat]);
    for (const { position, route } of missions) {
      if (position) box.extend([position.lon, position.lat]);
      for (const place of route?.coordinates ?? []) box.extend(place);
    }
    this.view.map.fitBounds(box, { padding: 56, maxZoom: 15.5, duration });
  }
}
