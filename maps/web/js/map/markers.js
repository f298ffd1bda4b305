// Accidents and fixed places on the map. Accidents are real buttons: they can be reached with the keyboard.

import { h, icon, paint } from "../dom.js";
import { clock, t } from "../i18n.js";
import { priorityMark } from "../ui/parts.js";

const PLACES_ZOOM = 12;
const NEAR_ZOOM = 12.4;

/** A marker per open accident, with its gravity, its running clock and a ring while somebody still waits. */
export class IncidentMarkers {
  #markers = new Map();

  constructor({ map, maplibre }, { world, onChoose }) {
    Object.assign(this, { map, maplibre, world, onChoose });
    const sort = () => {
      map.getContainer().parentElement.dataset.far = String(map.getZoom() < NEAR_ZOOM);
    };
    map.on("zoom", sort);
    sort();
  }

  refresh(chosenId) {
    const open = this.world.openIncidents();
    const ids = new Set(open.map((incident) => incident.id));
    for (const [id, { marker }] of this.#markers) {
      if (ids.has(id)) continue;
      marker.remove();
      this.#markers.delete(id);
    }
    for (const incident of open) this.#show(incident, incident.id === chosenId);
  }

  #show(incident, chosen) {
    const known = this.#markers.get(incident.id) ?? this.#add(incident);
    const waiting = this.world.needsOf(incident).some((need) => need.missing > 0);
    const { element } = known;
    element.dataset.waiting = String(waiting);
    element.dataset.priority = incident.priority;
    element.setAttribute("aria-current", String(chosen));
    const age_s = (this.world.now() - Date.parse(incident.reported_at)) / 1000;
    paint(
      element,
      priorityMark(incident.priority),
      h("span", { class: "sr-only" }, `${t(`kind.${incident.kind}`)} ${incident.address}`),
      h("span", { class: "clock", "data-clock-since": incident.reported_at }, clock(age_s)),
    );
    known.marker.setLngLat([incident.lon, incident.lat]);
  }

  #add(incident) {
    const element = h("button", { type: "button", class: "incident-marker", "data-incident": incident.id });
    element.addEventListener("click", (event) => {
      event.stopPropagation();
      this.onChoose(incident.id);
    });
    const marker = new this.maplibre.Marker({ element, anchor: "bottom", offset: [0, -6] })
      .setLngLat([incident.lon, incident.lat])
      .addTo(this.map);
    element.removeAttribute("role");
    const known = { marker, element };
    this.#markers.set(incident.id, known);
    return known;
  }
}

const placeTitle = ({ name, facts }) => (facts?.diversion ? `${name} · ${t("place.diversion")}` : name);

/** Hospitals, repair shops and service points: small, and only from the zoom where they help. Hospitals are buttons. */
export class PlaceMarkers {
  #markers = [];

  constructor({ map, maplibre }, { world, onChoose }) {
    Object.assign(this, { map, maplibre, world, onChoose });
    map.on("zoomend", () => this.#sort());
  }

  refresh() {
    for (const { marker } of this.#markers) marker.remove();
    this.#markers = [...this.world.places.values()].map((place) => this.#add(place));
    this.#sort();
  }

  #add(place) {
    const always = place.kind === "hospital";
    const element = h(always ? "button" : "span", { class: "place-marker", "data-kind": place.kind, "data-place": place.id, "data-diversion": place.facts?.diversion ? "true" : null, title: placeTitle(place) }, t(`place.sign.${place.kind}`));
    if (always) {
      element.type = "button";
      element.addEventListener("click", (event) => {
        event.stopPropagation();
        this.onChoose(place.id);
      });
    }
    const marker = new this.maplibre.Marker({ element, anchor: "center" }).setLngLat([place.lon, place.lat]).addTo(this.map);
    element.removeAttribute("tabindex");
    if (always) element.removeAttribute("role");
    else element.setAttribute("role", "img");
    element.setAttribute("aria-label", placeTitle(place));
    return { marker, element, always };
  }

  #sort() {
    const zoom = this.map.getZoom();
    for (const { element, always } of this.#markers) element.hidden = zoom < (always ? PLACES_ZOOM - 2 : PLACES_ZOOM + 2);
  }
}

/** The pin that says where a report is being made. */
export function createPin({ map, maplibre }, onMove) {
  const element = h("span", { class: "report-pin" }, icon("pin"));
  const marker = new maplibre.Marker({ element, anchor: "bottom", draggable: true });
  marker.on("dragend", () => onMove(marker.getLngLat()));
  return {
    put: ({ lng, lat }) => marker.setLngLat([lng, lat]).addTo(map),
    remove: () => marker.remove(),
  };
}
