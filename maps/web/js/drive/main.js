// The driver's page: signs a crew in, reports where it is, rings for an offer and leads to the scene.

import { imported } from "../api.js";
import { coalesced, onAction, paint } from "../dom.js";
import { loadLanguage, switchLanguage, t } from "../i18n.js";
import { Line } from "../motion.js";
import { currentTheme, switchTheme } from "../theme.js";
import { startClocks } from "../ui/parts.js";
import { sayProblem, toast } from "../ui/toast.js";
import { CrewApi, forgetCrew, rememberedCrew, signIn } from "./account.js";
import { Ring, WakeLock } from "./attention.js";
import { FixBuffer } from "./buffer.js";
import { PositionReporter } from "./positions.js";
import { choose } from "./sheet.js";
import { StepQueue, afterUnsent } from "./steps.js";
import { missionCard, offerCard, restCard, signInForm, topBar } from "./view.js";

const RETRY_MS = 2_000;
const LOOK_MS = 30_000;
const DECLINE_REASONS = ["breakdown", "patient", "far", "rest"];
const BUSY = new Set(["offered", "accepted", "en_route", "on_scene", "loaded", "delivered"]);
const element = (id) => document.getElementById(id);

class DriverPage {
  crew = rememberedCrew();
  unit = null;
  mission = null;
  turns = { of: null, list: [] };
  here = null;
  online = true;
  ahead_ms = 0;
  wrong = null;
  ring = new Ring();
  wake = new WakeLock();
  paint = coalesced(() => this.#paint());

  async start() {
    await loadLanguage();
    document.title = t("drive.title");
    onAction(document.body, (action, target) => this.#act(action, target.dataset));
    document.addEventListener("pointerdown", () => this.ring.unlock());
    document.addEventListener("submit", (event) => this.#submit(event));
    startClocks(document.body, () => this.#now());
    // A request that waits for news notices only after a while that nobody is there any more.
    addEventListener("offline", () => this.#heard(false));
    addEventListener("online", () => this.crew && this.#look());
    setInterval(() => this.mission?.status === "offered" && this.#paint(), 250);
    this.#installWorker();
    this.buffer = await FixBuffer.open();
    if (this.crew) await this.#begin();
    this.paint();
  }

  #now() {
    return Date.now() + this.ahead_ms;
  }

  #heard(online) {
    this.online = online;
    this.paint();
  }

  async #installWorker() {
    if (!navigator.serviceWorker) return;
    await navigator.serviceWorker.register("/drive-worker.js", { scope: "/drive" }).catch(() => null);
    const { active } = await navigator.serviceWorker.ready;
    const loaded = performance.getEntriesByType("resource").map(({ name }) => name).filter((name) => name.includes("/assets/"));
    active?.postMessage({ keep: [...new Set(loaded)] });
  }

  async #begin() {
    this.api = new CrewApi(this.crew);
    this.reporter = new PositionReporter(this.buffer, (fixes) => this.api.positions(fixes));
    this.reporter.addEventListener("state", () => this.paint());
    this.reporter.addEventListener("refused", () => this.#signedOut());
    this.reporter.addEventListener("fix", ({ detail }) => this.#moved(detail));
    this.steps = new StepQueue((id, step, body) => this.api.step(id, step, body));
    this.steps.addEventListener("change", () => this.paint());
    this.steps.addEventListener("failed", ({ detail }) => sayProblem(detail));
    this.steps.addEventListener("moved", ({ detail }) => this.#stepped(detail.mission));
    this.unit = { call_sign: this.crew.call_sign, kind: "ambulance", status: "off_shift", drill: null };
    this.looking = setInterval(() => this.#look(), LOOK_MS);
    await this.#look();
    this.#follow(this.api);
  }

  /** The unit as the service has it; what follows from being on shift or not. */
  async #look() {
    try {
      this.#took(await this.api.me());
    } catch (error) {
      if (error.status === 401) return this.#signedOut();
      this.online = error.status !== 0;
    }
    this.paint();
    return undefined;
  }

  #took(unit) {
    this.online = true;
    this.unit = unit;
    const onShift = unit.status !== "off_shift";
    if (onShift) this.reporter.start();
    else this.reporter.stop();
    this.wake.want(onShift);
  }

  /** News of the mission, for as long as this crew is signed in. */
  async #follow(api) {
    while (this.api === api) {
      try {
        const mission = await api.mission(this.mission?.version ?? null);
        if (this.api !== api) return;
        if (!this.online) this.#look();
        this.online = true;
        this.#tookMission(mission);
      } catch (error) {
        if (error.status === 401) return this.#signedOut();
        this.online = error.status !== 0;
        this.paint();
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS * (0.5 + Math.random())));
      }
    }
  }

  #tookMission(mission) {
    const known = this.mission;
    if (mission?.now) this.ahead_ms = Date.parse(mission.now) - Date.now();
    this.mission = mission && BUSY.has(mission.status) ? mission : null;
    if (known && !this.mission) {
      this.#look();
      if (BUSY.has(known.status) && !this.steps.unsent.length) toast(t(known.status === "offered" ? "drive.offer.over" : "drive.mission.over"));
    }
    if (mission?.route && this.turns.of !== `${mission.id} ${mission.version}`) this.#askTurns(mission);
    this.line = mission?.route?.coordinates?.length > 1 ? new Line(mission.route.coordinates) : null;
    this.paint();
  }

  /** The answer to a step is newer than what the long poll told last. */
  #stepped(mission) {
    if (mission?.id === this.mission?.id) this.mission = { ...this.mission, ...mission };
    if (mission && !BUSY.has(mission.status)) this.#look();
  }

  async #askTurns({ id, version }) {
    this.turns = { of: `${id} ${version}`, list: this.turns.list };
    const answer = await this.api.directions(id).catch(() => null);
    if (answer) this.turns.list = answer.directions;
    this.paint();
  }

  #moved(fix) {
    this.here = fix;
    this.paint();
  }

  #signedOut() {
    forgetCrew();
    this.api = null;
    this.reporter?.stop();
    this.wake.want(false);
    this.ring.stop();
    clearInterval(this.looking);
    Object.assign(this, { crew: null, unit: null, mission: null });
    this.paint();
  }

  async #submit(event) {
    if (!event.target.matches(".drive-signin")) return;
    event.preventDefault();
    const { call_sign, code } = event.target.elements;
    try {
      this.crew = await signIn(call_sign.value.trim(), code.value.trim());
      this.wrong = null;
      await this.buffer.clear();
      await this.#begin();
    } catch (error) {
      this.wrong = error.status === 0 ? t("problem.offline") : t("drive.code.wrong");
    }
    this.paint();
  }

  #paint() {
    const gps = this.reporter?.state ?? { gps: "off", waiting: 0 };
    const mission = this.mission && afterUnsent(this.mission, this.steps.unsent);
    const offered = mission?.status === "offered" && !this.steps.unsent.length;
    const state = !this.crew ? "signin" : offered ? "offer" : mission && BUSY.has(mission.status) ? "mission" : "rest";
    if (offered) this.ring.start();
    else this.ring.stop();
    document.body.dataset.state = state;
    paint(element("drive-top"), topBar({ unit: this.unit, gps, online: this.online }));
    const along_m = this.line && this.here ? this.line.locate([this.here.lon, this.here.lat]).along_m : 0;
    const shown = { unit: this.unit, mission, gps, now: this.#now(), turns: this.turns.list, along_m, unsent: this.steps?.unsent.length ?? 0, onMap: true };
    const cards = { signin: () => signInForm(this.wrong), offer: () => offerCard(shown), mission: () => missionCard(shown), rest: () => restCard(shown) };
    paint(element("drive"), cards[state]());
    this.#paintMap(state, mission);
  }

  /** The map shows the way of an offer and of a mission; it is loaded when first needed. */
  #paintMap(state, mission) {
    const wanted = state === "offer" || state === "mission";
    element("drive-map").hidden = !wanted;
    if (!wanted) return;
    const { lon, lat, heading_deg = null, speed_kmh = null } = this.here ?? {};
    const position = this.here ? { lon, lat, heading_deg, speed_kmh, fixed_at: this.here.fixed_at } : null;
    const kind = this.unit.kind;
    const rescue = { incident: mission.incident, missions: [{ ...mission, kind, position }] };
    if (this.map) {
      this.map.view.map.resize();
      this.map.update(rescue);
      return;
    }
    this.map = { view: { map: { resize() {} } }, update: (next) => (this.unshown = next) };
    this.#openMap(rescue);
  }

  async #openMap(rescue) {
    const { PartyMap } = await imported(new URL("../map/party_map.js", import.meta.url).href);
    const opened = await PartyMap.open(element("drive-map"), rescue).catch(() => null);
    if (!opened) return;
    this.map = opened;
    this.paint();
  }

  async #shift(which) {
    this.ring.unlock();
    try {
      this.#took(await this.api.shift(which));
    } catch (error) {
      sayProblem(error);
    }
  }

  async #decline() {
    const { id } = this.mission;
    const reasons = DECLINE_REASONS.map((name) => [name, t(`drive.decline.${name}`)]);
    const reason = await choose(t("drive.decline.title"), reasons, t("drive.decline.text"));
    if (reason) this.steps.push(id, "decline", { reason: t(`drive.decline.${reason}`) });
  }

  async #call() {
    try {
      const { number, party, simulated } = await this.api.call(this.mission.id);
      if (number) location.href = `tel:${number}`;
      else if (simulated) toast(t("drive.call.simulated", { party }));
    } catch (error) {
      if (error.status === 404) toast(t("drive.call.nobody"));
      else sayProblem(error);
    }
  }

  async #menu() {
    const choices = [
      ["theme", t(currentTheme() === "dark" ? "theme.light" : "theme.dark")],
      ["language", t("language.switch")],
      ...(this.mission && this.mission.status !== "offered" ? [["break-down", t("drive.break_down"), true]] : []),
      ...(this.crew && !this.mission ? [["leave", t("session.leave"), true]] : []),
    ];
    const acts = {
      theme: switchTheme,
      language: () => switchLanguage().then(() => location.reload()),
      "break-down": () => this.steps.push(this.mission.id, "break-down", { reason: t("drive.break_down") }),
      leave: () => this.#signedOut(),
    };
    acts[await choose(t("drive.menu"), choices)]?.();
  }

  #act(action, { step }) {
    const acts = {
      "shift-begin": () => this.#shift("begin"),
      "shift-end": () => this.#shift("end"),
      repaired: () => this.api.repaired().then((unit) => this.#took(unit), sayProblem),
      accept: () => this.steps.push(this.mission.id, "accept"),
      step: () => this.steps.push(this.mission.id, step),
      decline: () => this.#decline(),
      call: () => this.#call(),
      menu: () => this.#menu(),
    };
    Promise.resolve(acts[action]?.()).then(() => this.paint());
  }
}

new DriverPage().start();
