// Short messages that come and go, and the one dialog that asks before something cannot be undone.

import { h } from "../dom.js";
import { t } from "../i18n.js";
import { button } from "./parts.js";

const STAYS_MS = 5_000;
const BAD_STAYS_MS = 9_000;

export function toast(text, { bad = false } = {}) {
  const region = document.getElementById("toasts");
  const element = h("div", { class: "toast", "data-kind": bad ? "bad" : null }, text);
  region.append(element);
  while (region.children.length > 3) region.firstChild.remove();
  setTimeout(() => element.remove(), bad ? BAD_STAYS_MS : STAYS_MS);
}

/** What a failed request says to a person. */
export function sayProblem(error) {
  if (error.status === 0) return toast(t("problem.offline"), { bad: true });
  return toast(error.message || t("problem.unknown"), { bad: true });
}

/** Ask for a reason; resolves to the text, or null if the person thought better of it. */
export function askReason({ title, text, confirm, reasons }) {
  return new Promise((resolve) => {
    const input = h("input", { class: "input", name: "reason", required: true, maxlength: 200, list: "reasons", "aria-label": t("dialog.reason") });
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      h("p", { class: "quiet" }, text),
      input,
      h("datalist", { id: "reasons" }, reasons.map((reason) => h("option", { value: reason }))),
      h(
        "div",
        { class: "actions" },
        button(t("dialog.back"), { action: "back" }),
        button(confirm, { kind: "grave", type: "submit" }),
      ),
    );
    const dialog = h("dialog", { class: "dialog", "aria-label": title }, form);
    document.getElementById("dialogs").append(dialog);
    let answer = null;
    form.querySelector('[data-action="back"]').addEventListener("click", () => dialog.close());
    form.addEventListener("submit", () => {
      answer = input.value.trim();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer || null);
    });
    dialog.showModal();
    input.focus();
  });
}

/** A dialog with fields; resolves to their values by name, or null. `wide` gives it room; without `confirm` it only tells. */
export function ask({ title, text = null, confirm = null, fields, wide = false }) {
  return new Promise((resolve) => {
    const back = button(t(confirm ? "dialog.back" : "close"), {});
    const form = h(
      "form",
      { method: "dialog" },
      h("h2", {}, title),
      text ? h("p", { class: "quiet" }, text) : null,
      fields,
      h("div", { class: "actions" }, back, confirm ? button(confirm, { kind: "main", type: "submit" }) : null),
    );
    const dialog = h("dialog", { class: "dialog", "aria-label": title, "data-wide": wide }, form);
    let answer = null;
    back.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", () => {
      answer = Object.fromEntries(new FormData(form));
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    document.getElementById("dialogs").append(dialog);
    dialog.showModal();
    (form.querySelector("input, select, textarea") ?? back).focus();
  });
}
