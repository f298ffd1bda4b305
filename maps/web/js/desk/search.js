// One box for whatever a caller says: a plate, a number, a call sign, a street, a kilometre post.

import { get } from "../api.js";
import { h, icon, paint } from "../dom.js";
import { t } from "../i18n.js";

const WAIT_MS = 180;
const SIGN = { incident: "warning", unit: "units", place: "plus", street: "map", post: "pin" };

export class SearchBox {
  results = [];
  at = -1;
  #asked = 0;

  /** `name` tells apart the boxes of one page; `kinds` are those of interest, all where none are named. */
  constructor(container, onChosen, { name = "search", kinds = null } = {}) {
    Object.assign(this, { container, onChosen, name, kinds });
    this.input = h("input", {
      class: "input", type: "search", role: "combobox", autocomplete: "off", spellcheck: "false",
      "aria-expanded": "false", "aria-controls": `${name}-results`, "aria-autocomplete": "list",
    });
    this.list = h("ul", { id: `${name}-results`, class: "search-results", role: "listbox", hidden: true });
    container.replaceChildren(icon("search"), this.input, name === "search" ? h("kbd", { "aria-hidden": "true" }, "/") : "", this.list);
    this.input.addEventListener("input", () => this.#later());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointerdown", (event) => {
      const row = event.target.closest("[data-n]");
      event.preventDefault();
      if (row) this.#choose(Number(row.dataset.n));
    });
    this.input.addEventListener("blur", () => this.#close());
    this.speak();
  }

  speak() {
    this.input.placeholder = t("desk.search");
    this.input.setAttribute("aria-label", t("desk.search"));
    this.list.setAttribute("aria-label", t("desk.search.results"));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  #later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#ask(), WAIT_MS);
  }

  async #ask() {
    const words = this.input.value.trim();
    const asked = (this.#asked += 1);
    if (words.length < 2) return this.#close();
    const answer = await get(`/v1/search?q=${encodeURIComponent(words)}`).catch(() => ({ results: [] }));
    if (asked !== this.#asked) return undefined;
    this.results = answer.results.filter(({ kind }) => !this.kinds || this.kinds.includes(kind));
    this.at = this.results.length ? 0 : -1;
    return this.#paint();
  }

  #paint() {
    const rows = this.results.map((each, n) =>
      h("li", { role: "option", id: `${this.name}-${n}`, "data-n": n, "data-key": `${each.kind}${each.id}`, "aria-selected": String(n === this.at) },
        icon(SIGN[each.kind] ?? "pin"), h("b", {}, each.title), h("span", { class: "quiet" }, this.#detail(each))));
    paint(this.list, rows.length ? rows : h("li", { class: "quiet", "data-key": "none" }, t("desk.search.none")));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    if (this.at >= 0) this.input.setAttribute("aria-activedescendant", `${this.name}-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  #detail({ kind, detail, incident_kind: incidentKind, status }) {
    if (kind === "incident") return `${t(`kind.${incidentKind}`)} · ${t(`incident.${status}`)} · ${detail}`;
    return kind === "place" ? t(`desk.place.${detail}`) : detail || t(`desk.search.${kind}`);
  }

  #key(event) {
    const { key } = event;
    if (key === "Escape") {
      event.preventDefault();
      this.#close();
      this.input.blur();
    } else if (key === "Enter") {
      // In a form it would send the form.
      event.preventDefault();
      if (this.at >= 0 && !this.list.hidden) this.#choose(this.at);
    } else if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!this.results.length) return;
      this.at = (this.at + (key === "ArrowDown" ? 1 : -1) + this.results.length) % this.results.length;
      this.#paint();
    }
  }

  #choose(n) {
    const chosen = this.results[n];
    this.#close();
    this.input.blur();
    if (chosen) this.onChosen(chosen);
  }

  #close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
