// What a desk hears: a new accident, an alarm, a need that nobody can fill. Muting is allowed and leaves a trace in the log.

import { post } from "../api.js";

const KEY = "yct.muted";
const SOUNDS = { report: [660, 880], grave: [880, 660, 880, 660], held: [392, 330] };
const APART_MS = 1_200;

export class Alerts {
  muted = localStorage.getItem(KEY) === "true";
  played = [];
  #context = null;
  #last = -Infinity;

  /** A further screen of the same desk is `silent`: what is new is told once. */
  constructor(world, { silent = false } = {}) {
    this.silent = silent;
    this.held = new Set();
    this.world = world;
    // A page may sound only after somebody has touched it.
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => this.#unlock(), { once: true });
    world.addEventListener("reported", ({ detail }) => {
      const incident = world.incidents.get(detail.id);
      this.play(incident?.priority === 1 ? "grave" : "report");
    });
    world.addEventListener("alarmed", () => this.play("held"));
  }

  /** Called when the page is painted: a need newly held is told once. */
  look() {
    const held = new Set();
    for (const incident of this.world.openIncidents()) {
      for (const need of this.world.needsOf(incident)) if (need.held) held.add(`${incident.id} ${need.capability}`);
    }
    const fresh = [...held].some((key) => !this.held.has(key));
    if (fresh && this.looked) this.play("held");
    this.looked = this.world.loaded;
    this.held = held;
  }

  #unlock() {
    this.#context ??= window.AudioContext ? new AudioContext() : null;
  }

  async toggle() {
    this.muted = !this.muted;
    localStorage.setItem(KEY, String(this.muted));
    await post("/v1/shift-log", { kind: this.muted ? "alerts_muted" : "alerts_unmuted" }).catch(() => null);
    if (!this.muted) this.play("report");
  }

  play(name) {
    if (this.silent || this.muted || performance.now() - this.#last < APART_MS) return;
    this.#last = performance.now();
    this.played.push(name);
    if (this.#context?.state !== "running") return;
    SOUNDS[name].forEach((hertz, i) => this.#tone(hertz, this.#context.currentTime + 0.02 + i * 0.18));
  }

  #tone(hertz, at) {
    const [tone, loudness] = [this.#context.createOscillator(), this.#context.createGain()];
    tone.frequency.value = hertz;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.22, at + 0.015);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + 0.16);
    tone.connect(loudness).connect(this.#context.destination);
    tone.start(at);
    tone.stop(at + 0.18);
  }
}
