// The live page: puts the world, the map and the panels together.

import { get } from "./api.js";
import { coalesced, onAction } from "./dom.js";
import { loadLanguage, switchLanguage, t, translatePage } from "./i18n.js";
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
import { askToken, mapMissing, signInByFragment, signOut } from "./session.js";
import { EventStream } from "./stream.js";
import { onTheme, switchTheme } from "./theme.js";
import { startClocks } from "./ui/parts.js";
import { toast } from "./ui/toast.js";
import { ACTIVE_MISSION, World } from "./world.js";

const ASK_AGAIN_MS = 1_500;
// Ages and speeds grow without any event.
const REPAINT_MS = 3_000;
// A drill that dies renews its lease no longer, and nobody tells.
const DRILL_MS = 20_000;
const element = (id) => document.getElementById(id);

class LivePage {
  world = new World();
  motion = new Motion();
  dossier = new Dossier(() => this.paint());
  region = null;
  connection = "connecting";
  signedIn = false;
  page = { tab: "incidents", view: "map", chosen: null, filter: { words: "", kind: "all" } };

  constructor() {
    this.paint = coalesced(() => this.#paint());
    const { world } = this;
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
    document.addEventListener("keydown", (event) => this.#key(event));
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
    setInterval(() => this.#askDrill(), DRILL_MS);
    await signInByFragment();
    this.region = await this.#askRegion();
    this.signedIn = true;
    this.stream = new EventStream("/v1/stream", {
      onEvent: (name, value) => this.#event(name, value),
      onState: (state) => this.#connected(state),
    });
    this.stream.start();
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

  /** Asked until somebody is signed in and the service answers. */
  async #askRegion() {
    for (;;) {
      try {
        return await get("/v1/region");
      } catch (error) {
        if (error.status === 401 || error.status === 403) {
          await askToken(element("dialogs"));
          continue;
        }
        this.#connected("lost");
        await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
      }
    }
  }

  async #askDrill() {
    if (this.connection !== "live" || document.hidden) return;
    const answer = await get("/v1/drill").catch(() => null);
    if (answer) this.world.setDrill(answer.drill);
  }

  async #openStage() {
    try {
      this.stage = await Stage.open(element("map"), {
        bounds: this.region.bounds,
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
      this.tools.staged(this.stage, this.region);
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

  #event(name, value) {
    if (name === "snapshot") this.world.snapshot(value);
    else if (name === "positions") this.world.positions(value);
    else if (name === "drill") this.world.setDrill(value);
    else if (name === "closures") this.tools.closer?.refresh();
    else if (name === "rerouted") this.tools.closer?.tellEffect(value.led);
    else if (["unit", "incident", "mission", "alarm", "duplicate", "place"].includes(name)) this.world[name](value);
  }

  #connected(state) {
    if (this.connection === "lost" && state === "live") toast(t("connection.back"));
    if (state === "lost" && this.connection !== "lost") this.lostAt = new Date().toISOString();
    this.connection = state;
    if (state === "refused") location.reload();
    this.paint();
  }

  #isChosen(mission) {
    const { chosen } = this.page;
    return chosen?.id === mission.incident_id || chosen?.id === mission.unit_id;
  }

  #followRoutes() {
    for (const mission of this.world.missions.values()) {
      const driving = ACTIVE_MISSION.has(mission.status) && mission.status !== "offered" && mission.status !== "on_scene";
      if (driving) this.motion.follow(mission.unit_id, mission.route?.coordinates);
    }
    for (const unit of this.world.units.values()) if (!unit.mission_id) this.motion.follow(unit.id, null);
  }

  #paint() {
    const { world, page, connection, signedIn } = this;
    document.body.dataset.view = page.view;
    document.body.dataset.connection = connection;
    document.body.classList.toggle("has-detail", page.chosen !== null && !this.screens.mapAlone);
    paintBar(element("bar"), { world, region: this.region?.name, connection, lostAt: this.lostAt, signedIn, past: this.tools.replay.open });
    paintPanel(element("panel"), { world, page });
    paintTabs(element("tabs"), { world, page });
    const aside = element("detail");
    aside.hidden = page.chosen === null || this.screens.mapAlone;
    if (!aside.hidden) this.detail.paint(page.chosen);
    this.#followRoutes();
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
      language: () => (this.signedIn ? this.#speak(switchLanguage) : switchLanguage().then(() => location.reload())),
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

  #key(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const writing = event.target.closest?.("input:not([type=radio]), textarea, select");
    if (event.key === "Escape") return void (this.tools.escape() || (this.page.chosen && this.#choose(null)));
    if (writing || !this.signedIn) return;
    if (event.target.getAttribute?.("role") === "tab" && ["ArrowLeft", "ArrowRight"].includes(event.key)) {
      this.page.tab = this.page.tab === "incidents" ? "units" : "incidents";
      this.#paint();
      element(`tab-${this.page.tab}`).focus();
      return;
    }
    const tab = (name) => () => this.#act("tab", { tab: name });
    const keys = { n: () => this.#report(), f: () => this.stage?.frameAll(), 1: tab("incidents"), 2: tab("units") };
    if (this.tools.key(event) || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  }
}

new LivePage().start();
