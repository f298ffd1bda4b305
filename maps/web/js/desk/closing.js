// Closing roads: press a street, or several corners of an area; crews on their way are led around at once.

import { get, post, request } from "../api.js";
import { h } from "../dom.js";
import { listed, t } from "../i18n.js";
import { button, field } from "../ui/parts.js";
import { ask, sayProblem, toast } from "../ui/toast.js";

const LASTS_MIN = [["", "until_lifted"], ["30", "30"], ["120", "120"], ["480", "480"]];

export class RoadCloser {
  mode = null;
  corners = [];

  constructor(layers, world, onChange) {
    Object.assign(this, { layers, world, onChange });
  }

  async refresh() {
    const found = await get("/v1/traffic/closures").catch(() => null);
    if (!found) return;
    for (const feature of found.features) feature.properties.closure = feature.id;
    this.layers.closures(found);
    this.count = found.features.length;
    this.onChange();
  }

  start(mode) {
    this.mode = this.mode === mode ? null : mode;
    this.corners = [];
    this.layers.draw({});
    this.onChange();
  }

  stop() {
    if (this.mode) this.start(this.mode);
  }

  /** A press on the map while closing; returns false if it was not meant for this. */
  press({ lng, lat }) {
    if (this.mode === "area") {
      this.corners.push([lng, lat]);
      this.layers.draw({ corners: this.corners });
      this.onChange();
    } else if (this.mode === "street") this.#street(lng, lat);
    return this.mode !== null;
  }

  async #street(lon, lat) {
    try {
      const street = await get(`/v1/traffic/edges?lon=${lon}&lat=${lat}`);
      this.layers.draw({ lines: street.geometry });
      const name = street.edges.map((edge) => edge.name || edge.ref).find(Boolean) ?? t("desk.street.unnamed");
      await this.#close({ edges: street.edges.map(({ edge }) => edge) }, name);
    } catch (error) {
      if (error.status === 404) toast(t("desk.close.no_street"), { bad: true });
      else sayProblem(error);
    }
  }

  async finishArea() {
    if (this.corners.length < 3) return;
    const ring = [...this.corners, this.corners[0]];
    await this.#close({ polygon: { type: "Polygon", coordinates: [ring] } }, t("desk.close.area_of", { n: this.corners.length }));
  }

  async #close(what, name) {
    const answer = await ask({
      title: t("desk.close.title", { name }),
      text: t("desk.close.text"),
      confirm: t("desk.close.confirm"),
      fields: [
        field("reason", t("dialog.reason"), h("input", { class: "input", required: true, maxlength: 200, list: "close-reasons" })),
        h("datalist", { id: "close-reasons" }, ["flood", "accident", "works", "event"].map((one) => h("option", { value: t(`desk.close.${one}`) }))),
        field("lasts", t("desk.close.lasts"), h("select", { class: "input" }, LASTS_MIN.map(([value, key]) => h("option", { value }, t(`desk.close.for.${key}`))))),
        h("label", { class: "check" }, h("input", { type: "checkbox", name: "siren" }), t("desk.close.siren")),
      ],
    });
    this.start(this.mode);
    if (!answer) return;
    const ends_at = answer.lasts ? new Date(this.world.now() + Number(answer.lasts) * 60_000).toISOString() : null;
    try {
      const made = await post("/v1/traffic/closures", { ...what, reason: answer.reason, ends_at, open_to_siren: answer.siren === "on" });
      toast(t("desk.closed", { n: made.properties.edges.length, m: made.properties.metres }));
      await this.refresh();
    } catch (error) {
      sayProblem(error);
    }
  }

  /** Whom roads that closed or opened led another way, and by how much later each comes. */
  tellEffect(led) {
    const told = led.map(({ call_sign: who, later_s: later }) => (later === null ? who : `${who} ${later < 0 ? "−" : "+"}${Math.round(Math.abs(later))} s`));
    toast(told.length ? t("desk.closed.led", { who: listed(told) }) : t("desk.closed.nobody"));
  }

  async lift(closure) {
    const { names, reason } = closure.properties;
    const answer = await ask({
      title: t("desk.lift.title", { name: listed(names) || t("desk.street.unnamed") }), text: reason, confirm: t("desk.lift"), fields: [],
    });
    if (!answer) return;
    await request("DELETE", `/v1/traffic/closures/${closure.id}`).catch(sayProblem);
    this.refresh();
  }

  /** What is to be done now, above the map. */
  bar() {
    if (!this.mode) return null;
    return h(
      "div",
      { class: "map-hint", "data-key": "closing", role: "status" },
      h("span", {}, t(`desk.close.hint.${this.mode}`)),
      this.mode === "area" ? button(t("desk.close.finish"), { action: "close-finish", kind: "main", disabled: this.corners.length < 3 }) : null,
      button(t("dialog.back"), { action: "close-stop" }),
    );
  }
}
