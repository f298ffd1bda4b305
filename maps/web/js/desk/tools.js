// Everything of the desk beyond watching: one object that the page asks when it paints, when a key or a button is pressed.

import { get, post } from "../api.js";
import { h, paint } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "../ui/parts.js";
import { ask, sayProblem, toast } from "../ui/toast.js";
import { Alerts } from "./alerts.js";
import { acknowledge, answerDuplicate } from "./answers.js";
import { RoadCloser } from "./closing.js";
import { showHelp, showLog, showMoveUps, showWhatIf } from "./dialogs.js";
import { UnitDrag } from "./drag.js";
import { DeskLayers } from "./map_layers.js";
import { Overlays } from "./overlays.js";
import { Recommendations } from "./recommend.js";
import { Replay } from "./replay.js";
import { SearchBox } from "./search.js";

const MODES_MS = 60_000;
const TOOLS = [
  ["coverage", "hexagon", "g"], ["speeds", "gauge", "r"], ["photographs", "map", "i"], ["close-street", "barrier", "b"], ["close-area", "polygon", "a"], ["moves", "move", "v"], ["what-if", "fork", "w"],
  ["log", "book", "l"], ["replay", "history", "t"], ["mute", "sound", "m"], ["screen", "screens", "p"], ["help", "help", "?"],
];

export class DeskTools {
  /** `page` is the live page's world, chosen thing and ways to choose another. */
  constructor({ world, screens, chosen, choose, repaint, go }) {
    Object.assign(this, { world, screens, chosen, choose, repaint, go });
    this.alerts = new Alerts(world, { silent: screens.mapAlone });
    this.recommendations = new Recommendations(world, repaint);
    this.replay = new Replay(world, repaint);
    for (const name of ["incident", "mission", "unit"]) world.addEventListener(name, () => this.recommendations.stale());
    document.addEventListener("input", ({ target }) => target.name === "replay" && this.replay.seek(-Number(target.value)));
  }

  staged(stage, region) {
    Object.assign(this, { stage, region });
    this.layers = new DeskLayers(stage.map);
    this.overlays = new Overlays(this.layers, this.repaint);
    this.closer = new RoadCloser(this.layers, this.world, this.repaint);
    this.closer.refresh();
    this.#askModes();
    this.drag = new UnitDrag(stage, (unitId, incidentId) => this.#dropped(unitId, incidentId));
    const box = h("div", { class: "search" });
    const bars = h("div", { class: "map-bars" });
    const tools = h("div", { class: "toolbox", role: "toolbar", "aria-orientation": "vertical" });
    stage.map.getContainer().parentElement.append(h("div", { class: "map-corner" }, box, tools), bars);
    Object.assign(this, { bars, tools, search: new SearchBox(box, (found) => this.#found(found)) });
    setInterval(() => document.hidden || this.#askModes(), MODES_MS);
    this.paint();
  }

  async #askModes() {
    const modes = await get("/v1/dispatch/modes").catch(() => null);
    if (!modes) return;
    this.world.modes = modes.value;
    this.repaint();
  }

  paint() {
    this.alerts.look();
    if (!this.tools) return;
    this.tools.setAttribute("aria-label", t("desk.tools"));
    this.search.speak();
    const pressed = { coverage: this.overlays.coverage !== null, speeds: this.overlays.speeds !== null, photographs: Boolean(this.layers.photographed), "close-street": this.closer.mode === "street", "close-area": this.closer.mode === "area", replay: this.replay.open, mute: this.alerts.muted };
    paint(this.tools, this.#offered().map(([name, sign, key]) => button(`${t(`desk.tool.${name}`)} (${key})`, { action: name, sign: name === "mute" && this.alerts.muted ? "muted" : sign, iconOnly: true, "data-key": name, "aria-keyshortcuts": key, "aria-pressed": name in pressed ? String(pressed[name]) : null })));
    paint(this.bars, this.closer.bar(), this.replay.bar(), ...this.overlays.legends());
    document.body.classList.toggle("is-past", this.replay.open);
    this.#paintPast();
  }

  /** Pictures where there are some; a further screen opens no further one and has no sound of its own. */
  #offered() {
    const hidden = { photographs: !this.region?.raster, screen: this.screens.mapAlone, mute: this.screens.mapAlone };
    return TOOLS.filter(([name]) => !hidden[name]);
  }

  /** While the slider is open the map shows the city as it was. */
  #paintPast() {
    const { stage, replay } = this;
    if (!stage) return;
    if (!replay.open) return void (this.past && ((this.past = null), stage.show(this.world)));
    if (this.past === replay.shown) return;
    this.past = replay.shown;
    stage.show(replay.cityThen(), { still: true });
  }

  /** A press on the map that is not about a unit; false if the desk has no use for it. */
  pressed(event) {
    if (this.closer?.mode) return this.closer.press(event.lngLat);
    const closure = this.layers?.closureAt(event.point);
    if (closure) this.closer.lift(closure);
    return Boolean(closure);
  }

  #found({ kind, id, lon, lat, status, detail }) {
    if (kind === "place" && detail === "hospital") {
      this.go(lon, lat);
      this.choose({ kind: "hospital", id });
    } else if (kind === "incident" && status === "open") this.choose({ kind, id });
    else if (kind === "unit") this.choose({ kind, id });
    else if (lon !== null) this.go(lon, lat);
  }

  #dropped(unitId, incidentId) {
    const incident = this.world.incidents.get(incidentId);
    if (incident) this.recommendations.override(incident, unitId);
  }

  #chosenIncident() {
    const chosen = this.chosen();
    return chosen?.kind === "incident" ? this.world.incidents.get(chosen.id) : null;
  }

  /** From one accident of the queue to the next. */
  #step(by) {
    const open = this.world.openIncidents();
    if (!open.length) return;
    const at = open.findIndex(({ id }) => id === this.chosen()?.id);
    const next = open[at < 0 ? (by > 0 ? 0 : open.length - 1) : (at + by + open.length) % open.length];
    this.choose({ kind: "incident", id: next.id });
  }

  #send(id = this.#chosenIncident()?.id) {
    const incident = this.world.incidents.get(id);
    if (incident && this.recommendations.waits(incident)) this.recommendations.confirm(id);
    else toast(t("desk.send.nothing"));
  }

  #override(id = this.#chosenIncident()?.id) {
    const incident = this.world.incidents.get(id);
    if (incident) this.recommendations.override(incident);
  }

  /** The code with which a crew signs its phone in, or another screen the desk. */
  async #code(path, text) {
    try {
      const { code } = await post(path);
      await ask({ title: t("desk.code"), text, fields: [h("p", { class: "sign-in-code" }, code)] });
    } catch (error) {
      sayProblem(error);
    }
  }

  act(action, { id, sign }) {
    const acts = {
      coverage: () => this.overlays.toggleCoverage(),
      speeds: () => this.overlays.toggleSpeeds(),
      photographs: () => {
        if (this.region?.raster) this.layers.photographs(this.layers.photographed ? null : this.region.raster);
        this.repaint();
      },
      "coverage-kind": () => this.overlays.coverOther(),
      "close-street": () => this.closer.start("street"),
      "close-area": () => this.closer.start("area"),
      "close-finish": () => this.closer.finishArea(),
      "close-stop": () => this.closer.stop(),
      moves: showMoveUps,
      "what-if": () => showWhatIf(this.world, this.#chosenIncident()?.id),
      log: showLog,
      replay: () => this.replay.toggle(),
      "replay-play": () => this.replay.play(),
      mute: () => this.screens.mapAlone || this.alerts.toggle().then(this.repaint),
      screen: () => this.screens.mapAlone || this.screens.open() || toast(t("desk.screen.blocked"), { bad: true }),
      help: showHelp,
      acknowledge: () => acknowledge(id),
      "join-duplicate": () => answerDuplicate("join", id),
      "dismiss-duplicate": () => answerDuplicate("dismiss", id),
      "split-duplicate": () => answerDuplicate("split", id),
      confirm: () => this.#send(id),
      override: () => this.#override(id),
      "crew-code": () => this.#code(`/v1/units/${id}/sign-in-code`, t("desk.code.crew", { call_sign: sign })),
      "desk-code": () => this.#code("/v1/session/code", t("desk.code.screen")),
    };
    acts[action]?.();
    return action in acts;
  }

  /** Whether the key was one of the desk's. */
  key(event) {
    const letters = Object.fromEntries(TOOLS.map(([name, , key]) => [key, () => this.act(name, {})]));
    const keys = { ...letters, s: () => this.#send(), o: () => this.#override(), j: () => this.#step(1), k: () => this.#step(-1), e: () => document.querySelector(".notice-acts button")?.focus(), "/": () => this.search.focus() };
    if (!this.tools || !keys[event.key]) return false;
    event.preventDefault();
    keys[event.key]();
    return true;
  }

  /** Escape ends what is being drawn or replayed before it closes a panel. */
  escape() {
    if (this.closer?.mode) this.closer.stop();
    else if (this.replay.open) this.replay.toggle();
    else return false;
    return true;
  }
}
