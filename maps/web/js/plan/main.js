// The planner's page: a scenario made on the map, run in the background, compared with others.

import { get, post, request } from "../api.js";
import { coalesced, onAction } from "../dom.js";
import { currentLanguage, loadLanguage, switchLanguage, t } from "../i18n.js";
import { askToken, mapMissing, signInByFragment, signOut } from "../session.js";
import { onTheme, switchTheme } from "../theme.js";
import { sayProblem, toast } from "../ui/toast.js";
import { Board } from "./board.js";
import { paintCorner, paintTop } from "./chrome.js";
import { paintEditor } from "./editor.js";
import { Comparing } from "./comparing.js";
import { paintResults } from "./results.js";
import { Shaping } from "./shaping.js";

const element = (id) => document.getElementById(id);

class PlanningPage {
  shaping = null;
  board = null;
  pointed = null;
  paint = coalesced(() => this.#paint());

  async start() {
    await this.#speak();
    await signInByFragment();
    this.comparing = new Comparing({ paint: this.paint, onCells: (found) => this.board?.cells(found) });
    onAction(document.body, (action, target) => this.#act(action, target.dataset));
    document.addEventListener("input", ({ target }) => this.#edited(target, false));
    document.addEventListener("change", ({ target }) => this.#edited(target, true));
    document.addEventListener("keydown", (event) => this.#key(event));
    onTheme(this.paint);
    const today = await this.#today();
    this.region = today.region;
    this.shaping = new Shaping(today.scenario, this.paint);
    this.#paint();
    await Promise.all([this.#openMap(today.bounds), this.comparing.refresh()]);
    this.comparing.follow();
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
          choose: (row) => this.shaping.choose(row),
          move: (row, place, key) => this.shaping.move(row, place, key),
          units: (row, by) => this.shaping.units(row, by),
          remove: (row) => this.shaping.removeStation(row),
          press: (place) => this.shaping.press(place),
          point: (told) => this.#point(told),
        },
      });
      this.shaping.on(this.board);
      this.comparing.colour();
    } catch (error) {
      element("map").replaceChildren(mapMissing(error));
    }
  }

  async #start() {
    if (!this.shaping) return;
    this.shaping.state.sending = true;
    this.paint();
    try {
      const plan = await post("/v1/plans", { scenario: this.shaping.draft.scenario });
      this.comparing.started(plan);
      toast(t("plan.started", { name: plan.name }));
    } catch (error) {
      this.shaping.wrong(error);
    } finally {
      this.shaping.state.sending = false;
      this.paint();
    }
  }

  async #act(action, { row, id }) {
    const at = Number(row);
    const acts = {
      undo: () => this.shaping.draft.undo(),
      redo: () => this.shaping.draft.redo(),
      toml: () => this.shaping.editToml(),
      today: async () => this.shaping.draft.replace((await this.#today()).scenario),
      choose: () => (this.shaping.choose(at), this.board?.focus(at)),
      more: () => this.shaping.units(at, 1),
      fewer: () => this.shaping.units(at, -1),
      "remove-station": () => this.shaping.removeStation(at),
      "open-road": () => this.shaping.draft.change(({ city }) => city.close_road.splice(at, 1)),
      "pick-ambulance": () => this.shaping.pick("ambulance"),
      "pick-tow": () => this.shaping.pick("tow"),
      "pick-road": () => this.shaping.pick("road"),
      "pick-stop": () => this.shaping.pick(this.shaping.state.picking),
      start: () => this.#start(),
      open: () => this.#open(id),
      cancel: () => request("POST", `/v1/plans/${id}/cancel`).then(() => this.comparing.refresh()),
      forget: () => this.comparing.forget(id),
      share: () => this.comparing.share(),
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

  async #open(id) {
    const { scenario } = await get(`/v1/plans/${id}`);
    this.shaping.take(scenario);
    toast(t("plan.opened", { name: scenario.name }));
  }

  /** Boxes and layers belong to the comparison, everything else that has a path to the draft. */
  #edited(target, settled) {
    const compared = target.dataset.plan || target.name === "layer" || target.name === "of";
    if (!compared) this.shaping?.edited(target, settled);
    else if (settled) this.comparing.edited(target);
  }

  #key(event) {
    const typing = event.target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, dialog");
    const withCtrl = event.ctrlKey || event.metaKey;
    if (event.key === "Escape" && this.shaping?.state.picking) this.shaping.pick(this.shaping.state.picking);
    else if (withCtrl && event.key === "Enter" && !event.target.closest("dialog")) this.#start();
    else if (withCtrl && !typing && event.key.toLowerCase() === "z") event.shiftKey ? this.shaping?.draft.redo() : this.shaping?.draft.undo();
    else if (withCtrl && !typing && event.key.toLowerCase() === "y") this.shaping?.draft.redo();
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
    if (!this.shaping) return;
    paintEditor(element("draft"), this.shaping.draft, this.shaping.state);
    paintResults(element("results"), this.comparing.results);
    this.#paintCorner();
  }

  #paintCorner() {
    const { results, bands } = this.comparing;
    paintCorner(element("map"), { picking: this.shaping.state.picking, layer: results.comparison && results.layer, bands, pointed: this.pointed });
  }
}

new PlanningPage().start();
