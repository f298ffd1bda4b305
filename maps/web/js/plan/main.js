// The planner's page: a scenario made on the map, run in the background, compared with others.

import { get, post, request } from "../api.js";
import { coalesced, h, onAction } from "../dom.js";
import { currentLanguage, loadLanguage, switchLanguage, t } from "../i18n.js";
import { askToken, mapMissing, signInByFragment, signOut } from "../session.js";
import { onTheme, switchTheme } from "../theme.js";
import { ask, sayProblem, toast } from "../ui/toast.js";
import { Board } from "./board.js";
import { paintCorner, paintTop } from "./chrome.js";
import { Draft, centreOf, onLine, part, squareAround, stationsOf } from "./draft.js";
import { paintEditor } from "./editor.js";
import { MOST_COMPARED, hexagons, paintResults } from "./results.js";
import { editToml } from "./toml.js";

const SOON_MS = 1_000;
const LATER_MS = 10_000;
const element = (id) => document.getElementById(id);
const round6 = (value) => Number(value.toFixed(6));

class PlanningPage {
  draft = null;
  board = null;
  state = { chosen: null, picking: null, names: new Map(), problem: "", sending: false };
  results = { plans: [], ticked: [], comparison: null, layer: "wait", of: "0", loaded: false };
  pointed = null;
  paint = coalesced(() => this.#paint());

  async start() {
    await this.#speak();
    await signInByFragment();
    this.results.ticked = location.hash.slice(1).split(",").filter((id) => /^[0-9a-f-]{36}$/.test(id)).slice(0, MOST_COMPARED);
    onAction(document.body, (action, target) => this.#act(action, target.dataset));
    document.addEventListener("input", ({ target }) => this.#edited(target, false));
    document.addEventListener("change", ({ target }) => this.#edited(target, true));
    document.addEventListener("keydown", (event) => this.#key(event));
    onTheme(this.paint);
    const today = await this.#today();
    this.region = today.region;
    this.draft = new Draft(today.scenario, () => this.#changed());
    this.#paint();
    await Promise.all([this.#openMap(today.bounds), this.#refresh()]);
    this.#follow();
  }

  async #speak() {
    await loadLanguage();
    document.title = t("plan.title");
    element("draft").setAttribute("aria-label", t("plan.draft"));
    element("results").setAttribute("aria-label", t("plan.plans"));
    element("map").setAttribute("aria-label", t("map.title"));
  }

  /** Asked until somebody has signed in and the service answers. */
  async #today() {
    for (;;) {
      try {
        return await get(`/v1/plans/today?lang=${currentLanguage()}`);
      } catch (error) {
        if (error.status === 401 || error.status === 403) await askToken(element("dialogs"));
        else await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
    }
  }

  async #openMap(bounds) {
    try {
      this.board = await Board.open(element("map"), {
        bounds,
        on: {
          choose: (row) => this.#choose(row),
          move: (row, place, key) => this.#move(row, place, key),
          units: (row, by) => this.#units(row, by),
          remove: (row) => this.#removeStation(row),
          press: (place) => this.#press(place),
          point: (told) => this.#point(told),
        },
      });
      this.#changed();
      this.#colour();
    } catch (error) {
      element("map").replaceChildren(mapMissing(error));
    }
  }

  // -- the draft ---------------------------------------------------------------------------------------

  #changed() {
    this.state.problem = "";
    this.board?.refresh(this.draft.scenario, this.state.chosen);
    this.paint();
  }

  #choose(row) {
    this.state.chosen = row;
    this.board?.refresh(this.draft.scenario, row);
    this.paint();
  }

  #move(row, [lon, lat], key = null) {
    this.draft.change((scenario) => Object.assign(scenario.fleet.station[row], { lon: round6(lon), lat: round6(lat) }), key);
  }

  #units(row, by) {
    this.draft.change(({ fleet }) => {
      fleet.station[row].units = Math.max(0, fleet.station[row].units + by);
    });
  }

  #removeStation(row) {
    this.state.chosen = null;
    this.draft.change(({ fleet }) => fleet.station.splice(row, 1));
    toast(t("plan.removed"));
  }

  #pick(what) {
    this.state.picking = this.state.picking === what ? null : what;
    this.board?.pick(this.state.picking !== null);
    this.paint();
  }

  async #press([lon, lat]) {
    const { picking } = this.state;
    if (picking === "road") await this.#closeRoad(lon, lat);
    else if (picking) {
      const row = stationsOf(this.draft.scenario).length;
      this.draft.change((scenario) => {
        (part(scenario, "fleet").station ??= []).push({ kind: picking, name: t("plan.new_station", { n: row + 1 }), lon: round6(lon), lat: round6(lat), units: picking === "ambulance" ? 2 : 3 });
      });
      this.#pick(picking);
      this.#choose(row);
    } else this.#choose(null);
  }

  async #closeRoad(lon, lat) {
    try {
      const street = await get(`/v1/traffic/edges?lon=${lon}&lat=${lat}`);
      const ring = squareAround(onLine(street.geometry.coordinates, [lon, lat]));
      this.state.names.set(JSON.stringify(ring), street.edges.map((edge) => edge.name || edge.ref).find(Boolean) ?? t("plan.unnamed"));
      this.draft.change((scenario) => (part(scenario, "city").close_road ??= []).push(ring));
    } catch (error) {
      if (error.status === 404) toast(t("plan.no_street"), { bad: true });
      else sayProblem(error);
    }
  }

  /** What closed streets are called, of a scenario that came from elsewhere. */
  async #nameRoads() {
    for (const ring of this.draft.scenario.city?.close_road ?? []) {
      const key = JSON.stringify(ring);
      if (this.state.names.has(key)) continue;
      const [lon, lat] = centreOf(ring);
      const street = await get(`/v1/traffic/edges?lon=${lon}&lat=${lat}`).catch(() => null);
      const name = street?.edges.map((edge) => edge.name || edge.ref).find(Boolean);
      if (name) this.state.names.set(key, name);
    }
    this.paint();
  }

  #edited(target, settled) {
    if (target.dataset.plan) return settled ? this.#tick(target.dataset.plan, target.checked) : null;
    if (target.name === "layer" || target.name === "of") return settled ? this.#show(target) : null;
    const { path } = target.dataset;
    if (!path || !this.draft) return null;
    // Half a number is no number yet.
    if (target.type === "number" && (!target.checkValidity() || target.value === "")) return settled ? this.paint() : null;
    return this.draft.change((scenario) => this.#write(scenario, path, target), path);
  }

  #write(scenario, path, target) {
    const value = target.type === "number" || target.type === "range" ? Number(target.value) : target.value;
    const [head, key, field] = path.split(".");
    if (head === "station") scenario.fleet.station[Number(key)][field] = Math.round(value);
    else if (head === "hospital") this.#openHospital(scenario, scenario.city.hospital[Number(key)].name, target.checked);
    else if (path === "demand.history") {
      if (target.checked) part(scenario, "demand").history = "recorded.csv";
      else delete scenario.demand.history;
    } else if (key === undefined) scenario[head] = value;
    else part(scenario, head)[key] = ["replications", "days"].includes(key) ? Math.round(value) : value;
  }

  #openHospital(scenario, name, open) {
    const closed = new Set(scenario.city.close_hospital ?? []);
    if (open) closed.delete(name);
    else closed.add(name);
    if (closed.size) scenario.city.close_hospital = [...closed];
    else delete scenario.city.close_hospital;
  }

  async #editToml() {
    try {
      const taken = await editToml(this.draft.scenario, (body) => this.#check(body), (error) => this.#said(error));
      if (!taken) return;
      this.state.chosen = null;
      this.draft.replace(taken);
      await this.#nameRoads();
    } catch (error) {
      this.#wrong(error);
    }
  }

  #check(body) {
    return post("/v1/plans/check", body);
  }

  #said(error) {
    return error.status === 0 ? t("problem.offline") : error.message;
  }

  #wrong(error) {
    this.state.problem = this.#said(error);
    this.paint();
  }

  async #start() {
    this.state.sending = true;
    this.paint();
    try {
      const plan = await post("/v1/plans", { scenario: this.draft.scenario });
      this.results.plans = [plan, ...this.results.plans];
      toast(t("plan.started", { name: plan.name }));
      this.#soon();
    } catch (error) {
      this.#wrong(error);
    } finally {
      this.state.sending = false;
      this.paint();
    }
  }

  // -- the plans ---------------------------------------------------------------------------------------

  async #refresh() {
    const found = await get("/v1/plans").catch(() => null);
    if (found) {
      const over = new Set(found.plans.filter(({ status }) => status === "done").map(({ id }) => id));
      const ticked = this.results.ticked.filter((id) => over.has(id));
      const news = ticked.join() !== this.compared;
      Object.assign(this.results, { plans: found.plans, ticked, loaded: true });
      if (news) await this.#compare();
    }
    this.paint();
  }

  async #follow() {
    for (;;) {
      const active = this.results.plans.some(({ status }) => status === "queued" || status === "running");
      await new Promise((resolve) => {
        this.#soon = resolve;
        setTimeout(resolve, active ? SOON_MS : LATER_MS);
      });
      if (!document.hidden) await this.#refresh();
    }
  }

  #soon = () => {};

  #tick(id, ticked) {
    const others = this.results.ticked.filter((one) => one !== id);
    this.results.ticked = ticked ? [...others, id].slice(0, MOST_COMPARED) : others;
    this.#compare();
  }

  async #compare() {
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
    this.#colour();
    this.paint();
  }

  #show(target) {
    this.results[target.name] = target.value;
    this.#colour();
    this.paint();
  }

  #colour() {
    const { comparison, layer, of } = this.results;
    const drawn = comparison ? hexagons(comparison, layer, of) : { found: [], bands: [] };
    this.bands = drawn.bands;
    this.board?.cells(drawn.found);
  }

  async #open(id) {
    const { scenario } = await get(`/v1/plans/${id}`);
    this.state.chosen = null;
    this.draft.replace(scenario);
    this.#nameRoads();
    toast(t("plan.opened", { name: scenario.name }));
  }

  async #forget(id) {
    const plan = this.results.plans.find((one) => one.id === id);
    const sure = await ask({ title: t("plan.forget.title", { name: plan.name }), text: t("plan.forget.text"), confirm: t("plan.forget"), fields: [] });
    if (!sure) return;
    await request("DELETE", `/v1/plans/${id}`);
    await this.#refresh();
  }

  async #share() {
    try {
      await navigator.clipboard.writeText(location.href);
      toast(t("plan.copied"));
    } catch {
      await ask({ title: t("plan.share"), text: t("plan.share.text"), fields: [h("input", { class: "input", readonly: true, value: location.href, "aria-label": t("plan.share") })] });
    }
  }

  // -- the page ----------------------------------------------------------------------------------------

  async #act(action, { row, id }) {
    const at = Number(row);
    const acts = {
      undo: () => this.draft.undo(),
      redo: () => this.draft.redo(),
      toml: () => this.#editToml(),
      today: async () => this.draft.replace((await this.#today()).scenario),
      choose: () => (this.#choose(at), this.board?.focus(at)),
      more: () => this.#units(at, 1),
      fewer: () => this.#units(at, -1),
      "remove-station": () => this.#removeStation(at),
      "open-road": () => this.draft.change(({ city }) => city.close_road.splice(at, 1)),
      "pick-ambulance": () => this.#pick("ambulance"),
      "pick-tow": () => this.#pick("tow"),
      "pick-road": () => this.#pick("road"),
      "pick-stop": () => this.#pick(this.state.picking),
      start: () => this.#start(),
      open: () => this.#open(id),
      cancel: () => request("POST", `/v1/plans/${id}/cancel`).then(() => this.#refresh()),
      forget: () => this.#forget(id),
      share: () => this.#share(),
      language: () => switchLanguage().then(() => location.reload()),
      theme: () => switchTheme(),
      leave: () => signOut(),
    };
    try {
      await acts[action]?.();
    } catch (error) {
      sayProblem(error);
    }
  }

  #key(event) {
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, dialog");
    const withCtrl = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && this.state.picking) this.#pick(this.state.picking);
    else if (withCtrl && event.key === "Enter" && !event.target.closest("dialog")) this.#start();
    else if (withCtrl && !typing && event.key.toLowerCase() === "z") event.shiftKey ? this.draft?.redo() : this.draft?.undo();
    else if (withCtrl && !typing && event.key.toLowerCase() === "y") this.draft?.redo();
    else return;
    event.preventDefault();
  }

  #point(told) {
    if (told === this.pointed) return;
    this.pointed = told;
    this.#paintCorner();
  }

  #paint() {
    paintTop(element("plan-top"), this.region);
    if (!this.draft) return;
    paintEditor(element("draft"), this.draft, this.state);
    paintResults(element("results"), this.results);
    this.#paintCorner();
  }

  #paintCorner() {
    paintCorner(element("map"), { picking: this.state.picking, layer: this.results.comparison && this.results.layer, bands: this.bands, pointed: this.pointed });
  }
}

new PlanningPage().start();
