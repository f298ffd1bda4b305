// The plans that run or have run: followed, ticked, compared, and coloured over the map.

import { get, request } from "../api.js";
import { h } from "../dom.js";
import { currentLanguage, t } from "../i18n.js";
import { ask, sayProblem, toast } from "../ui/toast.js";
import { MOST_COMPARED, hexagons } from "./results.js";

const SOON_MS = 1_000;
const LATER_MS = 10_000;

export class Comparing {
  results = { plans: [], ticked: [], comparison: null, layer: "wait", of: "0", loaded: false };

  /** `onCells` is told the coloured hexagons whenever they are others. */
  constructor({ paint, onCells }) {
    Object.assign(this, { paint, onCells });
    this.results.ticked = location.hash.slice(1).split(",").filter((id) => /^[0-9a-f-]{36}$/.test(id)).slice(0, MOST_COMPARED);
  }

  started(plan) {
    this.results.plans = [plan, ...this.results.plans];
    this.soon();
  }

  async refresh() {
    const found = await get("/v1/plans").catch(() => null);
    if (found) {
      const over = new Set(found.plans.filter(({ status }) => status === "done").map(({ id }) => id));
      const ticked = this.results.ticked.filter((id) => over.has(id));
      const news = ticked.join() !== this.compared;
      Object.assign(this.results, { plans: found.plans, ticked, loaded: true });
      if (news) await this.compare();
    }
    this.paint();
  }

  async follow() {
    for (;;) {
      const active = this.results.plans.some(({ status }) => status === "queued" || status === "running");
      await new Promise((resolve) => {
        this.soon = resolve;
        setTimeout(resolve, active ? SOON_MS : LATER_MS);
      });
      if (!document.hidden) await this.refresh();
    }
  }

  soon = () => {};

  tick(id, ticked) {
    const others = this.results.ticked.filter((one) => one !== id);
    this.results.ticked = ticked ? [...others, id].slice(0, MOST_COMPARED) : others;
    this.compare();
  }

  async compare() {
    const { ticked } = this.results;
    this.compared = ticked.join();
    history.replaceState(null, "", `${location.pathname}${ticked.length ? `#${ticked.join()}` : ""}`);
    try {
      this.results.comparison = ticked.length ? await get(`/v1/plans/comparison?lang=${currentLanguage()}&${ticked.map((id) => `id=${id}`).join("&")}`) : null;
    } catch (error) {
      sayProblem(error);
    }
    if (Number(this.results.of.replace("change-", "")) >= ticked.length) this.results.of = "0";
    if (ticked.length === 2) this.results.of = "change-1";
    this.colour();
    this.paint();
  }

  show(target) {
    this.results[target.name] = target.value;
    this.colour();
    this.paint();
  }

  colour() {
    const { comparison, layer, of } = this.results;
    const drawn = comparison ? hexagons(comparison, layer, of) : { found: [], bands: [] };
    this.bands = drawn.bands;
    this.onCells(drawn.found);
  }

  async forget(id) {
    const plan = this.results.plans.find((one) => one.id === id);
    const sure = await ask({ title: t("plan.forget.title", { name: plan.name }), text: t("plan.forget.text"), confirm: t("plan.forget"), fields: [] });
    if (!sure) return;
    await request("DELETE", `/v1/plans/${id}`);
    await this.refresh();
  }

  async share() {
    try {
      await navigator.clipboard.writeText(location.href);
      toast(t("plan.copied"));
    } catch {
      await ask({ title: t("plan.share"), text: t("plan.share.text"), fields: [h("input", { class: "input", readonly: true, value: location.href, "aria-label": t("plan.share") })] });
    }
  }

  /** A box ticked, or another layer asked for. */
  edited(target) {
    if (target.dataset.plan) this.tick(target.dataset.plan, target.checked);
    else this.show(target);
  }
}
