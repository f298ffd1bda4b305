// One entry of the register: written anew or changed.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { field } from "../ui/parts.js";
import { ask } from "../ui/toast.js";
import { CAPABILITIES, COLUMNS } from "./columns.js";

const EMPTY = { units: { kind: "ambulance", capabilities: [] }, stations: { kind: "ambulance" }, places: { kind: "hospital" } };

function options(words, chosen, label) {
  return words.map((word) => h("option", { value: word, selected: word === chosen }, label(word)));
}

function control(list, column, entry, isNew, stations) {
  const { name } = column;
  const fixed = column.id && !isNew;
  const value = entry[name];
  if (fixed) return h("input", { class: "input", value: column.words ? t(`register.kind.${value}`) : value, readonly: true });
  if (column.words) return h("select", { class: "input" }, options(column.words, value, (word) => t(`register.kind.${word}`)));
  if (column.station) {
    const here = stations.map((station) => station.name);
    return h("select", { class: "input" }, h("option", { value: "" }, "—"), options(here, value, (word) => word));
  }
  if (column.number) return h("input", { class: "input", value: value ?? "", inputmode: "decimal", required: name !== "turnout_s", autocomplete: "off" });
  return h("input", { class: "input", value: value ?? "", required: Boolean(column.id), maxlength: 200, autocomplete: "off" });
}

function capabilities(entry) {
  const all = [...CAPABILITIES.ambulance, ...CAPABILITIES.tow];
  return h(
    "fieldset",
    { class: "checks register-checks" },
    h("legend", {}, t("register.capabilities")),
    all.map((one) => h("label", { class: "check" }, h("input", { type: "checkbox", name: `can-${one}`, checked: entry.capabilities.includes(one) }), t(`capability.${one}`))),
  );
}

function facts(columns, entry) {
  return h(
    "fieldset",
    { class: "checks register-checks" },
    h("legend", {}, t("register.facts")),
    columns.map(({ name }) => h("label", { class: "check" }, h("input", { type: "checkbox", name, checked: entry[name] === true }), t(`register.${name}`))),
  );
}

/** Numbers that are none go as they were typed: the service says what is wrong with them. */
const number = (text) => (text.trim() === "" || !Number.isFinite(Number(text)) ? text : Number(text));

function read(list, answer, before, isNew) {
  const entry = {};
  for (const column of COLUMNS[list]) {
    const { name } = column;
    if (column.id && !isNew) entry[name] = before[name];
    else if (column.many) entry[name] = Object.keys(answer).filter((key) => key.startsWith("can-")).map((key) => key.slice(4));
    else if (column.fact) entry[name] = answer[name] === "on";
    else if (column.station) entry[name] = answer[name] || null;
    else if (column.number) {
      if (answer[name].trim() !== "") entry[name] = number(answer[name]);
    } else entry[name] = answer[name] ?? "";
  }
  return entry;
}

/** The entry as a person wrote it, or null. */
export async function askEntry(list, { entry = null, stations = [] } = {}) {
  const isNew = entry === null;
  const before = entry ?? EMPTY[list];
  const columns = COLUMNS[list];
  const plain = columns.filter((column) => !column.many && !column.fact);
  const controls = plain.map((column) => field(column.name, t(`register.${column.name}`), control(list, column, before, isNew, stations)));
  controls.flatMap((one) => [...one.querySelectorAll("input:not([readonly]), select")])[0]?.setAttribute("autofocus", "");
  const answer = await ask({
    title: isNew ? t(`register.add.${list}`) : (before.call_sign ?? before.name), confirm: t("register.keep"), wide: true,
    fields: [
      h("div", { class: "register-form" }, controls),
      list === "units" ? capabilities(before) : null,
      list === "places" ? facts(columns.filter((column) => column.fact), before) : null,
    ],
  });
  return answer && read(list, answer, before, isNew);
}
