// A crew's steps: what the one big button does next, and steps that could not be sent yet.

const KEY = "yct.drive.steps";
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;

const NEXT = {
  ambulance: { accepted: "depart", en_route: "arrive", on_scene: "load", loaded: "deliver", delivered: "finish" },
  tow: { accepted: "depart", en_route: "arrive", on_scene: "load", loaded: "deliver", delivered: "finish" },
};
const REACHED = {
  accept: "accepted", depart: "en_route", arrive: "on_scene", load: "loaded", deliver: "delivered", finish: "done",
  decline: "declined", "break-down": "broken_down",
};

/** The step that the big button makes, or null. */
export const nextStep = (mission, kind) => NEXT[kind]?.[mission.status] ?? null;

/** A mission as it will be once the steps still unsent have arrived. */
export const afterUnsent = (mission, unsent) =>
  unsent.reduce((shown, { id, step }) => (shown?.id === id && REACHED[step] ? { ...shown, status: REACHED[step] } : shown), mission);

/** Steps in the order they were made; each is repeated until the service answers, which makes it harmless. */
export class StepQueue extends EventTarget {
  #wait_ms = FIRST_WAIT_MS;
  #busy = false;

  constructor(send) {
    super();
    this.send = send;
    this.unsent = this.#read();
    addEventListener("online", () => this.#drain());
    if (this.unsent.length) this.#drain();
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  }

  #keep(unsent) {
    this.unsent = unsent;
    localStorage.setItem(KEY, JSON.stringify(unsent));
    this.dispatchEvent(new Event("change"));
  }

  push(id, step, body = {}) {
    this.#keep([...this.unsent, { id, step, body }]);
    this.#drain();
  }

  clear() {
    this.#keep([]);
  }

  async #drain() {
    if (this.#busy) return;
    this.#busy = true;
    clearTimeout(this.timer);
    while (this.unsent.length) {
      const [{ id, step, body }] = this.unsent;
      try {
        const moved = await this.send(id, step, body);
        this.#wait_ms = FIRST_WAIT_MS;
        this.dispatchEvent(new CustomEvent("moved", { detail: { step, mission: moved } }));
        // Another step may have been made while this one was on its way.
        this.#keep(this.unsent.slice(1));
      } catch (error) {
        if (error.status === 0 || error.status >= 500) {
          this.timer = setTimeout(() => this.#drain(), this.#wait_ms * (0.5 + 0.5 * Math.random()));
          this.#wait_ms = Math.min(2 * this.#wait_ms, LONGEST_WAIT_MS);
          break;
        }
        // Overtaken by the desk: what was queued behind it is about a state that no longer is.
        this.#keep([]);
        this.dispatchEvent(new CustomEvent("failed", { detail: error }));
      }
    }
    this.#busy = false;
  }
}
