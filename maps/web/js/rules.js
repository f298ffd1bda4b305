// What a supervisor sees and sets: every weight, threshold and plan by its name, dated, with who changed it and why.

import { get, request } from "./api.js";
import { coalesced, h, onAction, paint } from "./dom.js";
import { currentLanguage, has, loadLanguage, otherLanguage, switchLanguage, t } from "./i18n.js";
import { askToken, signInByFragment, signOut } from "./session.js";
import { currentTheme, onTheme, switchTheme } from "./theme.js";
import { button, field } from "./ui/parts.js";
import { ask, sayProblem, toast } from "./ui/toast.js";

const RULES = {
  params: "/v1/dispatch/params", modes: "/v1/dispatch/modes", plans: "/v1/response-plans", limits: "/v1/dispatch/limits",
  escalation: "/v1/dispatch/escalation", duplicates: "/v1/dispatch/duplicates", move_up: "/v1/dispatch/move-up",
  offers: "/v1/dispatch/offers", coverage: "/v1/dispatch/coverage", compliance: "/v1/dispatch/compliance", profile: "/v1/traffic/profile",
};
// What a number is in, told by its name.
const UNITS = { s: /_s$/, m: /_m$/, kg: /_kg$/, s_per_h: /_s_per_h$/ };
// These have no keys of their own: they are edited as one document.
const WHOLE = new Set(["plans", "compliance", "profile"]);
const ALL = "*";
const element = (id) => document.getElementById(id);
const isPlain = (value) => value === null || typeof value !== "object";
/** Lists of plain things on one line, as people write them. */
const pretty = (value) => JSON.stringify(value, null, 2).replace(/\[\n\s+([^[\]{}]+?)\n\s+\]/g, (_, inner) => `[${inner.replace(/\s*\n\s*/g, " ")}]`);

class RulesPage {
  name = "params";
  told = null;
  draft = {};
  wrong = {};
  paint = coalesced(() => this.#paint());

  async start() {
    await loadLanguage();
    document.title = t("rules.title");
    await signInByFragment();
    onAction(document.body, (action, { dataset }) => this.#act(action, dataset));
    element("rule").addEventListener("input", ({ target }) => this.#typed(target));
    onTheme(this.paint);
    addEventListener("hashchange", () => this.#open());
    await this.#open();
  }

  async #open() {
    this.name = location.hash.slice(1) in RULES ? location.hash.slice(1) : "params";
    Object.assign(this, { told: null, draft: {}, wrong: {} });
    this.paint();
    for (;;) {
      try {
        const name = this.name;
        const told = await get(RULES[name]);
        if (name === this.name) this.told = told;
        return this.paint();
      } catch (error) {
        if (error.status === 401 || error.status === 403) await askToken(element("dialogs"));
        else await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
    }
  }

  /** The value as it would be set: what is in force with what was typed. */
  get value() {
    return WHOLE.has(this.name) ? (this.draft[ALL] ?? this.told.value) : { ...this.told.value, ...this.draft };
  }

  #part(value, key) {
    return key === ALL ? value : value[key];
  }

  get isChanged() {
    return Object.keys(this.draft).length > 0;
  }

  #typed(target) {
    const { key } = target.dataset;
    if (!key) return;
    const before = this.#part(this.told.value, key);
    try {
      const value = target.tagName === "TEXTAREA" ? JSON.parse(target.value) : typeof before === "number" ? this.#number(target) : target.value;
      delete this.wrong[key];
      if (pretty(value) === pretty(before)) delete this.draft[key];
      else this.draft[key] = value;
    } catch (error) {
      this.wrong[key] = target.tagName === "TEXTAREA" ? t("rules.no_json", { why: error.message }) : t("rules.no_number");
    }
    this.paint();
  }

  #number(target) {
    const value = Number(target.value);
    if (target.value.trim() === "" || !Number.isFinite(value)) throw new TypeError(target.value);
    return value;
  }

  async #save() {
    const changes = Object.entries(this.draft).map(([key, value]) => h("li", {}, h("code", {}, key === ALL ? this.name : key), isPlain(value) ? `: ${this.told.value[key]} → ${value}` : ""));
    const answer = await ask({
      title: t("rules.save"), text: t("rules.save.text"), confirm: t("rules.save"), wide: true,
      fields: [
        h("ul", { class: "rules-changes" }, changes),
        field("reason", t("dialog.reason"), h("input", { class: "input", required: true, maxlength: 500, autocomplete: "off" })),
        field("from", t("rules.from"), h("input", { class: "input", type: "datetime-local" }), { hint: t("rules.from.hint") }),
      ],
    });
    if (!answer) return;
    const valid_from = answer.from ? new Date(answer.from).toISOString() : null;
    try {
      this.told = await request("PUT", RULES[this.name], { body: { value: this.value, reason: answer.reason, valid_from } });
      Object.assign(this, { draft: {}, wrong: {} });
      toast(t(valid_from ? "rules.saved.later" : "rules.saved"));
    } catch (error) {
      sayProblem(error);
    }
    this.#fresh();
  }

  /** Draw the fields anew: what was typed in them is no longer meant. */
  #fresh() {
    element("rule").replaceChildren();
    this.paint();
  }

  #act(action, { id }) {
    const acts = {
      save: () => this.#save(),
      undo: () => {
        Object.assign(this, { draft: {}, wrong: {} });
        this.#fresh();
      },
      take: () => {
        const { value } = this.told.revisions.find((one) => String(one.id) === id);
        const parts = WHOLE.has(this.name) ? [[ALL, value]] : Object.entries(value);
        this.draft = Object.fromEntries(parts.filter(([key, one]) => pretty(one) !== pretty(this.#part(this.told.value, key))));
        this.wrong = {};
        this.#fresh();
        toast(t(this.isChanged ? "rules.taken" : "rules.same"));
      },
      language: () => switchLanguage().then(() => location.reload()),
      theme: switchTheme,
      leave: signOut,
    };
    acts[action]?.();
  }

  #paint() {
    const dark = currentTheme() === "dark";
    paint(
      element("rules-top"),
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h1", {}, t("rules.list")),
      h("a", { class: "button", "data-kind": "bare", href: "/" }, t("rules.desk")),
      h("a", { class: "button", "data-kind": "bare", href: "/register" }, t("rules.register")),
      button(t("language.switch"), { action: "language", kind: "bare", sign: "globe", class: "button language", lang: otherLanguage() }),
      button(t(dark ? "theme.light" : "theme.dark"), { action: "theme", kind: "bare", sign: dark ? "sun" : "moon", iconOnly: true }),
      button(t("session.leave"), { action: "leave", kind: "bare", sign: "leave", iconOnly: true }),
    );
    element("rules-list").setAttribute("aria-label", t("rules.list"));
    paint(element("rules-list"), Object.keys(RULES).map((name) => h("a", { href: `#${name}`, "data-key": name, "aria-current": name === this.name ? "page" : null }, t(`rules.${name}`))));
    paint(element("rule"), this.told ? this.#rule() : h("p", { class: "quiet" }, t("rules.asking")));
  }

  #rule() {
    const keys = WHOLE.has(this.name) ? [ALL] : Object.keys(this.told.value);
    const bad = Object.keys(this.wrong).length > 0;
    return [
      h("h2", { "data-key": `head-${this.name}` }, t(`rules.${this.name}`)),
      h("p", { class: "quiet", "data-key": "text" }, t(`rules.${this.name}.text`)),
      h("div", { class: "rule-fields", "data-key": `fields-${this.name}` }, keys.map((key) => this.#field(key))),
      h("div", { class: "actions rule-acts", "data-key": "acts" }, button(t("rules.undo"), { action: "undo", disabled: !this.isChanged && !bad }), button(t("rules.save"), { action: "save", kind: "main", disabled: !this.isChanged || bad })),
      this.#history(),
    ];
  }

  /** The words for a key with the unit of its numbers, and the key itself, which the service's messages name. */
  #label(key) {
    if (key === ALL) return t("rules.whole");
    if (!has(`rules.key.${key}`)) return h("code", {}, key);
    const unit = Object.keys(UNITS).find((name) => UNITS[name].test(key));
    return [h("span", {}, t(`rules.key.${key}`), unit ? h("span", { class: "rule-unit" }, t(`rules.unit.${unit}`)) : null), h("code", {}, key)];
  }

  #field(key) {
    const value = this.#part(this.value, key);
    const common = { class: "input", "data-key": key, id: `rule-${key === ALL ? "all" : key}`, "aria-invalid": this.wrong[key] ? "true" : null };
    let control;
    if (isPlain(value)) control = h("input", { ...common, value: value ?? "", inputmode: typeof value === "number" ? "decimal" : "text", autocomplete: "off" });
    else control = h("textarea", { ...common, rows: Math.min(18, pretty(value).split("\n").length + 1), spellcheck: "false" }, pretty(value));
    return h("div", { class: "rule-field", "data-key": `field-${key}`, "data-wide": String(!isPlain(value)), "data-changed": String(key in this.draft) }, h("label", { for: `rule-${key === ALL ? "all" : key}` }, this.#label(key)), control, this.wrong[key] ? h("span", { class: "wrong", role: "alert" }, this.wrong[key]) : null);
  }

  #history() {
    const { revisions } = this.told;
    const when = (iso) => new Date(iso).toLocaleString(currentLanguage());
    return h(
      "section",
      { class: "rule-history", "data-key": "history" },
      h("h3", {}, t("rules.history")),
      revisions.length
        ? h("ol", {}, revisions.map(({ id, valid_from: from, set_by: by, set_at: at, reason }) => h("li", { "data-key": id }, h("div", {}, h("b", {}, reason), h("span", { class: "quiet" }, t("rules.set", { by, at: when(at), from: when(from) }))), button(t("rules.take"), { action: "take", kind: "bare", "data-id": id }))))
        : h("p", { class: "quiet" }, t("rules.untouched")),
    );
  }
}

new RulesPage().start();
