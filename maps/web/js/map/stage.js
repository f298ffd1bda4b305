// The map with everything that lies on it, as one thing that the page can refresh, frame and ask.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { Motion } from "../motion.js";
import { ACTIVE_MISSION } from "../world.js";
import { IncidentMarkers, PlaceMarkers, createPin } from "./markers.js";
import { RoutesLayer } from "./routes_layer.js";
import { UnitsLayer } from "./units_layer.js";
import { createMap } from "./view.js";

const CLOSE_ZOOM = 14.5;
const PHONE = "(max-width: 760px)";
const BESIDE_DETAIL = { top: 70, left: 70, bottom: 70, right: 450 };
const besideSheet = () => ({ top: 60, left: 40, right: 80, bottom: innerHeight * 0.5 });
const words = () => ({
  "Map.Title": t("map.title"),
  "NavigationControl.ZoomIn": t("map.zoom_in"),
  "NavigationControl.ZoomOut": t("map.zoom_out"),
});

export class Stage {
  /** Open the map in `container`; `on` has onUnit, onIncident, onPlace (a press that means "here") and onNothing. */
  static async open(container, { bounds, world, motion, isChosen, on }) {
    const holder = h("div", { class: "map-canvas" });
    container.replaceChildren(holder);
    const view = await createMap(holder, { bounds, words: words() });
    return new Stage(view, { bounds, world, motion, isChosen, on });
  }

  constructor(view, { bounds, world, motion, isChosen, on }) {
    Object.assign(this, { view, map: view.map, bounds, world, on, live: { motion } });
    this.routes = new RoutesLayer(this.map, { world, motion, isChosen });
    this.incidents = new IncidentMarkers(view, { world, onChoose: on.onIncident });
    this.places = new PlaceMarkers(view, { world, onChoose: on.onHospital });
    this.units = new UnitsLayer(this.map, {
      world, motion,
      visible: (unit) => unit.status !== "off_shift",
      onFrame: (now) => this.routes.refresh(now),
    });
    this.pin = createPin(view, (place) => on.onPlace(place));
    this.map.addControl(new view.maplibre.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(new view.maplibre.ScaleControl({ maxWidth: 90 }), "bottom-left");
    this.#listen();
  }

  #listen() {
    this.map.on("click", (event) => {
      const unit = this.units.at(event.point);
      if (this.picking) this.on.onPlace(event.lngLat);
      else if (!unit && this.on.onPress?.(event)) return;
      else if (unit) this.on.onUnit(unit);
      else this.on.onNothing();
    });
    this.map.on("contextmenu", (event) => this.on.onReportHere(event.lngLat));
    this.map.on("mousemove", (event) => {
      const over = this.units.at(event.point) && !this.picking;
      this.map.getCanvas().style.cursor = this.picking ? "crosshair" : over ? "pointer" : "";
    });
  }

  /** While true a click on the map means a place, not a unit. */
  pick(picking) {
    this.picking = picking;
    this.map.getCanvas().style.cursor = picking ? "crosshair" : "";
  }

  refresh({ unit, incident }) {
    const another = this.chosen !== (unit ?? incident);
    this.chosen = unit ?? incident;
    this.units.selected = unit;
    this.incidents.refresh(incident);
    this.routes.refresh(performance.now(), another);
    this.units.changed();
  }

  /** Draw another world, such as the city of an hour ago; `still` units stand where they are put. */
  show(world, { still = false } = {}) {
    const motion = still ? new Motion() : this.live.motion;
    if (still) for (const unit of world.units.values()) motion.seen(unit.id, unit.position, performance.now());
    for (const layer of [this.routes, this.units, this.incidents]) Object.assign(layer, { world, motion });
    this.incidents.refresh(this.chosen);
    this.routes.refresh(performance.now(), true);
    this.units.changed();
  }

  refreshPlaces() {
    this.places.refresh();
  }

  /** The part of the region where units and accidents are; all of it while there are none. */
  frameAll({ duration = 500 } = {}) {
    const places = [...this.world.openIncidents(), ...[...this.world.units.values()].map((unit) => unit.position)];
    const points = places.filter(Boolean).map(({ lon, lat }) => [lon, lat]);
    if (points.length) this.frame(points, 60, duration);
    else if (this.bounds) this.map.fitBounds(this.bounds, { padding: 32, duration });
  }

  /** Bring points into view, without zooming further out than needed. */
  frame(points, padding, duration = 500) {
    if (!points.length) return;
    const box = new this.view.maplibre.LngLatBounds(points[0], points[0]);
    for (const point of points) box.extend(point);
    this.map.fitBounds(box, { padding, maxZoom: Math.max(CLOSE_ZOOM, this.map.getZoom()), duration });
  }

  /** Bring what was chosen and all that is on its way to it into view. */
  frameChosen({ kind, id }) {
    const { world } = this;
    const unit = kind === "unit" ? world.units.get(id) : null;
    const incident = world.incidents.get(unit ? world.missionOf(unit)?.incident_id : id);
    const coming = incident ? world.missionsOf(incident.id).filter((mission) => ACTIVE_MISSION.has(mission.status)) : [];
    const units = unit ? [unit] : coming.map((mission) => world.units.get(mission.unit_id));
    const points = units.filter((each) => each?.position).map((each) => [each.position.lon, each.position.lat]);
    if (incident) points.push([incident.lon, incident.lat]);
    this.frame(points, matchMedia(PHONE).matches ? besideSheet() : BESIDE_DETAIL);
  }

  centre() {
    return this.map.getCenter();
  }
}
