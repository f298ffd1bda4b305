// A hospital's board, read from across a room: who is being brought, when, with what; and what the hospital can take.

import { get, request } from "./api.js";
import { coalesced, h, icon, onAction, paint } from "./dom.js";
import { loadLanguage, switchLanguage, t, timeOfDay } from "./i18n.js";
import { askToken, signInByFragment, signOut } from "./session.js";
import { EventStream } from "./stream.js";
import { currentTheme, onTheme, switchTheme } from "./theme.js";
import { button, chip, empty, etaBand, priorityMark, startClocks, status, unitMark, until } from "./ui/parts.js";
import { sayProblem, toast } from "./ui/toast.js";

const ASK_EVERY_MS = 5_000;
const WARDS = ["trauma", "burns", "paediatrics"];
const element = (id) => document.getElementById(id);

class HospitalBoard {
  hospitals = [];
  arrivals = [];
  connection = "connecting";
  ahead_ms = 0;
  paint = coalesced(() => this.#paint());

  async start() {
    await loadLanguage();
    document.title = t("hospital.title");
    onAction(document.body, (action, target) => this.#act(action, target.dataset));
    document.addEventListener("change", ({ target }) => this.#changed(target));
    startClocks(document.body, () => this.#now());
    onTheme(this.paint);
    await signInByFragment();
    await this.#askHospitals();
    this.stream = new EventStream("/v1/stream?box=0,0,0.001,0.001", {
      onEvent: (name, value) => this.#event(name, value),
      onState: (state) => {
        this.connection = state;
        if (state === "live") this.#askArrivals();
        this.paint();
      },
    });
    this.stream.start();
    setInterval(() => this.#askArrivals(), ASK_EVERY_MS);
    this.paint();
  }

  #now() {
    return Date.now() + this.ahead_ms;
  }

  get chosen() {
    return this.hospitals.find(({ id }) => id === location.hash.slice(1)) ?? this.hospitals[0] ?? null;
  }

  async #askHospitals() {
    for (;;) {
      try {
        this.hospitals = (await get("/v1/places?kind=hospital")).places;
        return;
      } catch (error) {
        if (error.status === 401 || error.status === 403) await askToken(element("dialogs"));
        else await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
    }
  }

  #event(name, value) {
    if (name === "mission" && value.destination?.id === this.chosen?.id) this.#askArrivals();
  }

  async #askArrivals() {
    const { chosen } = this;
    if (!chosen || this.connection !== "live") return;
    const answer = await get(`/v1/places/${chosen.id}/arrivals`).catch(() => null);
    if (!answer || chosen !== this.chosen) return;
    this.ahead_ms = Date.parse(answer.now) - Date.now();
    this.arrivals = answer.arrivals;
    // What somebody set on another screen shows here too, but not while a field is being typed in.
    if (!document.activeElement?.matches("input")) Object.assign(chosen, answer.place);
    this.paint();
  }

  #changed(target) {
    if (target.name === "hospital") {
      location.hash = target.value;
      this.arrivals = [];
      this.#askArrivals();
    } else if (target.name === "beds") this.#set({ beds: Math.max(0, Math.round(Number(target.value) || 0)) });
    else if (target.name === "diversion" || WARDS.includes(target.name)) this.#set({ [target.name]: target.checked });
    this.paint();
  }

  async #set(change) {
    const { chosen } = this;
    try {
      Object.assign(chosen, await request("PATCH", `/v1/places/${chosen.id}`, { body: change }));
      toast(t("hospital.kept"));
    } catch (error) {
      sayProblem(error);
    }
    this.paint();
  }

  #act(action, { by }) {
    const acts = {
      language: () => switchLanguage().then(() => location.reload()),
      theme: switchTheme,
      leave: signOut,
      beds: () => this.#set({ beds: Math.max(0, (this.chosen.facts.beds ?? 0) + Number(by)) }),
    };
    acts[action]?.();
  }

  #paint() {
    const { chosen, connection } = this;
    const dark = currentTheme() === "dark";
    document.body.dataset.connection = connection;
    paint(
      element("board-top"),
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h1", { class: "sr-only" }, t("hospital.title")),
      h(
        "select",
        { class: "input hospital-choice", name: "hospital", "aria-label": t("hospital.choose") },
        this.hospitals.map(({ id, name }) => h("option", { value: id, selected: id === chosen?.id }, name)),
      ),
      h("span", { class: "board-state" }, status(connection === "live" ? "available" : "held", t(`connection.${connection}`))),
      button(t("language.switch"), { action: "language", kind: "bare", sign: "globe" }),
      button(t(dark ? "theme.light" : "theme.dark"), { action: "theme", kind: "bare", sign: dark ? "sun" : "moon", iconOnly: true }),
      button(t("session.leave"), { action: "leave", kind: "bare", sign: "leave", iconOnly: true }),
    );
    if (!chosen) return paint(element("board"), empty("list", t("hospital.none"), null));
    paint(element("board"), this.#coming(), this.#ability(chosen));
    // A switch once pressed no longer follows its attribute.
    for (const input of document.querySelectorAll('[role="switch"]')) input.checked = Boolean(chosen.facts[input.name]);
    return undefined;
  }

  #coming() {
    if (!this.arrivals.length) return h("section", { class: "coming", "data-key": "coming" }, h("h2", {}, t("hospital.coming")), empty("check", t("hospital.nobody"), t("hospital.nobody.text")));
    return h(
      "section",
      { class: "coming", "data-key": "coming" },
      h("h2", {}, t("hospital.coming"), " ", h("span", { class: "quiet" }, this.arrivals.length)),
      h("ol", { class: "arrivals" }, this.arrivals.map((each) => this.#arrival(each))),
    );
  }

  #arrival(each) {
    const { incident } = each;
    const there = each.status === "delivered";
    return h(
      "li",
      { class: "arrival", "data-key": each.mission_id, "data-there": String(there) },
      h("div", { class: "when" }, there ? h("b", {}, t("hospital.there")) : each.eta_at ? [until(each.eta_at, this.#now()), h("span", {}, etaBand(each) ?? timeOfDay(each.eta_at))] : h("b", {}, "—")),
      h("div", { class: "what" }, h("p", { class: "kind" }, priorityMark(incident.priority), h("strong", {}, t(`kind.${incident.kind}`)), chip(t("incident.casualties", { n: incident.casualties }))), incident.description ? h("p", {}, incident.description) : null),
      h("div", { class: "who" }, unitMark(each.kind, "loaded"), h("span", {}, h("b", {}, each.call_sign), h("span", { class: "quiet" }, each.plate))),
    );
  }

  #ability({ facts }) {
    const toggle = (name) =>
      h("label", { class: "toggle", "data-key": name }, h("input", { type: "checkbox", name, checked: Boolean(facts[name]), role: "switch" }), h("i", { "aria-hidden": "true" }), h("span", {}, t(`hospital.${name}`)));
    return h(
      "section",
      { class: "ability", "data-key": "ability", "data-diversion": String(Boolean(facts.diversion)) },
      h("h2", {}, t("hospital.ability")),
      h(
        "div",
        { class: "beds" },
        h("label", { for: "beds" }, t("hospital.beds")),
        h("div", { class: "stepper" }, h("button", { type: "button", "data-action": "beds", "data-by": "-1", "aria-label": t("hospital.fewer") }, icon("minus")), h("input", { id: "beds", name: "beds", type: "number", min: 0, max: 10000, value: facts.beds ?? "", inputmode: "numeric", "data-key": facts.beds ?? "unknown" }), h("button", { type: "button", "data-action": "beds", "data-by": "1", "aria-label": t("hospital.more") }, icon("plus"))),
      ),
      toggle("diversion"),
      h("p", { class: "small quiet" }, t("hospital.diversion.text")),
      h("h3", {}, t("hospital.wards")),
      WARDS.map(toggle),
    );
  }
}

new HospitalBoard().start();
