// The live page: puts the world, the map and the panels together.

import { coalesced, onAction } from "./dom.js";
import { loadLanguage, switchLanguage, t, translatePage } from "./i18n.js";
import { Feed } from "./desk/feed.js";
import { onKeys } from "./desk/keys.js";
import { Screens } from "./desk/screens.js";
import { DeskTools } from "./desk/tools.js";
import { Stage } from "./map/stage.js";
import { Motion } from "./motion.js";
import { paintBar } from "./panel/bar.js";
import { Dossier } from "./panel/dossier.js";
import { DetailPane } from "./panel/detail.js";
import { setDiversion } from "./panel/hospital.js";
import { cancelIncident, makeTrackingLink } from "./panel/orders.js";
import { paintPanel, paintTabs } from "./panel/shell.js";
import { askToken, mapMissing, signOut } from "./session.js";
import { onTheme, switchTheme } from "./theme.js";
import { startClocks } from "./ui/parts.js";
import { toast } from "./ui/toast.js";
import { World } from "./world.js";

// Ages and speeds grow without any event.
const REPAINT_MS = 3_000;
const element = (id) => document.getElementById(id);

class LivePage {
  world = new World();
  motion = new Motion();
  dossier = new Dossier(() => this.paint());
  page = { tab: "incidents", view: "map", chosen: null, filter: { words: "", kind: "all" } };

  constructor() {
    this.paint = coalesced(() => this.#paint());
    const { world } = this;
    this.feed = new Feed(world, {
      askToken: () => askToken(element("dialogs")),
      onState: (state, before) => this.#connected(state, before),
      onEvent: (name, value) => this.#told(name, value),
    });
    this.screens = new Screens((told) => this.#hear(told));
    this.tools = new DeskTools({
      world,
      screens: this.screens,
      chosen: () => this.page.chosen,
      choose: (chosen) => this.#show(chosen),
      repaint: () => this.paint(),
      go: (lon, lat) => this.stage?.frame([[lon, lat]], 60),
    });
    this.detail = new DetailPane(element("detail"), { world, dossier: this.dossier, recommendations: this.tools.recommendations });
    world.addEventListener("change", () => this.paint());
    world.addEventListener("moved", ({ detail }) => this.motion.seen(detail.id, detail.position, performance.now()));
    world.addEventListener("snapshot", () => this.#settle());
    world.addEventListener("incident", ({ detail }) => this.dossier.stale(detail.id));
    world.addEventListener("mission", ({ detail }) => this.dossier.stale(world.missions.get(detail.id)?.incident_id));
    world.addEventListener("duplicate", ({ detail }) => [detail.known, detail.opened].forEach((id) => this.dossier.stale(id)));
    world.addEventListener("place", () => this.stage?.refreshPlaces());
    onTheme(() => this.paint());
    onAction(document.body, (action, target) => this.#act(action, target.dataset));
    this.#listen();
    element("panel").addEventListener("input", ({ target }) => {
      if (target.name !== "unit-search") return;
      this.page.filter.words = target.value;
      this.paint();
    });
  }

  async start() {
    await this.#speak(loadLanguage);
    startClocks(document.body, () => this.world.now());
    setInterval(this.paint, REPAINT_MS);
    await this.feed.open();
    await this.#openStage();
    this.paint();
  }

  async #speak(load) {
    await load();
    translatePage();
    document.title = t("live.title");
    element("map").setAttribute("aria-label", t("map.title"));
    element("panel").setAttribute("aria-label", t("panel.title"));
    element("detail").setAttribute("aria-label", t("detail.title"));
    this.paint();
  }

  async #openStage() {
    try {
      this.stage = await Stage.open(element("map"), {
        bounds: this.feed.region.bounds,
        world: this.world,
        motion: this.motion,
        isChosen: (mission) => this.#isChosen(mission),
        on: {
          onUnit: (id) => this.#choose({ kind: "unit", id }),
          onIncident: (id) => this.#choose({ kind: "incident", id }),
          onHospital: (id) => this.#choose({ kind: "hospital", id }),
          onPlace: (place) => this.detail.report?.put(place),
          onReportHere: (place) => this.#report(place),
          onNothing: () => this.#choose(null),
          onPress: (event) => this.tools.pressed(event),
        },
      });
      this.tools.staged(this.stage, this.feed.region);
      this.#settle();
      element("map").dataset.ready = "true";
      window.yct = { map: this.stage.map, world: this.world, motion: this.motion };
    } catch (error) {
      element("map").replaceChildren(mapMissing(error));
    }
  }

  /** Once both the map and the first snapshot are there. */
  #settle() {
    if (!this.stage || !this.world.loaded) return;
    this.stage.refreshPlaces();
    if (!this.framed) this.stage.frameAll({ duration: 0 });
    this.framed = true;
  }

  /** What is nobody's but the desk's: roads closed, crews led around them. */
  #told(name, value) {
    if (name === "closures") this.tools.closer?.refresh();
    else if (name === "rerouted") this.tools.closer?.tellEffect(value.led);
  }

  #connected(state, before) {
    if (before === "lost" && state === "live") toast(t("connection.back"));
    if (state === "refused") location.reload();
    this.paint();
  }

  #isChosen(mission) {
    const { chosen } = this.page;
    return chosen?.id === mission.incident_id || chosen?.id === mission.unit_id;
  }

  #paint() {
    const { world, page, feed } = this;
    document.body.dataset.view = page.view;
    document.body.dataset.connection = feed.connection;
    document.body.classList.toggle("has-detail", page.chosen !== null && !this.screens.mapAlone);
    paintBar(element("bar"), { world, feed, past: this.tools.replay.open });
    paintPanel(element("panel"), { world, page });
    paintTabs(element("tabs"), { world, page });
    const aside = element("detail");
    aside.hidden = page.chosen === null || this.screens.mapAlone;
    if (!aside.hidden) this.detail.paint(page.chosen);
    this.motion.followMissions(world);
    this.tools.paint();
    this.stage?.refresh({
      unit: page.chosen?.kind === "unit" ? page.chosen.id : null,
      incident: page.chosen?.kind === "incident" ? page.chosen.id : null,
    });
  }

  /** What another screen of this desk chose, or where it wants an accident reported. */
  #hear({ chosen = null, report }) {
    if (!report) this.#choose(chosen, { told: true });
    else if (!this.screens.mapAlone) this.#report(report);
  }

  #choose(chosen, { told = false } = {}) {
    if (!told && chosen?.kind !== "report") this.screens.tell({ chosen });
    if (this.page.chosen?.kind === "report" && chosen?.kind !== "report") this.detail.endReport();
    this.page.chosen = chosen;
    if (chosen === null) this.detail.clear();
    else if (chosen.kind !== "report") this.stage?.frameChosen(chosen);
    this.paint();
  }

  #report(place = null) {
    if (this.screens.mapAlone) return void this.screens.tell({ report: place ?? this.stage.centre() });
    if (this.page.chosen?.kind === "report") {
      if (place) this.detail.report.put(place);
      return;
    }
    this.page.view = "map";
    this.#choose({ kind: "report", id: null });
    this.detail.openReport(this.stage, place, (incident) => {
      this.world.incident(incident);
      this.#choose({ kind: "incident", id: incident.id });
    });
  }

  #act(action, { id, tab, view, kind, sign, on }) {
    const acts = {
      tab: () => Object.assign(this.page, { tab }),
      view: () => {
        if (this.page.chosen) this.#choose(null);
        Object.assign(this.page, view === "map" ? { view: "map" } : { view: "panel", tab: view });
      },
      "unit-kind": () => (this.page.filter.kind = kind),
      "choose-incident": () => this.#show({ kind: "incident", id }),
      "choose-unit": () => this.#show({ kind: "unit", id }),
      report: () => this.#report(),
      "report-centre": () => this.stage && this.detail.report?.put(this.stage.centre()),
      close: () => this.#choose(null),
      theme: switchTheme,
      // The sign-in card is not painted again: a fresh page speaks the new language.
      language: () => (this.feed.signedIn ? this.#speak(switchLanguage) : switchLanguage().then(() => location.reload())),
      leave: signOut,
      divert: () => setDiversion(this.world, id, on === "true"),
      "tracking-link": () => makeTrackingLink(id),
      "cancel-incident": () => cancelIncident(id, () => this.#choose(null)),
    };
    if (acts[action]) acts[action]();
    else this.tools.act(action, { id, sign });
    this.paint();
  }

  #show(chosen) {
    this.page.view = "map";
    this.#choose(chosen);
  }

  #otherTab() {
    this.page.tab = this.page.tab === "incidents" ? "units" : "incidents";
    this.#paint();
    element(`tab-${this.page.tab}`).focus();
  }

  #listen() {
    const tab = (name) => () => this.#act("tab", { tab: name });
    onKeys({
      isReady: () => this.feed.signedIn,
      escape: () => this.tools.escape() || (this.page.chosen && this.#choose(null)),
      otherTab: () => this.#otherTab(),
      tools: this.tools,
      keys: { n: () => this.#report(), f: () => this.stage?.frameAll(), 1: tab("incidents"), 2: tab("units") },
    });
  }
}

new LivePage().start();
