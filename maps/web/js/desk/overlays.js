// What may be laid over the whole map: who is covered, and how fast the streets are; each with its legend, kept fresh.

import { get } from "../api.js";
import { h } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { sayProblem } from "../ui/toast.js";

const COVERAGE_MS = 15_000;
const SPEEDS_MS = 30_000;

export class Overlays {
  coverage = null;
  speeds = null;

  constructor(layers, repaint) {
    Object.assign(this, { layers, repaint });
    setInterval(() => this.coverage && !document.hidden && this.#showCoverage(), COVERAGE_MS);
    setInterval(() => this.speeds && !document.hidden && this.#showSpeeds(), SPEEDS_MS);
  }

  /** What the colours mean, for whatever is shown. */
  legends() {
    return [this.#legend(), this.#pace()];
  }

  #legend() {
    if (!this.coverage) return null;
    const { kind, cells } = this.coverage;
    const parts = (least, most) => cells.features.reduce((sum, { properties: { units, demand_points: p } }) => sum + (units >= least && units <= most ? p : 0), 0).toFixed(0);
    const row = (tone, words, share) => h("span", { "data-tone": tone }, h("i", { "aria-hidden": "true" }), words, h("b", {}, `${share}%`));
    return h("div", { class: "legend", "data-key": "legend" }, button(t(`units.kind.${kind}`), { action: "coverage-kind" }), h("span", { class: "quiet" }, t("desk.coverage.within", { n: Math.round(cells.standard_s / 60) })), row("available", t("desk.coverage.two"), parts(2, 1e9)), row("offered", t("desk.coverage.one"), parts(1, 1)), row("held", t("desk.coverage.none"), parts(0, 0)));
  }

  #pace() {
    if (!this.speeds) return null;
    const shares = this.speeds.features.map(({ properties }) => properties.share);
    const row = (tone, words, from, to) => h("span", { "data-tone": tone }, h("i", { "aria-hidden": "true" }), words, h("b", {}, shares.filter((share) => share >= from && share < to).length));
    const words = shares.length ? [row("available", t("desk.speeds.usual"), 0.8, 1e9), row("offered", t("desk.speeds.slowed"), 0.5, 0.8), row("held", t("desk.speeds.slow"), 0, 0.5)] : h("span", { class: "quiet" }, t("desk.speeds.none"));
    return h("div", { class: "legend", "data-key": "pace" }, h("b", {}, t("desk.tool.speeds")), shares.length ? h("span", { class: "quiet" }, t("desk.speeds.counted")) : null, words);
  }

  async #showSpeeds() {
    try {
      this.speeds = await get("/v1/traffic/speeds");
      this.layers.speeds(this.speeds);
    } catch (error) {
      sayProblem(error);
    }
    this.repaint();
  }

  toggleSpeeds() {
    if (!this.speeds) return this.#showSpeeds();
    this.speeds = null;
    this.layers.speeds(null);
    return this.repaint();
  }

  async #showCoverage() {
    const kind = this.coverage?.kind ?? "ambulance";
    try {
      const cells = await get(`/v1/coverage/cells?kind=${kind}`);
      this.coverage = { kind, cells };
      this.layers.coverage(cells);
    } catch (error) {
      sayProblem(error);
    }
    this.repaint();
  }

  toggleCoverage() {
    if (!this.coverage) return this.#showCoverage();
    this.coverage = null;
    this.layers.coverage(null);
    return this.repaint();
  }

  coverOther() {
    this.coverage.kind = this.coverage.kind === "ambulance" ? "tow" : "ambulance";
    this.#showCoverage();
  }
}
