// What is asked of the service for one chosen accident only: its reports, decisions and the case's record.

import { get } from "../api.js";

const FRESH_MS = 1_500;
const DECISIONS = 6;

export class Dossier {
  #known = new Map();
  #decisions = new Map();

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
    const [incident, record] = await Promise.all([
      get(`/v1/incidents/${id}`).catch(() => null),
      get(`/v1/incidents/${id}/case`).catch(() => null),
    ]);
    const decisions = await this.#decided(incident?.missions ?? []);
    known.asking = false;
    known.answer = {
      reports: incident?.reports ?? [], duplicates: incident?.duplicates ?? [], decisions, entries: record?.entries ?? [], case_number: record?.number,
    };
    this.onChange();
  }

  /** The decisions behind the missions, oldest first; a decision never changes, so each is asked once. */
  async #decided(missions) {
    const ids = [...new Set(missions.map((mission) => mission.decision_id).filter(Boolean))].slice(-DECISIONS);
    await Promise.all(
      ids.filter((id) => !this.#decisions.has(id)).map(async (id) => {
        const decision = await get(`/v1/decisions/${id}`).catch(() => null);
        if (decision) this.#decisions.set(id, decision);
      }),
    );
    return ids.map((id) => this.#decisions.get(id)).filter(Boolean);
  }
}
