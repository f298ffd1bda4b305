// What is asked of the service for one chosen accident only: its reports, decisions and the case's record.

import { get } from "../api.js";

const FRESH_MS = 1_500;

export class Dossier {
  #known = new Map();

  constructor(onChange) {
    this.onChange = onChange;
  }

  /** What is known now; asks the service when that is nothing or out of date. */
  of(id) {
    const known = this.#known.get(id) ?? { answer: null, stale: true, asked_at: -Infinity, asking: false };
    this.#known.set(id, known);
    if (known.stale && !known.asking) this.#ask(id, known);
    return known.answer;
  }

  stale(id) {
    const known = this.#known.get(id);
    if (known) known.stale = true;
  }

  async #ask(id, known) {
    known.asking = true;
    await new Promise((resolve) => setTimeout(resolve, known.asked_at + FRESH_MS - performance.now()));
    known.stale = false;
    known.asked_at = performance.now();
    const [incident, record] = await Promise.allSettled([get(`/v1/incidents/${id}`), get(`/v1/incidents/${id}/case`)]);
    known.asking = false;
    known.answer = { ...(incident.value ?? {}), entries: record.value?.entries ?? record.value?.timeline ?? [] };
    this.onChange();
  }
}
