// Where the damaged car goes: the party's own free choice, asked quietly and changed until the car is there.

import { get, request } from "../api.js";
import { h, icon } from "../dom.js";
import { distance, t } from "../i18n.js";
import { metresBetween } from "../map/projection.js";

const UNDELIVERED = new Set(["offered", "accepted", "en_route", "on_scene", "loaded"]);

export class RepairShop {
  #offer = null;
  #asking = false;
  // Chosen but not yet answered for, and why the last answer was no.
  #sending = null;
  #trouble = null;

  /** `path` is the rescue's address; `onChange` paints the page again. */
  constructor(path, onChange) {
    Object.assign(this, { path, onChange });
  }

  /** The section, or null where no car is being towed or nothing is known yet. */
  section({ incident, missions = [] }) {
    const tows = missions.filter(({ kind }) => kind === "tow");
    if (!tows.length || incident?.status === "cancelled") return null;
    if (!this.#offer) return void this.#ask();
    const open = incident.status === "open" && tows.some(({ status }) => UNDELIVERED.has(status)) && this.#trouble !== "late";
    const chosen = this.#offer.repair_shops.find(({ id }) => id === this.#offer.chosen_id);
    if (!open && !chosen) return this.#note();
    return h(
      "details",
      { class: "shops", "data-key": "shops" },
      h("summary", {}, h("strong", {}, t("party.shop")), h("span", { class: "quiet" }, chosen?.name ?? t("party.shop.none"))),
      h("p", { class: "quiet" }, t(open ? "party.shop.text" : "party.shop.closed")),
      this.#note(),
      open ? h("ul", {}, this.#row(null, t("party.shop.yard"), null), this.#offer.repair_shops.map((shop) => this.#row(shop.id, shop.name, metresBetween([incident.lon, incident.lat], [shop.lon, shop.lat])))) : null,
    );
  }

  #note() {
    return this.#trouble ? h("p", { class: "note", "data-tone": "offered", role: "alert" }, icon("warning"), h("span", {}, t(`party.shop.${this.#trouble}`))) : null;
  }

  #row(id, name, away_m) {
    const chosen = (this.#offer.chosen_id ?? null) === id;
    const busy = this.#sending !== null && this.#sending.id === id;
    return h(
      "li",
      { "data-key": id ?? "yard" },
      h(
        "button",
        { type: "button", class: "shop", "data-action": "choose-shop", "data-id": id ?? "", "aria-pressed": String(chosen), "aria-busy": busy ? "true" : null },
        h("span", { class: "shop-tick" }, chosen ? icon("check") : null),
        h("span", {}, name),
        away_m === null ? null : h("span", { class: "quiet" }, distance(away_m)),
      ),
    );
  }

  async #ask() {
    if (this.#asking) return;
    this.#asking = true;
    // Without an answer the next painting of the page asks again.
    this.#offer = await get(`${this.path}/repair-shops`).catch(() => null);
    this.#asking = false;
    if (this.#offer) this.onChange();
  }

  /** The party's word, or null to take it back; only what the service has kept is shown as chosen. */
  async choose(id) {
    if (this.#sending) return;
    this.#sending = { id };
    this.#trouble = null;
    this.onChange();
    try {
      this.#offer = await request("PUT", `${this.path}/repair-shop`, { body: { place_id: id } });
    } catch (error) {
      this.#trouble = error.status === 409 ? "late" : "failed";
    }
    this.#sending = null;
    this.onChange();
  }
}
