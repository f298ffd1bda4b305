// The city's register: its vehicles, stations and places, one by one or as tables.

import { get } from "../api.js";
import { coalesced, h, onAction, paint } from "../dom.js";
import { loadLanguage, otherLanguage, switchLanguage, t } from "../i18n.js";
import { askToken, signInByFragment, signOut } from "../session.js";
import { currentTheme, onTheme, switchTheme } from "../theme.js";
import { button, empty } from "../ui/parts.js";
import { ask, sayProblem, toast } from "../ui/toast.js";
import { COLUMNS, keyOf, nameOf } from "./columns.js";
import { readTables, takeLists, takeTables } from "./files.js";
import { askEntry } from "./form.js";

const LISTS = ["units", "stations", "places"];
const DATUMS = ["wgs84", "gcj02", "bd09"];
const element = (id) => document.getElementById(id);

class RegisterPage {
  list = "units";
  told = null;
  words = "";
  datum = "wgs84";
  // What was chosen to be taken over, and what that would change or what is wrong with it.
  intake = null;
  paint = coalesced(() => this.#paint());

  async start() {
    await loadLanguage();
    document.title = t("register.title");
    await signInByFragment();
    onAction(document.body, (action, { dataset }) => this.#act(action, dataset));
    document.body.addEventListener("input", ({ target }) => this.#typed(target));
    document.body.addEventListener("change", ({ target }) => this.#chose(target));
    for (const kind of ["dragover", "drop"]) document.body.addEventListener(kind, (event) => this.#dropped(event));
    onTheme(this.paint);
    addEventListener("hashchange", () => this.#open());
    this.#open();
    await this.#read();
  }

  #open() {
    const name = location.hash.slice(1);
    this.list = LISTS.includes(name) ? name : "units";
    this.words = "";
    this.paint();
  }

  async #read() {
    for (;;) {
      try {
        this.told = await get("/v1/register");
        return this.paint();
      } catch (error) {
        if (error.status === 401 || error.status === 403) await askToken(element("dialogs"));
        else await new Promise((resolve) => setTimeout(resolve, 1_500));
      }
    }
  }

  // -- tables ------------------------------------------------------------------------------------------

  #dropped(event) {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    if (event.type === "drop") this.#take(event.dataTransfer.files);
  }

  async #take(files) {
    const { tables, strangers } = await readTables(files);
    if (strangers.length) toast(t("register.stranger", { names: strangers.join(", ") }), { bad: true });
    if (!Object.keys(tables).length) return;
    this.intake = { tables, retire_missing: false, changes: null, wrong: [] };
    await this.#try();
  }

  /** Asks what the tables would change. */
  async #try() {
    const { tables, retire_missing } = this.intake;
    try {
      const { changes } = await takeTables(tables, { retire_missing, datum: this.datum, dry_run: true });
      Object.assign(this.intake, { changes, wrong: [] });
    } catch (error) {
      if (error.status !== 422) return sayProblem(error);
      Object.assign(this.intake, { changes: null, wrong: error.message.replace(/^register: /, "").split("\n") });
    }
    this.paint();
    return element("register").scrollIntoView({ block: "start" });
  }

  async #takeOver() {
    const { tables, retire_missing } = this.intake;
    try {
      const { changes } = await takeTables(tables, { retire_missing, datum: this.datum });
      this.intake = null;
      toast(t("register.taken", { n: changes.length }));
    } catch (error) {
      sayProblem(error);
    }
    await this.#read();
  }

  // -- one entry ---------------------------------------------------------------------------------------

  async #write(entry) {
    const { list } = this;
    const written = await askEntry(list, { entry, stations: this.told.stations });
    if (!written) return;
    try {
      const { changes } = await takeLists({ [list]: [written] });
      toast(changes.length ? t(`register.deed.${changes[0].deed}.one`, { name: changes[0].name }) : t("register.same"));
    } catch (error) {
      sayProblem(error);
    }
    await this.#read();
  }

  async #retire(entry) {
    const { list } = this;
    const name = nameOf(list, entry);
    const sure = await ask({ title: t("register.retire.title", { name }), text: t("register.retire.text"), confirm: t("register.retire"), fields: [] });
    if (!sure) return;
    try {
      await takeLists({ [list]: [] }, { retire: [keyOf(list, entry)] });
      toast(t("register.deed.retired.one", { name }));
    } catch (error) {
      sayProblem(error);
    }
    await this.#read();
  }

  #entry(key) {
    return this.told[this.list].find((one) => keyOf(this.list, one) === key);
  }

  #act(action, { id }) {
    const acts = {
      add: () => this.#write(null),
      change: () => this.#write(this.#entry(id)),
      retire: () => this.#retire(this.#entry(id)),
      choose: () => element("register-files").click(),
      "take-over": () => this.#takeOver(),
      "not-now": () => {
        this.intake = null;
        this.paint();
      },
      language: () => switchLanguage().then(() => location.reload()),
      theme: switchTheme,
      leave: signOut,
    };
    acts[action]?.();
  }

  #typed(target) {
    if (target.id !== "register-words") return;
    this.words = target.value;
    this.paint();
  }

  #chose(target) {
    if (target.id === "register-files") {
      this.#take([...target.files]);
      target.value = "";
    } else if (target.id === "register-datum") {
      this.datum = target.value;
      if (this.intake) this.#try();
    } else if (target.id === "register-retire") {
      this.intake.retire_missing = target.checked;
      this.#try();
    }
  }

  // -- what is seen ------------------------------------------------------------------------------------

  #paint() {
    const dark = currentTheme() === "dark";
    paint(
      element("rules-top"),
      h("span", { class: "mark", "aria-hidden": "true" }),
      h("h1", {}, t("register.lists")),
      h("a", { class: "button", "data-kind": "bare", href: "/" }, t("register.desk")),
      h("a", { class: "button", "data-kind": "bare", href: "/rules" }, t("register.rules")),
      button(t("language.switch"), { action: "language", kind: "bare", sign: "globe", class: "button language", lang: otherLanguage() }),
      button(t(dark ? "theme.light" : "theme.dark"), { action: "theme", kind: "bare", sign: dark ? "sun" : "moon", iconOnly: true }),
      button(t("session.leave"), { action: "leave", kind: "bare", sign: "leave", iconOnly: true }),
    );
    element("rules-list").setAttribute("aria-label", t("register.lists"));
    paint(
      element("rules-list"),
      LISTS.map((name) => h("a", { href: `#${name}`, "data-key": name, "aria-current": name === this.list ? "page" : null }, t(`register.${name}`), this.told ? h("span", { class: "register-count" }, this.told[name].length) : null)),
    );
    paint(element("register"), this.told ? [this.#intake(), this.#head(), this.#table()] : h("p", { class: "quiet", "data-key": "asking" }, t("register.asking")));
  }

  #head() {
    const { list } = this;
    return h(
      "div",
      { class: "register-head", "data-key": `head-${list}` },
      h("h2", {}, t(`register.${list}`)),
      h("input", { class: "input", id: "register-words", type: "search", value: this.words, placeholder: t("register.search"), "aria-label": t("register.search"), "data-key": "words" }),
      button(t(`register.add.${list}`), { action: "add", sign: "plus" }),
      h("a", { class: "button", href: `/v1/register/${list}.csv`, download: `${list}.csv` }, t("register.download")),
      button(t("register.choose"), { action: "choose" }),
      h("input", { type: "file", id: "register-files", accept: ".csv,.txt,.tsv,text/csv", multiple: true, hidden: true, "aria-label": t("register.choose"), "data-key": "files" }),
    );
  }

  #table() {
    const { list } = this;
    const columns = COLUMNS[list];
    const words = this.words.trim().toLowerCase();
    const rows = this.told[list].filter((entry) => !words || columns.some((column) => this.#cell(entry, column).toLowerCase().includes(words)));
    if (!this.told[list].length) return empty("plus", t("register.empty"), t("register.empty.text"));
    if (!rows.length) return h("p", { class: "quiet", "data-key": "none" }, t("register.none", { words: this.words }));
    return h(
      "div",
      { class: "register-table", "data-key": `table-${list}`, tabindex: "0", role: "region", "aria-label": t(`register.${list}`) },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, columns.map(({ name }) => h("th", { scope: "col" }, t(`register.${name}`))), h("th", {}, h("span", { class: "sr-only" }, t("register.acts"))))),
        h("tbody", {}, rows.map((entry) => this.#row(entry, columns))),
      ),
    );
  }

  #row(entry, columns) {
    const key = keyOf(this.list, entry);
    const name = nameOf(this.list, entry);
    return h(
      "tr",
      { "data-key": key },
      columns.map((column, n) => h(n ? "td" : "th", { "data-number": column.number ? "" : null, scope: n ? null : "row" }, this.#cell(entry, column))),
      h(
        "td",
        { class: "register-acts" },
        button(t("register.change"), { action: "change", kind: "bare", "data-id": key, "aria-label": t("register.change.one", { name }) }),
        button(t("register.retire"), { action: "retire", kind: "bare", "data-id": key, "aria-label": t("register.retire.one", { name }) }),
      ),
    );
  }

  #cell(entry, column) {
    const value = entry[column.name];
    if (value === null || value === undefined) return "";
    if (column.many) return value.map((one) => t(`capability.${one}`)).join(" · ");
    if (column.words) return t(`register.kind.${value}`);
    if (column.fact) return value ? t("register.yes") : t("register.no");
    return typeof value === "number" && column.name !== "turnout_s" ? value.toFixed(5) : String(value);
  }

  /** What chosen tables would do: nothing happens before somebody says so. */
  #intake() {
    if (!this.intake) return null;
    const { tables, changes, wrong, retire_missing } = this.intake;
    const names = Object.keys(tables).map((list) => t(`register.${list}`)).join(" · ");
    return h(
      "section",
      { class: "register-intake", "data-key": "intake", role: "region", "aria-label": t("register.intake") },
      h("h2", {}, t("register.intake")),
      h("p", { class: "quiet" }, names),
      h("div", { class: "register-how" },
        h("label", { class: "check" }, h("input", { type: "checkbox", id: "register-retire", checked: retire_missing }), t("register.retire_missing")),
        "stations" in tables || "places" in tables ? h("label", { class: "register-datum" }, t("register.datum"), h("select", { class: "input", id: "register-datum" }, DATUMS.map((datum) => h("option", { value: datum, selected: datum === this.datum }, t(`register.datum.${datum}`))))) : null,
      ),
      wrong.length
        ? h("div", { class: "register-wrong", role: "alert" }, h("strong", {}, t("register.wrong")), h("ul", {}, wrong.map((line) => h("li", {}, line))))
        : h("ul", { class: "register-changes" }, (changes ?? []).map(({ list, name, deed, fields }) => h("li", { "data-deed": deed, "data-key": `${list} ${name}` }, h("b", {}, t(`register.deed.${deed}`)), ` ${name}`, fields.length ? h("span", { class: "quiet" }, ` ${fields.map((one) => t(`register.${one === "place" ? "where" : one}`)).join(" · ")}`) : null))),
      h("div", { class: "actions" },
        button(t("register.not_now"), { action: "not-now" }),
        button(changes?.length ? t("register.take_over", { n: changes.length }) : t("register.same"), { action: "take-over", kind: "main", disabled: !changes?.length }),
      ),
    );
  }
}

new RegisterPage().start();
